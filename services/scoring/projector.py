"""The group commit: everything that waits is folded and written in one transaction, then the next.

Ledger, tallies, notices, dead letters and the position move together. A batch that begins after the position is a gap
and ends the process; what stands before the position was folded already and is left out. So a redelivery, a rebalance
in mid-batch and a worker that wakes after its partition moved all change nothing.

While the database writes, what waits is folded ahead by the folds in force. In its own transaction, which holds the
positions, that is used only if the epoch is still the same, the batch begins where the position stands and everything
in it could be read; otherwise it is thrown away and the batch folded anew.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka import ConsumerRecord

from services.scoring import ledger, store
from services.scoring.domain import Generation
from services.scoring.fold import Fold
from services.scoring.folding import Folded, Run, fold_event, fold_records
from services.scoring.ledger import Partition
from services.scoring.method import broken_since
from shared.contracts.envelope import UnreadableEventError, read_event
from shared.dead_letters import DeadLetterBox, TooManyDeadLettersError, run_before
from shared.kafka import KAFKA_FAILURES
from shared.observability import EVENTS_TAKEN, Progress
from shared.postgres import Connection, Pool
from shared.relay import AWAY

log = structlog.get_logger(__name__)

MAX_WAITING = 60_000
"""Events that may wait; beyond that faust pauses the partitions."""
MAX_COMMIT = 20_000
"""Events in one transaction."""

_FOLD_AT_ONCE = 500
"""Records folded ahead before the loop gets its turn."""
_RETRY_SECONDS = 0.5
_BEAT_SECONDS = 1.0
CONSUMER = "scoring-stream"
"""Whose dead letters they are."""


FirstRecord = Callable[[Partition, int], Awaitable[int | None]]
"""Returns where the log has the first record at or behind an offset."""


class PositionGapError(Exception):
    """Records between the position and a batch were never seen: the log or the consumer lost something."""

    def __init__(self, partition: Partition, position: int, offset: int) -> None:
        """Keep where the fold stands and where the batch begins."""
        super().__init__(f"{partition.topic}/{partition.number}: stands at {position}, the batch begins at {offset}")
        self.partition, self.position, self.offset = partition, position, offset


async def _stands_there(_partition: Partition, offset: int) -> int | None:
    """Answer for a log without marks: a record stands at every offset."""
    return offset


@dataclass(slots=True)
class Ahead:
    """A batch folded before its turn, by the folds of an epoch; of use only if that epoch and its start still hold."""

    epoch: int
    folded: Folded = field(default_factory=Folded)
    taken: int = 0


class Projector:
    """Takes batches from the stream and writes them, one transaction after another."""

    name = "projector"

    def __init__(
        self,
        pool: Pool,
        box: DeadLetterBox,
        progress: Progress,
        dead_letter_limit: int,
        first_record: FirstRecord = _stands_there,
    ) -> None:
        """Write to the pool's database; what cannot be folded goes to the box; a gap is looked into."""
        self._pool = pool
        self._box = box
        self._progress = progress
        self._limit = dead_letter_limit
        self._first_record = first_record
        self._passed: dict[tuple[Partition, int], int] = {}
        """Where the next record stands behind a position at which marks of transactions do."""
        self._waiting: list[Sequence[Any]] = []
        self._waiting_events = 0
        self._writing: list[Sequence[Any]] = []
        self._offered = asyncio.Event()
        self._taken = asyncio.Event()
        self._folds: list[Fold] = []
        self._epoch = -1
        self._ahead: dict[int, Ahead] = {}
        self._stopped_by: TooManyDeadLettersError | None = None
        self._read_up_to: dict[Partition, int] = {}
        """Offsets before which the last record could be read, as this worker has seen: no run stands before them."""

    async def offer(self, records: Sequence[Any]) -> None:
        """Queue one partition's records; waits while too many wait already."""
        while self._waiting_events >= MAX_WAITING:
            self._taken.clear()
            await self._taken.wait()
        self._waiting.append(records)
        self._waiting_events += len(records)
        self._offered.set()

    def partitions_in_hand(self) -> set[Partition]:
        """Return the partitions of which records wait or are being written."""
        return {Partition(records[0].topic, records[0].partition) for records in (*self._waiting, *self._writing)}

    async def run(self) -> None:
        """Write for ever; a database that is away is waited for with the batches in hand."""
        while True:
            self._writing = await self._take_waiting()
            ahead = asyncio.create_task(self._fold_ahead())
            try:
                await self._write_patiently(self._writing)
            finally:
                ahead.cancel()
            self._forget(self._writing)
            self._writing = []
            self._progress.beat(self.name)
            if self._stopped_by is not None:
                raise self._stopped_by

    async def _fold_ahead(self) -> None:
        """Fold what waits while the database writes what came before it; cancelled at any moment."""
        while True:
            records = next((each for each in self._waiting if not self._is_folded(each)), None)
            if records is None:
                self._offered.clear()
                await self._offered.wait()
                continue
            ahead = self._ahead.setdefault(id(records), Ahead(self._epoch))
            some = records[ahead.taken : ahead.taken + _FOLD_AT_ONCE]
            fold_records(some, self._folds, ahead.folded)
            ahead.taken += len(some)
            await asyncio.sleep(0)

    def _is_folded(self, records: Sequence[Any]) -> bool:
        ahead = self._ahead.get(id(records))
        return ahead is not None and ahead.taken == len(records)

    def _forget(self, batches: Sequence[Sequence[Any]]) -> None:
        for records in batches:
            self._ahead.pop(id(records), None)

    async def _take_waiting(self) -> list[Sequence[Any]]:
        while not self._waiting:
            self._offered.clear()
            try:
                await asyncio.wait_for(self._offered.wait(), _BEAT_SECONDS)
            except TimeoutError:
                self._progress.beat(self.name)
        batches: list[Sequence[Any]] = []
        events = 0
        while self._waiting and (not batches or events + len(self._waiting[0]) <= MAX_COMMIT):
            batches.append(self._waiting.pop(0))
            events += len(batches[-1])
        self._waiting_events -= events
        self._taken.set()
        return batches

    async def _write_patiently(self, batches: Sequence[Sequence[Any]]) -> None:
        """Write batches; a failure of the moment is waited for with them in hand."""
        while True:
            try:
                async with self._pool.acquire() as conn, conn.transaction():
                    results = await self._write(conn, batches)
            except PositionGapError as gap:
                await self._pass_over_marks(gap)
            except AWAY as error:
                self._progress.wait(self.name, error)
                log.warning("projector waits", error=repr(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self._passed.clear()
                for result, count in results.items():
                    EVENTS_TAKEN.labels(CONSUMER, result).inc(count)
                return

    async def _pass_over_marks(self, gap: PositionGapError) -> None:
        """Let the batch join the position if the log has no record between them; else the gap is one."""
        try:
            found = await self._first_record(gap.partition, gap.position)
        except KAFKA_FAILURES as error:
            log.warning("projector waits", error=repr(error))
            await asyncio.sleep(_RETRY_SECONDS)
            return
        if found != gap.offset:
            raise gap
        self._passed[gap.partition, gap.position] = gap.offset

    async def _write(self, conn: Connection, batches: Sequence[Sequence[Any]]) -> Mapping[str, int]:
        partitions = sorted({Partition(batch[0].topic, batch[0].partition) for batch in batches})
        held = await ledger.lock_positions(conn, partitions)
        await self._follow_epoch(conn)
        fresh, moved = _fresh_records(batches, held, self._passed)
        folded = Folded()
        await self._fold(conn, fresh, moved, folded)
        await self._put_aside(conn, folded)
        for adopted in folded.adopted:
            await store.open_adopted_generation(conn, adopted)
        units = await ledger.apply_lines(conn, folded.lines)
        await ledger.announce(conn, units, self._folds, folded.newest_time)
        await ledger.move_positions(conn, moved)
        return folded.results

    async def refuse_full_runs(self, partitions: Sequence[Partition]) -> None:
        """Refuse to begin behind a run of unreadable records that nobody has dealt with.

        Raises:
            TooManyDeadLettersError: there is one.
        """
        async with self._pool.acquire() as conn:
            held = await ledger.positions(conn)
            for partition in partitions:
                await self._run_before(conn, partition, held[partition])

    async def _run_before(self, conn: Connection, partition: Partition, offset: int) -> Run:
        if self._read_up_to.get(partition) == offset:
            return Run(self._limit, 0)
        run = Run(self._limit, await run_before(conn, CONSUMER, *partition, offset, self._limit))
        if run.is_full:
            raise TooManyDeadLettersError(run.length, *partition, offset)
        return run

    async def _fold(
        self, conn: Connection, fresh: Sequence[Sequence[Any]], moved: dict[Partition, int], folded: Folded
    ) -> None:
        """Fold what is fresh; of a partition whose run becomes full, nothing beyond it is taken."""
        runs: dict[Partition, Run] = {}
        self._stopped_by = None
        for records in fresh:
            partition = Partition(records[0].topic, records[0].partition)
            if partition not in runs:
                runs[partition] = await self._run_before(conn, partition, records[0].offset)
            taken = self._fold_batch(records, folded, runs[partition])
            if runs[partition].is_full and taken:
                moved[partition] = records[taken - 1].offset + 1
                self._stopped_by = TooManyDeadLettersError(self._limit, *partition, moved[partition])
        self._read_up_to |= {partition: moved[partition] for partition, run in runs.items() if not run.length}

    def _fold_batch(self, records: Sequence[Any], folded: Folded, run: Run) -> int:
        """Fold a batch, or take what was folded of it ahead; what was put aside is folded anew, to count the run."""
        ahead = self._ahead.get(id(records))
        if ahead is None or ahead.epoch != self._epoch or ahead.folded.rejected or run.is_full:
            return fold_records(records, self._folds, folded, run)
        folded.add(ahead.folded)
        if not ahead.folded.results.keys().isdisjoint(("handled", "skipped")):
            run.length = 0
        return ahead.taken + fold_records(records[ahead.taken :], self._folds, folded, run)

    async def _follow_epoch(self, conn: Connection) -> None:
        epoch = await store.read_epoch(conn)
        if epoch != self._epoch:
            live = await store.list_live_generations(conn)
            self._folds = [generation.fold() for generation in live]
            _warn_of_broken_rules(live)
            self._epoch = epoch

    async def _put_aside(self, conn: Connection, folded: Folded) -> None:
        for rejected in folded.rejected:
            await self._box.put(
                conn, rejected.record, rejected.reason, parked=rejected.parked, readable=rejected.readable
            )
            folded.results["parked" if rejected.parked else "dead_letter"] += 1


def _warn_of_broken_rules(live: Sequence[Generation]) -> None:
    """Tell the operators of methods in force that the language would refuse today; they compute as they did."""
    for generation in live:
        if broken := broken_since(generation.body):
            log.warning("a method in force breaks later rules", method=generation.method, rules=broken)


async def replay(conn: Connection, record: ConsumerRecord) -> None:
    """Fold one record of those that were put aside; held lines of newer versions stand, as always.

    Raises:
        UnreadableEventError: it still cannot be read, or not be folded.
        UnsupportedVersionError: its major version is still not read.
        UnknownTypeError: its type is in no catalogue.
    """
    event = read_event(record.value, record.headers)
    await ledger.lock_positions(conn, [Partition(record.topic, record.partition)])  # no swap of generations meanwhile
    folds = [generation.fold() for generation in await store.list_live_generations(conn)]
    folded = Folded()
    if failures := fold_event(event, record.timestamp, folds, folded):
        raise UnreadableEventError("; ".join(failures))
    for adopted in folded.adopted:
        await store.open_adopted_generation(conn, adopted)
    units = await ledger.apply_lines(conn, folded.lines)
    await ledger.announce(conn, units, folds, folded.newest_time)


def _fresh_records(
    batches: Sequence[Sequence[Any]], held: dict[Partition, int], passed: Mapping[tuple[Partition, int], int]
) -> tuple[list[Sequence[Any]], dict[Partition, int]]:
    """Return the records at and after each partition's position, and where the positions move to."""
    moved: dict[Partition, int] = {}
    fresh: list[Sequence[Any]] = []
    for batch in batches:
        partition = Partition(batch[0].topic, batch[0].partition)
        position = moved.get(partition, held[partition])
        offset = batch[0].offset
        if offset > position and passed.get((partition, position)) != offset:
            raise PositionGapError(partition, position, offset)
        records = batch if offset >= position else [each for each in batch if each.offset >= position]
        if records:
            fresh.append(records)
            moved[partition] = records[-1].offset + 1
    return fresh, moved
