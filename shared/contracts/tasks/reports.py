"""Events of one expected report; the key is the report's id."""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.payload import Digest, Link, Payload, UnitCode


class ReportFact(Payload):
    """What every event of an expected report says of it."""

    report_id: UUID
    definition: str
    definition_version: int = Field(ge=1)
    unit: UnitCode
    period: str = Field(description="2026, 2026-H1, 2026-Q1 or 2026-01.")
    due_at: AwareDatetime


class ReportOpened(ReportFact):
    """A report is expected of a unit for a period."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-opened.v1"


class Observation(Payload):
    """One reported indicator value."""

    indicator: str
    value: Decimal
    unit_of_measure: str | None = None
    unit: UnitCode | None = Field(None, description="Unit that the value is of; absent: the reporting unit itself.")


ObservedUnits = Annotated[
    tuple[UnitCode, ...],
    Field(
        description="Units of which this version of the report or an earlier one told values, so that one event says "
        "whose values are void; empty: only the reporting unit's."
    ),
]


class ReportSubmitted(ReportFact):
    """The unit submitted its report."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-submitted.v1"

    submission: int = Field(ge=1, description="1 is the first; a submission after a send-back is the next.")
    submitted_at: AwareDatetime
    days_late: int = Field(ge=0)
    on_time: bool
    observations: tuple[Observation, ...] = ()
    observed_units: ObservedUnits = ()
    content_digest: Digest | None = Field(None, description="SHA-256 of all that was submitted, in canonical JSON.")
    content_link: Link | None = Field(None, description="Path at the owning service where it can be read.")


class ReportSentBack(ReportFact):
    """The office refused the submission with reasons."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-sent-back.v1"

    submission: int = Field(ge=1)
    observed_units: ObservedUnits = ()
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportAccepted(ReportFact):
    """The office accepted the submission."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-accepted.v1"

    submission: int = Field(ge=1)


class ReportWentOverdue(ReportFact):
    """The report was still missing when it fell due; `time` is that moment, whenever it was noticed."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-went-overdue.v1"


class ReportCorrected(ReportFact):
    """A later version of a report that was submitted or accepted before; every version is kept."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-corrected.v1"

    submission: int = Field(ge=2)
    submitted_at: AwareDatetime
    observations: tuple[Observation, ...] = ()
    observed_units: ObservedUnits = ()
    content_digest: Digest | None = Field(None, description="SHA-256 of all that was submitted, in canonical JSON.")
    content_link: Link | None = Field(None, description="Path at the owning service where it can be read.")
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportLocked(ReportFact):
    """An accepted report is final: nothing of it changes until the office opens it again."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-locked.v1"

    submission: int = Field(ge=1)


class ReportReopened(ReportFact):
    """The office opened an accepted or locked report again, for a correction."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-reopened.v1"

    submission: int = Field(ge=1)
    was_locked: bool = Field(description="Whether it was final; otherwise it was only accepted.")
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportRescheduled(ReportFact):
    """The report falls due at another moment, `due_at`; one that was overdue is open again."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-rescheduled.v1"

    previous_due_at: AwareDatetime = Field(description="The due moment until now.")
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportWithdrawn(ReportFact):
    """The report is not expected any more (免报, or its meeting wants no paper); it counts neither way."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-withdrawn.v1"

    observed_units: ObservedUnits = ()
    reason_digest: Digest | None = None
    reason_link: Link | None = None


class ReportReminded(ReportFact):
    """The unit was reminded (催办) of a report that falls due soon, or was missing when it did."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.report-reminded.v1"

    occasion: Literal["before_due", "lapsed", "office"] = Field(description="What the reminder was given for.")
