"""Bodies of the commands on reports, and how reports are shown."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.tasks.reports.content import StatedContent, StatedRow
from services.tasks.reports.definitions import ReportDefinition, TableUnits
from services.tasks.reports.domain import Channel, Decision, Report, Reported, ReportState, Submission
from services.tasks.reports.operations import Preview
from services.tasks.reports.periods import at_hour
from services.tasks.reports.rules import Severity
from services.tasks.reports.timeliness import TimelinessCount
from shared.clock import Day
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.contracts.tasks import Observation
from shared.text import LongText

IndicatorCode = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", min_length=1, max_length=64)]
StatedValue = Annotated[
    str | int | float | bool | None,
    Field(description="Write a number as a string to keep every digit."),
]
RuleName = Annotated[str, Field(max_length=64)]

MOST_ATTACHMENTS = 20


Values = Annotated[dict[IndicatorCode, StatedValue], Field(max_length=200, description="Values by indicator.")]
Confirmations = Annotated[
    dict[RuleName, LongText], Field(max_length=100, description="Why a warning's values are right, by the rule's name.")
]


class RowBody(BaseModel):
    """What is stated of one unit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: Values
    confirmations: Confirmations = {}

    def row(self) -> StatedRow:
        """Return what is stated."""
        return StatedRow(dict(self.values), dict(self.confirmations))


class SubmitReport(CommandBody):
    """What a unit states: of itself, or in `rows` of others if its definition says so; files stored before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"values": {"value_added": "12345.60"}, "confirmations": {"not-halved": "一家重点企业停产检修"}},
                {"rows": {"330324-sbz": {"values": {"value_added": "8120.5"}}}},
            ]
        }
    )

    values: Values | None = None
    confirmations: Confirmations = Field({})
    rows: dict[UnitCode, RowBody] | None = Field(
        None,
        max_length=500,
        description="By the code of the unit that each row is on; of a definition with `observed`.",
    )
    attachments: tuple[UUID, ...] = Field(
        (), max_length=MOST_ATTACHMENTS, description="Ids of files that were put to the report before."
    )

    @model_validator(mode="after")
    def _values_or_rows(self) -> Self:
        if (self.values is None) == (self.rows is None):
            raise ValueError("state either values or rows")
        if self.rows is not None and self.confirmations:
            raise ValueError("confirmations of a table stand in its rows")
        return self

    def content(self) -> StatedContent:
        """Return what is stated."""
        rows: dict[str | None, StatedRow] = {unit: body.row() for unit, body in (self.rows or {}).items()}
        if self.values is not None:
            rows[None] = StatedRow(dict(self.values), dict(self.confirmations))
        return StatedContent(rows, self.attachments)


class CorrectReport(SubmitReport):
    """The whole report as it should have been, and why it is corrected."""

    reason: LongText = Field(examples=["统计口径更正。"])


class Reason(CommandBody):
    """Why."""

    reason: LongText = Field(examples=["增加值与上季度数据不衔接，请核实。"])


class RescheduleReport(Reason):
    """Another due moment, and why."""

    due_on: Day
    due_hour: int = Field(24, ge=1, le=24)

    @property
    def due_at(self) -> datetime:
        """Return the due moment that is stated."""
        return at_hour(self.due_on, self.due_hour)


class ReportView(Versioned):
    """One expected report."""

    id: UUID
    definition: str
    definition_version: int
    title: str | None = Field(description="What it is called, if not as its definition.")
    unit: str
    period: str
    due_at: datetime
    state: ReportState
    submissions_made: int
    on_time: bool | None = Field(description="Whether the first submission was in time; null while there is none.")
    days_late: int | None = Field(description="Calendar days by which the first submission was late.")
    opened_at: datetime
    locked_at: datetime | None
    locked_by: str | None

    @classmethod
    def of(cls, report: Report) -> Self:
        """Show a report."""
        return cls(
            version=report.version,
            id=report.id,
            definition=report.definition,
            definition_version=report.definition_version,
            title=report.title,
            unit=report.unit,
            period=report.period,
            due_at=report.due_at,
            state=ReportState(report.state),
            submissions_made=report.submissions,
            on_time=report.on_time,
            days_late=report.days_late,
            opened_at=report.opened_at,
            locked_at=report.locked_at,
            locked_by=report.locked_by,
        )


class FindingView(BaseModel):
    """A rule that does not hold for the values."""

    unit: str | None = Field(description="Whose row it is about, in a table.")
    rule: str
    severity: Severity
    field: str
    value: str | None
    message: str
    expression: str
    reason: str | None = Field(description="Why the reporter says that the values are right all the same.")


class UncheckedView(BaseModel):
    """A rule that could not be checked, and why."""

    unit: str | None = Field(description="Whose row it is about, in a table.")
    rule: str
    why: str


class RowView(BaseModel):
    """What is stated of one unit, and what is not; what is missing is never zero."""

    unit: str
    values: dict[str, str]
    missing: list[str] = Field(description="Indicators that are asked for, but not stated.")


class AttachedFileView(BaseModel):
    """A file of a submission."""

    id: UUID
    name: str
    digest: str


class SubmissionView(BaseModel):
    """One version of a report's content, with what the office decided on it."""

    submission: int
    kind: Literal["submission", "correction"]
    channel: Channel
    submitted_at: datetime
    submitted_by: str
    values: dict[str, str]
    rows: list[RowView] = Field(description="In a table what is stated of each unit; `values` is empty then.")
    observations: list[Observation]
    confirmed: list[FindingView]
    unchecked: list[UncheckedView]
    attachments: list[AttachedFileView]
    correction_reason: str | None
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None

    @classmethod
    def of(cls, each: Submission, definition: ReportDefinition) -> Self:
        """Show a submission under the edition of its report."""
        asked = [field.indicator for field in definition.fields]
        return cls(
            submission=each.submission,
            kind=each.kind,
            channel=each.channel,
            submitted_at=each.submitted_at,
            submitted_by=each.submitted_by,
            values=dict(each.rows.get(None, {})),
            rows=[
                RowView(unit=unit, values=dict(values), missing=[name for name in asked if name not in values])
                for unit, values in each.rows_by_unit()
            ],
            observations=list(each.observations),
            confirmed=[FindingView.model_validate(finding, from_attributes=True) for finding in each.confirmed],
            unchecked=[UncheckedView.model_validate(rule, from_attributes=True) for rule in each.unchecked],
            attachments=[AttachedFileView.model_validate(file, from_attributes=True) for file in each.attachments],
            correction_reason=each.correction_reason,
            decision=each.decision,
            decided_at=each.decided_at,
            decided_by=each.decided_by,
            reason=each.reason,
        )


class TableView(BaseModel):
    """The units of a table, by code."""

    must: list[str] = Field(description="Each must stand in it.")
    may: list[str] = Field(description="Each may; also who was merged, divided or retired within the period.")

    @classmethod
    def of(cls, table: TableUnits) -> Self:
        """Show who stands in a table."""
        return cls(must=list(table.must), may=list(table.may))


class ReportDetail(ReportView):
    """A report with every version of its content."""

    definition_title: str
    table: TableView | None = Field(description="Of whom it states values, if not of its own unit.")
    submissions: list[SubmissionView]

    @classmethod
    def with_submissions(cls, reported: Reported) -> Self:
        """Show a report with its submissions."""
        return cls(
            **dict(ReportView.of(reported.report)),
            definition_title=reported.definition.title,
            table=None if reported.table is None else TableView.of(reported.table),
            submissions=[SubmissionView.of(each, reported.definition) for each in reported.submissions],
        )


class PreviewView(BaseModel):
    """What a submission of these values would raise; nothing was kept."""

    warnings: list[FindingView]
    unchecked: list[UncheckedView]

    @classmethod
    def of(cls, preview: Preview) -> Self:
        """Show what was found."""
        findings = [FindingView.model_validate(each, from_attributes=True) for each in preview.checked.findings]
        unchecked = [UncheckedView.model_validate(each, from_attributes=True) for each in preview.checked.unchecked]
        return cls(warnings=findings, unchecked=unchecked)


class TimelinessView(BaseModel):
    """How the reports of a group stand."""

    unit: str | None
    definition: str | None
    period: str | None
    expected: int
    on_time: int
    late: int
    missing: int = Field(description="Not submitted after their due moment; they count as not in time.")
    not_due: int = Field(description="Not submitted, not due yet; they count neither way.")
    rate: str | None = Field(description="Per cent of due reports that came in time; null if none is due.")

    @classmethod
    def of(cls, count: TimelinessCount) -> Self:
        """Show a group."""
        return cls(
            unit=count.unit,
            definition=count.definition,
            period=count.period,
            expected=count.expected,
            on_time=count.on_time,
            late=count.late,
            missing=count.missing,
            not_due=count.not_due,
            rate=None if count.rate is None else str(count.rate),
        )


class TimelinessTable(BaseModel):
    """Timeliness at a moment, in groups."""

    as_of: datetime
    total: TimelinessView
    groups: list[TimelinessView]
