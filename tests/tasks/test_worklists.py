"""The lists an office works from, and bulk actions with a result per item."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.tasks.supervision import watch
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, assigned, opened, step, walked
from tests.tasks.test_problems import a_problem

VALUES = {"values": {"value_added": 1}}
LISTS = "/v1/supervision"


async def titles(client: httpx.AsyncClient, name: str, **params: str) -> list[str]:
    answer = await client.get(f"{LISTS}/{name}", params=params)
    assert answer.status_code == 200, answer.text
    return [f"{each['title']} {each['unit'][-3:]}" for each in answer.json()["items"]]


async def year(tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient) -> dict[str, str]:
    """Tasks due before, in and after the week of Wednesday 2026-02-04; a problem, reports, a bounce, an extension."""
    tasks.clock.at = datetime(2026, 1, 15, 2, tzinfo=UTC)
    ids = {
        "early": await assigned(office, title="早", due_on="2026-01-30"),
        "week": await assigned(office, title="本周", due_on="2026-02-08", cooperating_units=[]),
        "late": await assigned(office, title="晚", due_on="2026-06-30", cooperating_units=[]),
        "done": await assigned(office, title="待办结", due_on="2026-02-05", cooperating_units=[]),
    }
    await walked(lead, office, ids["done"], "completion_requested")
    await step(lead, ids["week"], "acknowledge")
    ids["report"], ids["other"] = await opened(office, "2025-Q4", LEAD, OTHER, due_offset_days=36)
    await lead.post(f"/v1/reports/{ids['report']}/submit", json=VALUES)
    ids["problem"] = (await lead.post("/v1/problems", json=a_problem(unit=LEAD))).json()["id"]
    extension = {"due_on": "2026-03-31", "reason": "征求意见"}
    asked = await lead.post(f"/v1/tasks/{ids['week']}/assignments/{LEAD}/extensions", json=extension)
    ids["extension"] = asked.json().get("id", asked.text)
    tasks.clock.at = datetime(2026, 2, 4, 4, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    return ids


async def test_the_lists_an_office_works_from(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    await year(tasks, office, lead)
    assert await titles(office, "due-this-week") == ["本周 fgj"]
    assert await titles(office, "overdue") == ["早 fgj", "早 jtj"]
    assert await titles(office, "overdue", unit=CO) == ["早 jtj"]
    assert await titles(office, "overdue", role="lead") == ["早 fgj"]
    assert await titles(office, "overdue", slip="blue") == ["早 fgj", "早 jtj"]
    assert await titles(office, "overdue", slip="red") == []
    assert await titles(office, "never-acknowledged") == ["早 fgj", "早 jtj", "晚 fgj"]
    assert await titles(office, "never-acknowledged", q="晚") == ["晚 fgj"]
    first = (await office.get(f"{LISTS}/never-acknowledged?limit=1")).json()
    rest = await titles(office, "never-acknowledged", cursor=first["next"])
    assert (first["items"][0]["unit"], rest) == (LEAD, ["早 jtj", "晚 fgj"])
    assert (await office.get(f"{LISTS}/overdue?cursor=Wzk5XQ")).status_code == 422
    (shown, _) = (await office.get(f"{LISTS}/overdue")).json()["items"]
    assert (shown["light"], shown["days_overdue"], shown["slip_colour"]) == ("red", 5, "blue")
    due = (await office.get(f"{LISTS}/reports-due-this-week")).json()["items"]
    assert {each["unit"] for each in due} == {LEAD, OTHER}
    tasks.clock.at = datetime(2026, 2, 9, 4, tzinfo=UTC)
    overdue = (await office.get(f"{LISTS}/overdue-by-unit")).json()
    assert [(each["unit"], each["parts"], each["reports"], each["longest_days"]) for each in overdue] == [
        (LEAD, 2, 0, 10),
        (CO, 1, 0, 10),
        (OTHER, 0, 1, 0),
    ]


async def test_what_waits_for_whose_decision(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    ids = await year(tasks, office, lead)
    await step(lead, ids["early"], "bounce")
    counts = (await office.get(f"{LISTS}/waiting-counts")).json()
    assert {each["kind"]: each["count"] for each in counts} == {
        "completion": 1,
        "bounced": 1,
        "extension": 1,
        "report": 1,
        "problem": 1,
    }
    waiting = (await office.get(f"{LISTS}/waiting?limit=2")).json()
    rest = (await office.get(f"{LISTS}/waiting", params={"limit": 10, "cursor": waiting["next"]})).json()
    kinds = [each["kind"] for each in (*waiting["items"], *rest["items"])]
    assert (sorted(kinds), kinds[-1]) == (["bounced", "completion", "extension", "problem", "report"], "bounced")
    for each in (*waiting["items"], *rest["items"]):
        assert (await office.get(each["link"])).status_code == 200
    async with tasks.client("leader") as leader, tasks.client("auditor") as auditor:
        assert (await leader.get(f"{LISTS}/waiting")).json()["items"] == []
        assert len((await auditor.get(f"{LISTS}/waiting")).json()["items"]) == 5
    assert [each["kind"] for each in (await office.get(f"{LISTS}/waiting?kind=report")).json()["items"]] == ["report"]


async def test_a_unit_sees_its_own_lists_only(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    await year(tasks, office, lead)
    async with tasks.client("unit", CO) as unit:
        assert await titles(unit, "overdue") == ["早 jtj"]
        for name in ("overdue", "due-this-week", "never-acknowledged", "waiting", "overdue-by-unit"):
            assert (await unit.get(f"{LISTS}/{name}?unit={LEAD}")).status_code == 403
        assert [each["unit"] for each in (await unit.get(f"{LISTS}/overdue-by-unit")).json()] == [CO]
        assert (await unit.post(f"{LISTS}/bulk", json=a_bulk("lock-reports", []))).status_code == 403


def a_bulk(action: str, items: list[dict[str, str]], **given: object) -> dict[str, Any]:
    return {"action": action, "items": items, **given}


async def test_a_bulk_action_says_of_each_item_what_became_of_it(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    ids = await year(tasks, office, lead)
    missing = "01900000-0000-7000-8000-0000000000ff"
    items = [{"id": ids["late"], "unit": LEAD}, {"id": missing, "unit": LEAD}, {"id": ids["done"], "unit": LEAD}]
    answer = (await office.post(f"{LISTS}/bulk", json=a_bulk("complete-assignments", items))).json()
    assert (answer["done"], answer["refused"]) == (1, 2)
    assert [(each["id"], each["result"], each["code"]) for each in answer["results"]] == [
        (ids["late"], "refused", "illegal-transition"),
        (missing, "refused", "task-not-found"),
        (ids["done"], "done", None),
    ]
    assert (await office.get(f"/v1/tasks/{ids['done']}")).json()["state"] == "completed"
    assert "request-completion" not in str(answer["results"][0]["allowed"])


@pytest.mark.parametrize("action", ["accept-reports", "send-back-reports", "remind-reports", "withdraw-reports"])
async def test_reports_in_bulk(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, action: str
) -> None:
    ids = await year(tasks, office, lead)
    both = [{"id": ids["report"]}, {"id": ids["other"]}]
    answer = (await office.post(f"{LISTS}/bulk", json=a_bulk(action, both, reason="统一处理"))).json()
    done = [each["id"] for each in answer["results"] if each["result"] == "done"]
    assert done == ([ids["report"]] if action in {"accept-reports", "send-back-reports"} else [ids["other"]])


async def test_slips_and_reminders_in_bulk_once_by_key(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    ids = await year(tasks, office, lead)
    items = [{"id": ids["week"], "unit": LEAD}, {"id": ids["early"], "unit": LEAD}]
    body = a_bulk("issue-slips", items, reason="请加快")
    answers = [await office.post(f"{LISTS}/bulk", json=body, headers={"idempotency-key": "bulk-1"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert [(each["result"], each["code"]) for each in answers[0].json()["results"]] == [
        ("done", None),
        ("refused", "slip-open"),
    ]
    reminded = await office.post(f"{LISTS}/bulk", json=a_bulk("remind-assignments", items))
    assert reminded.json()["done"] == 2


@pytest.mark.parametrize(
    "body",
    [
        a_bulk("accept-reports", []),
        a_bulk("delete-tasks", [{"id": "01900000-0000-7000-8000-0000000000ff"}]),
        a_bulk("complete-assignments", [{"id": "01900000-0000-7000-8000-0000000000ff"}]),
        a_bulk("send-back-reports", [{"id": "01900000-0000-7000-8000-0000000000ff"}]),
        a_bulk("accept-reports", [{"id": "01900000-0000-7000-8000-0000000000ff"}] * 2),
        a_bulk("accept-reports", [{"id": "1"}]),
    ],
)
async def test_a_bulk_body_that_makes_no_sense_is_refused(office: httpx.AsyncClient, body: dict[str, Any]) -> None:
    assert (await office.post(f"{LISTS}/bulk", json=body)).status_code == 422
