"""Proposals for the agenda: what is open, escalated, overdue or waiting, and what is settled."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx

from shared.contracts.tasks import (
    AssignmentPart,
    AssignmentProgressed,
    PlanAdopted,
    PlanSubmitted,
    ProblemEscalated,
    ProblemResolved,
    ProblemWithdrawn,
    SlipIssued,
    TaskAssigned,
)
from tests.meetings.builders import adopted, convened, held
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
ID = UUID("01900000-0000-7000-8000-0000000000aa")
OTHER = UUID("01900000-0000-7000-8000-0000000000bb")


async def test_the_agenda_is_gathered_from_what_is_open_escalated_overdue_and_waiting(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    open_one = await adopted(office, await held(office), title="编制物流规划", due_on="2026-01-16")
    plan = PlanSubmitted(plan_id=ID, year=2026, title="2026年分工方案", items=22)
    await meetings.deliver(plan, subject=str(ID), version=1)
    problem = ProblemEscalated(problem_id=OTHER, title="物流用地指标不足", unit="330324-jtj")
    await meetings.deliver(problem, subject=str(OTHER), version=2)
    part = AssignmentPart(unit="330324-jmj", role="lead", due_on=date(2026, 1, 10))
    task: dict[str, Any] = {
        "task_id": ID,
        "title": "开展提升行动",
        "source_kind": "plan_item",
        "source_id": "1",
        "weight": "1",
        "due_on": date(2026, 1, 10),
        "tags": ("key-task",),
    }
    await meetings.deliver(TaskAssigned(**task, assignments=(part,)), subject=str(ID), version=1)
    own: dict[str, Any] = {**task, "unit": "330324-jmj", "role": "lead", "assignment_due_on": date(2026, 1, 10)}
    await meetings.deliver(AssignmentProgressed(**own, percent=40), subject=str(ID), version=3)
    slip = SlipIssued(**own, slip_id=OTHER, colour="blue", answer_due_on=date(2026, 1, 20))
    await meetings.deliver(slip, subject=str(ID), version=4)

    meeting_id = await convened(office, starts_at="2026-01-19T09:00:00+08:00")
    url = f"/v1/meetings/{meeting_id}/agenda-proposals"
    found = {item["source"]: item for item in (await office.get(url)).json()["items"]}
    assert set(found) == {"open_resolution", "escalated_problem", "overdue_key_task", "waiting_plan"}
    assert found["open_resolution"]["item"]["resolution_id"] == open_one
    assert found["waiting_plan"]["item"]["plan_id"] == str(ID)
    assert found["overdue_key_task"]["reasons"] == [
        "县经贸局应于2026-01-10完成，已逾期5天，反馈进展40%，蓝色督办单未答复"
    ]
    taken = await office.post(f"{url}/take", json={"keys": [found["escalated_problem"]["key"]]})
    (item,) = taken.json()["items"]
    assert (item["kind"], item["problem_id"], item["presenter_units"]) == (
        "coordinate_problem",
        str(OTHER),
        ["330324-jtj"],
    )
    assert "escalated_problem" not in {each["source"] for each in (await office.get(url)).json()["items"]}
    assert len((await office.post(f"{url}/take")).json()["items"]) == 4
    refused = await office.post(f"{url}/take", json={"keys": ["waiting_plan:1"]})
    assert refused.json()["errors"][0]["field"] == "keys.0"


async def test_what_is_settled_is_proposed_no_more_in_whatever_order_it_is_heard(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    adopted_plan = PlanAdopted(plan_id=ID, year=2026, title="分工方案", items=22, adopted_on=date(2026, 1, 15))
    await meetings.deliver(adopted_plan, subject=str(ID), version=2)
    await meetings.deliver(PlanSubmitted(plan_id=ID, year=2026, title="分工方案", items=22), subject=str(ID), version=1)
    settled = ProblemResolved(problem_id=OTHER, title="用地", unit="330324-jtj")
    await meetings.deliver(settled, subject=str(OTHER), version=3)
    escalated = ProblemEscalated(problem_id=OTHER, title="用地", unit="330324-jtj")
    await meetings.deliver(escalated, subject=str(OTHER), version=2)
    third = UUID(int=3)
    for version, kind in ((1, ProblemEscalated), (2, ProblemWithdrawn)):
        payload = kind(problem_id=third, title="停车", unit="330324-jtj")
        await meetings.deliver(payload, subject=str(third), version=version)
    assert (await office.get(f"/v1/bodies/{BODY}/agenda-proposals")).json()["items"] == []
    assert (await office.get("/v1/bodies/nobody/agenda-proposals")).json()["errors"][0]["field"] == "body"


async def test_a_rejected_plan_is_proposed_again_only_when_it_is_submitted_again(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan = PlanSubmitted(plan_id=ID, year=2026, title="分工方案", items=22)
    await meetings.deliver(plan, subject=str(ID), version=1)
    agenda = [{"kind": "deliberate_plan", "title": "审议方案", "plan_id": str(ID)}]
    url = f"/v1/meetings/{await held(office, agenda=agenda)}/agenda/1/decision"

    async def proposed() -> int:
        return len((await office.get(f"/v1/bodies/{BODY}/agenda-proposals")).json()["items"])

    await office.post(url, json={"decision": "deferred"})
    assert await proposed() == 1
    await office.post(url, json={"decision": "rejected"})
    assert await proposed() == 0
    meetings.clock.at += timedelta(days=3)
    await meetings.deliver(plan, subject=str(ID), version=2)
    assert await proposed() == 1


async def test_proposals_are_not_for_units(meetings: ServiceUnderTest) -> None:
    async with meetings.client("unit", "330324-fgj") as unit:
        assert (await unit.get(f"/v1/bodies/{BODY}/agenda-proposals")).status_code == 403
