"""Generations: a fold built beside the live one, silently, and swapped in when it has caught up.

A newly adopted method and a rebuild are the same work: read the log from its beginning up to the live position, fold
it, hold the live fold still for the last records, swap. A rebuild is first compared with the live generation, byte for
byte, on one snapshot taken while both stand at the same position.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.scoring import ledger, store
from services.scoring.domain import Generation
from services.scoring.fold import Fold
from services.scoring.folding import Folded, fold_records
from services.scoring.ledger import Partition
from services.scoring.simulations import operations as simulations
from shared.kafka import KAFKA_FAILURES, PROBE_SECONDS, in_time, make_consumer
from shared.observability import Progress
from shared.postgres import TRANSIENT, Connection, Pool, end_session

if TYPE_CHECKING:
    from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 0.2
_RETRY_SECONDS = 1.0
_FETCH_RECORDS = 20_000


class GenerationBuilder:
    """Builds whatever generation is to be built, one at a time, on one worker at a time."""

    name = "builder"

    def __init__(
        self, pool: Pool, settings: "ServiceSettings", progress: Progress, wake_relay: Callable[[], None]
    ) -> None:
        """Read the bus and write the database that the settings name."""
        self._pool = pool
        self._settings = settings
        self._progress = progress
        self._wake_relay = wake_relay

    async def run(self) -> None:
        """Look for generations to build, for ever."""
        while True:
            try:
                async with self._pool.acquire() as conn, _only_builder(conn) as elected:
                    while elected and (generation := await store.next_building_generation(conn)):
                        await self._build(generation)
                    await self._clear_rows_out_of_use(conn, elected=elected)
            except (*TRANSIENT, *KAFKA_FAILURES) as error:
                self._progress.wait(self.name, error)
                log.warning("builder waits", error=repr(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._progress.beat(self.name)
                await asyncio.sleep(_IDLE_SECONDS)

    async def _clear_rows_out_of_use(self, conn: Connection, *, elected: bool) -> None:
        if elected:
            for generation in await store.list_cleared_late(conn):
                await store.clear_rows(conn, generation)

    async def _build(self, generation: Generation) -> None:
        log.info("building generation", generation=generation.id, method=generation.method, purpose=generation.purpose)
        async with self._pool.acquire() as conn, conn.transaction():
            await store.clear_rows(conn, generation.id)
        async with LogReader(self._settings, generation.fold()) as reader:
            await self._catch_up(reader, generation)
            if generation.purpose == "simulation":
                await self._compare_draft(reader, generation)
                return
            if generation.purpose == "rebuild" and not await self._equals_live(reader, generation):
                return
            await self._swap(reader, generation)
        self._wake_relay()

    async def _catch_up(self, reader: "LogReader", generation: Generation) -> None:
        """Fold up to where the live fold stands; it moves on meanwhile, so the last records are left to a freeze."""
        while True:
            async with self._pool.acquire() as conn:
                target = await ledger.positions(conn)
            if reader.behind(target) == 0:
                return
            await self._fold_to(reader, generation, target)

    async def _fold_to(self, reader: "LogReader", generation: Generation, target: Mapping[Partition, int]) -> None:
        while reader.behind(target):
            lines = await reader.read_towards(target)
            async with self._pool.acquire() as conn, conn.transaction():
                await ledger.apply_lines(conn, lines)
                await store.note_build_progress(conn, generation.id, reader.folded, sum(target.values()))
            self._progress.beat(self.name, detail=f"building generation {generation.id}: {reader.folded} records")

    @contextlib.asynccontextmanager
    async def _frozen(self, reader: "LogReader", generation: Generation) -> AsyncIterator[Connection]:
        """Hold the live fold still, at the same position as the generation, while the block runs."""
        async with self._pool.acquire() as conn, conn.transaction():
            target = await ledger.lock_all_positions(conn)
            await self._fold_to(reader, generation, target)
            yield conn

    async def _swap(self, reader: "LogReader", generation: Generation) -> None:
        async with self._frozen(reader, generation) as conn:
            await store.swap_in(conn, generation)
        log.info("generation is live", generation=generation.id, method=generation.method, records=reader.folded)

    async def _compare_draft(self, reader: "LogReader", generation: Generation) -> None:
        async with self._frozen(reader, generation) as conn:
            await simulations.finish(conn, generation)
        log.info("draft simulated", generation=generation.id, method=generation.method, records=reader.folded)

    async def _equals_live(self, reader: "LogReader", generation: Generation) -> bool:
        async with self._pool.acquire() as snapshot, snapshot.transaction(isolation="repeatable_read", readonly=True):
            async with self._frozen(reader, generation):
                live = await store.live_generation_of(snapshot, generation.method)
            comparison = await compare(snapshot, generation.id, live)
        async with self._pool.acquire() as conn, conn.transaction():
            await store.note_comparison(conn, generation.id, *comparison)
            if comparison.difference is not None:
                await store.finish_as_different(conn, generation.id)
        log.info("generation compared", generation=generation.id, difference=comparison.difference)
        return comparison.difference is None


@contextlib.asynccontextmanager
async def _only_builder(conn: Connection) -> AsyncIterator[bool]:
    elected = await store.try_builder_lock(conn)
    try:
        yield elected
    finally:
        if elected:
            try:
                await store.release_builder_lock(conn)
            except BaseException:
                end_session(conn)  # the lock ends with its session
                raise


class LogReader:
    """Reads the folded topics from their beginning, never beyond a target."""

    def __init__(self, settings: "ServiceSettings", fold: Fold) -> None:
        self._consumer: AIOKafkaConsumer = make_consumer(
            settings.kafka_bootstrap, f"{settings.instance}-builder", None, max_partition_fetch_bytes=4 * 1024 * 1024
        )
        self._fold = fold
        self._position: dict[Partition, int] = {}
        self.folded = 0

    async def __aenter__(self) -> Self:
        try:
            await in_time(self._consumer.start(), PROBE_SECONDS)
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._consumer.stop()

    def behind(self, target: Mapping[Partition, int]) -> int:
        """Return how many records are missing to the target."""
        return sum(offset - self._position.get(partition, 0) for partition, offset in target.items())

    async def read_towards(self, target: Mapping[Partition, int]) -> list[Any]:
        """Return the lines of the next records before the target."""
        missing = [TopicPartition(*p) for p, offset in target.items() if offset > self._position.get(p, 0)]
        if set(missing) != set(self._consumer.assignment()):
            self._consumer.assign(missing)
            for partition in missing:
                self._consumer.seek(partition, self._position.get(Partition(*partition), 0))
        folded = Folded()
        for partition, records in (await self._consumer.getmany(timeout_ms=500, max_records=_FETCH_RECORDS)).items():
            self._take(Partition(*partition), records, target, folded)
        return folded.lines

    def _take(
        self, partition: Partition, records: Sequence[Any], target: Mapping[Partition, int], folded: Folded
    ) -> None:
        wanted = [record for record in records if record.offset < target[partition]]
        fold_records(wanted, [self._fold], folded)
        self._position[partition] = records[-1].offset + 1 if len(wanted) == len(records) else target[partition]
        if len(wanted) < len(records):  # fetched beyond the target: it is to be had again when the target has moved on
            self._consumer.seek(TopicPartition(*partition), self._position[partition])
        self.folded += len(wanted)


async def compare(conn: Connection, built: int, live: int) -> store.Comparison:
    """Return the checksums of two generations and the first row in which they differ."""
    digests = hashlib.sha256(), hashlib.sha256()
    difference: str | None = None
    for rows in (store.ledger_rows_in_order, store.past_rows_in_order, store.tally_rows_in_order):
        async for ours, theirs in _in_step(rows(conn, built), rows(conn, live)):
            digests[0].update(_digestible(ours))
            digests[1].update(_digestible(theirs))
            if ours != theirs and difference is None:
                difference = f"rebuilt: {ours or '(no such row)'}\nlive:    {theirs or '(no such row)'}"
    return store.Comparison(digests[0].hexdigest(), digests[1].hexdigest(), difference)


def _digestible(row: str | None) -> bytes:
    return b"" if row is None else row.encode() + b"\n"


async def _in_step(left: AsyncIterator[str], right: AsyncIterator[str]) -> AsyncIterator[tuple[str | None, str | None]]:
    while True:
        pair = await anext(left, None), await anext(right, None)
        if pair == (None, None):
            return
        yield pair
