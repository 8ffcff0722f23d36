"""Entered scores and adjustments as frozen rows, and what may be done with them when. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

AdjustmentState = Literal["proposed", "approved", "refused", "withdrawn"]
Outcome = Literal["entered", "corrected", "unchanged"]

NEXT_STEPS: dict[str, tuple[str, ...]] = {
    "proposed": ("approve", "refuse", "withdraw"),
    "approved": ("withdraw",),
    "refused": (),
    "withdrawn": (),
}
"""What may be done with an adjustment in each state."""


@dataclass(frozen=True, slots=True)
class EnteredScore:
    """One rater's score of one unit under one criterion; the rater is a number or code, never a name."""

    id: UUID
    method: str
    method_version: int
    criterion: str
    unit: str
    rater_group: str
    rater: str
    score: Decimal
    scored_on: date
    withdrawn: bool
    entered_by: str
    entered_at: datetime
    version: int


class Proposal(NamedTuple):
    """An adjustment as it is proposed."""

    method: str
    method_version: int
    criterion: str
    unit: str
    points: Decimal
    effective_on: date
    document: str
    reason: str
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Points that the office gives or takes on a document; counts once a second person approved it."""

    id: UUID
    method: str
    method_version: int
    criterion: str
    unit: str
    points: Decimal
    effective_on: date
    document: str
    reason: str
    state: AdjustmentState
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    version: int

    def moved(self, state: AdjustmentState, by: str, at: datetime, reason: str | None, *, tells: bool) -> "Adjustment":
        """Return the adjustment as it was decided; a decision that is told to the log takes a version."""
        version = self.version + 1 if tells else self.version
        return replace(self, state=state, decided_by=by, decided_at=at, decision_reason=reason, version=version)
