"""The watch: what time itself brings about is said once, at its own moment, in order of time.

Periods of reports open, units are reminded, what is still owed after its due moment has gone overdue, slips go out and
end. It looks about every second by the
service's clock. After an outage it catches up moment by moment, so that what happened earlier stands in the log
before what happened later. Two processes may watch: a row is locked while it is dealt with, a busy one is left for the
next look, and what was said is noted on the row (永政办发〔2009〕106号 二.2: key tasks are supervised).
"""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import structlog

from services.tasks import store as tasks_store
from services.tasks.changes import TaskChange
from services.tasks.reports import store as reports_store
from services.tasks.reports.calendar import openings
from services.tasks.reports.calendar.store import workdays
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.domain import Report
from services.tasks.reports.periods import due_day
from services.tasks.settings import TasksSettings
from services.tasks.supervision import escalation, store
from services.tasks.supervision.domain import Occasion, Reminder, SlipRule, last_reminded, office_day, reminder_moment
from services.tasks.supervision.escalation import WATCH, Escalation
from shared.clock import county_date, end_of_county_day
from shared.commands import Act
from shared.postgres import TRANSIENT, Connection
from shared.runtime import Runtime
from shared.workdays import UnknownYearError

log = structlog.get_logger(__name__)

NAME = "overdue"
BATCH = 500
"""Tasks, and reports, that one transaction deals with."""

_LOOK_SECONDS = 1.0
_REST_SECONDS = 60.0
_JUST_AFTER = timedelta(microseconds=1)
"""Up to and including its due moment a report is in time."""


@dataclass(slots=True)
class Rest:
    """That no slip was to go out, as last looked: they go out at nine, so one look a minute is enough then."""

    day: date | None = None
    looked_at: float = 0.0

    def over(self, now: datetime) -> bool:
        """Return whether it is time to look again."""
        return office_day(now) != self.day or time.monotonic() - self.looked_at > _REST_SECONDS

    def begin(self, now: datetime) -> None:
        """Note that nothing was to go out."""
        self.day, self.looked_at = office_day(now), time.monotonic()


async def watch(runtime: Runtime) -> None:
    """Look for ever; a database that is away is waited for."""
    rest = Rest()
    while True:
        try:
            await catch_up(runtime, rest)
            runtime.progress.beat(NAME)
        except TRANSIENT as error:
            runtime.progress.wait(NAME, error)
            log.warning("overdue watch waits", error=repr(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def catch_up(runtime: Runtime, rest: Rest | None = None) -> int:
    """Say everything that time has brought about by the service's clock; return how much was said."""
    total = 0
    tried: set[str] = set()
    rest = rest or Rest()
    while noted := await _one_step(runtime, tried, rest):
        total += noted
        runtime.progress.beat(NAME, detail="catching up")
        runtime.wake_relay()
    return total


async def _one_step(runtime: Runtime, tried: set[str], rest: Rest) -> int:
    """Deal with the earliest moment at which something waits; with everything, if that moment's rows are all busy."""
    now, rules = runtime.clock(), rules_of(runtime)
    if not rest.over(now):
        rules = replace(rules, slips=replace(rules.slips, after=0))
    async with runtime.pool.acquire() as conn:
        first = await _first_moment(conn, now, rules)
        for until in dict.fromkeys((first, now)):
            async with conn.transaction():
                noted = await note_until(conn, until, tried, rules)
            if noted:
                return noted
    if rules.slips.after:
        rest.begin(now)
    return 0


async def _first_moment(conn: Connection, now: datetime, rules: Escalation) -> datetime:
    moments = (await store.earliest_waiting(conn, now), await escalation.earliest_by_rule(conn, now, rules))
    moment = min((each for each in moments if each is not None), default=None)
    return now if moment is None else min(now, moment + _JUST_AFTER)


async def note_until(conn: Connection, until: datetime, tried: set[str], rules: Escalation) -> int:
    """Say a batch of what time brought about up to a moment; `tried`: definitions that could not be opened."""
    opened = await openings.open_due(conn, until, tried)
    tried |= opened.blocked
    noted = opened.count + await openings.recheck_opened(conn, until)
    noted += await remind_of_reports(conn, until, rules.remind_days)
    noted += await escalation.remind_before_due(conn, until, rules.remind_days)
    noted += await escalation.issue_due_slips(conn, until, rules.slips)
    noted += await note_overdue_reports(conn, until)
    noted += await note_overdue_tasks(conn, until)
    return noted + await escalation.end_lapsed_slips(conn, until)


async def note_overdue_tasks(conn: Connection, now: datetime) -> int:
    """Note a batch of assignments that went overdue; return how many."""
    tasks = await tasks_store.lock_lapsing_tasks(conn, county_date(now), BATCH)
    changes = [TaskChange(task, _act(now, task.correlation_id)) for task in tasks]
    for change in changes:
        change.note_lapses()
    if changes:
        await tasks_store.save_changes(conn, changes)
        lapsed = [escalation.lapse_reminder(change.task, part) for change in changes for part in change.touched]
        await store.insert_reminders(conn, lapsed)
    return sum(len(change.events) for change in changes)


async def note_overdue_reports(conn: Connection, now: datetime) -> int:
    """Note a batch of reports that were missing when they fell due; return how many."""
    reports = await reports_store.lock_lapsing_reports(conn, now, BATCH)
    changes = [ReportChange(report, _act(now, report.correlation_id)) for report in reports]
    for change in changes:
        change.note_lapse()
    if changes:
        await reports_store.save_changes(conn, changes)
        await store.insert_reminders(conn, [_of_report(report, "lapsed", report.due_at) for report in reports])
    return sum(len(change.events) for change in changes)


async def remind_of_reports(conn: Connection, until: datetime, days: int) -> int:
    """Remind units of reports that fall due in so many working days; return how many."""
    if days == 0:
        return 0
    calendar = await workdays(conn)
    try:
        up_to = end_of_county_day(last_reminded(until, days, calendar))
        reports = await reports_store.lock_reports_to_remind(conn, until, up_to, BATCH)
        moments = {each.id: reminder_moment(due_day(each.due_at), days, calendar) for each in reports}
    except UnknownYearError as unknown:
        log.debug("reminders of reports wait", why=str(unknown))
        return 0
    changes, reminders = [], []
    for report in reports:
        at = max(moments[report.id], report.opened_at)
        change = ReportChange(report, _act(at, report.correlation_id))
        change.remind("before_due")
        changes.append(change)
        reminders.append(_of_report(report, "before_due", at))
    if changes:
        await reports_store.save_changes(conn, changes)
        await store.insert_reminders(conn, reminders)
    return len(changes)


def _of_report(report: Report, occasion: Occasion, at: datetime) -> Reminder:
    title = report.title or f"{report.definition} {report.period}"
    return Reminder("report", report.id, report.unit, title, report.due_at, occasion, at, WATCH.subject)


def rules_of(runtime: Runtime) -> Escalation:
    """Return the rules of reminders and slips that the settings state."""
    settings = runtime.settings
    if not isinstance(settings, TasksSettings):
        raise TypeError("the watch runs with the settings of the tasks service")
    slips = SlipRule(settings.slip_after_working_days, settings.slip_answer_working_days)
    return Escalation(settings.remind_working_days, slips)


def _act(now: datetime, correlation_id: str) -> Act:
    return Act(principal=WATCH, occurred_at=now, correlation_id=correlation_id)
