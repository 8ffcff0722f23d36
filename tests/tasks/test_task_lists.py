"""Finding tasks: each filter, both orders, cursors, counts per facet, a unit's dashboard."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, assigned, step, walked
from tests.tasks.plan_builders import an_item, issued

TASKS: list[dict[str, Any]] = [
    {"title": "编制物流业规划", "due_on": "2026-03-31", "tags": ["key-task", "物流"]},
    {"title": "推进物流中心建设", "due_on": "2026-02-28", "lead_unit": OTHER, "cooperating_units": []},
    {"title": "旅游服务提升", "text": "涉及物流配套。", "due_on": "2026-01-16", "leader_post": "330324-fgfxz"},
    {"title": "统计制度", "due_on": "2026-12-31", "source_kind": "instruction", "cooperating_units": [OTHER]},
]


@pytest.fixture
async def made(office: httpx.AsyncClient) -> list[str]:
    """Return the ids of four tasks."""
    return [await assigned(office, **{"text": None, "tags": [], **given}) for given in TASKS]


async def found(client: httpx.AsyncClient, made: list[str], **query: Any) -> list[int]:  # noqa: ANN401 - a parameter's value
    answer = await client.get("/v1/tasks", params=query)
    assert answer.status_code == 200, answer.text
    return [made.index(task["id"]) for task in answer.json()["items"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"q": "物流"}, [2, 1, 0]),
        ({"q": "物流中心"}, [1]),
        ({"q": "流"}, [2, 1, 0]),
        ({"q": "中物"}, []),
        ({"tag": "物流"}, [0]),
        ({"unit": OTHER}, [3, 1]),
        ({"unit": OTHER, "role": "lead"}, [1]),
        ({"role": "cooperating"}, [3, 2, 0]),
        ({"leader_post": "330324-fgfxz"}, [2]),
        ({"source_kind": "instruction"}, [3]),
        ({"due_from": "2026-02-01", "due_to": "2026-03-31"}, [1, 0]),
        ({"sort": "due"}, [2, 1, 0, 3]),
        ({"sort": "due", "unit": LEAD}, [2, 0, 3]),
        ({"light": "yellow"}, [2]),
        ({"light": "green"}, [3, 1, 0]),
        ({"light": "red"}, []),
        ({"light": "yellow", "unit": LEAD}, [2]),
        ({"state": ["assigned", "completed"]}, [3, 2, 1, 0]),
        ({"state": "completed", "q": "物流"}, []),
        ({"unit": LEAD, "part_state": "acknowledged"}, []),
    ],
)
async def test_each_filter_and_order(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, made: list[str], query: dict[str, Any], expected: list[int]
) -> None:
    assert await found(office, made, **query) == expected


async def test_lights_follow_the_day_and_the_state(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, made: list[str]
) -> None:
    tasks.clock.at = datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert await found(office, made, light="red", sort="due") == [2, 1]
    await walked(lead, office, made[2], "completed")
    assert await found(office, made, light="red", unit=LEAD) == []
    assert await found(office, made, light="red", unit=CO) == [2]
    assert await found(office, made, unit=LEAD, part_state="completed") == [2]
    missing = await office.get("/v1/tasks", params={"part_state": "completed"})
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (422, "unit")


@pytest.mark.parametrize(
    "query", [{"sort": "due"}, {"sort": "due", "unit": LEAD}, {"q": "物"}, {"unit": LEAD, "light": "green"}]
)
async def test_pages_by_cursor_leave_nothing_out(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, made: list[str], query: dict[str, str]
) -> None:
    whole = (await office.get("/v1/tasks", params=query)).json()["items"]
    pieces: list[Any] = []
    cursor: str | None = None
    while True:
        page = {"limit": "1", **({} if cursor is None else {"cursor": cursor})}
        answer = (await office.get("/v1/tasks", params={**query, **page})).json()
        pieces += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            break
    assert pieces == whole
    bad = await office.get("/v1/tasks", params={**query, "cursor": "WzFd"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "cursor")


async def test_tasks_of_a_plan_include_those_that_serve_it_besides(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, made: list[str]
) -> None:
    plan = await issued(office, [an_item("1"), an_item("2", task_id=made[0])])
    items = (await office.get("/v1/tasks", params={"plan": plan["id"]})).json()["items"]
    assert [task["title"] for task in items] == ["第1项重点工作", "编制物流业规划"]


async def test_facets_count_what_the_search_finds(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, made: list[str]
) -> None:
    await step(lead, made[0], "acknowledge")
    answer = (await office.get("/v1/task-facets", params={"q": "物流"})).json()["items"]
    counts = {(each["facet"], each["value"]): each["count"] for each in answer}
    assert counts == {
        ("state", "assigned"): 2,
        ("state", "acknowledged"): 1,
        ("source_kind", "document"): 3,
        ("tag", "key-task"): 1,
        ("tag", "物流"): 1,
        ("lead_unit", LEAD): 2,
        ("lead_unit", OTHER): 1,
    }
    of_unit = (await office.get("/v1/task-facets", params={"unit": CO})).json()["items"]
    assert {each["value"]: each["count"] for each in of_unit if each["facet"] == "lead_unit"} == {LEAD: 2}


async def test_a_dashboard_shows_what_a_unit_has_before_it(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, made: list[str]
) -> None:
    await walked(lead, office, made[0], "completion_requested")
    tasks.clock.at = datetime(2026, 1, 20, 2, tzinfo=UTC)
    shown = (await lead.get(f"/v1/units/{LEAD}/dashboard")).json()
    assert (shown["open"], shown["overdue"], shown["near"]) == (2, 1, 0)
    assert (shown["waiting_for_office"], shown["never_acknowledged"]) == (1, 2)
    assert [task["id"] for task in shown["next_due"]] == [made[2], made[3]]
    assert {(each["role"], each["state"]): each["count"] for each in shown["parts"]} == {
        ("lead", "assigned"): 2,
        ("lead", "completion_requested"): 1,
    }


async def test_sub_tasks_hold_the_request_for_completion_back(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, made: list[str]
) -> None:
    child = await assigned(office, title="分项", parent_id=made[1], lead_unit=LEAD, cooperating_units=[])
    assert await found(office, [*made, child], parent_id=made[1]) == [4]
    refused = await office.post(
        "/v1/tasks",
        json={**TASKS[0], "source_kind": "document", "source_id": "1", "lead_unit": LEAD, "parent_id": child},
    )
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "parent_id")
    async with tasks.client("unit", OTHER) as other:
        await step(other, made[1], "acknowledge", OTHER)
        held = await step(other, made[1], "request-completion", OTHER)
        assert held.status_code == 409
        assert "分项" in held.json()["detail"]
        await walked(lead, office, child, "completed")
        assert (await step(other, made[1], "request-completion", OTHER)).status_code == 200
    parent = (await office.get(f"/v1/tasks/{made[1]}")).json()
    assert [(each["id"], each["state"]) for each in parent["sub_tasks"]] == [(child, "completed")]
