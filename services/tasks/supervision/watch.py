"""The watch: what time itself brings about is said once, at its own moment, in order of time.

Periods of reports open; what is still owed after its due moment has gone overdue. It looks about every second by the
service's clock. After an outage it catches up day by day, so that what happened on one day stands in the log before
what happened on the next. Two processes may watch: a row is locked while it is dealt with, a busy one is left for the
next look, and what was said is noted on the row (永政办发〔2009〕106号 二.2: key tasks are supervised).
"""

import asyncio
from datetime import datetime

import structlog

from services.tasks import store
from services.tasks.changes import TaskChange
from services.tasks.reports import store as reports_store
from services.tasks.reports.calendar import openings
from services.tasks.reports.changes import ReportChange
from services.tasks.supervision import store as supervision_store
from shared.auth import Principal, Role
from shared.clock import county_date, end_of_county_day
from shared.commands import Act
from shared.postgres import TRANSIENT, Connection
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

NAME = "overdue"
BATCH = 500
"""Tasks, and reports, that one transaction deals with."""

_LOOK_SECONDS = 1.0
_WATCH = Principal(subject="service:tasks", role=Role.OFFICE)


async def watch(runtime: Runtime) -> None:
    """Look for ever; a database that is away is waited for."""
    while True:
        try:
            await catch_up(runtime)
            runtime.progress.beat(NAME)
        except TRANSIENT as error:
            runtime.progress.beat(NAME, ok=False, detail=f"waiting: {type(error).__name__}: {error}")
            log.warning("overdue watch waits", error=repr(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def catch_up(runtime: Runtime) -> int:
    """Say everything that time has brought about by the service's clock; return how much was said."""
    total = 0
    tried: set[str] = set()
    while noted := await _one_step(runtime, tried):
        total += noted
        runtime.progress.beat(NAME, detail="catching up")
        runtime.wake_relay()
    return total


async def _one_step(runtime: Runtime, tried: set[str]) -> int:
    """Deal with the earliest day on which something waits; with everything, if that day's rows are all busy."""
    now = runtime.clock()
    async with runtime.pool.acquire() as conn:
        moment = await supervision_store.earliest_waiting(conn, now)
        day_end = now if moment is None else min(now, end_of_county_day(county_date(moment)))
        for until in dict.fromkeys((day_end, now)):
            async with conn.transaction():
                noted = await note_until(conn, until, tried)
            if noted:
                return noted
    return 0


async def note_until(conn: Connection, until: datetime, tried: set[str]) -> int:
    """Say a batch of what time brought about up to a moment; `tried`: definitions that could not be opened."""
    opened = await openings.open_due(conn, until, tried)
    tried |= opened.blocked
    rechecked = await openings.recheck_opened(conn, until)
    overdue = await note_overdue_reports(conn, until) + await note_overdue_tasks(conn, until)
    return opened.count + rechecked + overdue


async def note_overdue_tasks(conn: Connection, now: datetime) -> int:
    """Note a batch of assignments that went overdue; return how many."""
    tasks = await store.lock_lapsing_tasks(conn, county_date(now), BATCH)
    changes = [TaskChange(task, _act(now, task.correlation_id)) for task in tasks]
    for change in changes:
        change.note_lapses()
    if changes:
        await store.save_changes(conn, changes)
    return sum(len(change.events) for change in changes)


async def note_overdue_reports(conn: Connection, now: datetime) -> int:
    """Note a batch of reports that were missing when they fell due; return how many."""
    reports = await reports_store.lock_lapsing_reports(conn, now, BATCH)
    changes = [ReportChange(report, _act(now, report.correlation_id)) for report in reports]
    for change in changes:
        change.note_lapse()
    if changes:
        await reports_store.save_changes(conn, changes)
    return sum(len(change.events) for change in changes)


def _act(now: datetime, correlation_id: str) -> Act:
    return Act(principal=_WATCH, occurred_at=now, correlation_id=correlation_id)
