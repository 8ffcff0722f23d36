"""Rows of scoring as frozen values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import orjson

from services.scoring.fold import Fold
from services.scoring.method import Group, Method, adopted_method


@dataclass(frozen=True, slots=True)
class AdoptedMethod:
    """One adopted version of a method."""

    code: str
    version: int
    title: str
    subject_group: Group
    document: str | None
    adopted_on: date
    assessed_from: date
    assessed_to: date
    body: dict[str, Any]
    body_digest: str


@dataclass(frozen=True, slots=True)
class Adoption:
    """An adopted version, and the group's other methods whose assessed days overlap."""

    method: AdoptedMethod
    beside: Sequence[str]


class MethodReference(Protocol):
    """What names a method version: a generation, a publication."""

    @property
    def method(self) -> str:
        """Return the method's code."""

    @property
    def method_version(self) -> int:
        """Return its version."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One fold of the log by one method version."""

    id: int
    method: str
    method_version: int
    subject_group: Group
    assessed_from: date
    assessed_to: date
    body: dict[str, Any]
    state: str
    purpose: str
    adopted_on: date | None = None
    """Day of the method's adoption; told of live generations."""
    beside: tuple[str, ...] = ()
    """Other methods of the group in force on the same day, where the read named none."""

    def read_method(self) -> Method:
        """Return its method; the same body is read once."""
        return _method_of(orjson.dumps(self.body))

    def fold(self) -> Fold:
        """Return its fold."""
        return Fold.of(self.id, self.read_method())


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What became of a generation that was asked for."""

    id: int
    method: str
    method_version: int
    purpose: str
    state: str
    folded: int
    to_fold: int
    checksum: str | None
    live_checksum: str | None
    difference: str | None
    requested_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subject:
    """An assessed unit."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TallyRow:
    """A unit's running totals under one criterion."""

    unit: str
    criterion: str
    lines: int
    weight: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the ledger as it is read."""

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


@lru_cache(maxsize=32)
def _method_of(body: bytes) -> Method:
    return adopted_method(orjson.loads(body))


@dataclass(frozen=True, slots=True)
class ObservationRow:
    """A reported value of an indicator that stands: `part` is `<period>@<report definition>`."""

    criterion: str
    unit: str
    source_key: str
    part: str
    value: Decimal
    version: int
    occurred_at: datetime
    recorded_at: datetime
    event_id: str
    aggregate: str


def methods_in_force(generations: Sequence[Generation], group: str, day: date) -> list[Generation]:
    """Return the group's generations in force on a day; a read that names no method is answered by the first.

    In force is what is assessed on the day, else what was assessed last. Of several the newest adoption goes first: by
    the day of adoption, however the events arrived; then the later assessed days, then the code.
    """
    of_group = [generation for generation in generations if generation.subject_group == group]
    begun = [each for each in of_group if each.assessed_from <= day] or of_group
    last = max((each.assessed_to for each in begun), default=day)
    current = [each for each in begun if each.assessed_to >= day] or [e for e in begun if e.assessed_to == last]
    return sorted(current, key=_precedence, reverse=True)


def _precedence(generation: Generation) -> tuple[date, date, date, str]:
    return generation.adopted_on or date.min, generation.assessed_to, generation.assessed_from, generation.method
