"""Expected reports and their submissions: rows, the state machine, timeliness.

Source: 永政办发〔2009〕106号 四 (统计考评): departments answer for the statistics of the industries they run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.tasks.reports.periods import DueRule, PeriodKind, due_day
from services.tasks.transitions import Transition, TransitionTable
from shared.auth import Role
from shared.clock import days_late
from shared.contracts.tasks import Observation
from shared.errors import FieldFault


class ReportState(StrEnum):
    """States of an expected report."""

    OPEN = "open"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"


_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.UNIT})
_TO_SUBMIT = frozenset({ReportState.OPEN, ReportState.OVERDUE, ReportState.SENT_BACK})

REPORT_TRANSITIONS = TransitionTable(
    Transition("submit", _TO_SUBMIT, ReportState.SUBMITTED, _UNIT),
    Transition("accept", frozenset({ReportState.SUBMITTED}), ReportState.ACCEPTED, _OFFICE),
    Transition("send-back", frozenset({ReportState.SUBMITTED}), ReportState.SENT_BACK, _OFFICE),
)
"""The state machine of a report. Only the watch makes an open one overdue."""


@dataclass(frozen=True, slots=True)
class ReportField:
    """One indicator that a report states."""

    indicator: str
    title: str
    unit_of_measure: str | None
    required: bool


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """What is to be reported, for which kind of period, due when."""

    code: str
    title: str
    period_kind: PeriodKind
    due_rule: DueRule
    fields: tuple[ReportField, ...]
    version: int = 1

    def faults(self, values: Mapping[str, Decimal]) -> list[FieldFault]:
        """Return what is wrong with the values of a submission: indicators not asked for, required ones missing."""
        asked = {field.indicator: field for field in self.fields}
        unknown = [
            FieldFault(field=f"values.{name}", reason="is not asked for", expected=f"some of {', '.join(asked)}")
            for name in values
            if name not in asked
        ]
        missing = [
            FieldFault(field=f"values.{field.indicator}", reason="is missing", expected=f"a number: {field.title}")
            for field in self.fields
            if field.required and field.indicator not in values
        ]
        return [*unknown, *missing]

    def observations(self, values: Mapping[str, Decimal]) -> tuple[Observation, ...]:
        """Return the values with their units of measure, in the definition's order."""
        return tuple(
            Observation(indicator=field.indicator, value=values[field.indicator], unit_of_measure=field.unit_of_measure)
            for field in self.fields
            if field.indicator in values
        )


@dataclass(frozen=True, slots=True)
class Report:
    """One expected report of a unit for a period. `on_time` and `days_late` are those of the first submission."""

    id: UUID
    definition: str
    definition_version: int
    unit: str
    period: str
    due_at: datetime
    state: str
    version: int
    submissions: int
    on_time: bool | None
    days_late: int | None
    correlation_id: str
    opened_at: datetime

    def lapsed(self, now: datetime) -> bool:
        """Return whether the due moment has passed with nothing submitted, and nobody has noted that yet."""
        return self.state == ReportState.OPEN and self.due_at < now

    def in_state(self, state: str) -> "Report":
        """Return the report in another state."""
        return replace(self, state=state)

    def at_version(self, version: int) -> "Report":
        """Return the report at another version of its event line."""
        return replace(self, version=version)

    def timeliness(self, at: datetime) -> "Timeliness":
        """Return whether a submission at `at` is in time.

        The first submission decides for good: a resubmission after a send-back keeps its timeliness, because the time
        that the office took is not the unit's. Up to and including the due moment is in time; days late are the
        county's calendar days, so later on the due day itself is late by 0 days.
        """
        if self.on_time is not None and self.days_late is not None:
            return Timeliness(self.on_time, self.days_late)
        return Timeliness(at <= self.due_at, days_late(at, due_day(self.due_at)))

    def submitted(self, timeliness: "Timeliness") -> "Report":
        """Return the report after one more submission."""
        return replace(
            self,
            state=ReportState.SUBMITTED,
            submissions=self.submissions + 1,
            on_time=timeliness.on_time,
            days_late=timeliness.days_late,
        )


@dataclass(frozen=True, slots=True)
class Timeliness:
    """How a report stands to its due moment."""

    on_time: bool
    days_late: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of each of some units: the same report, for the same period."""

    definition: str
    definition_version: int
    period: str
    due_at: datetime
    correlation_id: str
    opened_at: datetime


Decision = Literal["accepted", "sent_back"]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the office decided on a submission."""

    report_id: UUID
    submission: int
    decision: Decision
    decided_at: datetime
    decided_by: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission of a report, and what the office decided on it."""

    report_id: UUID
    submission: int
    submitted_at: datetime
    submitted_by: str
    observations: tuple[Observation, ...]
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A report with every submission of it, the first first."""

    report: Report
    submissions: Sequence[Submission]


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to opening a period: what is expected from now on, and what was expected already."""

    definition: ReportDefinition
    period: str
    due_at: datetime
    opened: Sequence[Report]
    existing: Sequence[Report]
