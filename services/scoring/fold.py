"""The fold: event + method → ledger lines. Pure; reads nothing but the event and the method."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol, Self, TypeVar

from services.scoring.method import Method
from services.scoring.rules.adjustments import Adjusting
from services.scoring.rules.base import Evidence
from services.scoring.rules.indicators import Observing
from shared.clock import end_of_county_day
from shared.contracts.catalogue import PAYLOADS
from shared.contracts.envelope import Event

_NAMING_A_METHOD = frozenset(event_type for event_type, payload in PAYLOADS.items() if "method" in payload.model_fields)
"""Types of events that are about one method only: scores, adjustments, appeals."""

_Key = TypeVar("_Key")


class Line(NamedTuple):
    """One line of a generation's ledger; the first four members are its key."""

    generation: int
    unit: str
    criterion: str
    source_key: str
    aggregate: str
    version: int
    event_id: str
    event_type: str
    occurred_at: datetime
    recorded_at: datetime
    weight: Decimal
    points: Decimal
    counts: bool
    rule: str
    text: str
    part: str


class Witness(Protocol):
    """What makes lines of events: a criterion, an indicator, the office's adjustments of a criterion."""

    @property
    def code(self) -> str:
        """Return the name under which its lines stand."""

    @property
    def is_bounded(self) -> bool:
        """Return whether only what happened on assessed days counts."""

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return what the event says."""


@dataclass(frozen=True, slots=True)
class Fold:
    """One generation's fold by its method."""

    generation: int
    method: str
    method_version: int
    begins_at: datetime
    ends_at: datetime
    closes_at: datetime | None
    """What the log has later than this does not count, by the method's rule for late data."""
    criteria: Mapping[str, tuple[Witness, ...]]

    @classmethod
    def of(cls, generation: int, method: Method) -> Self:
        """Return the fold of a method; its assessed days are the county's."""
        until = method.late_data.until
        return cls(
            generation=generation,
            method=method.method,
            method_version=method.version,
            begins_at=end_of_county_day(method.assessed.start - timedelta(days=1)),
            ends_at=end_of_county_day(method.assessed.end),
            closes_at=None if until == "publication" else end_of_county_day(until),
            criteria=_witnesses_by_event_type(method),
        )

    def lines(self, event: Event, recorded_at: datetime) -> list[Line]:
        """Return the lines that an event makes, of what was earned within the assessed interval."""
        lines: list[Line] = []
        witnesses = self.criteria.get(event.type)
        if witnesses is None or self._is_late(event, recorded_at):
            return lines
        if event.type in _NAMING_A_METHOD and event.data.method != self.method:
            return lines
        time = event.time
        told = event.subject, event.aggregateversion, event.id, event.type, time, recorded_at
        for witness in witnesses:
            code, is_bounded = witness.code, witness.is_bounded
            for unit, source_key, weight, points, rule, text, counts, earned_at, part in witness.evidence(event):
                if not is_bounded or self.begins_at <= (earned_at or time) < self.ends_at:
                    line = self.generation, unit, code, source_key, *told, weight, points, counts, rule, text, part
                    lines.append(tuple.__new__(Line, line))  # as Line(*line), a third faster
        return lines

    def _is_late(self, event: Event, recorded_at: datetime) -> bool:
        """Return whether the method's rule for late data leaves it out; decisions about the result are no data."""
        return self.closes_at is not None and recorded_at >= self.closes_at and event.producer != "scoring"


def newest(lines: Iterable[Line]) -> list[Line]:
    """Return one line per key, the newest version of its aggregate, in the order of the keys."""
    return by_age(lines)[0]


def by_age(lines: Iterable[Line]) -> tuple[list[Line], list[Line]]:
    """Return the newest line of each key, in the order of the keys, and the older versions, each once.

    Of two lines of the same version that stands which the log has from earlier, as in the database: so the order in
    which an event and its duplicate are read, even from two partitions, does not matter.
    """
    best: dict[tuple[int, str, str, str], Line] = {}
    older: dict[tuple[int, str, str, str, int], Line] = {}
    for line in lines:
        key = line[:4]
        held = best.setdefault(key, line)
        if line.version > held.version:
            best[key] = line
            _keep_earlier(older, (*key, held.version), held)
        elif line.version < held.version:
            _keep_earlier(older, (*key, line.version), line)
        elif line is not held:
            _keep_earlier(best, key, line)
    return [best[key] for key in sorted(best)], [older[key] for key in sorted(older)]


def _keep_earlier(kept: dict[_Key, Line], key: _Key, line: Line) -> None:
    held = kept.setdefault(key, line)
    if (line.recorded_at, line.event_id) < (held.recorded_at, held.event_id):
        kept[key] = line


def witnesses(method: Method) -> Iterator[tuple[Witness, Iterable[str]]]:
    """Yield everything that makes lines under a method, with the event types that it watches."""
    for criterion in method.criteria:
        yield criterion, criterion.watched()
        if not criterion.takes_adjustments:
            yield Adjusting(criterion.code), Adjusting.event_types
    for reported in method.reported:
        yield Observing(reported), Observing.event_types


def _witnesses_by_event_type(method: Method) -> Mapping[str, tuple[Witness, ...]]:
    found: dict[str, list[Witness]] = {}
    for witness, event_types in witnesses(method):
        for event_type in event_types:
            found.setdefault(event_type, []).append(witness)
    return {event_type: tuple(each) for event_type, each in found.items()}
