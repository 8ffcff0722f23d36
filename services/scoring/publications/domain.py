"""Publications and appeals as frozen rows, and what may be done with them when. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from shared.clock import county_date, end_of_county_day

PublicationState = Literal["preliminary", "published", "abandoned"]
AppealState = Literal["filed", "upheld", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Publication:
    """One closing of an assessment: preliminary until the appeals are decided, then published and frozen.

    `preliminary` and `result` hold every unit's standing as JSON values; `positions` says up to which offset of each
    partition of the log was counted.
    """

    id: UUID
    method: str
    method_version: int
    edition: int
    state: PublicationState
    closed_by: str
    closed_at: datetime
    appeal_until: date
    reason: str | None
    positions: dict[str, int]
    facts: dict[str, Any]
    preliminary: list[dict[str, Any]]
    result: list[dict[str, Any]] | None
    result_digest: str | None
    document: str | None
    published_by: str | None
    published_at: datetime | None
    version: int
    abandoned_reason: str | None = None

    @property
    def closed_on(self) -> date:
        """Return the county's day of the closing."""
        return county_date(self.closed_at)

    def window_is_open(self, now: datetime) -> bool:
        """Return whether units may still appeal: until 24:00 of the last day."""
        return self.state == "preliminary" and now < end_of_county_day(self.appeal_until)


@dataclass(frozen=True, slots=True)
class Appeal:
    """A unit's appeal against its preliminary result, and what was decided."""

    id: UUID
    publication: UUID
    method: str
    method_version: int
    unit: str
    criterion: str | None
    reason: str
    filed_by: str
    filed_at: datetime
    state: AppealState
    points: Decimal
    decided_criterion: str | None
    effective_on: date | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    version: int

    def decided(self, decision: "Decision", by: str, at: datetime) -> "Appeal":
        """Return the appeal as it was decided."""
        return replace(
            self,
            state="upheld" if decision.upheld else "rejected",
            points=decision.points,
            decided_criterion=decision.criterion,
            effective_on=decision.effective_on,
            decided_by=by,
            decided_at=at,
            decision_reason=decision.reason,
            version=self.version + 1,
        )

    def withdrawn(self, by: str, at: datetime, reason: str) -> "Appeal":
        """Return the appeal as it was taken back; who did it stands where otherwise stands who decided."""
        return replace(
            self, state="withdrawn", decided_by=by, decided_at=at, decision_reason=reason, version=self.version + 1
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided on an appeal: upheld with points under a criterion, or not."""

    upheld: bool
    points: Decimal
    criterion: str | None
    effective_on: date
    reason: str
