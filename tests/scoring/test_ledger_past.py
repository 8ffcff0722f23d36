"""The ledger's past: every version of every line is kept once, however the events came."""

import random

import pytest

from services.scoring import store
from tests.scoring.builders import record
from tests.scoring.test_projector import Running, a_year, batch
from tests.support.api import ServiceUnderTest

CLEAR = (
    "delete from ledger_line",
    "delete from ledger_past",
    "delete from tally",
    "update stream_position set next_offset = 0",
)


async def past(service: ServiceUnderTest) -> list[tuple[str, str, str, int]]:
    rows = await service.pool.fetch(
        "select unit, criterion, source_key, version from ledger_past order by unit, criterion, source_key, version"
    )
    return [tuple(row) for row in rows]


async def all_versions(service: ServiceUnderTest) -> list[tuple[str, str, str, int]]:
    rows = await service.pool.fetch("select unit, criterion, source_key, version from ledger_line")
    return sorted([*await past(service), *(tuple(row) for row in rows)])


async def test_replaced_lines_are_kept_one_by_one(live: ServiceUnderTest) -> None:
    running = Running(live)
    for index, event in enumerate(a_year()):
        await running.write(batch([event], index))
    kept = await past(live)
    assert kept
    assert len(set(kept)) == len(kept)


@pytest.mark.parametrize("seed", range(4))
async def test_disorder_duplicates_and_batching_keep_the_same_past(live: ServiceUnderTest, seed: int) -> None:
    events = a_year()
    await Running(live).write(*(batch([event], index) for index, event in enumerate(events)))
    expected_past, expected_all = await past(live), await all_versions(live)
    for statement in CLEAR:
        await live.pool.execute(statement)
    chance = random.Random(seed)  # noqa: S311 - a shuffled order, not a secret
    shuffled = [*events, *chance.sample(events, 6)]
    chance.shuffle(shuffled)
    offset, running = 0, Running(live)
    while shuffled:
        size = chance.randint(1, 5)
        some, shuffled = shuffled[:size], shuffled[size:]
        await running.write(batch(some, offset))
        offset += len(some)
    assert await past(live) == expected_past
    assert await all_versions(live) == expected_all


async def rows(service: ServiceUnderTest) -> list[str]:
    """Return what a rebuild compares."""
    async with service.pool.acquire() as conn, conn.transaction():
        live = await store.live_generation_of(conn, "departments-2026")
        kinds = (store.ledger_rows_in_order, store.past_rows_in_order, store.tally_rows_in_order)
        return [row for kind in kinds async for row in kind(conn, live)]


@pytest.mark.parametrize("seed", range(4))
async def test_an_event_that_stands_in_two_partitions_gives_the_same_rows_however_they_are_read(
    live: ServiceUnderTest, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a shuffled order, not a secret
    sides = [[*a_year(), *chance.sample(a_year(), 6)] for _ in range(2)]
    for side in sides:
        chance.shuffle(side)
    log = [[record(event, offset, partition=number) for offset, event in enumerate(side)]
           for number, side in enumerate(sides)]  # fmt: skip
    await Running(live).write(*log)
    expected = await rows(live)
    for statement in CLEAR:
        await live.pool.execute(statement)
    running, left = Running(live), [list(side) for side in log]
    while side := chance.choice([each for each in left if each] or [[]]):
        size = chance.randint(1, 5)
        await running.write(side[:size])
        del side[:size]
    assert await rows(live) == expected
