"""What is shown of an explanation and of a comparison."""

from datetime import datetime
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, Field

from services.scoring.domain import MethodReference
from services.scoring.explain.contributions import Moved, Source
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
    next: str | None = Field(description="Cursor of the next page of evidence; null on the last.")


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


class MovedView(BaseModel):
    """By how much one contribution moved the total."""

    source: Source = Field(
        description="A criterion (points times weights), a bonus, or what a block or the total makes of them beyond "
        "that: spread over what is not applicable, rounded, set to 0."
    )
    code: str
    title: str
    before: Decimal
    after: Decimal
    difference: Decimal

    @classmethod
    def of(cls, moved: Moved) -> Self:
        """Show a contribution that moved."""
        return cls.model_validate(moved, from_attributes=True)


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
    notes: list[str] = Field(description="Vetoes, gates, why it was not ranked.")


class ComparisonView(BaseModel):
    """Why a unit's result changed between two moments."""

    method: str
    method_version: int
    unit: UnitName
    before: PlaceThen
    after: PlaceThen
    difference: Decimal = Field(description="Of the totals; a moment without a total counts as 0.")
    contributions: list[MovedView] = Field(description="What moved the total; their differences add up to it exactly.")
    criteria: list[ScoreChangeView] = Field(description="Criteria whose points differ, with their formulas.")
    lines: list[LineChangeView] = Field(
        description="The unit's own evidence that came, changed or went, in the order of the time for which it stands."
    )
    next: str | None = Field(description="Cursor of the next page of lines; null on the last.")
