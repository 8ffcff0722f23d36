"""Making a plan in the background: what the registry holds is read once, the comparison runs in a thread, progress and
lines are written as they come. A process that dies leaves the plan `planning` with an old `touched_at`.
"""  # noqa: D205 - one sentence of two lines

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import structlog

from services.registry.changes import store as changes
from services.registry.exchange import plans, store
from services.registry.exchange.loose_ends import with_loose_ends
from services.registry.exchange.planning import PlanLine, Planner, counts_of
from services.registry.exchange.plans import Upload
from services.registry.exchange.reading import FileContent
from services.registry.exchange.records import Holdings
from shared.errors import RefusalError
from shared.postgres import Pool

log = structlog.get_logger(__name__)

_PROGRESS_SECONDS = 0.5
_LINES_AT_ONCE = 1000

_alone = asyncio.Lock()
"""One comparison at a time per process: it is the processor's work, and holds the registry in memory."""


async def make_plan(pool: Pool, plan_id: str, upload: Upload, file: FileContent) -> None:
    """Make a plan that was opened; what goes wrong is kept with it."""
    try:
        async with _alone:
            await _make(pool, plan_id, upload, file)
    except RefusalError as refusal:
        await plans.fail_plan(pool, plan_id, refusal.detail)  # type: ignore[arg-type]
    except Exception as failure:
        log.exception("import could not be planned", plan=plan_id)
        await plans.fail_plan(pool, plan_id, f"the service failed: {type(failure).__name__}")  # type: ignore[arg-type]


async def _make(pool: Pool, plan_id: str, upload: Upload, file: FileContent) -> None:
    holdings, known_to = await _held(pool)
    done = 0

    def report(rows: int) -> None:
        nonlocal done
        done = rows

    planner = Planner(holdings, upload.intent, report)
    work = asyncio.create_task(asyncio.to_thread(_compared, planner, file))
    while not (await asyncio.wait({work}, timeout=_PROGRESS_SECONDS))[0]:
        async with pool.acquire() as conn:
            await plans.touch_plan(conn, plan_id, done)
    await _keep(pool, plan_id, known_to, work.result())


async def _held(pool: Pool) -> tuple[Holdings, int | None]:
    """Return what the registry holds, and the last change that is in it: both of one moment."""
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        last = await changes.last_change(conn)
        return await store.all_records(conn, None), None if last is None else last[0]


async def _keep(pool: Pool, plan_id: str, known_to: int | None, lines: list[PlanLine]) -> None:
    async with pool.acquire() as conn, conn.transaction():
        for part in _parts(lines):
            await plans.add_lines(conn, plan_id, part)
        await plans.finish_plan(conn, plan_id, known_to, counts_of(lines))


def _compared(planner: Planner, file: FileContent) -> list[PlanLine]:
    return with_loose_ends(planner.plan(file), planner.holdings, planner.directories)


def _parts(lines: list[PlanLine]) -> Iterator[list[Mapping[str, Any]]]:
    for start in range(0, len(lines), _LINES_AT_ONCE):
        yield [
            {"number": start + place, **asdict(line)}
            for place, line in enumerate(lines[start : start + _LINES_AT_ONCE])
        ]
