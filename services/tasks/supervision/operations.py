"""What can be done about parts that are owed: slips by hand, their answers, reminders, dated targets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from uuid import UUID

from services.tasks import store as tasks_store
from services.tasks.changes import TaskChange
from services.tasks.domain import Assignment, Words
from services.tasks.errors import AssignmentNotFoundError, TaskNotFoundError
from services.tasks.reports.calendar.store import workdays
from services.tasks.states import OPEN, State
from services.tasks.supervision import payloads, store
from services.tasks.supervision.domain import Reminder, Slip, SlipRule, SlipState, colour_by_hand
from services.tasks.supervision.errors import (
    CalendarUnknownError,
    NothingOwedError,
    SlipClosedError,
    SlipNotFoundError,
    SlipOpenError,
)
from services.tasks.supervision.lights import DatedTarget
from shared.auth import Role
from shared.clock import county_date, end_of_county_day
from shared.commands import Act
from shared.errors import FieldFault, InvalidError, invalid
from shared.postgres import Connection
from shared.workdays import UnknownYearError


@dataclass(frozen=True, slots=True)
class Part:
    """A unit's part of a task under change."""

    change: TaskChange
    part: Assignment


async def issue(
    conn: Connection, act: Act, task_id: UUID, unit: str, rule: SlipRule, *, text: str, answer_due_on: date | None
) -> Slip:
    """Send a slip by hand (office), of the colour that the rule gives; refuse where one is open."""
    act.principal.require(Role.OFFICE)
    found = await _owed(conn, act, task_id, unit)
    last = (await store.latest_slips(conn, [task_id])).get((task_id, unit))
    if last is not None and last.state == SlipState.OPEN:
        raise SlipOpenError(last)
    colour = colour_by_hand(last, found.part.due_on)
    today = county_date(act.occurred_at)
    if answer_due_on is not None and answer_due_on < today:
        raise invalid("answer_due_on", f"{answer_due_on} has passed", f"{today} or later")
    try:
        due = answer_due_on or rule.answer_due_on(colour, today, await workdays(conn))
    except UnknownYearError as unknown:
        raise CalendarUnknownError(str(unknown)) from unknown
    slip = Slip(
        await store.new_id(conn),
        task_id,
        unit,
        found.part.due_on,
        colour,
        SlipState.OPEN,
        act.occurred_at,
        act.principal.subject,
        text,
        due,
    )
    await store.insert_slip(conn, slip)
    found.change.tell(unit, "slip-issue", payloads.issued(slip), Words(reason=text))
    await tasks_store.save_changes(conn, [found.change])
    return slip


async def answer(conn: Connection, act: Act, slip_id: UUID, text: str) -> Slip:
    """Answer a slip: the unit itself, or the office for it. One that lapsed can be answered late until one follows."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    slip = await store.find_slip(conn, slip_id)
    if slip is None:
        raise SlipNotFoundError(slip_id)
    act.principal.require_unit(slip.unit)
    found = await _locked(conn, act, slip.task_id, slip.unit, check=False)
    latest = (await store.latest_slips(conn, [slip.task_id]))[slip.task_id, slip.unit]
    if latest.id != slip_id or latest.state not in {SlipState.OPEN, SlipState.LAPSED}:
        raise SlipClosedError(await _again(conn, slip), latest if latest.id != slip_id else None)
    _note_lapse(found.change, latest)
    answered = replace(
        latest,
        state=SlipState.ANSWERED,
        closed_at=act.occurred_at,
        answered_at=act.occurred_at,
        answered_by=act.principal.subject,
        answer=text,
        on_time=county_date(act.occurred_at) <= latest.answer_due_on,
    )
    await store.close_slip(conn, answered)
    found.change.tell(slip.unit, "slip-answer", payloads.answered(answered, text), Words(note=text))
    await tasks_store.save_changes(conn, [found.change])
    return answered


def _note_lapse(change: TaskChange, slip: Slip) -> None:
    """Say it at once if the slip's time ended before this act, so that the log's order does not hang on the watch."""
    if slip.state == SlipState.OPEN and slip.answer_due_on < county_date(change.act.occurred_at):
        ended = replace(slip, state=SlipState.LAPSED)
        at = end_of_county_day(slip.answer_due_on)
        change.tell(slip.unit, "slip-lapse", payloads.lapsed(ended), at=at)


async def _again(conn: Connection, slip: Slip) -> Slip:
    return await store.find_slip(conn, slip.id) or slip


async def remind(conn: Connection, act: Act, task_id: UUID, unit: str) -> Reminder:
    """Remind a unit of its part (催办, office)."""
    act.principal.require(Role.OFFICE)
    found = await _owed(conn, act, task_id, unit)
    task = found.change.task
    reminder = Reminder(
        "assignment",
        task_id,
        unit,
        task.title,
        found.part.due_moment,
        "office",
        act.occurred_at,
        act.principal.subject,
    )
    found.change.tell(unit, "remind", payloads.reminded("office"))
    await store.insert_reminders(conn, [reminder])
    await tasks_store.save_changes(conn, [found.change])
    return reminder


async def set_targets(
    conn: Connection, act: Act, task_id: UUID, unit: str, targets: Sequence[DatedTarget]
) -> list[DatedTarget]:
    """Say how far along a part is to be by which days (office): milestones or monthly targets; replaces what was."""
    act.principal.require(Role.OFFICE)
    found = await _locked(conn, act, task_id, unit)
    in_order = sorted(targets, key=lambda each: each.due_on)
    faults = _target_faults(in_order, found.part)
    if faults:
        raise InvalidError(*faults)
    if found.part.state in {State.CANCELLED, State.REASSIGNED, State.BOUNCED}:
        raise NothingOwedError(unit, found.part.state)
    await store.replace_targets(conn, task_id, unit, in_order)
    found.change.tell(unit, "set-targets", payloads.targets_set(in_order))
    await tasks_store.save_changes(conn, [found.change])
    return in_order


def _target_faults(targets: Sequence[DatedTarget], part: Assignment) -> list[FieldFault]:
    days = [each.due_on for each in targets]
    faults = [
        FieldFault(field="targets", reason=f"{day} stands twice", expected="each day once")
        for day in sorted({each for each in days if days.count(each) > 1})
    ]
    faults += [
        FieldFault(field="targets", reason=f"{each.due_on} is after the due date", expected=f"up to {part.due_on}")
        for each in targets
        if each.due_on > part.due_on
    ]
    faults += [
        FieldFault(
            field="targets",
            reason=f"{later.percent} % by {later.due_on} is less than {earlier.percent} % by {earlier.due_on}",
            expected="per cents that rise with the days",
        )
        for earlier, later in pairwise(targets)
        if later.percent < earlier.percent
    ]
    return faults


async def _owed(conn: Connection, act: Act, task_id: UUID, unit: str) -> Part:
    found = await _locked(conn, act, task_id, unit)
    if found.part.state not in OPEN:
        raise NothingOwedError(unit, found.part.state)
    return found


async def _locked(conn: Connection, act: Act, task_id: UUID, unit: str, *, check: bool = True) -> Part:
    task = await tasks_store.lock_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    if check:
        act.expect(task.version)
    part = task.of_unit(unit)
    if part is None:
        raise AssignmentNotFoundError(task_id, unit, [each.unit for each in task.assignments])
    return Part(TaskChange(task, act), part)
