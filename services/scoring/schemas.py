"""What scoring's API shows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from pydantic import BaseModel, Field

from services.scoring.domain import (
    AdoptedMethod,
    Adoption,
    Generation,
    LedgerRow,
    MethodReference,
    ObservationRow,
    Rebuild,
    Subject,
    TallyRow,
)
from services.scoring.links import source_path
from services.scoring.rules.indicators import PREFIX, reporter_of
from services.scoring.rules.numbers import rounded
from services.scoring.scores import BlockScore, CriterionScore
from services.scoring.standings import Standing
from shared.pages import Page

SHOWN_PLACES = 12


def shown(value: Decimal) -> Decimal:
    """Return an exact number for the eye: at most 12 places, none of them idle, and 30000 instead of 3E+4."""
    text = f"{value:f}"
    if len(text.partition(".")[2]) > SHOWN_PLACES:
        text = f"{rounded(value, SHOWN_PLACES).normalize() + 0:f}"
    return Decimal(text)


class MethodView(BaseModel):
    """One adopted version of a method."""

    method: str
    version: int
    title: str
    group: str
    document: str | None
    adopted_on: date
    assessed_from: date
    assessed_to: date
    body_digest: str
    body: dict[str, Any]

    @classmethod
    def of(cls, method: AdoptedMethod) -> Self:
        """Show a method."""
        return cls(
            method=method.code,
            version=method.version,
            title=method.title,
            group=method.subject_group,
            document=method.document,
            adopted_on=method.adopted_on,
            assessed_from=method.assessed_from,
            assessed_to=method.assessed_to,
            body_digest=method.body_digest,
            body=method.body,
        )


class AdoptionView(MethodView):
    """An adopted version, and what else is in force beside it."""

    beside: list[str] = Field(
        description="Other methods of the group whose assessed days overlap; a read that names none is answered by the "
        "newest adoption."
    )

    @classmethod
    def of(cls, adoption: Adoption) -> Self:  # type: ignore[override]  # an adoption holds the method
        """Show an adoption."""
        return cls(**MethodView.of(adoption.method).model_dump(), beside=list(adoption.beside))


class TallyView(BaseModel):
    """A unit's running totals under one criterion of the method in force."""

    method: str
    method_version: int
    unit: str
    criterion: str
    lines: int = Field(description="Evidence lines that count.")
    weight: Decimal = Field(description="Sum of the lines' weights; what a completion is measured against.")
    points: Decimal = Field(description="Sum of the lines' points, before the criterion's formula.")

    @classmethod
    def of(cls, row: TallyRow, generation: Generation) -> Self:
        """Show a tally."""
        return cls(
            method=generation.method,
            method_version=generation.method_version,
            unit=row.unit,
            criterion=row.criterion,
            lines=row.lines,
            weight=shown(row.weight),
            points=shown(row.points),
        )


class UnitName(BaseModel):
    """A unit by code and name."""

    code: str
    name: str


class InputView(BaseModel):
    """A number that went into a score."""

    name: str
    value: Decimal


class CriterionScoreView(BaseModel):
    """What one criterion gives, with the formula and its values."""

    criterion: str
    title: str
    max: Decimal
    points: Decimal | None = Field(description="Null where the criterion is not applicable; `formula` says why.")
    formula: str
    kind: str = Field("", description="The rule.")
    block: str | None = None
    exact: Decimal | None = Field(None, description="The points before rounding.")
    rounding: str = Field("", description="How they were rounded.")
    inputs: list[InputView] = []
    wanted: str | None = Field(None, description="What full marks would have needed.")

    @classmethod
    def of(cls, score: CriterionScore) -> Self:
        """Show a criterion's score."""
        return cls.model_validate(_score(score))


class BlockScoreView(BaseModel):
    """What a block of criteria gives."""

    block: str
    title: str
    max: Decimal
    points: Decimal | None
    formula: str

    @classmethod
    def of(cls, score: BlockScore) -> Self:
        """Show a block's score."""
        points = None if score.points is None else shown(score.points)
        return cls(block=score.block, title=score.title, max=shown(score.max), points=points, formula=score.formula)


class StandingView(BaseModel):
    """A unit's place."""

    method: str
    method_version: int
    unit: UnitName
    rank: int | None = Field(description="Equal totals share the better rank; null where the unit is not ranked.")
    total: Decimal | None
    formula: str
    criteria: list[CriterionScoreView]
    unit_class: str | None = Field(None, description="Class within which it is ranked, where the method has classes.")
    grade: str | None = None
    blocks: list[BlockScoreView] = []
    bonuses: list[CriterionScoreView] = Field([], description="What was given beyond full marks; part of the total.")
    notes: list[str] = Field([], description="Vetoes, gates, quota, why it is not ranked.")
    rolled_up: Decimal | None = Field(None, description="The part that goes to the county's overall assessment.")

    @classmethod
    def of(cls, standing: Standing, subject: Subject, reference: MethodReference) -> Self:
        """Show a standing; all its parts are validated in one pass."""
        return cls.model_validate(
            {
                "method": reference.method,
                "method_version": reference.method_version,
                "unit": {"code": subject.code, "name": subject.name},
                "rank": standing.rank,
                "total": standing.total,
                "formula": standing.formula,
                "criteria": [_score(score) for score in standing.criteria],
                "unit_class": standing.unit_class,
                "grade": standing.grade,
                "blocks": [BlockScoreView.of(score) for score in standing.blocks],
                "bonuses": [_score(score) for score in standing.bonuses],
                "notes": standing.notes,
                "rolled_up": standing.rolled_up,
            }
        )


def _score(score: CriterionScore) -> dict[str, object]:
    """Return the members of a criterion's view."""
    return {
        "criterion": score.criterion,
        "title": score.title,
        "max": score.max,
        "points": score.points,
        "formula": score.formula,
        "kind": score.kind,
        "block": score.block,
        "exact": None if score.exact is None else shown(score.exact),
        "rounding": score.rounding,
        "inputs": [{"name": entry.name, "value": shown(entry.value)} for entry in score.inputs],
        "wanted": score.wanted,
    }


class StandingsPage(Page[StandingView]):
    """One page of standings."""

    also_in_force: list[str] = Field(
        description="Other methods of the group in force on that day, where the read named none; ask by `method=`."
    )


class EventReference(BaseModel):
    """The event that made a line."""

    id: str
    type: str
    subject: str
    version: int


class LedgerLineView(BaseModel):
    """One line of evidence and why it stands there."""

    method: str
    method_version: int
    unit: str
    criterion: str
    source_key: str = Field(description="A later line of the same key replaces this one.")
    event: EventReference
    occurred_at: datetime
    recorded_at: datetime
    rule: str
    text: str
    weight: Decimal
    points: Decimal
    counts: bool = Field(description="False: taken back; the line stays to say so.")
    link: str | None = Field(None, description="Path of the task, report, meeting … at the service that owns it.")

    @classmethod
    def of(cls, row: LedgerRow, reference: MethodReference) -> Self:
        """Show a ledger line."""
        return cls(
            method=reference.method,
            method_version=reference.method_version,
            unit=row.unit,
            criterion=row.criterion,
            source_key=row.source_key,
            event=EventReference(id=row.event_id, type=row.event_type, subject=row.aggregate, version=row.version),
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            rule=row.rule,
            text=row.text,
            weight=shown(row.weight),
            points=shown(row.points),
            counts=row.counts,
            link=source_path(row.event_type, row.aggregate),
        )


class ObservationView(BaseModel):
    """A reported value of an indicator."""

    indicator: str
    unit: str
    reporter: str = Field(description="Unit whose report it is: the unit itself, or one that reports on others.")
    period: str
    value: Decimal
    definition: str = Field(description="Report definition from which it comes.")
    vintage: int = Field(description="Version of the report; a later one replaces the value.")
    occurred_at: datetime
    recorded_at: datetime
    event: str
    report: str

    @classmethod
    def of(cls, row: ObservationRow) -> Self:
        """Show an observation."""
        period, _, definition = row.part.partition("@")
        return cls(
            indicator=row.criterion.removeprefix(PREFIX),
            unit=row.unit,
            reporter=reporter_of(row.source_key, row.unit),
            period=period,
            value=shown(row.value),
            definition=definition,
            vintage=row.version,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            event=row.event_id,
            report=row.aggregate,
        )


class RebuildView(BaseModel):
    """A rebuild: `building`, then `live` (equal, swapped in; `retired` once a later one follows) or `different`."""

    rebuild: int
    method: str
    method_version: int
    state: str
    folded: int = Field(description="Records of the log folded so far.")
    to_fold: int
    equal: bool | None = Field(description="Null until it is compared.")
    checksum: str | None
    live_checksum: str | None
    difference: str | None = Field(description="The first row in which they differ.")
    requested_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, rebuild: Rebuild) -> Self:
        """Show a rebuild."""
        return cls(
            rebuild=rebuild.id,
            method=rebuild.method,
            method_version=rebuild.method_version,
            state=rebuild.state,
            folded=rebuild.folded,
            to_fold=rebuild.to_fold,
            equal=None if rebuild.checksum is None else rebuild.difference is None,
            checksum=rebuild.checksum,
            live_checksum=rebuild.live_checksum,
            difference=rebuild.difference,
            requested_at=rebuild.requested_at,
            finished_at=rebuild.finished_at,
        )
