"""Disorder in front of the fold, a hundred ways: same tallies. And each guard switched off: the same run fails.

Records are handed to real projectors on the real database, as faust would hand them over: duplicates at new offsets,
events of an aggregate out of order, redelivered and lost batches, two workers, one of them a zombie that writes late.
"""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from aiokafka import ConsumerRecord

from services.scoring import ledger, projector
from services.scoring.ledger import Partition
from services.scoring.projector import PositionGapError, Projector
from shared.contracts.envelope import Event
from shared.observability import Progress
from tests.chaos import gaps
from tests.chaos.conftest import KILLS
from tests.scoring.builders import TOPIC, record
from tests.scoring.conftest import live, scoring
from tests.scoring.test_projector import EXPECTED, a_year, tallies
from tests.support.api import NoBox, ServiceUnderTest

__all__ = ["live", "scoring"]  # fixtures

SEEDS = range(max(5, KILLS))


class Worker:
    """A worker of the stream: reads on from where it believes to stand, and begins anew after a failure."""

    def __init__(self, service: ServiceUnderTest, log: Sequence[ConsumerRecord]) -> None:
        self._service, self._log = service, log
        self.in_hand: list[ConsumerRecord] = []
        self._projector = self._fresh()
        self._stands = 0

    def _fresh(self) -> Projector:
        return Projector(self._service.pool, NoBox(), Progress(), 100)

    async def assigned(self) -> None:
        """Seek to the database's position, as on every assignment."""
        async with self._service.pool.acquire() as conn:
            self._stands = (await ledger.positions(conn))[Partition(TOPIC, 0)]

    def fetch(self, size: int) -> None:
        """Take the next records in hand."""
        self.in_hand = list(self._log[self._stands : self._stands + size])
        self._stands += len(self.in_hand)

    def lose(self, size: int) -> None:
        """Pass records over, as a consumer does whose commit ran ahead."""
        self._stands += size

    async def write(self) -> None:
        """Write what is in hand; a worker that is refused begins anew where the database stands."""
        if not self.in_hand:
            return
        try:
            await self._projector.offer(self.in_hand)
            await self._projector._write_patiently(await self._projector._take_waiting())
        except PositionGapError:
            self._projector = self._fresh()
            await self.assigned()
        self.in_hand = []


def disordered(chance: random.Random) -> list[Event]:
    """Return the year's events but the last two, shuffled, some of them twice."""
    events = a_year()[:-2] + chance.choices(a_year()[:-2], k=10)
    chance.shuffle(events)
    return events


def day_off(event: Event) -> Event:
    """Return the event as a machine tells it whose clock is a day off; no day of the year is crossed."""
    return event.model_copy(update={"time": event.time + timedelta(days=1)})


async def fold(service: ServiceUnderTest, seed: int) -> int:
    """Fold a year with every disorder; return where the position ends relative to the log's end."""
    chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
    log = [record(event, offset) for offset, event in enumerate(disordered(chance))]
    worker, zombie = Worker(service, log), Worker(service, log)
    for step in range(100):
        zombie_now = chance.random()
        if not zombie.in_hand and zombie_now < 0.2:
            await zombie.assigned()
            zombie.fetch(chance.randint(1, 5))  # then it is stopped, and its partition moves
        worker.fetch(chance.randint(1, 7))
        await worker.write()
        if zombie_now > 0.6:
            await zombie.write()
        if chance.random() < 0.1:
            worker.lose(chance.randint(1, 3))
        if chance.random() < 0.2:
            await worker.assigned()
        if step % 20 == 19:
            await worker.assigned()
    await zombie.write()
    await worker.assigned()
    worker.fetch(len(log))
    await worker.write()
    await lose_the_last(worker, log)
    async with service.pool.acquire() as conn:
        return (await ledger.positions(conn))[Partition(TOPIC, 0)] - len(log)


async def lose_the_last(worker: Worker, log: list[ConsumerRecord]) -> None:
    """Let the log grow by the last two events and one more; the worker loses the two and reads on."""
    first, second = a_year()[-2:]
    log += [record(event, len(log) + more) for more, event in enumerate((first, second, a_year()[0]))]
    worker.lose(2)
    for _ in range(2):
        worker.fetch(3)
        await worker.write()


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_disorder_gives_the_same_tallies(live: ServiceUnderTest, seed: int) -> None:
    assert await fold(live, seed) == 0
    assert await tallies(live) == EXPECTED


async def test_a_clock_that_is_a_day_off_gives_the_same_tallies(
    live: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [day_off(event) for event in a_year()]
    monkeypatch.setattr("tests.chaos.test_disorder.a_year", lambda: events)
    assert await fold(live, 1) == 0
    assert await tallies(live) == EXPECTED


async def test_without_the_version_check_the_same_run_fails(
    live: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "QUERIES", ledger.QUERIES)  # put back at the end
    gaps.switch_version_check_off()
    await fold(live, 1)
    assert await tallies(live) != EXPECTED


async def test_without_the_position_check_the_same_run_fails(
    live: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "_fresh_records", projector._fresh_records)  # put back at the end
    gaps.switch_position_check_off()
    await fold(live, 1)
    assert await tallies(live) != EXPECTED
