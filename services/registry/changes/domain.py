"""What a change is, and how days are taken out of the facts that hold on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from services.registry.domain import Days, Fact, Incumbency, Membership, Portfolio

F = TypeVar("F", bound=Fact)
Row = TypeVar("Row", Membership, Portfolio, Incumbency)


@dataclass(frozen=True, slots=True)
class Change:
    """One command: when the registry took it, what it did, by which document; a correction says that it was wrong."""

    id: int
    recorded_at: datetime
    occurred_at: datetime
    subject: str
    role: str
    action: str
    correction: bool
    document: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Cut(Generic[F]):
    """A fact that loses days: what stays `before` them and `after` them; neither: it is withdrawn."""

    fact: F
    before: Days | None
    after: Days | None


def cut(known: Sequence[F], days: Days) -> list[Cut[F]]:
    """Return what becomes of the known facts when they no longer hold on these days; those elsewhere are left out."""
    return [
        Cut(fact, fact.days.before(days.first), fact.days.since(days.end)) for fact in known if fact.days.overlaps(days)
    ]


def differences(known: Sequence[Row], now: Sequence[Row]) -> list[Row]:
    """Return the rows that are new or have other days now, and those that are gone, on no day."""
    before = {row.id: row.days for row in known}
    staying = {row.id for row in now}
    gone = [row.on(Days(row.valid_from, row.valid_from)) for row in known if row.id not in staying]
    return gone + [row for row in now if before.get(row.id) != row.days]


def uncovered(days: Days, covered: Sequence[Days]) -> list[Days]:
    """Return the parts of an interval that none of the others covers."""
    left = [days]
    for each in covered:
        left = [part for piece in left for part in _without(piece, each)]
    return left


def _without(piece: Days, taken: Days) -> list[Days]:
    if not piece.overlaps(taken):
        return [piece]
    return [part for part in (piece.before(taken.first), piece.since(taken.end)) if part is not None]
