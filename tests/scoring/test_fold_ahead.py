"""What waits is folded while the database writes; it is used only if nothing has changed meanwhile."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest
from aiokafka import ConsumerRecord

from services.scoring import folding, ledger
from services.scoring.fold import Line
from services.scoring.ledger import MovedUnit, Partition
from services.scoring.projector import Projector
from shared.contracts.envelope import Event, Headers, read_event
from shared.observability import Progress
from shared.postgres import Connection
from tests.scoring.builders import TOPIC
from tests.scoring.test_projector import EXPECTED, NotingBox, a_year, batch, tallies
from tests.support.api import ServiceUnderTest

SPLIT = 6


class Held:
    """A projector whose first transaction is held until the test lets it go on; counts how often events are read."""

    def __init__(self, service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
        self.service = service
        self.box = NotingBox()
        self.reads: Counter[bytes] = Counter()
        self.writing, self.go_on = asyncio.Event(), asyncio.Event()
        self._apply = ledger.apply_lines
        monkeypatch.setattr(ledger, "apply_lines", self._apply_when_told)
        monkeypatch.setattr(folding, "read_event", self._read)

    async def _apply_when_told(self, conn: Connection, lines: Sequence[Line]) -> list[MovedUnit]:
        self.writing.set()
        await self.go_on.wait()
        return await self._apply(conn, lines)

    def _read(self, value: bytes, headers: Headers) -> Event:
        self.reads[value] += 1
        return read_event(value, headers)

    @contextlib.asynccontextmanager
    async def folded_ahead(self, records: list[ConsumerRecord], later: list[ConsumerRecord]) -> AsyncIterator[None]:
        """Run the block when `later` is folded and `records` is not written; then write both."""
        running = Projector(self.service.pool, self.box, Progress(), 100)
        await running.offer(records)
        task = asyncio.create_task(running.run())
        await self.writing.wait()
        await running.offer(later)
        while not all(self.reads[record.value] for record in later):  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.005)
        yield
        self.go_on.set()
        while await self.stands() <= later[-1].offset:  # noqa: ASYNC110 - the database is asked
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.wait([task])

    async def stands(self) -> int:
        async with self.service.pool.acquire() as conn:
            return (await ledger.positions(conn))[Partition(TOPIC, 0)]


@pytest.fixture
def held(live: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(live, monkeypatch)


async def test_what_was_folded_ahead_is_used(held: Held) -> None:
    records = batch(a_year())
    async with held.folded_ahead(records[:SPLIT], records[SPLIT:]):
        pass
    assert await tallies(held.service) == EXPECTED
    assert {held.reads[record.value] for record in records} == {1}


async def test_what_was_folded_ahead_by_an_old_epoch_is_folded_anew(held: Held) -> None:
    records = batch(a_year())
    async with held.folded_ahead(records[:SPLIT], records[SPLIT:]):
        await held.service.pool.execute("update projection set epoch = epoch + 1")
    assert await tallies(held.service) == EXPECTED
    assert {held.reads[record.value] for record in records[SPLIT:]} == {2}


async def test_what_overlaps_the_position_is_folded_anew_without_the_overlap(held: Held) -> None:
    records = batch(a_year())
    async with held.folded_ahead(records[:SPLIT], records[SPLIT - 2 :]):
        pass
    assert await tallies(held.service) == EXPECTED


async def test_junk_that_was_folded_ahead_is_put_aside_once(held: Held) -> None:
    records = batch([*a_year(), b"junk"])
    async with held.folded_ahead(records[:SPLIT], records[SPLIT:]):
        pass
    assert await tallies(held.service) == EXPECTED
    assert [offset for offset, _, _ in held.box.reasons] == [records[-1].offset]
