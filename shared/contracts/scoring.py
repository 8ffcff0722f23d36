"""Events of scoring.

Aggregates: a method (key = method code), an entered score, an adjustment, an appeal, a publication, an order.
Tallies go to a topic of their own.
"""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.payload import Digest, Link, Payload, UnitCode


class MethodAdopted(Payload):
    """An assessment method is in force for an interval; the event carries it whole, so the log alone can be folded."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.method-adopted.v1"

    method: str
    method_version: int = Field(ge=1)
    title: str
    group: Literal["departments", "townships"]
    document: str | None = None
    adopted_on: date
    assessed_from: date
    assessed_to: date = Field(description="Last assessed day.")
    body: dict[str, Any] = Field(description="The method itself, as validated.")
    body_digest: Digest


class TallyPart(Payload):
    """A unit's running total under one criterion."""

    criterion: str
    lines: int = Field(description="Evidence lines that count.")
    weight: Decimal
    points: Decimal


class TallyUpdated(Payload):
    """A unit's tallies under a method, all of them, after events moved one. On `<prefix>.scoring.tallies`."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.tally-updated.v1"

    method: str
    method_version: int = Field(ge=1)
    unit: UnitCode
    tallies: tuple[TallyPart, ...]


class ScoreEntered(Payload):
    """A rater's score for a unit under a criterion (panel, leader, survey). The aggregate is the score sheet's line."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.score-entered.v1"

    score_id: UUID
    method: str
    method_version: int = Field(ge=1)
    criterion: str
    unit: UnitCode
    rater_group: str
    rater: str = Field(description="Number or code of the rater in the group, no name.")
    score: Decimal
    scored_on: date
    withdrawn: bool = False


class AdjustmentApproved(Payload):
    """Points given or taken by the office on a document, approved by a second person."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.adjustment-approved.v1"

    adjustment_id: UUID
    method: str
    method_version: int = Field(ge=1)
    criterion: str
    unit: UnitCode
    points: Decimal
    effective_on: date
    document: str
    reason_digest: Digest | None = None
    withdrawn: bool = False


class AppealFact(Payload):
    """What every event of an appeal (申诉) says of it. The aggregate is the appeal."""

    appeal_id: UUID
    method: str
    method_version: int = Field(ge=1)
    unit: UnitCode
    criterion: str | None = None


class AppealFiled(AppealFact):
    """A unit contests its preliminary result."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.appeal-filed.v1"

    reason_digest: Digest | None = None
    reason_link: Link | None = None


class AppealDecided(AppealFact):
    """The office decided an appeal; `points` is evidence of its own under the criterion."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.appeal-decided.v1"

    upheld: bool
    points: Decimal = Decimal(0)
    effective_on: date
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class AppealWithdrawn(AppealFact):
    """An appeal was taken back before it was decided; it gives no evidence, and the matter may be appealed again."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.appeal-withdrawn.v1"

    reason_digest: Digest | None = None
    reason_link: Link | None = None


class PublishedPlace(Payload):
    """A unit's place in a preliminary or published result."""

    unit: UnitCode
    rank: int | None = None
    total: Decimal | None = None
    grade: str | None = None


class AssessmentClosed(Payload):
    """An assessment was closed: the standings are preliminary, and units may appeal until the end of a day."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.assessment-closed.v1"

    publication_id: UUID
    method: str
    method_version: int = Field(ge=1)
    edition: int = Field(ge=1)
    closed_at: AwareDatetime
    appeal_until: date
    places: tuple[PublishedPlace, ...]


class ClosingAbandoned(Payload):
    """A closing was given up before it was published; the assessment goes on."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.closing-abandoned.v1"

    publication_id: UUID
    method: str
    method_version: int = Field(ge=1)
    edition: int = Field(ge=1)
    reason_digest: Digest | None = None


class AssessmentPublished(Payload):
    """The result of an assessment, frozen; a later edition states its predecessor. The aggregate is the publication."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.assessment-published.v1"

    publication_id: UUID
    method: str
    method_version: int = Field(ge=1)
    edition: int = Field(ge=1)
    document: str | None = None
    closed_at: AwareDatetime = Field(description="Event and record time up to which the log was counted.")
    result_digest: Digest
    result_link: Link
    places: tuple[PublishedPlace, ...]


class ResultRolledUp(Payload):
    """A unit's published total, weighted, for the county's overall assessment.

    A unit that a veto or gate made ineligible keeps its total; what follows is the overall assessment's to
    decide.
    """

    event_type: ClassVar[str] = "cn.xietiao.scoring.result-rolled-up.v1"

    publication_id: UUID
    method: str
    method_version: int = Field(ge=1)
    unit: UnitCode
    total: Decimal
    weight: Decimal
    rolled_up: Decimal
    eligible: bool = Field(
        default=True, description="Whether it is ranked and graded; false where a veto or gate voids that."
    )


class CityIndicatorFact(Payload):
    """One indicator as the city published it."""

    indicator: str
    ours: Decimal | None = None
    target: Decimal | None = None
    average: Decimal | None = None
    best: Decimal | None = None


class CityEvaluationImported(Payload):
    """The city's published evaluation of the county was entered, or corrected. The aggregate is the evaluation."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.city-evaluation-imported.v1"

    evaluation_id: UUID
    year: int
    title: str = Field(min_length=1, max_length=200)
    document: str | None = None
    published_on: date
    indicators: tuple[CityIndicatorFact, ...]


class OrderFact(Payload):
    """What tasks needs to make a task of an order. The aggregate is the order."""

    order_id: UUID
    title: str = Field(min_length=1, max_length=200)
    lead_unit: UnitCode
    cooperating_units: tuple[UnitCode, ...] = ()
    due_on: date
    text_digest: Digest | None = None
    text_link: Link | None = None


class RectificationOrdered(OrderFact):
    """A result under the threshold is to be mended (整改)."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.rectification-ordered.v1"

    publication_id: UUID
    method: str
    method_version: int = Field(ge=1)
    total: Decimal
    threshold: Decimal


class ImprovementOrdered(OrderFact):
    """A gap shown by the city's evaluation is to be closed (永政办发〔2009〕106号 四)."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.improvement-ordered.v1"

    evaluation_id: UUID
    indicator: str


class IndicatorWarned(OrderFact):
    """An indicator passed a threshold; the unit in charge is to act."""

    event_type: ClassVar[str] = "cn.xietiao.scoring.indicator-warned.v1"

    indicator: str
    period: str
    value: Decimal
    threshold: Decimal
