"""The fold: event + method → ledger lines. Pure; reads nothing but the event and the method."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Self

from services.scoring.method import Criterion, Method
from shared.clock import end_of_county_day
from shared.contracts.envelope import Event


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


@dataclass(frozen=True, slots=True)
class Fold:
    """One generation's fold by its method."""

    generation: int
    method: str
    method_version: int
    begins_at: datetime
    ends_at: datetime
    criteria: Mapping[str, tuple[Criterion, ...]]

    @classmethod
    def of(cls, generation: int, method: Method) -> Self:
        """Return the fold of a method; its assessed days are the county's."""
        return cls(
            generation=generation,
            method=method.method,
            method_version=method.version,
            begins_at=end_of_county_day(method.assessed.start - timedelta(days=1)),
            ends_at=end_of_county_day(method.assessed.end),
            criteria=_criteria_by_event_type(method),
        )

    def lines(self, event: Event, recorded_at: datetime) -> Iterator[Line]:
        """Return the lines that an event makes, of what was earned within the assessed interval."""
        criteria = self.criteria.get(event.type)
        if criteria is None:
            return
        for criterion in criteria:
            for unit, source_key, weight, points, rule, text, counts, earned_at in criterion.evidence(event):
                if self.begins_at <= (earned_at or event.time) < self.ends_at:
                    yield Line(
                        self.generation, unit, criterion.code, source_key,
                        event.subject, event.aggregateversion, event.id, event.type, event.time, recorded_at,
                        weight, points, counts, rule, text,
                    )  # fmt: skip


def newest(lines: Iterable[Line]) -> list[Line]:
    """Return one line per key, the newest version of its aggregate, in the order of the keys.

    Of two lines of the same version the first stands, as it does in the database.
    """
    best: dict[tuple[int, str, str, str], Line] = {}
    for line in lines:
        key = line[:4]
        held = best.get(key)
        if held is None or line.version > held.version:
            best[key] = line
    return [best[key] for key in sorted(best)]


def _criteria_by_event_type(method: Method) -> Mapping[str, tuple[Criterion, ...]]:
    found: dict[str, list[Criterion]] = {}
    for criterion in method.criteria:
        for event_type in criterion.watched():
            found.setdefault(event_type, []).append(criterion)
    return {event_type: tuple(criteria) for event_type, criteria in found.items()}
