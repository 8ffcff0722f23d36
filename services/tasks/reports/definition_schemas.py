"""Bodies of the commands on report definitions and periods, and how they are shown."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from services.tasks.reports.calendar_view import PeriodRow
from services.tasks.reports.definition_operations import PeriodDecided
from services.tasks.reports.definitions import Observed, ReportDefinition, Reporters
from services.tasks.reports.domain import Opened
from services.tasks.reports.expressions import MAX_LENGTH
from services.tasks.reports.fields import FieldType, ReportField
from services.tasks.reports.periods import DefinedKind, DueRule, PeriodKind, at_hour
from services.tasks.reports.rules import ReportRule, Severity
from services.tasks.reports.schemas import ReportView
from services.tasks.reports.store import Edition
from shared.clock import Day
from shared.commands import CommandBody
from shared.contracts.payload import UnitCode
from shared.contracts.registry import UnitKind
from shared.text import LongText, Title

DefinitionCode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64)]
IndicatorCode = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", min_length=1, max_length=64)]
Bound = Annotated[Decimal, Field(max_digits=30, decimal_places=10)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9]+([_-][a-z0-9]+)*$", min_length=1, max_length=64)]


class FieldBody(BaseModel):
    """One thing that a report is to state."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator: IndicatorCode
    title: Title
    unit_of_measure: str | None = Field(None, min_length=1, max_length=40)
    required: bool = True
    type: FieldType = Field("decimal", description="Numbers go out with the event; texts, days and choices stay here.")
    minimum: Bound | None = Field(None, description="Least value; numbers only.")
    maximum: Bound | None = Field(None, description="Greatest value; numbers only.")
    choices: tuple[Title, ...] = Field((), max_length=100, description="What can be chosen; for `choice` only.")

    @model_validator(mode="after")
    def _fits_type(self) -> Self:
        number = self.type in {"integer", "decimal"}
        if not number and (self.minimum is not None or self.maximum is not None or self.unit_of_measure is not None):
            raise ValueError(f"{self.indicator} is a {self.type}: minimum, maximum and unit of measure are of numbers")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"{self.indicator}: the minimum {self.minimum} is above the maximum {self.maximum}")
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"{self.indicator}: choices are of a choice, which needs at least one")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError(f"{self.indicator}: each choice once")
        return self

    def field(self) -> ReportField:
        """Return the field that is stated."""
        return ReportField(**dict(self))


class RuleBody(BaseModel):
    """A rule over the values of a report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Code
    expression: str = Field(
        min_length=1,
        max_length=MAX_LENGTH,
        description="+ − × ÷ and comparisons of fields, `previous(field)`, `given(field)`, abs, min, max, and or not.",
        examples=["total = first + second", "value_added >= previous(value_added) * 0.5"],
    )
    message: Title = Field(examples=["合计应等于分项之和"])
    severity: Severity = Field("error", description="A warning can be confirmed with a reason.")


class ReportersBody(BaseModel):
    """Units, e.g. those that must report: all that any part names, as of the period's last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    units: tuple[UnitCode, ...] = Field((), max_length=500)
    unit_kinds: tuple[UnitKind, ...] = ()
    duty_kinds: tuple[Code, ...] = Field((), max_length=20, description="Units with a duty clause of one of these.")
    duty_objects: tuple[Code, ...] = Field((), max_length=100, description="Only clauses about one of these.")
    bodies: tuple[Code, ...] = Field((), max_length=20, description="Units with a role in one of these bodies.")
    except_units: tuple[UnitCode, ...] = Field((), max_length=500)

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if not (self.units or self.unit_kinds or self.duty_kinds or self.bodies):
            raise ValueError("names nobody; state units, unit_kinds, duty_kinds or bodies")
        if self.duty_objects and not self.duty_kinds:
            raise ValueError("duty_objects without duty_kinds selects nothing; state duty_kinds")
        return self

    def reporters(self) -> Reporters:
        """Return who is named."""
        return Reporters(**dict(self))


class ObservedBody(BaseModel):
    """On whom a report is: a table with a row per unit, each with the fields and rules of the definition.

    Who was merged, divided or retired within a period need not stand in its table, but may.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    must: ReportersBody | None = Field(None, description="Who must stand in it, as of the period's last day.")
    may: ReportersBody | None = Field(None, description="Who else may.")

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.must is None and self.may is None:
            raise ValueError("names nobody; state must or may")
        return self

    def observed(self) -> Observed:
        """Return who is named."""
        return Observed(
            must=None if self.must is None else self.must.reporters(),
            may=None if self.may is None else self.may.reporters(),
        )


class DefinitionBody(CommandBody):
    """What is to be reported, by whom, for which kind of period, due when."""

    title: Title
    period_kind: PeriodKind
    due_offset_days: int = Field(ge=0, le=366, description="Days after the last day of the period.")
    due_counted: Literal["calendar", "working"] = Field("calendar", description="Which days are counted.")
    due_hour: int = Field(24, ge=1, le=24, description="Hour of the due day in the county; 24 is its end.")
    open_offset_days: int = Field(
        1, ge=-366, le=366, description="When the period opens, in days from its last day; 1 is the day after."
    )
    first_period: str | None = Field(
        None, max_length=10, description="Opens first by itself; by default the first to open from now on."
    )
    reporters: ReportersBody | None = Field(None, description="Without it no period opens by itself.")
    observed: ObservedBody | None = Field(
        None, description="On whom it is, if not on the unit that reports: one table with a row for each."
    )
    fields: tuple[FieldBody, ...] = Field(min_length=1, max_length=200)
    rules: tuple[RuleBody, ...] = Field((), max_length=100)
    least_attachments: int = Field(0, ge=0, le=20, description="Files that a submission brings at least.")

    @field_validator("fields")
    @classmethod
    def _each_field_once(cls, fields: tuple[FieldBody, ...]) -> tuple[FieldBody, ...]:
        _require_once("indicator", [field.indicator for field in fields])
        return fields

    @field_validator("rules")
    @classmethod
    def _each_rule_once(cls, rules: tuple[RuleBody, ...]) -> tuple[RuleBody, ...]:
        _require_once("rule", [rule.name for rule in rules])
        return rules

    def edition(self, code: str) -> ReportDefinition:
        """Return the edition that is stated."""
        return ReportDefinition(
            code=code,
            title=self.title,
            period_kind=self.period_kind,
            due_rule=DueRule(self.due_offset_days, self.due_hour, self.due_counted),
            fields=tuple(field.field() for field in self.fields),
            rules=tuple(ReportRule(**dict(rule)) for rule in self.rules),
            reporters=None if self.reporters is None else self.reporters.reporters(),
            open_offset_days=self.open_offset_days,
            first_period=self.first_period,
            least_attachments=self.least_attachments,
            observed=None if self.observed is None else self.observed.observed(),
        )


def _require_once(what: str, named: list[str]) -> None:
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {', '.join(twice)} stands twice; each once")


class DefineReport(DefinitionBody):
    """A report definition under its code."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "service-statistics-quarterly",
                    "title": "服务业统计季报",
                    "period_kind": "quarter",
                    "due_offset_days": 10,
                    "due_counted": "working",
                    "due_hour": 17,
                    "reporters": {"duty_kinds": ["statistics"]},
                    "fields": [
                        {"indicator": "value_added", "title": "增加值", "unit_of_measure": "万元"},
                        {"indicator": "employees", "title": "从业人员", "unit_of_measure": "人", "type": "integer"},
                    ],
                    "rules": [
                        {
                            "name": "not-halved",
                            "expression": "value_added >= previous(value_added) * 0.5",
                            "message": "增加值较上季下降过半，请核实",
                            "severity": "warning",
                        }
                    ],
                },
                {
                    "code": "township-services-quarterly",
                    "title": "乡镇服务业统计季报",
                    "period_kind": "quarter",
                    "due_offset_days": 15,
                    "reporters": {"units": ["330324-tjj"]},
                    "observed": {"must": {"unit_kinds": ["township"]}},
                    "fields": [{"indicator": "value_added", "title": "增加值", "unit_of_measure": "万元"}],
                },
            ]
        }
    )

    code: DefinitionCode

    def definition(self) -> ReportDefinition:
        """Return the definition that is stated, in its first edition."""
        return self.edition(self.code)


class OpenPeriod(CommandBody):
    """Expect the report of units for a period."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"period": "2026-Q1", "units": ["330324-tjj"]}]})

    period: str = Field(max_length=10, description="2026, 2026-H1, 2026-Q1 or 2026-01, as the definition says.")
    units: tuple[UnitCode, ...] | None = Field(
        None, min_length=1, max_length=500, description="By default those who must report."
    )


class DecidePeriod(CommandBody):
    """A due moment of its own for a period, or its exemption; neither: the definition's rule holds."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"due_on": "2026-04-20", "due_hour": 17, "reason": "清明假期顺延"}]}
    )

    due_on: Day | None = None
    due_hour: int = Field(24, ge=1, le=24)
    exempt: bool = Field(default=False, description="Nothing is expected for the period (免报).")
    reason: LongText

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.exempt and self.due_on is not None:
            raise ValueError("an exempt period has no due date; state one of exempt and due_on")
        return self

    @property
    def due_at(self) -> datetime | None:
        """Return the due moment that is stated."""
        return None if self.due_on is None else at_hour(self.due_on, self.due_hour)


class DefinitionView(BaseModel):
    """A report definition in one edition."""

    code: str
    version: int
    title: str
    period_kind: DefinedKind
    due_offset_days: int
    due_counted: Literal["calendar", "working"]
    due_hour: int
    open_offset_days: int
    first_period: str | None
    reporters: ReportersBody | None
    observed: ObservedBody | None
    fields: list[FieldBody]
    rules: list[RuleBody]
    least_attachments: int

    @classmethod
    def of(cls, definition: ReportDefinition) -> Self:
        """Show a definition."""
        reporters, observed = definition.reporters, definition.observed
        return cls(
            code=definition.code,
            version=definition.version,
            title=definition.title,
            period_kind=definition.period_kind,
            due_offset_days=definition.due_rule.offset_days,
            due_counted=definition.due_rule.counted,
            due_hour=definition.due_rule.hour,
            open_offset_days=definition.open_offset_days,
            first_period=definition.first_period,
            reporters=None if reporters is None else ReportersBody.model_validate(reporters, from_attributes=True),
            observed=None if observed is None else ObservedBody.model_validate(observed, from_attributes=True),
            fields=[FieldBody.model_validate(each, from_attributes=True) for each in definition.fields],
            rules=[RuleBody.model_validate(each, from_attributes=True) for each in definition.rules],
            least_attachments=definition.least_attachments,
        )


class EditionView(DefinitionView):
    """An edition of a definition, with who made it when."""

    defined_at: datetime
    defined_by: str

    @classmethod
    def of_edition(cls, edition: Edition) -> Self:
        """Show an edition."""
        shown = dict(DefinitionView.of(edition.definition))
        return cls(**shown, defined_at=edition.defined_at, defined_by=edition.defined_by)


class PeriodView(BaseModel):
    """A period of a definition: when it opens and falls due, and what the office decided about it."""

    period: str
    opens_at: datetime
    due_at: datetime | None = Field(description="Null if the period is exempt or the working days are not known.")
    due_unknown: str | None = Field(description="Why the due moment is not known.")
    own_due: bool = Field(description="Whether the office gave the period a due moment of its own.")
    exempt: bool
    reason: str | None
    opened_at: datetime | None = Field(description="When it opened by itself.")

    @classmethod
    def of(cls, row: PeriodRow) -> Self:
        """Show a period."""
        return cls.model_validate(row, from_attributes=True)


class CalendarView(BaseModel):
    """The periods of a definition in a year, and what opens next."""

    definition: str
    next_period: str | None
    next_opens_at: datetime | None
    blocked: str | None = Field(description="Why the next period could not be opened when it was time.")
    periods: list[PeriodView]


class PeriodDecidedView(BaseModel):
    """What was decided about a period, and what became of its reports that were missing."""

    definition: str
    period: str
    due_at: datetime | None
    exempt: bool
    reason: str | None
    reports_moved: int
    reports_withdrawn: int

    @classmethod
    def of(cls, decided: PeriodDecided) -> Self:
        """Show what was decided."""
        decision = decided.decision
        return cls(
            definition=decision.definition,
            period=decision.period,
            due_at=decision.due_at,
            exempt=decision.exempt,
            reason=decision.reason,
            reports_moved=decided.moved,
            reports_withdrawn=decided.withdrawn,
        )


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
