"""A division plan: drafted, commented, adopted by a meeting, issued as one act, amended with what was kept."""

import io
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from python_calamine import CalamineWorkbook

from shared.contracts import tasks as facts
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, part, walked
from tests.tasks.plan_builders import ITEMS, JMJ, an_item, done, drafted, issued


async def plan_of(client: httpx.AsyncClient, plan_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/plans/{plan_id}")).json()
    return found


async def task_of(client: httpx.AsyncClient, plan: dict[str, Any], serial: str) -> dict[str, Any]:
    (task_id,) = [item["task_id"] for item in plan["items"] if item["serial"] == serial]
    found: dict[str, Any] = (await client.get(f"/v1/tasks/{task_id}")).json()
    return found


async def test_units_comment_on_a_circulated_draft_and_are_answered(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    plan_id = await drafted(office)
    assert (await lead.get(f"/v1/plans/{plan_id}")).status_code == 404
    body = {"unit": LEAD, "serial": "1", "text": "建议由县交通局牵头。"}
    assert (await lead.post(f"/v1/plans/{plan_id}/comments", json=body)).status_code == 409
    await done(office, plan_id, "circulate", comments_due_on="2026-01-20")
    made = await lead.post(f"/v1/plans/{plan_id}/comments", json=body)
    assert made.status_code == 201, made.text
    assert (await lead.post(f"/v1/plans/{plan_id}/comments", json={**body, "unit": CO})).status_code == 403
    assert (await lead.post(f"/v1/plans/{plan_id}/comments", json={**body, "serial": "9"})).status_code == 422
    path = f"/v1/plans/{plan_id}/comments/{made.json()['id']}/answer"
    assert (await office.post(path, json={"taken": False, "answer": "职责未变"})).json()["taken"] is False
    (comment,) = (await lead.get(f"/v1/plans/{plan_id}/comments")).json()["items"]
    assert (comment["unit"], comment["answer"]) == (LEAD, "职责未变")


async def test_issue_assigns_all_tasks_in_one_act(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan = await issued(office)
    assert (plan["state"], plan["edition"], plan["document"]) == ("issued", 1, "永政办发〔2026〕5号")
    items = (await office.get("/v1/tasks", params={"plan": plan["id"]})).json()["items"]
    assert sorted(task["title"] for task in items) == ["第1项重点工作", "第2项重点工作", "第3项重点工作"]
    assert {tuple(task["tags"]) for task in items} == {("key-task",)}
    assigned = [event for event in await tasks.events() if isinstance(event.data, facts.TaskAssigned)]
    assert {str(event.data.plan_id) for event in assigned} == {plan["id"]}
    assert {event.data.source_kind for event in assigned} == {"plan_item"}
    assert [type(event.data) for event in await tasks.events(plan["id"])][-1] is facts.PlanIssued


async def test_one_bad_item_keeps_all_tasks_back(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan_id = await drafted(office, [an_item("1"), an_item("2", due_on="2026-01-20")])
    await done(office, plan_id, "submit")
    await done(office, plan_id, "adopt", adopted_on="2026-01-14", document="纪要1号")
    tasks.clock.at = datetime(2026, 2, 1, tzinfo=UTC)
    answer = await office.post(f"/v1/plans/{plan_id}/issue", json={})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["items.2.due_on"]
    assert (await office.get("/v1/tasks")).json()["items"] == []
    assert (await plan_of(office, plan_id))["state"] == "adopted"


async def test_one_task_may_serve_several_items(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan = await issued(office, [an_item("1"), an_item("2", joint_with="1")])
    assert len({item["task_id"] for item in plan["items"]}) == 1
    other = await issued(office, [an_item("1", task_id=plan["items"][0]["task_id"])])
    assert other["items"][0]["task_id"] == plan["items"][0]["task_id"]
    served = (await task_of(office, plan, "1"))["plan_items"]
    assert sorted((each["plan_id"], each["serial"]) for each in served) == sorted(
        [(plan["id"], "1"), (plan["id"], "2"), (other["id"], "1")]
    )


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([an_item("1", lead_unit="330324-fgg")], "items.0.lead_unit"),
        ([an_item("1", cooperating_units=[LEAD])], "items.0.cooperating_units.0"),
        ([an_item("1"), an_item("1")], "items.1.serial"),
        ([an_item("1", task_id="01900000-0000-7000-8000-000000000009")], "items.0.task_id"),
    ],
)
async def test_an_item_that_cannot_be_is_refused_by_its_field(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, items: list[dict[str, Any]], field: str
) -> None:
    answer = await office.post("/v1/plans", json={"year": 2026, "title": "方案", "items": items})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_what_the_state_does_not_allow_names_what_it_does(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    plan_id = await drafted(office)
    answer = await office.post(f"/v1/plans/{plan_id}/issue", json={})
    assert (answer.status_code, answer.json()["allowed"]) == (409, ["circulate", "submit", "discard"])
    assert (await lead.post(f"/v1/plans/{plan_id}/submit")).status_code == 403
    stale = await office.post(f"/v1/plans/{plan_id}/submit", headers={"if-match": '"9"'})
    assert stale.status_code == 412
    plan = await issued(office)
    refused = await office.put(f"/v1/plans/{plan['id']}/items", json={"items": []})
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["begin-amendment"])


async def amended(office: httpx.AsyncClient, plan_id: str, items: list[dict[str, Any]]) -> httpx.Response:
    await done(office, plan_id, "begin-amendment")
    written = await office.put(f"/v1/plans/{plan_id}/items", json={"items": items})
    assert written.status_code == 200, written.text
    body = {"reason": "任务调整", "document": "永政办发〔2026〕30号"}
    return await office.post(f"/v1/plans/{plan_id}/amend", json=body)


async def test_an_amendment_changes_tasks_under_way_and_keeps_the_edition_before(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    plan = await issued(office)
    first = await task_of(office, plan, "1")
    await walked(lead, office, first["id"], "in_progress")
    items = [
        an_item("1", due_on="2026-09-30", cooperating_units=[CO, JMJ]),
        an_item("2", lead_unit=JMJ, cooperating_units=[OTHER], title="第2项重点工作（调整）"),
        an_item("4"),
    ]
    answer = await amended(office, plan["id"], items)
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["edition"], [item["serial"] for item in after["items"]]) == (2, ["1", "2", "4"])
    one, two, three, four = (
        await task_of(office, after, "1"),
        await task_of(office, after, "2"),
        await task_of(office, plan, "3"),
        await task_of(office, after, "4"),
    )
    assert {each["unit"]: (each["state"], each["due_on"]) for each in one["assignments"]} == {
        LEAD: ("in_progress", "2026-09-30"),
        CO: ("assigned", "2026-09-30"),
        JMJ: ("assigned", "2026-09-30"),
    }
    assert (two["title"], part(two, JMJ)["role"], part(two, OTHER)["role"]) == (
        "第2项重点工作（调整）",
        "lead",
        "cooperating",
    )
    assert (three["state"], four["state"]) == ("cancelled", "assigned")
    assert one["history"][-1]["basis"] == "永政办发〔2026〕30号"
    before = (await office.get(f"/v1/plans/{plan['id']}", params={"edition": 1})).json()
    assert [item["serial"] for item in before["items"]] == ["1", "2", "3"]
    shown = (await office.get(f"/v1/plans/{plan['id']}/editions/2/differences")).json()["items"]
    assert [(each["serial"], each["change"]) for each in shown] == [
        ("1", "changed"),
        ("2", "changed"),
        ("4", "added"),
        ("3", "removed"),
    ]
    event = (await tasks.events(plan["id"]))[-1]
    assert isinstance(event.data, facts.PlanAmended)
    assert (event.data.edition, event.data.items, event.data.document) == (2, 3, "永政办发〔2026〕30号")


async def test_an_amendment_that_one_task_does_not_allow_changes_nothing(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    plan = await issued(office)
    task = await task_of(office, plan, "1")
    await walked(lead, office, task["id"], "completed")
    answer = await amended(office, plan["id"], [an_item("1", lead_unit=JMJ), ITEMS[1]])
    assert (answer.status_code, answer.json()["code"]) == (409, "amendment-impossible")
    assert (await plan_of(office, plan["id"]))["edition"] == 1
    assert (await task_of(office, plan, "3"))["state"] == "assigned"


async def test_an_amendment_moves_no_day_into_the_past(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan = await issued(office)
    tasks.clock.at = datetime(2026, 7, 10, tzinfo=UTC)
    moved = [ITEMS[0], an_item("2", due_on="2026-07-09"), an_item("3", due_on="2026-07-10")]
    answer = await amended(office, plan["id"], moved)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["items.2.due_on"]
    assert (await task_of(office, plan, "3"))["due_on"] == "2026-12-31"


async def test_a_unit_that_an_amendment_drops_waits_for_no_decision(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan = await issued(office)
    answer = await amended(office, plan["id"], [an_item("1", cooperating_units=[]), *ITEMS[1:]])
    assert answer.status_code == 200, answer.text
    task = await task_of(office, plan, "1")
    assert part(task, CO)["state"] == "bounced"
    assert (await office.get("/v1/supervision/waiting")).json()["items"] == []


async def test_a_progress_table_says_which_cooperating_unit_is_late(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan = await issued(office)
    tasks.clock.at = datetime(2026, 7, 3, tzinfo=UTC)
    content = (await office.get(f"/v1/plans/{plan['id']}/progress", params={"format": "xlsx"})).content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert sum(str(cell).endswith("（逾期3天）") for cell in cells) == 1


async def test_a_plan_and_its_progress_are_given_as_files(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    plan = await issued(office)
    task = await task_of(office, plan, "1")
    await walked(lead, office, task["id"], "in_progress")
    for path in ("export", "progress"):
        for kind in ("xlsx", "docx"):
            answer = await office.get(f"/v1/plans/{plan['id']}/{path}", params={"format": kind})
            assert (answer.status_code, answer.content[:2]) == (200, b"PK")
            assert "UTF-8''" in answer.headers["content-disposition"]
    proposed = await reread(office, plan["id"])
    assert [row["faults"] for row in proposed["items"]] == [[], [], []]
    assert [row["item"]["lead_unit"] for row in proposed["items"]] == [LEAD, OTHER, LEAD]


async def reread(office: httpx.AsyncClient, plan_id: str) -> dict[str, Any]:
    """Take the plan's own export as the import of another."""
    content = (await office.get(f"/v1/plans/{plan_id}/export")).content
    other = await drafted(office, [])
    found: dict[str, Any] = (await office.post(f"/v1/plans/{other}/import", content=content)).json()
    return found
