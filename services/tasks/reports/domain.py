"""Expected reports and their submissions: rows, the state machine, timeliness.

Source: 永政办发〔2009〕106号 四 (统计考评): departments answer for the statistics of the industries they run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias
from uuid import UUID

from services.tasks.reports.definitions import ReportDefinition, TableUnits
from services.tasks.reports.periods import due_day
from services.tasks.reports.rules import Finding, Unchecked
from services.tasks.transitions import Transition, TransitionTable
from shared.auth import Role
from shared.clock import days_late
from shared.contracts.tasks import Observation


class ReportState(StrEnum):
    """States of an expected report."""

    OPEN = "open"
    OVERDUE = "overdue"
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"
    LOCKED = "locked"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.UNIT})
_MISSING = frozenset({ReportState.OPEN, ReportState.OVERDUE})

REPORT_TRANSITIONS = TransitionTable(
    Transition("submit", _MISSING | {ReportState.SENT_BACK}, ReportState.SUBMITTED, _UNIT, "报送"),
    Transition(
        "correct",
        frozenset({ReportState.SUBMITTED, ReportState.ACCEPTED, ReportState.REOPENED}),
        ReportState.SUBMITTED,
        _UNIT,
        "更正",
    ),
    Transition(
        "accept", frozenset({ReportState.SUBMITTED, ReportState.REOPENED}), ReportState.ACCEPTED, _OFFICE, "接收"
    ),
    Transition("send-back", frozenset({ReportState.SUBMITTED}), ReportState.SENT_BACK, _OFFICE, "退回重报"),
    Transition("lock", frozenset({ReportState.ACCEPTED}), ReportState.LOCKED, _OFFICE, "锁定"),
    Transition(
        "reopen", frozenset({ReportState.ACCEPTED, ReportState.LOCKED}), ReportState.REOPENED, _OFFICE, "解锁重报"
    ),
    Transition("reschedule", _MISSING, ReportState.OPEN, _OFFICE, "调整期限"),
    Transition("withdraw", _MISSING, ReportState.WITHDRAWN, _OFFICE, "免报"),
)
"""The state machine of a report. Only the watch makes an open one overdue."""


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
    title: str | None = None
    source_id: str | None = None
    source_version: int = 0
    locked_at: datetime | None = None
    locked_by: str | None = None
    reminded_for: datetime | None = None

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

    def locked(self, at: datetime, by: str) -> "Report":
        """Return the report made final."""
        return replace(self, state=ReportState.LOCKED, locked_at=at, locked_by=by)

    def reopened(self) -> "Report":
        """Return the report opened for a correction."""
        return replace(self, state=ReportState.REOPENED, locked_at=None, locked_by=None)

    def due_anew(self, due_at: datetime) -> "Report":
        """Return the report due at another moment; one that was overdue is open again."""
        return replace(self, state=ReportState.OPEN, due_at=due_at)

    def reminded(self) -> "Report":
        """Return the report with its reminder noted, for this due moment."""
        return replace(self, reminded_for=self.due_at)


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
    title: str | None = None
    source_id: str | None = None


Rows: TypeAlias = Mapping[str | None, Mapping[str, str]]
"""What is stated, as text by indicator, in the row of each unit; None: the reporting unit's own, in no table."""
Decision = Literal["accepted", "sent_back"]
Channel = Literal["api", "xlsx", "csv"]


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
class AttachedFile:
    """A file that belongs to a submission: where it is kept, its name and SHA-256."""

    id: UUID
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One version of a report's content, and what the office decided on it."""

    report_id: UUID
    submission: int
    submitted_at: datetime
    submitted_by: str
    observations: tuple[Observation, ...]
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    reason: str | None = None
    kind: Literal["submission", "correction"] = "submission"
    channel: Channel = "api"
    rows: Rows = field(default_factory=dict)
    confirmed: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    attachments: tuple[AttachedFile, ...] = ()
    correction_reason: str | None = None

    def rows_by_unit(self) -> list[tuple[str, Mapping[str, str]]]:
        """Return the rows of a table, by the unit's code."""
        return sorted((unit, values) for unit, values in self.rows.items() if unit is not None)


@dataclass(frozen=True, slots=True)
class Reported:
    """A report with every submission of it, the first first, the edition of its definition and who stands in it."""

    report: Report
    submissions: Sequence[Submission]
    definition: ReportDefinition
    table: TableUnits | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to opening a period: what is expected from now on, and what was expected already."""

    definition: ReportDefinition
    period: str
    due_at: datetime
    opened: Sequence[Report]
    existing: Sequence[Report]
