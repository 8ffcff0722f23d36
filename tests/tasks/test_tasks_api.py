"""Tasks over HTTP: the whole walk, what is refused and why, lists and history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts import tasks as facts
from tests.support.api import NOW, ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, a_task, assigned, part, step, walked


async def test_a_task_walks_from_assignment_to_completion(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    tasks.clock.at += timedelta(days=1)
    await step(lead, task_id, "acknowledge")
    await step(lead, task_id, "progress")
    await step(lead, task_id, "request-completion")
    sent_back = await step(office, task_id, "send-back")
    assert part(sent_back.json())["state"] == "in_progress"
    tasks.clock.at = datetime(2026, 1, 31, 15, 59, tzinfo=UTC)
    await step(lead, task_id, "request-completion")
    tasks.clock.at = datetime(2026, 3, 1, tzinfo=UTC)
    done = (await step(office, task_id, "complete")).json()
    assert (part(done)["state"], part(done)["days_late"], part(done)["percent"]) == ("completed", 0, 40)
    assert (done["state"], part(done, CO)["state"]) == ("in_progress", "assigned")
    async with tasks.client("unit", CO) as co:
        finished = await walked(co, office, task_id, "completed", CO)
    assert (finished["state"], part(finished, CO)["days_late"]) == ("completed", 29)
    events = await tasks.events(task_id)
    assert [type(event.data) for event in events] == [
        facts.TaskAssigned,
        facts.AssignmentAcknowledged,
        facts.AssignmentProgressed,
        facts.AssignmentCompletionRequested,
        facts.AssignmentSentBack,
        facts.AssignmentCompletionRequested,
        facts.AssignmentCompleted,
        facts.AssignmentWentOverdue,
        facts.AssignmentAcknowledged,
        facts.AssignmentCompletionRequested,
        facts.AssignmentCompleted,
        facts.TaskCompleted,
    ]
    assert [event.aggregateversion for event in events] == list(range(1, 13))
    assert finished["version"] == 12
    assert events[-1].data.days_late == 29


async def test_events_carry_no_free_text_but_its_digest_and_a_link(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await step(lead, task_id, "acknowledge")
    await step(lead, task_id, "progress")
    first, _, progressed = await tasks.events(task_id)
    assert (first.data.text_link, len(first.data.text_digest)) == (f"/v1/tasks/{task_id}", 64)
    assert progressed.data.note_link == f"/v1/tasks/{task_id}/history"
    assert "初稿" not in progressed.to_bytes().decode()
    assert first.correlationid


async def test_the_history_says_who_when_and_why(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await walked(lead, office, task_id, "in_progress")
    await step(lead, task_id, "request-completion")
    await step(office, task_id, "send-back")
    shown = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert [line["transition"] for line in shown["history"]] == [
        "assign",
        "acknowledge",
        "progress",
        "request-completion",
        "send-back",
    ]
    last = shown["history"][-1]
    assert (last["by"], last["by_role"], last["reason"]) == ("office", "office", "佐证材料不全")
    assert (last["from_state"], last["to_state"], last["version"]) == ("completion_requested", "in_progress", 5)
    assert [(line["percent"], line["note"], line["by_unit"]) for line in shown["progress"]] == [
        (40, "已完成初稿", LEAD)
    ]
    page = (await office.get(f"/v1/tasks/{task_id}/history?limit=3")).json()
    rest = (await office.get(f"/v1/tasks/{task_id}/history?limit=3&cursor={page['next']}")).json()
    assert [*page["items"], *rest["items"]] == shown["history"]
    assert rest["next"] is None


async def test_reopening_names_the_completed_assignments_whatever_the_others_do(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, cooperating_units=[CO, OTHER])
    await walked(lead, office, task_id, "completed")
    async with tasks.client("unit", CO) as co:
        await walked(co, office, task_id, "completed", CO)
    answer = await office.post(f"/v1/tasks/{task_id}/reopen", json={"reason": "复核", "units": [CO]})
    assert [part(answer.json(), unit)["state"] for unit in (LEAD, CO, OTHER)] == [
        "completed",
        "in_progress",
        "assigned",
    ]
    answer = await office.post(f"/v1/tasks/{task_id}/reopen", json={"reason": "复核"})
    assert part(answer.json())["state"] == "in_progress"
    assert part(answer.json())["done_at"] is None
    reopened = [event.data for event in await tasks.events(task_id) if isinstance(event.data, facts.TaskReopened)]
    assert [[each.unit for each in data.assignments] for data in reopened] == [[CO], [LEAD]]
    refused = await office.post(f"/v1/tasks/{task_id}/reopen", json={"reason": "复核"})
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["suspend", "cancel"])
    unknown = await office.post(f"/v1/tasks/{task_id}/reopen", json={"reason": "复核", "units": ["330324-jmj"]})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "units.0")


async def test_cancelling_makes_the_whole_task_void(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    task_id = await assigned(office)
    answer = await step(office, task_id, "cancel")
    assert (answer.json()["state"], [each["state"] for each in answer.json()["assignments"]]) == (
        "cancelled",
        ["cancelled"] * 2,
    )
    *_, event = await tasks.events(task_id)
    assert isinstance(event.data, facts.TaskCancelled)
    assert {each.unit for each in event.data.assignments} == {LEAD, CO}
    again = await step(office, task_id, "cancel")
    assert (again.status_code, again.json()["allowed"]) == (409, [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"lead_unit": "330324-fgx"}, "lead_unit"),
        ({"cooperating_units": [CO, "330324-xxx"]}, "cooperating_units.1"),
        ({"cooperating_units": [LEAD]}, "cooperating_units.0"),
        ({"cooperating_units": [CO, CO]}, "cooperating_units.1"),
        ({"due_on": "2026-01-14"}, "due_on"),
        ({"due_on": "soon"}, "due_on"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"weight": "0"}, "weight"),
        ({"weight": "NaN"}, "weight"),
        ({"source_kind": "resolution"}, "source_kind"),
        ({"tags": ["two words"]}, "tags.0"),
        ({"text": "a\u0000b"}, "text"),
        ({"deadline": "2026-01-31"}, "deadline"),
    ],
)
async def test_a_bad_task_is_refused_naming_the_field(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, given: dict[str, Any], field: str
) -> None:
    answer = await office.post("/v1/tasks", json=a_task(**given))
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert await tasks.events() == []


async def test_an_unknown_unit_is_refused_with_the_nearest_codes(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/tasks", json=a_task(lead_unit="330324-fgx"))
    assert LEAD in answer.json()["errors"][0]["expected"]


async def test_due_today_is_not_too_early(office: httpx.AsyncClient) -> None:
    assert (await office.post("/v1/tasks", json=a_task(due_on="2026-01-15"))).status_code == 201


async def test_the_same_idempotency_key_makes_one_task(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "k-1"}
    first = await office.post("/v1/tasks", json=a_task(), headers=headers)
    second = await office.post("/v1/tasks", json=a_task(), headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(await tasks.events()) == 1
    other = await office.post("/v1/tasks", json=a_task(title="另一任务"), headers=headers)
    assert other.status_code == 422


async def test_without_a_token_nothing_is_answered(tasks: ServiceUnderTest) -> None:
    async with tasks.client(None) as nobody:
        for answer in (await nobody.get("/v1/tasks"), await nobody.post("/v1/tasks", json=a_task())):
            assert answer.status_code == 401


@pytest.mark.parametrize("transition", ["acknowledge", "progress", "request-completion", "bounce"])
async def test_another_units_assignment_is_not_ones_own(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, transition: str
) -> None:
    task_id = await assigned(office)
    async with tasks.client("unit", OTHER) as other:
        assert (await step(other, task_id, transition)).status_code == 403
        assert (await step(other, task_id, transition, CO)).status_code == 403
    assert (await tasks.audit())[-1]["status"] == 403
    assert len(await tasks.events(task_id)) == 1


@pytest.mark.parametrize("transition", ["complete", "send-back", "reopen", "cancel"])
async def test_the_offices_decisions_are_not_the_units(
    office: httpx.AsyncClient, lead: httpx.AsyncClient, transition: str
) -> None:
    assert (await step(lead, await assigned(office), transition)).status_code == 403


@pytest.mark.parametrize("role", ["leader", "auditor", "integration", "operator"])
async def test_who_only_reads_changes_nothing(tasks: ServiceUnderTest, office: httpx.AsyncClient, role: str) -> None:
    task_id = await assigned(office)
    async with tasks.client(role) as client:
        assert (await client.get(f"/v1/tasks/{task_id}")).status_code == 200
        assert (await step(client, task_id, "acknowledge")).status_code == 403
        assert (await client.post("/v1/tasks", json=a_task())).status_code == 403


async def test_what_is_unknown_is_not_found(office: httpx.AsyncClient, lead: httpx.AsyncClient) -> None:
    missing = "01900000-0000-7000-8000-0000000000ff"
    assert (await office.get(f"/v1/tasks/{missing}")).status_code == 404
    assert (await office.get(f"/v1/tasks/{missing}/history")).status_code == 404
    assert (await step(lead, missing, "acknowledge")).status_code == 404
    answer = await step(office, await assigned(office), "acknowledge", OTHER)
    assert (answer.status_code, answer.json()["code"]) == (404, "assignment-not-found")
    assert (await office.get("/v1/tasks/12")).status_code == 422


async def test_a_stale_version_is_refused(office: httpx.AsyncClient, lead: httpx.AsyncClient) -> None:
    task_id = await assigned(office)
    etag = (await lead.get(f"/v1/tasks/{task_id}")).headers["etag"]
    answer = await step(lead, task_id, "acknowledge", **{"if-match": etag})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (await step(lead, task_id, "progress", **{"if-match": etag})).status_code == 412
    assert (await step(lead, task_id, "progress", **{"if-match": '"2"'})).status_code == 200


async def test_a_command_without_body_is_taken(office: httpx.AsyncClient, lead: httpx.AsyncClient) -> None:
    path = f"/v1/tasks/{await assigned(office)}/assignments/{LEAD}"
    for client, transition in ((lead, "acknowledge"), (lead, "request-completion"), (office, "complete")):
        assert (await client.post(f"{path}/{transition}")).status_code == 200
    refused = await office.post(f"{path}/reopen")
    assert refused.status_code == 422


async def test_only_the_office_may_state_an_earlier_time(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await step(lead, task_id, "acknowledge")
    tasks.clock.at = datetime(2026, 2, 5, tzinfo=UTC)
    path = f"/v1/tasks/{task_id}/assignments/{LEAD}/request-completion"
    earlier = {"occurred_at": "2026-01-31T10:00:00+08:00"}
    assert (await lead.post(path, json=earlier)).status_code == 403
    assert (await office.post(path, json=earlier)).status_code == 200
    done = (await step(office, task_id, "complete")).json()
    assert part(done)["days_late"] == 0


async def test_lists_filter_and_page(office: httpx.AsyncClient, lead: httpx.AsyncClient) -> None:
    ids = [await assigned(office, title=f"任务 100%_{number}", source_id=f"s-{number}") for number in range(5)]
    other = await assigned(office, lead_unit=OTHER, cooperating_units=[LEAD], title="统计分析")
    await step(lead, ids[0], "acknowledge")

    async def listed(**params: str) -> list[str]:
        answer = await office.get("/v1/tasks", params=params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await listed() == [other, *reversed(ids)]
    assert await listed(state="acknowledged") == [ids[0]]
    assert await listed(unit=LEAD, role="cooperating") == [other]
    assert await listed(unit=LEAD, role="lead") == list(reversed(ids))
    assert await listed(unit="330324-nobody") == []
    assert await listed(role="lead", q="统计") == [other]
    assert await listed(source_id="s-3") == [ids[3]]
    assert await listed(q="100%_2") == [ids[2]]
    assert await listed(q="%") == list(reversed(ids))
    first = (await office.get("/v1/tasks?limit=4")).json()
    second = (await office.get(f"/v1/tasks?limit=4&cursor={first['next']}")).json()
    assert [each["id"] for each in (*first["items"], *second["items"])] == [other, *reversed(ids)]
    assert second["next"] is None
    assert [len(each["assignments"]) for each in first["items"]] == [2] * 4
    assert (await office.get("/v1/tasks?state=done")).status_code == 422
    assert (await office.get("/v1/tasks?cursor=WzFd")).status_code == 422


async def test_every_write_is_audited(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    task_id = await assigned(office)
    await step(office, task_id, "complete")
    done, refused = (await tasks.audit())[-2:]
    assert (done["action"], done["status"], done["occurred_at"]) == ("create-task", 201, NOW)
    assert (refused["action"], refused["target"], refused["status"]) == (
        "complete-assignment",
        f"tasks/{task_id}/assignments/{LEAD}",
        409,
    )
