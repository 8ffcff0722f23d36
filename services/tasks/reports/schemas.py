"""Bodies of the commands on reports, and how reports are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from services.tasks.reports.domain import (
    Decision,
    Opened,
    Report,
    ReportDefinition,
    Reported,
    ReportField,
    ReportState,
    Submission,
)
from services.tasks.reports.periods import DueRule, PeriodKind
from shared.commands import CommandBody, Versioned
from shared.contracts.payload import UnitCode
from shared.contracts.tasks import Observation
from shared.text import LongText, Title

DefinitionCode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64)]
IndicatorCode = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", min_length=1, max_length=64)]


def _no_truth_value(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")  # noqa: TRY004 - pydantic turns only ValueErrors into faults
    return value


ReportedValue = Annotated[
    Decimal,
    BeforeValidator(_no_truth_value),
    Field(max_digits=30, decimal_places=10, description="A number; write it as a string to keep every digit."),
]


class FieldBody(BaseModel):
    """One indicator that a report is to state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator: IndicatorCode
    title: Title
    unit_of_measure: str | None = Field(None, min_length=1, max_length=40)
    required: bool = True


class DefineReport(CommandBody):
    """A report definition: what is to be reported, for which kind of period, due when."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "service-statistics-quarterly",
                    "title": "服务业统计季报",
                    "period_kind": "quarter",
                    "due_offset_days": 10,
                    "due_hour": 17,
                    "fields": [
                        {"indicator": "value_added", "title": "增加值", "unit_of_measure": "万元", "required": True}
                    ],
                }
            ]
        }
    )

    code: DefinitionCode
    title: Title
    period_kind: PeriodKind
    due_offset_days: int = Field(ge=0, le=366, description="Days after the last day of the period.")
    due_hour: int = Field(24, ge=1, le=24, description="Hour of the due day in the county; 24 is its end.")
    fields: tuple[FieldBody, ...] = Field(min_length=1, max_length=200)

    @field_validator("fields")
    @classmethod
    def _each_once(cls, fields: tuple[FieldBody, ...]) -> tuple[FieldBody, ...]:
        named = [field.indicator for field in fields]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"indicator {', '.join(twice)} stands twice; each once")
        return fields

    def definition(self) -> ReportDefinition:
        """Return the definition that is stated."""
        return ReportDefinition(
            code=self.code,
            title=self.title,
            period_kind=self.period_kind,
            due_rule=DueRule(self.due_offset_days, self.due_hour),
            fields=tuple(ReportField(**dict(field)) for field in self.fields),
        )


class OpenPeriod(CommandBody):
    """Expect the report of units for a period."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"period": "2026-Q1", "units": ["330324-tjj"]}]})

    period: str = Field(max_length=10, description="2026, 2026-H1, 2026-Q1 or 2026-01, as the definition says.")
    units: tuple[UnitCode, ...] = Field(min_length=1, max_length=500)


class SubmitReport(CommandBody):
    """The values of a report, by indicator."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"values": {"value_added": "12345.60"}}]})

    values: dict[IndicatorCode, ReportedValue] = Field(max_length=200)


class Reason(CommandBody):
    """Why."""

    reason: LongText = Field(examples=["增加值与上季度数据不衔接，请核实。"])


class DefinitionView(BaseModel):
    """A report definition."""

    code: str
    version: int
    title: str
    period_kind: PeriodKind
    due_offset_days: int
    due_hour: int
    fields: list[FieldBody]

    @classmethod
    def of(cls, definition: ReportDefinition) -> Self:
        """Show a definition."""
        return cls(
            code=definition.code,
            version=definition.version,
            title=definition.title,
            period_kind=definition.period_kind,
            due_offset_days=definition.due_rule.offset_days,
            due_hour=definition.due_rule.hour,
            fields=[
                FieldBody(
                    indicator=field.indicator,
                    title=field.title,
                    unit_of_measure=field.unit_of_measure,
                    required=field.required,
                )
                for field in definition.fields
            ],
        )


class ReportView(Versioned):
    """One expected report."""

    id: UUID
    definition: str
    definition_version: int
    unit: str
    period: str
    due_at: datetime
    state: ReportState
    submissions_made: int
    on_time: bool | None = Field(description="Whether the first submission was in time; null while there is none.")
    days_late: int | None = Field(description="Calendar days by which the first submission was late.")
    opened_at: datetime

    @classmethod
    def of(cls, report: Report) -> Self:
        """Show a report."""
        return cls(
            version=report.version,
            id=report.id,
            definition=report.definition,
            definition_version=report.definition_version,
            unit=report.unit,
            period=report.period,
            due_at=report.due_at,
            state=ReportState(report.state),
            submissions_made=report.submissions,
            on_time=report.on_time,
            days_late=report.days_late,
            opened_at=report.opened_at,
        )


class SubmissionView(BaseModel):
    """One submission, with what the office decided on it."""

    submission: int
    submitted_at: datetime
    submitted_by: str
    observations: list[Observation]
    decision: Decision | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None

    @classmethod
    def of(cls, each: Submission) -> Self:
        """Show a submission."""
        return cls(
            submission=each.submission,
            submitted_at=each.submitted_at,
            submitted_by=each.submitted_by,
            observations=list(each.observations),
            decision=each.decision,
            decided_at=each.decided_at,
            decided_by=each.decided_by,
            reason=each.reason,
        )


class ReportDetail(ReportView):
    """A report with every submission."""

    submissions: list[SubmissionView]

    @classmethod
    def with_submissions(cls, reported: Reported) -> Self:
        """Show a report with its submissions."""
        shown = [SubmissionView.of(each) for each in reported.submissions]
        return cls(**dict(ReportView.of(reported.report)), submissions=shown)


class OpenedView(BaseModel):
    """What opening a period changed, and what was there already."""

    definition: str
    period: str
    due_at: datetime
    changed: bool = Field(description="False: all of it was open already, and nothing was changed.")
    opened: list[ReportView]
    existing: list[ReportView]

    @classmethod
    def of(cls, opened: Opened) -> Self:
        """Show what was opened."""
        return cls(
            definition=opened.definition.code,
            period=opened.period,
            due_at=opened.due_at,
            changed=bool(opened.opened),
            opened=[ReportView.of(each) for each in opened.opened],
            existing=[ReportView.of(each) for each in opened.existing],
        )
