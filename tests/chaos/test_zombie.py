"""Two stream workers under load: one is stopped, its partitions move, it wakes with batches in hand."""

import asyncio
import signal

from tests.chaos.comparison import compare, quiet, rows
from tests.chaos.conftest import long_form
from tests.chaos.ground import Ground
from tests.chaos.load import Load
from tests.support.eventually import eventually

STOPPED_SECONDS = 15.0
"""Longer than the session (10 s) after which the broker gives a silent member's partitions to others."""


async def folded(ground: Ground) -> int:
    """Return how many records are folded."""
    found = await rows(ground.scoring.url, "select coalesce(sum(next_offset), 0)::bigint as sum from stream_position")
    return int(found[0]["sum"])


async def grows(ground: Ground, by: int) -> None:
    """Wait until the fold has moved on."""
    before = await folded(ground)

    async def grown() -> bool:
        return await folded(ground) >= before + by

    await eventually(grown)


@long_form
async def test_a_worker_that_wakes_after_its_partitions_moved_changes_nothing(ground: Ground) -> None:
    await ground.start("tasks", "api", "relay")
    await ground.start_crashing("tasks", "consumer", "")
    one = await ground.start("scoring", "stream", XIETIAO_INSTANCE="one")
    load = Load(ground)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run())
        group.create_task(load.resolve())
        await grows(ground, 100)
        await ground.start("scoring", "stream", XIETIAO_INSTANCE="two")  # a rebalance in mid-batch
        await grows(ground, 500)
        for _ in range(2):
            one.signal(signal.SIGSTOP)
            await asyncio.sleep(STOPPED_SECONDS)
            await grows(ground, 100)
            one.signal(signal.SIGCONT)
            await asyncio.sleep(2)
            if one.process.returncode is not None:  # refused and ended, as it may; a supervisor starts it again
                one = await ground.start("scoring", "stream", XIETIAO_INSTANCE="one")
        load.stopping.set()
    await quiet(ground, load.model)
    await compare(ground, load.model)
