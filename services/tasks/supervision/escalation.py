"""What the watch does about lapses by rule: reminders before the due date, slips after it, each slip's end.

A slip follows the one before only when that lapsed unanswered; the database allows one open slip per matter. Where the
working days of a year are not known nothing is guessed: what hangs on them waits, and `unknown_until` says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import structlog

from services.tasks import store as tasks_store
from services.tasks.changes import TaskChange
from services.tasks.domain import Assignment, Task
from services.tasks.reports.calendar.store import workdays
from services.tasks.reports.periods import due_day
from services.tasks.states import OPEN
from services.tasks.supervision import payloads, store
from services.tasks.supervision.domain import (
    Reminder,
    Slip,
    SlipRule,
    SlipState,
    last_base,
    last_reminded,
    next_colour,
    reminder_moment,
    working_moment,
)
from services.tasks.supervision.store import DuePart
from shared.auth import Principal, Role
from shared.clock import county_date, end_of_county_day
from shared.commands import Act
from shared.postgres import Connection
from shared.workdays import UnknownYearError, Workdays

log = structlog.get_logger(__name__)

BATCH = 300
WATCH = Principal(subject="service:tasks", role=Role.OFFICE)


@dataclass(frozen=True, slots=True)
class Escalation:
    """The rules of reminders and slips."""

    remind_days: int
    slips: SlipRule


class _Changes:
    """The changes of several tasks, one per task, saved together."""

    def __init__(self) -> None:
        self._by_task: dict[UUID, TaskChange] = {}

    def of(self, task: Task, act: Act) -> TaskChange:
        """Return the change of a task under an act: what is told is the act's."""
        change = self._by_task.setdefault(task.id, TaskChange(task, act))
        change.act = act
        return change

    async def save(self, conn: Connection) -> int:
        """Save all; return how many events that made."""
        changes = list(self._by_task.values())
        if changes:
            await tasks_store.save_changes(conn, changes)
        return sum(len(change.events) for change in changes)


def _act(at: datetime, task: Task) -> Act:
    return Act(principal=WATCH, occurred_at=at, correlation_id=task.correlation_id)


async def remind_before_due(conn: Connection, until: datetime, days: int) -> int:
    """Remind units of parts that fall due in so many working days; return how many were reminded."""
    if days == 0:
        return 0
    calendar = await workdays(conn)
    try:
        span = (county_date(until), last_reminded(until, days, calendar))
        parts = await store.lock_parts_to_remind(conn, span, until, BATCH)
        moments = {part: reminder_moment(part.due_on, days, calendar) for part in parts}
    except UnknownYearError as unknown:
        log.debug("reminders wait", why=str(unknown))
        return 0
    tasks = await _tasks_of(conn, parts)
    changes, reminders = _Changes(), list[Reminder]()
    for part, moment in moments.items():
        task = tasks[part.task_id]
        at = max(moment, task.assigned_at)
        changes.of(task, _act(at, task)).tell(part.unit, "remind", payloads.reminded("before_due"), at=at)
        reminders.append(reminder_of(task, part, at))
    await store.insert_reminders(conn, reminders)
    return await changes.save(conn)


def reminder_of(task: Task, part: DuePart, at: datetime) -> Reminder:
    """Return the reminder of a part before its due date."""
    due_at = end_of_county_day(part.due_on)
    return Reminder("assignment", task.id, part.unit, task.title, due_at, "before_due", at, WATCH.subject)


def lapse_reminder(task: Task, part: Assignment) -> Reminder:
    """Return the reminder that a lapse is: its event tells it."""
    due_at = part.due_moment
    return Reminder("assignment", task.id, part.unit, task.title, due_at, "lapsed", due_at, WATCH.subject)


async def end_lapsed_slips(conn: Connection, until: datetime) -> int:
    """End slips whose time for an answer is over: unanswered, or settled if nothing is owed any more."""
    slips = await store.lock_lapsing_slips(conn, county_date(until), BATCH)
    tasks = await _tasks_of(conn, slips)
    current = await store.latest_slips(conn, list(tasks))
    changes = _Changes()
    for slip in slips:
        if current[slip.task_id, slip.unit] != slip:
            continue
        task = tasks[slip.task_id]
        at = end_of_county_day(slip.answer_due_on)
        ended = replace(slip, state=_outcome(task, slip), closed_at=at)
        await store.close_slip(conn, ended)
        changes.of(task, _act(at, task)).tell(slip.unit, "slip-lapse", payloads.lapsed(ended), at=at)
    return await changes.save(conn)


def _outcome(task: Task, slip: Slip) -> SlipState:
    part = task.of_unit(slip.unit)
    owed = part is not None and part.state in OPEN and part.due_on == slip.due_on
    return SlipState.LAPSED if owed else SlipState.SETTLED


async def issue_due_slips(conn: Connection, until: datetime, rule: SlipRule) -> int:
    """Send out the slips whose moment has come; return how many."""
    if rule.after == 0:
        return 0
    calendar = await workdays(conn)
    try:
        parts = await store.lock_parts_for_slips(conn, last_base(until, rule.after, calendar), BATCH)
    except UnknownYearError as unknown:
        log.debug("slips wait", why=str(unknown))
        return 0
    tasks = await _tasks_of(conn, parts)
    current = await store.latest_slips(conn, list(tasks))
    changes = _Changes()
    for part in parts:
        task = tasks[part.task_id]
        slip = await _by_rule(conn, part, current.get((part.task_id, part.unit)), rule, calendar)
        if slip is not None:
            await store.insert_slip(conn, slip)
            act = _act(slip.issued_at, task)
            changes.of(task, act).tell(part.unit, "slip-issue", payloads.issued(slip), at=slip.issued_at)
    return await changes.save(conn)


async def _by_rule(
    conn: Connection, part: DuePart, last: Slip | None, rule: SlipRule, calendar: Workdays
) -> Slip | None:
    colour = next_colour(last, part.due_on)
    if colour is None or part.base_day is None:
        return None
    try:
        issued_at = working_moment(part.base_day, rule.after, calendar)
        answer_due_on = rule.answer_due_on(colour, county_date(issued_at), calendar)
    except UnknownYearError as unknown:
        log.debug("a slip waits", why=str(unknown))
        return None
    slip_id = await store.new_id(conn)
    return Slip(
        slip_id,
        part.task_id,
        part.unit,
        part.due_on,
        colour,
        SlipState.OPEN,
        issued_at,
        WATCH.subject,
        None,
        answer_due_on,
    )


async def _tasks_of(conn: Connection, parts: Sequence[DuePart] | Sequence[Slip]) -> dict[UUID, Task]:
    """Return the tasks of locked parts, read after the lock is held."""
    found = await tasks_store.tasks_among(conn, list(dict.fromkeys(part.task_id for part in parts)))
    return {task.id: task for task in found}


async def _first_due_report(conn: Connection, now: datetime, last: date) -> date | None:
    moment = await store.first_report_to_remind(conn, now, end_of_county_day(last))
    return None if moment is None else due_day(moment)


async def earliest_by_rule(conn: Connection, now: datetime, rules: Escalation) -> datetime | None:
    """Return the earliest moment of a reminder or slip by rule that was not sent yet; None if there is none."""
    calendar = await workdays(conn)
    moments: list[datetime] = []
    try:
        if rules.remind_days:
            last = last_reminded(now, rules.remind_days, calendar)
            due = [await store.first_to_remind(conn, now, last), await _first_due_report(conn, now, last)]
            moments += [reminder_moment(day, rules.remind_days, calendar) for day in due if day is not None]
        if rules.slips.after:
            base = await store.first_base(conn, last_base(now, rules.slips.after, calendar))
            moments += [] if base is None else [working_moment(base, rules.slips.after, calendar)]
    except UnknownYearError as unknown:
        log.debug("reminders and slips wait", why=str(unknown))
    return min(moments, default=None)
