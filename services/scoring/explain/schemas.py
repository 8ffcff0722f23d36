"""What is shown of an explanation and of a comparison."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from services.scoring.domain import MethodReference
from services.scoring.explain.explaining import LineChange, ScoreChange
from services.scoring.explain.moments import END_OF_TIME, Moment
from services.scoring.schemas import CriterionScoreView, LedgerLineView, UnitName


class MomentView(BaseModel):
    """Up to when; null: no limit."""

    as_of: datetime | None
    known_at: datetime | None

    @classmethod
    def of(cls, moment: Moment) -> Self:
        """Show a moment."""
        as_of, known_at = (None if instant == END_OF_TIME else instant for instant in moment)
        return cls(as_of=as_of, known_at=known_at)


class ExplanationView(BaseModel):
    """A number, its formula with values, the evidence behind it, and what full marks would have needed."""

    method: str
    method_version: int
    unit: UnitName
    moment: MomentView
    score: CriterionScoreView
    evidence: list[LedgerLineView] = Field(description="Oldest first; lines taken back too.")
    more: bool = Field(description="There are more lines: GET /v1/ledger with the same unit, criterion and moment.")


class ScoreChangeView(BaseModel):
    """A criterion whose points differ."""

    criterion: str
    title: str
    before: Decimal | None
    after: Decimal | None
    formula_before: str
    formula_after: str
    peers: list[str] = Field(description="Other units whose evidence under it moved too.")

    @classmethod
    def of(cls, change: ScoreChange) -> Self:
        """Show a change."""
        return cls.model_validate(change, from_attributes=True)


class LineChangeView(BaseModel):
    """A line that came, changed or went."""

    before: LedgerLineView | None
    after: LedgerLineView | None

    @classmethod
    def of(cls, change: LineChange, reference: MethodReference) -> Self:
        """Show a change."""
        before, after = (
            None if row is None else LedgerLineView.of(row, reference) for row in (change.before, change.after)
        )
        return cls(before=before, after=after)


class PlaceThen(BaseModel):
    """Total and rank at a moment."""

    moment: MomentView
    rank: int | None
    total: Decimal | None


class ComparisonView(BaseModel):
    """Why a unit's result changed between two moments."""

    method: str
    method_version: int
    unit: UnitName
    before: PlaceThen
    after: PlaceThen
    criteria: list[ScoreChangeView]
    lines: list[LineChangeView] = Field(description="The unit's own evidence that came, changed or went.")
