"""Extensions and requests: what a unit asks of the office or a leader, and what comes of the answer."""

from datetime import UTC, datetime

import httpx
import pytest

from shared.contracts import tasks as facts
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, a_task, assigned, part, step, walked

ASK = {"due_on": "2026-03-31", "reason": "用地指标尚未下达"}
BASIS = {"kind": "document", "reference": "永政办发〔2026〕12号"}


async def asked(client: httpx.AsyncClient, task_id: str, due_on: str = "2026-03-31", unit: str = LEAD) -> str:
    path = f"/v1/tasks/{task_id}/assignments/{unit}/extensions"
    answer = await client.post(path, json={**ASK, "due_on": due_on})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_an_extension_is_asked_before_the_due_date_and_moves_it(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    extension = await asked(lead, task_id)
    answer = await office.post(f"/v1/extensions/{extension}/approve")
    assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    task = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert (part(task)["due_on"], part(task, CO)["due_on"], task["due_on"]) == (
        "2026-03-31",
        "2026-01-31",
        "2026-03-31",
    )
    event = (await tasks.events(task_id))[-1]
    assert isinstance(event.data, facts.AssignmentExtended)
    assert (event.data.previous_due_on.isoformat(), event.data.extension) == ("2026-01-31", 1)
    line = task["history"][-1]
    assert (line["transition"], line["on_behalf_of"], line["reason"]) == ("extend", LEAD, ASK["reason"])


async def test_a_second_extension_is_a_leaders_to_approve_on_a_stated_basis(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await office.post(f"/v1/extensions/{await asked(lead, task_id)}/approve")
    second = await asked(lead, task_id, "2026-06-30")
    assert (await office.post(f"/v1/extensions/{second}/approve", json={"basis": BASIS})).status_code == 403
    async with tasks.client("leader") as leader:
        without = await leader.post(f"/v1/extensions/{second}/approve")
        assert (without.status_code, without.json()["errors"][0]["field"]) == (422, "basis")
        answer = await leader.post(f"/v1/extensions/{second}/approve", json={"basis": BASIS})
    assert (answer.json()["level"], answer.json()["number"], answer.json()["basis"]) == (
        "leader",
        2,
        BASIS["reference"],
    )
    event = (await tasks.events(task_id))[-1]
    assert (event.data.extension, event.data.basis_document) == (2, BASIS["reference"])


async def test_after_the_due_date_nothing_is_extended(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    tasks.clock.at = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    answer = await lead.post(f"/v1/tasks/{task_id}/assignments/{LEAD}/extensions", json=ASK)
    assert (answer.status_code, answer.json()["code"]) == (409, "extension-too-late")
    assert answer.json()["allowed"] == ["acknowledge", "bounce"]


async def test_an_extension_that_was_asked_in_time_may_be_approved_late(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    extension = await asked(lead, task_id)
    tasks.clock.at = datetime(2026, 2, 10, tzinfo=UTC)
    await office.post(f"/v1/extensions/{extension}/approve")
    kinds = [type(event.data).__name__ for event in await tasks.events(task_id)]
    assert kinds == ["TaskAssigned", "AssignmentWentOverdue", "AssignmentExtended"]
    assert not part((await office.get(f"/v1/tasks/{task_id}")).json())["overdue"]


@pytest.mark.parametrize("due_on", ["2026-01-31", "2026-01-20"])
async def test_a_new_due_date_must_be_later(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, due_on: str
) -> None:
    task_id = await assigned(office)
    answer = await lead.post(f"/v1/tasks/{task_id}/assignments/{LEAD}/extensions", json={**ASK, "due_on": due_on})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "due_on")


async def test_one_question_at_a_time_and_each_is_answered_once(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    extension = await asked(lead, task_id)
    again = await lead.post(f"/v1/tasks/{task_id}/assignments/{LEAD}/extensions", json=ASK)
    assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (409, "already-asked", ["withdraw"])
    assert (await office.post(f"/v1/extensions/{extension}/refuse", json={"reason": "理由不充分"})).status_code == 200
    assert (await office.post(f"/v1/extensions/{extension}/approve")).json()["code"] == "already-decided"
    waiting = (await office.get("/v1/extensions", params={"state": "asked"})).json()["items"]
    assert waiting == []
    async with tasks.client("unit", CO) as stranger:
        assert (await stranger.post(f"/v1/tasks/{task_id}/assignments/{LEAD}/extensions", json=ASK)).status_code == 403


async def wish(client: httpx.AsyncClient, task_id: str, **body: object) -> httpx.Response:
    return await client.post(f"/v1/tasks/{task_id}/requests", json={"reason": "规划调整", **body})


async def test_what_a_unit_may_not_do_it_may_ask_for(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    made = await wish(lead, task_id, transition="suspend", unit=LEAD)
    assert made.status_code == 201, made.text
    assert (await office.get(f"/v1/tasks/{task_id}")).json()["state"] == "assigned"
    granted = await office.post(f"/v1/requests/{made.json()['id']}/grant", json={"note": "同意"})
    assert granted.json()["state"] == "granted"
    task = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert part(task)["state"] == "suspended"
    assert (task["history"][-1]["on_behalf_of"], task["history"][-1]["reason"]) == (LEAD, "规划调整")


async def test_a_request_that_the_state_does_not_allow_names_those_it_does(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    answer = await wish(lead, task_id, transition="reopen", unit=LEAD)
    assert (answer.status_code, answer.json()["allowed"]) == (409, ["reassign", "suspend"])
    whole = await wish(lead, task_id, transition="close-out")
    assert (whole.status_code, whole.json()["allowed"]) == (409, ["suspend", "cancel"])
    assert (await wish(lead, task_id, transition="complete")).status_code == 422


async def test_who_asks_for_a_whole_task_leads_it_or_is_a_leader(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    async with tasks.client("unit", CO) as co:
        assert (await wish(co, task_id, transition="cancel")).status_code == 403
        assert (await wish(co, task_id, transition="suspend", unit=LEAD)).status_code == 403
    async with tasks.client("leader") as leader:
        made = await wish(leader, task_id, transition="cancel")
    assert (await office.post(f"/v1/requests/{made.json()['id']}/grant")).status_code == 200
    assert (await office.get(f"/v1/tasks/{task_id}")).json()["state"] == "cancelled"
    assert (await wish(office, task_id, transition="cancel")).status_code == 403


async def test_a_request_is_refused_with_a_reason_or_withdrawn(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    first = (await wish(lead, task_id, transition="reassign", unit=LEAD, to_unit=OTHER)).json()["id"]
    assert (await office.post(f"/v1/requests/{first}/refuse", json={})).status_code == 422
    refused = await office.post(f"/v1/requests/{first}/refuse", json={"reason": "职责明确"})
    assert (refused.json()["state"], refused.json()["decision"]) == ("refused", "职责明确")
    second = (await wish(lead, task_id, transition="reassign", unit=LEAD, to_unit=OTHER)).json()["id"]
    assert (await lead.post(f"/v1/requests/{second}/withdraw")).json()["state"] == "withdrawn"
    third = (await wish(lead, task_id, transition="reassign", unit=LEAD, to_unit=OTHER)).json()["id"]
    assert (await office.post(f"/v1/requests/{third}/grant")).status_code == 200
    task = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert (part(task)["state"], part(task, OTHER)["role"]) == ("reassigned", "lead")


async def test_a_bounced_lead_goes_to_another_unit_or_back(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await step(lead, task_id, "bounce")
    back = await office.post(
        f"/v1/tasks/{task_id}/assignments/{LEAD}/reassign", json={"reason": "属你单位职责", "to_unit": LEAD}
    )
    assert (back.status_code, part(back.json())["state"]) == (200, "assigned")
    await step(lead, task_id, "bounce")
    other = await office.post(
        f"/v1/tasks/{task_id}/assignments/{LEAD}/reassign",
        json={"reason": "改由统计局牵头", "to_unit": CO, "due_on": "2026-02-28"},
    )
    task = other.json()
    assert [(each["unit"], each["role"], each["state"], each["due_on"]) for each in task["assignments"]] == [
        (LEAD, "lead", "reassigned", "2026-01-31"),
        (CO, "lead", "assigned", "2026-02-28"),
    ]
    event = (await tasks.events(task_id))[-1]
    assert (event.data.cause, event.data.unit, event.data.previous_unit) == ("bounced", CO, LEAD)


async def test_work_that_rests_does_not_go_overdue_and_its_due_date_moves(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await walked(lead, office, task_id, "in_progress")
    assert (await office.post(f"/v1/tasks/{task_id}/suspend", json={"reason": "暂缓"})).status_code == 200
    tasks.clock.at = datetime(2026, 2, 14, 2, tzinfo=UTC)
    resumed = await office.post(f"/v1/tasks/{task_id}/resume")
    assert [part(resumed.json(), unit)["due_on"] for unit in (LEAD, CO)] == ["2026-03-02", "2026-03-02"]
    assert [part(resumed.json(), unit)["state"] for unit in (LEAD, CO)] == ["in_progress", "assigned"]
    kinds = [type(event.data) for event in await tasks.events(task_id)]
    assert facts.AssignmentWentOverdue not in kinds
    assert kinds[-2:] == [facts.TaskSuspended, facts.TaskResumed]


async def test_a_draft_is_the_offices_alone_until_it_is_assigned(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, draft=True)
    assert await tasks.events(task_id) == []
    assert (await lead.get(f"/v1/tasks/{task_id}")).status_code == 404
    assert (await office.get("/v1/tasks")).json()["items"] == []
    assert len((await office.get("/v1/tasks", params={"state": "draft"})).json()["items"]) == 1
    assert (await lead.get("/v1/tasks", params={"state": "draft"})).json()["items"] == []
    body = a_task(title="改过的题目", cooperating_units=[OTHER], draft=True)
    rewritten = await office.put(f"/v1/tasks/{task_id}", json=body)
    assert [each["unit"] for each in rewritten.json()["assignments"]] == [LEAD, OTHER]
    given = await office.post(f"/v1/tasks/{task_id}/assign")
    assert (given.json()["title"], len(given.json()["assignments"])) == ("改过的题目", 2)
    assert (await office.put(f"/v1/tasks/{task_id}", json=body)).status_code == 409
    assert (given.json()["state"], given.json()["version"]) == ("assigned", 1)
    assert [type(event.data) for event in await tasks.events(task_id)] == [facts.TaskAssigned]
    other = await assigned(office, draft=True)
    assert (await office.delete(f"/v1/tasks/{other}")).status_code == 200
    assert (await office.delete(f"/v1/tasks/{task_id}")).status_code == 409
