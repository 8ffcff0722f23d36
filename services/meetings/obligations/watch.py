"""The obligations' watch: opens each year's obligations, and says once when one lapses, at the moment it did.

It looks about every second by the service's clock. After an outage it catches up: years that began meanwhile are
opened as of their beginning, windows that ended have lapsed as of their end. Two processes may watch: a row is opened
or locked by one of them.
"""

import asyncio
from datetime import datetime

import structlog

from services.meetings.obligations import operations, store
from services.meetings.obligations.domain import year_of
from shared.auth import Principal, Role
from shared.clock import county_date
from shared.commands import Act
from shared.postgres import TRANSIENT, Connection
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

NAME = "obligations"
BATCH = 100

_LOOK_SECONDS = 1.0
_WATCH = Principal(subject="service:meetings", role=Role.OFFICE)


async def watch(runtime: Runtime) -> None:
    """Look for ever; a database that is away is waited for."""
    while True:
        try:
            await catch_up(runtime)
            runtime.progress.beat(NAME)
        except TRANSIENT as error:
            runtime.progress.wait(NAME, error)
            log.warning("obligations watch waits", error=repr(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def catch_up(runtime: Runtime) -> int:
    """Open and let lapse everything that is due by the service's clock; return how many events that made."""
    total = 0
    while noted := await _one_batch(runtime):
        total += noted
        runtime.progress.beat(NAME, detail="catching up")
        runtime.wake_relay()
    return total


async def _one_batch(runtime: Runtime) -> int:
    act = _act(runtime.clock())
    async with runtime.pool.acquire() as conn, conn.transaction():
        return await _open_years(conn, act) + await _note_lapses(conn, act)


async def _open_years(conn: Connection, act: Act) -> int:
    opened = 0
    known = await store.list_opened(conn)
    for rule in await store.list_rules(conn):
        for year in range(rule.since.year - 1, year_of(act.occurred_at) + 1):
            opened += await operations.open_due(conn, act, rule, year, known.get((rule.code, year), store.Opened()))
    return opened


async def _note_lapses(conn: Connection, act: Act) -> int:
    lapsing = await store.lock_lapsing(conn, county_date(act.occurred_at), BATCH)
    for obligation in lapsing:
        await operations.lapse(conn, act, obligation)
    return len(lapsing)


def _act(now: datetime) -> Act:
    return Act(principal=_WATCH, occurred_at=now, correlation_id=f"obligations-{county_date(now).isoformat()}")
