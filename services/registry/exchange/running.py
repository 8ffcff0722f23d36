"""Making a plan in the background: what the registry holds is read once, the comparison runs in a thread, progress and
lines are written as they come. A plan whose process has died is `failed` as soon as it was not touched for a minute.
"""  # noqa: D205 - one sentence of two lines

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

import structlog

from services.registry.changes import store as changes
from services.registry.exchange import plans, store
from services.registry.exchange.loose_ends import with_loose_ends
from services.registry.exchange.planning import PlanLine, Planner, counts_of
from services.registry.exchange.plans import Upload
from services.registry.exchange.reading import FileContent
from services.registry.exchange.records import Holdings
from shared.errors import RefusalError
from shared.postgres import TRANSIENT, Pool, lent

log = structlog.get_logger(__name__)

_PROGRESS_SECONDS = 0.5
_RETRY_SECONDS = 0.5
_LINES_AT_ONCE = 1000

_alone = asyncio.Lock()
"""One comparison at a time per process: it is the processor's work, and holds the registry in memory."""

_Found = TypeVar("_Found")


async def make_plan(pool: Pool, plan_id: str, upload: Upload, file: FileContent) -> None:
    """Make a plan that was opened; what goes wrong is kept with it, and a database that is away is waited for."""
    try:
        await _make(pool, plan_id, upload, file)
    except RefusalError as refusal:
        await _fail(pool, plan_id, refusal.detail)
    except Exception as failure:
        log.exception("import could not be planned", plan=plan_id)
        await _fail(pool, plan_id, f"the service failed: {type(failure).__name__}")


async def _make(pool: Pool, plan_id: str, upload: Upload, file: FileContent) -> None:
    done = 0

    def report(rows: int) -> None:
        nonlocal done
        done = rows

    telling = asyncio.create_task(_tell(pool, plan_id, lambda: done))
    try:
        async with _alone:
            holdings, known_to = await _once_there(lambda: _held(pool))
            lines = await asyncio.to_thread(_compared, Planner(holdings, upload.intent, report), file)
        await _once_there(lambda: _keep(pool, plan_id, known_to, lines))
    finally:
        telling.cancel()


async def _once_there(work: Callable[[], Awaitable[_Found]]) -> _Found:
    """Return what the database gives, when it gives it."""
    while True:
        try:
            return await work()
        except TRANSIENT as error:
            log.warning("import waits", error=repr(error))
            await asyncio.sleep(_RETRY_SECONDS)


async def _tell(pool: Pool, plan_id: str, done: Callable[[], int]) -> None:
    """Say how far it is and that somebody is at it, as long as somebody is: also while it waits for its turn."""
    while True:
        await asyncio.sleep(_PROGRESS_SECONDS)
        with contextlib.suppress(*TRANSIENT):
            async with lent(pool) as conn:
                await plans.touch_plan(conn, plan_id, done())


async def _fail(pool: Pool, plan_id: str, why: str) -> None:
    async def noted() -> None:
        async with lent(pool) as conn:
            await plans.fail_plan(conn, plan_id, why)

    await _once_there(noted)


async def _held(pool: Pool) -> tuple[Holdings, int | None]:
    """Return what the registry holds, and the last change that is in it: both of one moment."""
    async with lent(pool) as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        last = await changes.last_change(conn)
        return await store.all_records(conn, None), None if last is None else last[0]


async def _keep(pool: Pool, plan_id: str, known_to: int | None, lines: list[PlanLine]) -> None:
    """Keep what was found, once: the connection may have broken in the commit, and this be the second time."""
    async with lent(pool) as conn, conn.transaction():
        if not await plans.finish_plan(conn, plan_id, known_to, counts_of(lines)):
            return
        for part in _parts(lines):
            await plans.add_lines(conn, plan_id, part)


def _compared(planner: Planner, file: FileContent) -> list[PlanLine]:
    return with_loose_ends(planner.plan(file), planner.holdings, planner.directories)


def _parts(lines: list[PlanLine]) -> Iterator[list[Mapping[str, Any]]]:
    for start in range(0, len(lines), _LINES_AT_ONCE):
        yield [
            {"number": start + place, **asdict(line)}
            for place, line in enumerate(lines[start : start + _LINES_AT_ONCE])
        ]
