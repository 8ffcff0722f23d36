"""What callers send and are shown of city evaluations."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.scoring.city.domain import CityEvaluation, CityIndicator, Direction, Improvement, References, gaps
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.text import LongText, Title

IndicatorCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=64)]
Number = Annotated[Decimal, Field(max_digits=24, decimal_places=8)]
MOST_INDICATORS = 200


class IndicatorBody(BaseModel):
    """One indicator as the city published it; leave out what it did not publish."""

    model_config = ConfigDict(extra="forbid")

    code: IndicatorCode
    title: Title
    unit_of_measure: Title | None = None
    direction: Direction = Field("higher", description="Which is better.")
    ours: Number | None = None
    target: Number | None = None
    average: Number | None = None
    best: Number | None = None

    def indicator(self) -> CityIndicator:
        """Return the indicator."""
        return CityIndicator(
            self.code,
            self.title,
            self.unit_of_measure,
            self.direction,
            self.ours,
            self.target,
            self.average,
            self.best,
        )


class ImportEvaluation(CommandBody):
    """The city's evaluation of a year; the same year and title again corrects it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "year": 2026,
                    "title": "2026年度全市服务业发展评价",
                    "published_on": "2027-02-18",
                    "indicators": [
                        {
                            "code": "service-value-added-growth",
                            "title": "服务业增加值增速",
                            "unit_of_measure": "%",
                            "ours": "6.1",
                            "target": "7",
                            "average": "6.8",
                            "best": "8.4",
                        }
                    ],
                }
            ]
        }
    )

    year: int = Field(ge=1949, le=2199)
    title: Title
    document: Title | None = None
    published_on: Day
    indicators: list[IndicatorBody] = Field(min_length=1, max_length=MOST_INDICATORS)

    @field_validator("indicators")
    @classmethod
    def _each_once(cls, value: list[IndicatorBody]) -> list[IndicatorBody]:
        codes = [indicator.code for indicator in value]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"each indicator may stand once; twice: {', '.join(twice)}")
        return value


class OrderImprovement(CommandBody):
    """A measure against a gap; it becomes a task of the lead unit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "indicator": "service-value-added-growth",
                    "title": "提高服务业增加值增速",
                    "lead_unit": "330324-fgj",
                    "cooperating_units": ["330324-tjj"],
                    "due_on": "2027-06-30",
                }
            ]
        }
    )

    indicator: IndicatorCode
    title: Title
    lead_unit: UnitCode
    cooperating_units: list[UnitCode] = Field([], max_length=100)
    due_on: Day
    text: LongText | None = None


class GapView(BaseModel):
    """How far the county is from a reference."""

    model_config = ConfigDict(from_attributes=True)

    reference: References
    value: Decimal | None
    gap: Decimal | None = Field(description="Above zero: behind, whichever direction is better.")
    percent: Decimal | None = Field(description="Of the reference's amount, two places.")
    reached: bool | None
    text: str


class IndicatorView(BaseModel):
    """An indicator with its gaps."""

    code: str
    title: str
    unit_of_measure: str | None
    direction: Direction
    ours: Decimal | None
    gaps: list[GapView]

    @classmethod
    def of(cls, indicator: CityIndicator) -> Self:
        """Show an indicator."""
        return cls(
            code=indicator.code,
            title=indicator.title,
            unit_of_measure=indicator.unit_of_measure,
            direction=indicator.direction,
            ours=indicator.ours,
            gaps=[GapView.model_validate(gap) for gap in gaps(indicator)],
        )


class EvaluationView(Versioned):
    """A city evaluation, indicator by indicator."""

    id: UUID
    year: int
    title: str
    document: str | None
    published_on: date
    indicators: list[IndicatorView]

    @classmethod
    def of(cls, evaluation: CityEvaluation) -> Self:
        """Show an evaluation."""
        return cls(
            id=evaluation.id,
            year=evaluation.year,
            title=evaluation.title,
            document=evaluation.document,
            published_on=evaluation.published_on,
            indicators=[IndicatorView.of(indicator) for indicator in evaluation.indicators],
            version=evaluation.version,
        )


class ImprovementView(BaseModel):
    """A measure; its task at the tasks service has this order as its source."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    evaluation: UUID
    indicator: str
    title: str
    lead_unit: str
    cooperating_units: list[str]
    due_on: date
    text: str | None
    ordered_by: str
    ordered_at: datetime

    @classmethod
    def of(cls, improvement: Improvement) -> Self:
        """Show a measure."""
        return cls.model_validate(improvement)
