"""Follow-up: a resolution's light, what is late and why, rates per meeting and body; copies in any order."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.payload import Payload
from shared.contracts.tasks import (
    AssignmentBounced,
    AssignmentCompleted,
    AssignmentCompletionRequested,
    AssignmentExtended,
    AssignmentPart,
    AssignmentProgressed,
    AssignmentReassigned,
    AssignmentTargetsSet,
    DatedTarget,
    SlipAnswered,
    SlipIssued,
    TaskAssigned,
    TaskCancelled,
    TaskClosedOut,
    TaskCompleted,
    TaskResumed,
    TaskSuspended,
)
from tests.meetings.builders import adopted, held
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
SLIP = UUID("01900000-0000-7000-8000-0000000000cc")
DONE_AT = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
DUE = date(2026, 3, 31)


@dataclass
class Task:
    """A resolution's task, whose events are written here."""

    resolution_id: str
    number: int = 1

    @property
    def fact(self) -> dict[str, Any]:
        return {
            "task_id": UUID(int=self.number),
            "title": "编制规划",
            "source_kind": "resolution",
            "source_id": self.resolution_id,
            "weight": "1",
            "due_on": DUE,
        }

    @property
    def parts(self) -> tuple[AssignmentPart, ...]:
        return (
            AssignmentPart(unit="330324-fgj", role="lead", due_on=DUE),
            AssignmentPart(unit="330324-jtj", role="cooperating", due_on=DUE),
        )

    def of_unit(self, unit: str, **given: object) -> dict[str, Any]:
        role = "lead" if unit == "330324-fgj" else "cooperating"
        return {**self.fact, "unit": unit, "role": role, "assignment_due_on": DUE, **given}

    async def tell(self, meetings: ServiceUnderTest, *payloads: Payload, start: int = 1) -> None:
        for version, payload in enumerate(payloads, start=start):
            await meetings.deliver(payload, subject=str(UUID(int=self.number)), version=version)


@pytest.fixture
async def task(office: httpx.AsyncClient) -> Task:
    return Task(await adopted(office, await held(office)))


async def _shown(office: httpx.AsyncClient, task: Task) -> dict[str, Any]:
    shown: dict[str, Any] = (await office.get(f"/v1/resolutions/{task.resolution_id}/fulfilment")).json()
    return shown


async def test_a_resolution_shows_its_light_and_why_as_tasks_tells(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, task: Task
) -> None:
    assert (await _shown(office, task))["reasons"] == ["尚未形成任务"]
    await task.tell(meetings, TaskAssigned(**task.fact, assignments=task.parts))
    assert (await _shown(office, task))["light"] == "green"
    meetings.clock.at = datetime(2026, 3, 23, 2, 0, tzinfo=UTC)
    assert (await _shown(office, task))["light"] == "green"
    meetings.clock.at = datetime(2026, 3, 24, 2, 0, tzinfo=UTC)
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == (
        "yellow",
        [f"{unit}：应于2026-03-31完成，还有7天到期" for unit in ("县发改局", "县交通局")],
    )
    meetings.clock.at = datetime(2026, 4, 2, 2, 0, tzinfo=UTC)
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == (
        "red",
        [
            "县发改局应于2026-03-31完成，已逾期2天，未反馈进展",
            "县交通局应于2026-03-31完成，已逾期2天，未反馈进展",
        ],
    )
    later: list[Payload] = [
        AssignmentProgressed(**task.of_unit("330324-fgj"), percent=60, note_link="/v1/tasks/x"),
        AssignmentCompletionRequested(**task.of_unit("330324-jtj")),
        SlipIssued(**task.of_unit("330324-fgj"), slip_id=SLIP, colour="yellow", answer_due_on=date(2026, 4, 8)),
    ]
    await task.tell(meetings, *later, start=2)
    shown = await _shown(office, task)
    assert shown["reasons"] == ["县发改局应于2026-03-31完成，已逾期2天，反馈进展60%，黄色督办单未答复"]
    extended = AssignmentExtended(
        **task.of_unit("330324-fgj", assignment_due_on=date(2026, 4, 30)), previous_due_on=DUE, extension=1
    )
    answered = SlipAnswered(**task.of_unit("330324-fgj"), slip_id=SLIP, colour="yellow", on_time=True)
    await task.tell(meetings, answered, extended, start=5)
    assert ((await _shown(office, task))["light"]) == "green"
    done = AssignmentCompleted(**task.of_unit("330324-fgj"), done_at=DONE_AT, days_late=2)
    completed = TaskCompleted(**task.fact, done_at=DONE_AT, days_late=2)
    await task.tell(meetings, done, completed, TaskClosedOut(**task.fact), start=7)
    shown = await _shown(office, task)
    assert (shown["state"], shown["light"], shown["reasons"]) == ("fulfilled", None, ["已办结，迟2天"])
    assert shown["tasks"][0]["state"] == "closed_out"


async def test_a_resolution_by_its_default_due_date_says_from_the_first_day_why_it_is_yellow(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task = Task(await adopted(office, await held(office), due_on=None))
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == ("yellow", ["尚未形成任务，应于2026-01-22完成，还有7天到期"])
    part = AssignmentPart(unit="330324-fgj", role="lead", due_on=date(2026, 1, 22))
    await task.tell(meetings, TaskAssigned(**{**task.fact, "due_on": part.due_on}, assignments=(part,)))
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == ("yellow", ["县发改局：应于2026-01-22完成，还有7天到期"])
    meetings.clock.at = datetime(2026, 1, 22, 15, 59, tzinfo=UTC)
    assert (await _shown(office, task))["reasons"] == ["县发改局：应于2026-01-22完成，今日到期"]


async def test_a_light_that_nobody_can_tell_says_why(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    task = Task(await adopted(office, await held(office), due_on="2100-01-05"))
    meetings.clock.at = datetime(2099, 12, 30, 2, 0, tzinfo=UTC)
    shown = await _shown(office, task)
    assert (shown["light"], len(shown["reasons"])) == ("unknown", 1)
    assert shown["reasons"][0].endswith("节假日安排尚未公布，无法判断是否临近")


async def test_bounced_moved_and_resting_parts_are_said_so(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, task: Task
) -> None:
    bounced = AssignmentBounced(**task.of_unit("330324-jtj"))
    await task.tell(meetings, TaskAssigned(**task.fact, assignments=task.parts), bounced)
    assert (await _shown(office, task))["reasons"] == ["县交通局已退回，待改派"]
    moved = AssignmentReassigned(**task.of_unit("330324-tjj"), previous_unit="330324-jtj", cause="bounced")
    await task.tell(meetings, moved, TaskSuspended(**task.fact, assignments=task.parts[:1]), start=3)
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == ("green", ["“编制规划”已中止"])
    assert [part["unit"] for part in shown["tasks"][0]["parts"]] == ["330324-fgj", "330324-tjj"]
    await task.tell(meetings, TaskResumed(**task.fact, assignments=task.parts[:1]), start=5)
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == ("green", [])


async def test_a_part_behind_its_dated_target_is_yellow_and_says_so(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, task: Task
) -> None:
    targets = (DatedTarget(due_on=date(2026, 1, 31), percent=30), DatedTarget(due_on=date(2026, 2, 28), percent=60))
    aimed = AssignmentTargetsSet(**task.of_unit("330324-fgj"), targets=targets)
    progressed = AssignmentProgressed(**task.of_unit("330324-fgj"), percent=30)
    await task.tell(meetings, TaskAssigned(**task.fact, assignments=task.parts), aimed, progressed)
    assert (await _shown(office, task))["light"] == "green"
    meetings.clock.at = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
    shown = await _shown(office, task)
    assert (shown["light"], shown["reasons"]) == ("yellow", ["县发改局：进展30%，落后于2026-02-28应达60%"])


Make = Callable[[Task], Payload]


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_whatever_the_order_of_arrival_the_same_is_shown(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, task: Task, order: tuple[int, ...]
) -> None:
    story: list[Make] = [
        lambda t: TaskAssigned(**t.fact, assignments=t.parts),
        lambda t: AssignmentProgressed(**t.of_unit("330324-fgj"), percent=60),
        lambda t: AssignmentExtended(
            **t.of_unit("330324-fgj", assignment_due_on=date(2026, 4, 30)), previous_due_on=DUE, extension=1
        ),
        lambda t: AssignmentCompletionRequested(**t.of_unit("330324-jtj")),
    ]
    for index in (*order, *order):
        await task.tell(meetings, story[index](task), start=index + 1)
    (shown,) = (await _shown(office, task))["tasks"]
    parts = [(part["unit"], part["state"], part["due_on"], part["percent"]) for part in shown["parts"]]
    assert parts == [
        ("330324-fgj", "open", "2026-04-30", 60),
        ("330324-jtj", "requested", "2026-03-31", None),
    ]


async def test_rates_are_told_per_meeting_and_body_and_what_is_open(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    first, second = await held(office), await held(office)
    ids = [await adopted(office, first) for _ in range(4)] + [await adopted(office, second)]
    for number, late in ((1, 0), (2, 3)):
        done = TaskCompleted(**Task(ids[number - 1], number).fact, done_at=DONE_AT, days_late=late)
        await Task(ids[number - 1], number).tell(meetings, done)
    cancelled = Task(ids[2], 3)
    await cancelled.tell(meetings, TaskCancelled(**cancelled.fact, assignments=cancelled.parts))
    running = Task(ids[3], 4)
    await running.tell(meetings, TaskAssigned(**running.fact, assignments=running.parts))
    meetings.clock.at = datetime(2026, 4, 2, 2, 0, tzinfo=UTC)
    rate = (await office.get(f"/v1/meetings/{first}/fulfilment")).json()["rate"]
    assert rate == {
        "total": 4,
        "fulfilled": 2,
        "on_time": 1,
        "open": 1,
        "overdue": 1,
        "cancelled": 1,
        "percent": "66.7",
        "on_time_percent": "50.0",
    }
    body = (await office.get(f"/v1/bodies/{BODY}/fulfilment")).json()
    assert [(each["meeting_id"], each["rate"]["percent"]) for each in body["meetings"]] == [
        (first, "66.7"),
        (second, "0.0"),
    ]
    assert (body["rate"]["percent"], [each["resolution_id"] for each in body["open"]]) == ("50.0", ids[3:])
    none = (await office.get(f"/v1/bodies/{BODY}/fulfilment?since=2026-02-01")).json()
    assert (none["rate"]["percent"], none["meetings"], none["open"]) == (None, [], [])
    unknown = (await office.get("/v1/bodies/nobody/fulfilment")).json()
    assert (unknown["status"], unknown["errors"][0]["field"]) == (422, "body")
    bad = await office.get(f"/v1/bodies/{BODY}/fulfilment?since=2026-02-01&until=2026-01-01")
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "until")
