"""What callers send and are shown of publications and appeals."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.scoring.domain import LedgerRow
from services.scoring.publications.counting import Shift
from services.scoring.publications.domain import Appeal, AppealState, Publication, PublicationState
from services.scoring.rules.panel import Unscored
from services.scoring.schemas import LedgerLineView, UnitName
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Points = Annotated[Decimal, Field(max_digits=12, decimal_places=4)]


class CloseAssessment(CommandBody):
    """Close an assessment: its standings become preliminary and units may appeal."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"method": "departments-2026", "appeal_until": "2027-01-16"}]}
    )

    method: Code
    appeal_until: Day | None = Field(
        None, description="Last day of the appeal window; the 7th day after the closing if left out."
    )
    reason: LongText | None = Field(
        None,
        description="Needed for another edition, for a closing before the last assessed day, where raters' scores are "
        "missing, and where adjustments are not decided.",
    )


class AbandonClosing(CommandBody):
    """Why the closing is given up."""

    reason: LongText


class Publish(CommandBody):
    """Publish the result, by a document."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"document": "永政办发〔2027〕2号"}]})

    document: Title | None = None


class FileAppeal(CommandBody):
    """Contest a preliminary result."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"unit": "330324-wsj", "criterion": "reporting", "reason": "第三季度报表已按期报送。"}]
        }
    )

    unit: UnitCode
    criterion: Code | None = Field(None, description="What it is about; the whole result if left out.")
    reason: LongText


class DecideAppeal(CommandBody):
    """Decide an appeal, with reason; points are given only if it is upheld."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"upheld": True, "criterion": "reporting", "points": "2", "reason": "按期报送属实。"}]
        }
    )

    upheld: bool
    points: Points = Decimal(0)
    criterion: Code | None = Field(None, description="Where the points count; the appeal's criterion if left out.")
    reason: LongText

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if self.points and not self.upheld:
            raise ValueError("points: an appeal that is not upheld gives no points")
        return self


class WithdrawAppeal(CommandBody):
    """Why the appeal is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "经核对，扣分属实。"}]})

    reason: LongText


class PublicationSummary(Versioned):
    """A publication without its standings."""

    id: UUID
    method: str
    method_version: int
    edition: int
    state: PublicationState
    closed_at: datetime
    appeal_until: date
    reason: str | None
    result_digest: str | None = Field(description="SHA-256 of the published result in canonical JSON.")
    document: str | None
    published_at: datetime | None
    abandoned_reason: str | None = Field(description="Why the closing was given up, if it was.")

    @classmethod
    def of(cls, publication: Publication) -> Self:
        """Show a publication."""
        return cls(**{name: getattr(publication, name) for name in cls.model_fields})


class UnscoredView(BaseModel):
    """A rater group that had not scored a unit at the closing, or by fewer raters than another unit."""

    model_config = ConfigDict(from_attributes=True)

    criterion: str
    title: str
    group: str
    unit: str
    scored: int = Field(description="Raters of the group who scored the unit.")
    most: int = Field(description="Raters of the group who scored another unit.")


class AppealView(Versioned):
    """An appeal and what was decided; of one that was withdrawn, who took it back, when and why."""

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

    @classmethod
    def of(cls, appeal: Appeal) -> Self:
        """Show an appeal."""
        return cls(**{name: getattr(appeal, name) for name in cls.model_fields})


class PublicationView(BaseModel):
    """A publication with its standings."""

    publication: PublicationSummary
    positions: dict[str, int] = Field(description="Up to which offset of each partition of the log was counted.")
    preliminary: list[dict[str, Any]]
    result: list[dict[str, Any]] | None
    appeals: list[AppealView] = Field(description="Every appeal and what became of it, oldest first.")
    unscored: list[UnscoredView] = Field(description="Raters' scores that were missing at the closing.")

    @classmethod
    def of(cls, publication: Publication, missing: Sequence[Unscored], appeals: Sequence[Appeal]) -> Self:
        """Show a publication."""
        return cls(
            appeals=[AppealView.of(each) for each in appeals],
            unscored=[UnscoredView.model_validate(each) for each in missing],
            publication=PublicationSummary.of(publication),
            positions=publication.positions,
            preliminary=publication.preliminary,
            result=publication.result,
        )


class ShiftedScoreView(BaseModel):
    """A score that late data would have changed."""

    criterion: str
    title: str
    published: Decimal | None
    now: Decimal | None
    formula: str


class PlaceView(BaseModel):
    """Rank, total and grade."""

    rank: int | None
    total: Decimal | None
    grade: str | None


class ShiftView(BaseModel):
    """A unit whose result late data would have changed."""

    unit: UnitName
    published: PlaceView
    now: PlaceView
    criteria: list[ShiftedScoreView]


class LateView(BaseModel):
    """What arrived after the closing would have changed; it changed nothing."""

    publication: UUID
    units: list[ShiftView]
    lines: list[LedgerLineView] = Field(description="Evidence of these units that the log took since, at most 200.")

    @classmethod
    def of(cls, publication: Publication, shifts: Sequence[Shift], lines: Sequence[LedgerRow]) -> Self:
        """Show what would have changed."""
        return cls(
            publication=publication.id,
            units=[ShiftView.model_validate(asdict(shift)) for shift in shifts],
            lines=[LedgerLineView.of(line, publication) for line in lines],
        )
