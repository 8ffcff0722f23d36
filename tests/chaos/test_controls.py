"""Control arms with real processes: a guard of the stream switched off, the same run on the same log, other tallies.

The log holds a year's events out of order and some of them twice; the stream loses two of them on their way, as a
consumer does whose commit ran ahead. (The inbox's control is in `test_gaps`; the same without processes, in
`test_disorder`.)
"""

import asyncio
import random
from collections.abc import Sequence

import pytest

from shared.contracts.envelope import Event
from tests.chaos.comparison import ends, positions, tallies
from tests.chaos.ground import Ground
from tests.chaos.test_disorder import disordered
from tests.scoring.test_projector import EXPECTED, a_year
from tests.support.bus import put
from tests.support.eventually import PATIENCE_SECONDS, eventually

UNSEEN_SECONDS = 1.0


async def fold_with_a_loss(ground: Ground, off: str) -> bool:
    """Fold the log, losing the year's last two events; return whether the stream ended itself over that."""
    before = disordered(random.Random(1))  # noqa: S311 - a schedule, no secret
    lost = f"{len(before)}-{len(before) + 1}"
    worker, ended = await ground.start_crashing("scoring", "stream", off=off, lose=lost), False
    await put_on(ground, before)
    await eventually(lambda: folded(ground, len(before)))
    await put_on(ground, a_year()[-2:])
    await asyncio.sleep(UNSEEN_SECONDS)  # until they are lost: nothing is to be seen of that
    await put_on(ground, a_year()[:1])
    while await positions(ground) != await ends(ground):
        if worker.process.returncode is not None:
            worker, ended = await ground.start_crashing("scoring", "stream", off=off), True
        await asyncio.sleep(0.1)
    return ended


async def put_on(ground: Ground, events: Sequence[Event]) -> None:
    """Put events on the log, one after another, in one partition."""
    await put(ground.bootstrap, ground.topic("tasks"), *(event.to_bytes() for event in events))


async def folded(ground: Ground, records: int) -> bool:
    """Say whether so many records are folded."""
    return sum((await positions(ground)).values()) == records


@pytest.mark.parametrize(
    ("off", "ends_itself", "exact"), [("", True, True), ("position", False, False), ("version", True, False)]
)
async def test_without_its_guard_the_same_run_of_the_stream_fails(
    ground: Ground, off: str, ends_itself: bool, exact: bool
) -> None:
    assert await asyncio.wait_for(fold_with_a_loss(ground, off), 3 * PATIENCE_SECONDS) == ends_itself
    assert (await tallies(ground) == EXPECTED) == exact
