"""The overdue watch: what is still owed after its due moment is said to have gone overdue, once, at that moment.

It looks about every second by the service's clock, so after an outage it catches up, longest overdue first. Two
processes may watch: a row is locked while it is dealt with, a busy one is left for the next look, and the lapse is
noted on the row (永政办发〔2009〕106号 二.2: the coordination meeting supervises the completion of key tasks).
"""

import asyncio
from datetime import datetime

import structlog

from services.tasks import store
from services.tasks.changes import TaskChange
from services.tasks.reports import store as reports_store
from services.tasks.reports.changes import ReportChange
from shared.auth import Principal, Role
from shared.clock import county_date
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
    """Note everything that is overdue by the service's clock; return how many events that made."""
    total = 0
    while noted := await _one_batch(runtime):
        total += noted
        runtime.progress.beat(NAME, detail="catching up")
        runtime.wake_relay()
    return total


async def _one_batch(runtime: Runtime) -> int:
    now = runtime.clock()
    async with runtime.pool.acquire() as conn, conn.transaction():
        return await note_overdue_tasks(conn, now) + await note_overdue_reports(conn, now)


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
