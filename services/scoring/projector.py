"""The group commit: everything that waits is folded and written in one transaction, then the next.

Ledger, tallies, notices, dead letters and the position move together. A batch that begins after the position is a gap
and ends the process; what stands before the position was folded already and is left out. So a redelivery, a rebalance
in mid-batch and a worker that wakes after its partition moved all change nothing.

While the database writes, what waits is folded ahead by the folds in force. In its own transaction, which holds the
positions, that is used only if the epoch is still the same, the batch begins where the position stands and everything
in it could be read; otherwise it is thrown away and the batch folded anew.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import structlog
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from services.scoring import ledger, store
from services.scoring.domain import Generation
from services.scoring.fold import Fold, Line
from services.scoring.ledger import Partition
from services.scoring.method import adopted_method, broken_since
from shared.contracts.envelope import (
    Event,
    UnknownTypeError,
    UnreadableEventError,
    UnsupportedVersionError,
    read_event,
)
from shared.contracts.scoring import MethodAdopted
from shared.dead_letters import DeadLetterBox, TooManyDeadLettersError, run_before
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


_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class PositionGapError(Exception):
    """Records between the position and a batch were never seen: the log or the consumer lost something."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be folded."""

    record: Any
    reason: str
    parked: bool = False
    readable: bool = False


@dataclass(slots=True)
class Folded:
    """What one transaction will write; `results` counts what became of the records."""

    lines: list[Line] = field(default_factory=list)
    adopted: list[MethodAdopted] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    results: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    newest_time: datetime = _BEFORE_ALL

    def add(self, other: "Folded") -> None:
        """Take in what was folded of the records that follow."""
        self.lines += other.lines
        self.adopted += other.adopted
        self.rejected += other.rejected
        for result, records in other.results.items():
            self.results[result] += records
        self.newest_time = max(self.newest_time, other.newest_time)


@dataclass(slots=True)
class Run:
    """How many unreadable records stand in a row at the end of what was taken of a partition."""

    limit: int
    length: int

    @property
    def is_full(self) -> bool:
        """Return whether nothing more may be taken."""
        return self.length >= self.limit


@dataclass(slots=True)
class Ahead:
    """A batch folded before its turn, by the folds of an epoch; of use only if that epoch and its start still hold."""

    epoch: int
    folded: Folded = field(default_factory=Folded)
    taken: int = 0


def fold_records(records: Sequence[Any], folds: Sequence[Fold], folded: Folded, run: Run | None = None) -> int:
    """Fold Kafka records into `folded`, until `run` is full; what cannot be read is kept there with its reason.

    Returns how many were taken.
    """
    for taken, record in enumerate(records):
        if run is not None and run.is_full:
            return taken
        readable = _fold_record(record, folds, folded)
        if run is not None and readable is not None:
            run.length = 0 if readable else run.length + 1
    return len(records)


def _fold_record(record: Any, folds: Sequence[Fold], folded: Folded) -> bool | None:  # noqa: ANN401 - aiokafka is untyped
    """Fold one record; return whether it could be read, None of one that counts for no run."""
    try:
        event = read_event(record.value, record.headers)
    except UnknownTypeError:
        folded.results["unknown"] += 1
    except UnsupportedVersionError as error:
        folded.rejected.append(Rejected(record, str(error), parked=True))
    except UnreadableEventError as error:
        folded.rejected.append(Rejected(record, error.reason))
        return False
    else:
        if failures := _fold_event(event, record.timestamp, folds, folded):
            folded.rejected.append(Rejected(record, "; ".join(failures), readable=True))
        return True
    return None


def _fold_event(event: Event, timestamp: int, folds: Sequence[Fold], folded: Folded) -> list[str]:
    """Fold an event by each fold; return why some could not, whose lines are left out."""
    failures: list[str] = []
    if event.type == MethodAdopted.event_type:
        failures += _adopt(event.data, folded)
    before = len(folded.lines)
    for fold in folds:
        if event.type in fold.criteria:
            try:
                folded.lines += fold.lines(event, _recorded_at(timestamp))
            except Exception as error:  # noqa: BLE001 - whatever a rule stumbles over must not stop the stream
                failures.append(f"the fold by {fold.method} fails: {type(error).__name__}: {error}")
    folded.results["handled" if len(folded.lines) > before else "skipped"] += 1
    if event.time > folded.newest_time:  # noqa: PLR1730 - max() takes three times as long, per event
        folded.newest_time = event.time
    return failures


@lru_cache(maxsize=64)
def _recorded_at(timestamp: int) -> datetime:
    """Return the time of a record, which is that of its whole batch in the log."""
    return datetime.fromtimestamp(timestamp / 1000, UTC)


def _adopt(adopted: MethodAdopted, folded: Folded) -> list[str]:
    """Note the method that came into force; return why it cannot be followed."""
    try:
        method = adopted_method(adopted.body)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        return [f"{adopted.method}: body.{'.'.join(map(str, fault['loc']))}: {fault['msg']}"]
    stated = (adopted.method, adopted.method_version, adopted.group, adopted.assessed_from, adopted.assessed_to)
    if stated != (method.method, method.version, method.group, method.assessed.start, method.assessed.end):
        return [f"{adopted.method}: the body is of another method, version, group or interval than the event says"]
    folded.adopted.append(adopted)
    return []


class Projector:
    """Takes batches from the stream and writes them, one transaction after another."""

    name = "projector"

    def __init__(self, pool: Pool, box: DeadLetterBox, progress: Progress, dead_letter_limit: int) -> None:
        """Write to the pool's database; what cannot be folded goes to the box."""
        self._pool = pool
        self._box = box
        self._progress = progress
        self._limit = dead_letter_limit
        self._waiting: list[Sequence[Any]] = []
        self._waiting_events = 0
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

    async def run(self) -> None:
        """Write for ever; a database that is away is waited for with the batches in hand."""
        while True:
            batches = await self._take_waiting()
            ahead = asyncio.create_task(self._fold_ahead())
            try:
                await self._write_patiently(batches)
            finally:
                ahead.cancel()
            self._forget(batches)
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
            except AWAY as error:
                self._progress.beat(self.name, ok=False, detail=f"waiting: {type(error).__name__}: {error}")
                log.warning("projector waits", error=repr(error))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                for result, count in results.items():
                    EVENTS_TAKEN.labels(CONSUMER, result).inc(count)
                return

    async def _write(self, conn: Connection, batches: Sequence[Sequence[Any]]) -> Mapping[str, int]:
        partitions = sorted({Partition(batch[0].topic, batch[0].partition) for batch in batches})
        held = await ledger.lock_positions(conn, partitions)
        await self._follow_epoch(conn)
        fresh, moved = _fresh_records(batches, held)
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
    if failures := _fold_event(event, record.timestamp, folds, folded):
        raise UnreadableEventError("; ".join(failures))
    for adopted in folded.adopted:
        await store.open_adopted_generation(conn, adopted)
    units = await ledger.apply_lines(conn, folded.lines)
    await ledger.announce(conn, units, folds, folded.newest_time)


def _fresh_records(
    batches: Sequence[Sequence[Any]], held: dict[Partition, int]
) -> tuple[list[Sequence[Any]], dict[Partition, int]]:
    """Return the records at and after each partition's position, and where the positions move to."""
    moved: dict[Partition, int] = {}
    fresh: list[Sequence[Any]] = []
    for batch in batches:
        partition = Partition(batch[0].topic, batch[0].partition)
        position = moved.get(partition, held[partition])
        if batch[0].offset > position:
            raise PositionGapError(
                f"{partition.topic}/{partition.number}: stands at {position}, the batch begins at {batch[0].offset}"
            )
        records = batch if batch[0].offset == position else [each for each in batch if each.offset >= position]
        if records:
            fresh.append(records)
            moved[partition] = records[-1].offset + 1
    return fresh, moved
