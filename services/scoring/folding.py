"""Kafka records into lines: what one transaction will write, and what cannot be read or folded, with its reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from services.scoring.fold import Fold, Line
from services.scoring.method import adopted_method
from shared.contracts.envelope import (
    Event,
    UnknownTypeError,
    UnreadableEventError,
    UnsupportedVersionError,
    read_event,
)
from shared.contracts.scoring import MethodAdopted

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


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
        if failures := fold_event(event, record.timestamp, folds, folded):
            folded.rejected.append(Rejected(record, "; ".join(failures), readable=True))
        return True
    return None


def fold_event(event: Event, timestamp: int, folds: Sequence[Fold], folded: Folded) -> list[str]:
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
