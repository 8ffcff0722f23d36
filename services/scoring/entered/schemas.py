"""What callers send and are shown of entered scores and adjustments."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.scoring.entered.domain import NEXT_STEPS, Adjustment, AdjustmentState, EnteredScore, Outcome
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Points = Annotated[Decimal, Field(max_digits=12, decimal_places=4)]
Rater = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,32}$", description="Number or code of the rater; no name.")]


class ScoreLineBody(BaseModel):
    """One rater's score of one unit."""

    model_config = ConfigDict(extra="forbid")

    unit: UnitCode
    rater: Rater
    score: Points


class EnterScores(CommandBody):
    """A score sheet of one rater group: all lines or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "method": "departments-2026",
                    "criterion": "leaders-view",
                    "rater_group": "leaders",
                    "scored_on": "2026-12-20",
                    "lines": [{"unit": "330324-jtj", "rater": "1", "score": "92.5"}],
                }
            ]
        }
    )

    method: Code
    criterion: Code = Field(description="A criterion of kind `panel`.")
    rater_group: Code
    scored_on: Day | None = Field(None, description="Today if left out.")
    lines: list[ScoreLineBody] = Field(min_length=1, max_length=5000)


class ScoreView(Versioned):
    """An entered score."""

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

    @classmethod
    def of(cls, score: EnteredScore) -> Self:
        """Show a score."""
        return cls.model_validate(score, from_attributes=True)


class SheetLineView(BaseModel):
    """What became of a line of the sheet."""

    unit: str
    rater: str
    outcome: Outcome


class SheetView(BaseModel):
    """What became of a score sheet."""

    method: str
    method_version: int
    criterion: str
    rater_group: str
    lines: list[SheetLineView]


class ProposeAdjustment(CommandBody):
    """Points to give (positive) or take (negative) on a document."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "method": "departments-2026",
                    "criterion": "bonus",
                    "unit": "330324-jtj",
                    "points": "2",
                    "effective_on": "2026-11-30",
                    "document": "永政办发〔2026〕88号",
                    "reason": "物流园区建设获省级表彰",
                }
            ]
        }
    )

    method: Code
    criterion: Code
    unit: UnitCode
    points: Points
    effective_on: Day = Field(description="The day whose assessment it belongs to; within the assessed interval.")
    document: Title = Field(description="The document on which it rests.")
    reason: LongText


class Decide(CommandBody):
    """Approve; a reason may be given."""

    reason: LongText | None = None


class DecideWithReason(CommandBody):
    """Refuse or withdraw, and why."""

    reason: LongText


class AdjustmentView(Versioned):
    """An adjustment: proposed by one person, decided by another."""

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
    allowed: list[str] = Field(description="What may be done with it now.")

    @classmethod
    def of(cls, adjustment: Adjustment) -> Self:
        """Show an adjustment."""
        members = {name: getattr(adjustment, name) for name in cls.model_fields if name != "allowed"}
        return cls(**members, allowed=list(NEXT_STEPS[adjustment.state]))
