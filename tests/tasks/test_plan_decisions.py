"""What a meeting's decision makes of a plan: issued at once, mended first, deferred, rejected, or nothing."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from shared.contracts import tasks as facts
from shared.contracts.registry import UnitRetired
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, MEETING
from tests.tasks.plan_builders import ITEMS, JMJ, a_decision, an_item, done, drafted

M = str(MEETING)


async def plan_of(client: httpx.AsyncClient, plan_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/v1/plans/{plan_id}")).json()
    return found


async def steps_of(client: httpx.AsyncClient, plan_id: str) -> list[str]:
    return [each["step"] for each in (await client.get(f"/v1/plans/{plan_id}/history")).json()["items"]]


async def submitted(office: httpx.AsyncClient, items: list[dict[str, Any]] | None = None) -> str:
    plan_id = await drafted(office, items)
    await done(office, plan_id, "submit")
    return plan_id


async def told(tasks: ServiceUnderTest, plan_id: str) -> list[type]:
    return [type(event.data) for event in await tasks.events(plan_id)]


async def tasks_of(office: httpx.AsyncClient, plan_id: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await office.get("/v1/tasks", params={"plan": plan_id})).json()["items"]
    return items


async def test_an_unconditional_adoption_issues_the_plan_once_however_often_it_is_told(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await submitted(office)
    for _ in range(2):
        await tasks.deliver(a_decision(plan_id), subject=M, version=4)
    plan = await plan_of(office, plan_id)
    assert (plan["state"], plan["edition"], plan["conditional"], plan["document"]) == ("issued", 1, False, None)
    assert len(await tasks_of(office, plan_id)) == len(ITEMS)
    assert await told(tasks, plan_id) == [facts.PlanSubmitted, facts.PlanAdopted, facts.PlanIssued]
    caused = [event for event in await tasks.events() if not isinstance(event.data, facts.PlanSubmitted)]
    assert {event.causationid for event in caused} == {f"{M}@4"}
    assert {str(event.data.meeting_id) for event in caused if isinstance(event.data, facts.TaskAssigned)} == {M}


async def test_a_plan_that_a_decision_issued_is_given_its_documents_number_once(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await submitted(office)
    await tasks.deliver(a_decision(plan_id), subject=M, version=4)
    assert (await office.post(f"/v1/plans/{plan_id}/issue", json={})).status_code == 409
    numbered = await done(office, plan_id, "issue", document="永政办发〔2026〕5号")
    assert (numbered["state"], numbered["document"]) == ("issued", "永政办发〔2026〕5号")
    assert (await told(tasks, plan_id))[-1] is facts.PlanNumbered
    again = await office.post(f"/v1/plans/{plan_id}/issue", json={"document": "永政办发〔2026〕6号"})
    assert again.status_code == 409
    assert len(await tasks_of(office, plan_id)) == len(ITEMS)


@pytest.mark.parametrize(
    "given", [{"decision": "adopted_in_principle"}, {"conditions_digest": "a" * 64, "conditions_link": "/v1/m/1"}]
)
async def test_a_plan_adopted_in_principle_or_with_conditions_is_mended_and_issued_by_the_office(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, given: dict[str, Any]
) -> None:
    plan_id = await submitted(office)
    for _ in range(2):
        await tasks.deliver(a_decision(plan_id, **given), subject=M, version=4)
    plan = await plan_of(office, plan_id)
    assert (plan["state"], plan["conditional"], plan["meeting_id"]) == ("adopted", True, M)
    assert await told(tasks, plan_id) == [facts.PlanSubmitted, facts.PlanAdopted]
    items = [*ITEMS, an_item("4", title="会议要求增加的一项")]
    mended = await office.put(f"/v1/plans/{plan_id}/items", json={"items": items})
    assert mended.status_code == 200, mended.text
    assert len((await done(office, plan_id, "issue"))["items"]) == 4
    assert (await steps_of(office, plan_id))[-3:] == ["adopt", "mend", "issue"]


async def test_what_keeps_an_adopted_plan_from_being_issued_is_shown_and_nothing_is_half_done(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await submitted(office, [an_item("1"), an_item("2", due_on="2026-01-20"), an_item("3", lead_unit=JMJ)])
    tasks.clock.at = datetime(2026, 2, 1, tzinfo=UTC)
    gone = UnitRetired(unit=JMJ, retired_on=datetime(2026, 1, 25, tzinfo=UTC).date(), open_work_to=CO)
    await tasks.deliver(gone, subject=JMJ, version=2)
    for _ in range(2):
        await tasks.deliver(a_decision(plan_id, decided_on="2026-02-01"), subject=M, version=4)
    plan = await plan_of(office, plan_id)
    assert plan["state"] == "adopted"
    assert [each["field"] for each in plan["hindrances"]] == ["items.3.lead_unit", "items.2.due_on"]
    assert await tasks_of(office, plan_id) == []
    assert await steps_of(office, plan_id) == ["draft", "submit", "adopt", "issue-hindered"]
    refused = await office.post(f"/v1/plans/{plan_id}/issue", json={})
    assert [each["field"] for each in refused.json()["errors"]] == ["items.3.lead_unit", "items.2.due_on"]
    items = [an_item("1"), an_item("2", due_on="2026-03-20"), an_item("3", lead_unit=CO, cooperating_units=[])]
    mended = await office.put(f"/v1/plans/{plan_id}/items", json={"items": items})
    assert (mended.status_code, mended.json()["hindrances"]) == (200, [])
    assert (await office.put(f"/v1/plans/{plan_id}/items", json={"items": items})).status_code == 409
    await done(office, plan_id, "issue")
    assert len(await tasks_of(office, plan_id)) == 3


async def test_a_deferred_plan_waits_on_and_an_older_decision_changes_nothing(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await submitted(office)
    early, late = datetime(2026, 1, 10, tzinfo=UTC), datetime(2026, 1, 14, tzinfo=UTC)
    await tasks.deliver(a_decision(plan_id, "deferred"), subject="m1", version=1, time=late)
    assert ((await plan_of(office, plan_id))["state"], (await steps_of(office, plan_id))[-1]) == (
        "submitted",
        "deferred",
    )
    await tasks.deliver(a_decision(plan_id, "adopted"), subject="m0", version=1, time=early)
    assert (await plan_of(office, plan_id))["state"] == "submitted"
    await tasks.deliver(a_decision(plan_id, "adopted"), subject="m2", version=1)
    assert (await plan_of(office, plan_id))["state"] == "issued"


async def test_an_adoption_that_the_meeting_changes_to_deferred_waits_again(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await submitted(office)
    times = [datetime(2026, 1, 15, hour, tzinfo=UTC) for hour in (3, 4)]
    await tasks.deliver(a_decision(plan_id, "adopted_in_principle"), subject=M, version=4, time=times[0])
    await tasks.deliver(a_decision(plan_id, "deferred"), subject=M, version=5, time=times[1])
    plan = await plan_of(office, plan_id)
    assert (plan["state"], plan["adopted_on"], plan["conditional"]) == ("submitted", None, False)
    assert await told(tasks, plan_id) == [facts.PlanSubmitted, facts.PlanAdopted, facts.PlanSubmitted]


async def test_a_plan_that_is_rejected_or_taken_back_is_a_draft_and_says_so(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    rejected, taken_back = await submitted(office), await submitted(office)
    await tasks.deliver(a_decision(rejected, "rejected"), subject=M, version=4)
    await done(office, taken_back, "take-back", reason="补充项目")
    for plan_id, meeting in ((rejected, M), (taken_back, "None")):
        assert (await plan_of(office, plan_id))["state"] == "draft"
        event = (await tasks.events(plan_id))[-1]
        assert isinstance(event.data, facts.PlanWithdrawn)
        assert str(event.data.meeting_id) == meeting


async def test_words_that_did_not_lie_before_the_meeting_are_not_adopted(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await submitted(office)
    (event,) = await tasks.events(plan_id)
    assert isinstance(event.data, facts.PlanSubmitted)
    tabled = event.data.content_digest
    await done(office, plan_id, "take-back", reason="改一项")
    await office.put(f"/v1/plans/{plan_id}/items", json={"items": [an_item("1", title="另一项")]})
    await done(office, plan_id, "submit")
    times = [datetime(2026, 1, 15, hour, tzinfo=UTC) for hour in (3, 4)]
    await tasks.deliver(a_decision(plan_id, plan_digest=tabled), subject=M, version=4, time=times[0])
    assert (await plan_of(office, plan_id))["state"] == "submitted"
    assert (await steps_of(office, plan_id))[-1] == "adopted-without-effect"
    newest = (await tasks.events(plan_id))[-1].data
    assert isinstance(newest, facts.PlanSubmitted)
    await tasks.deliver(a_decision(plan_id, plan_digest=newest.content_digest), subject=M, version=5, time=times[1])
    assert (await plan_of(office, plan_id))["state"] == "issued"


@pytest.mark.parametrize(("steps", "state"), [([], "draft"), (["submit", "issued"], "issued")])
async def test_a_decision_that_changes_nothing_of_the_plan_is_noted(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, steps: list[str], state: str
) -> None:
    plan_id = await drafted(office)
    if steps:
        await done(office, plan_id, "submit")
        await tasks.deliver(a_decision(plan_id), subject=M, version=4)
    later = datetime(2026, 1, 16, tzinfo=UTC)
    for _ in range(2):
        await tasks.deliver(a_decision(plan_id, "rejected"), subject=M, version=5, time=later)
    assert (await plan_of(office, plan_id))["state"] == state
    assert (await steps_of(office, plan_id)).count("rejected-without-effect") == 1
