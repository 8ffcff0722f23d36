"""The watch for changes of units that were told ahead: it hands open work over on the day that they take effect."""

import asyncio

import structlog

from services.tasks.succession import operations, store
from shared.clock import county_date
from shared.postgres import TRANSIENT
from shared.runtime import Runtime

log = structlog.get_logger(__name__)

NAME = "handover"
_LOOK_SECONDS = 1.0


async def watch(runtime: Runtime) -> None:
    """Look for ever for changes whose day has come; a database that is away is waited for."""
    while True:
        try:
            await catch_up(runtime)
            runtime.progress.beat(NAME)
        except TRANSIENT as error:
            runtime.progress.wait(NAME, error)
            log.warning("handover waits", error=repr(error))
        await asyncio.sleep(_LOOK_SECONDS)


async def catch_up(runtime: Runtime) -> None:
    """Hand over, one transaction each, what is due by the service's clock, earliest first."""
    while await _one(runtime):
        runtime.wake_relay()


async def _one(runtime: Runtime) -> bool:
    now = runtime.clock()
    async with runtime.pool.acquire() as conn, conn.transaction():
        due = await store.lock_due_succession(conn, county_date(now))
        if due is not None:
            await operations.hand_over(conn, due, now)
    return due is not None
