"""Report definitions: who reports what, for which kind of period, from when, due when. Pure.

Source: 永政办发〔2009〕106号 三, 四: bodies with statistics duties report on the industries they run; 二.2: member
units brief the coordination meeting at mid-year and at the year's end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.tasks.reports.expressions import Value, ValueType
from services.tasks.reports.fields import ReportField
from services.tasks.reports.periods import DefinedKind, DueRule, at_hour, last_day, next_period, period_of
from services.tasks.reports.rules import Checked, ReportRule, check
from shared.clock import county_date


@dataclass(frozen=True, slots=True)
class Reporters:
    """Who must report: all that any of these names, but for the exceptions, as of the period's last day."""

    units: tuple[str, ...] = ()
    unit_kinds: tuple[str, ...] = ()
    duty_kinds: tuple[str, ...] = ()
    duty_objects: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    except_units: tuple[str, ...] = ()

    @property
    def from_registry(self) -> bool:
        """Return whether the registry decides about some of them."""
        return bool(self.unit_kinds or self.duty_kinds or self.bodies)


@dataclass(frozen=True, slots=True)
class Observed:
    """On whom a report is, a row each: who must stand in its table, and who may."""

    must: Reporters | None = None
    may: Reporters | None = None


@dataclass(frozen=True, slots=True)
class TableUnits:
    """The units that must stand in the table of a report for its period, and those that may; by code."""

    must: tuple[str, ...]
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """One edition of a definition. `open_offset_days` counts from the period's last day; 1 is the day after.

    With `observed` the report is a table: fields and rules are those of each row, and each row is on another unit.
    """

    code: str
    title: str
    period_kind: DefinedKind
    due_rule: DueRule
    fields: tuple[ReportField, ...]
    version: int = 1
    rules: tuple[ReportRule, ...] = ()
    reporters: Reporters | None = None
    open_offset_days: int = 1
    first_period: str | None = None
    least_attachments: int = 0
    observed: Observed | None = None

    @property
    def field_types(self) -> Mapping[str, ValueType]:
        """Return how rules compare each field."""
        return {field.indicator: field.compared_as for field in self.fields}

    @property
    def warnings(self) -> tuple[ReportRule, ...]:
        """Return the rules that can be confirmed with a reason."""
        return tuple(rule for rule in self.rules if rule.severity == "warning")

    @property
    def automatic(self) -> bool:
        """Return whether its periods open by themselves."""
        return self.reporters is not None and self.period_kind != "occasion"

    def opens_at(self, period: str) -> datetime:
        """Return the moment at which a period opens: the beginning of a day in the county."""
        return at_hour(last_day(self.period_kind, period) + timedelta(days=self.open_offset_days), 0)

    def first_opening(self, defined_at: datetime) -> str:
        """Return the period that opens first: the one that is named, or the first to open from `defined_at` on."""
        if self.first_period is not None:
            return self.first_period
        day = max(county_date(defined_at) - timedelta(days=self.open_offset_days), date(2000, 1, 1))
        period = period_of(self.period_kind, day)
        while self.opens_at(period) < defined_at:
            period = next_period(self.period_kind, period)
        return period

    def check(self, values: Mapping[str, Value], before: Mapping[str, Value] | None) -> Checked:
        """Return what the rules say of the values; `before` are those of the period before."""
        return check(self.rules, self.field_types, values, before)


@dataclass(frozen=True, slots=True)
class PeriodDecision:
    """What the office decided about one period of a definition, and whether the period was opened by itself."""

    definition: str
    period: str
    due_at: datetime | None = None
    exempt: bool = False
    reason: str | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    opened_at: datetime | None = None
    opened_due_at: datetime | None = None
    registry_revision: int = 0


@dataclass(frozen=True, slots=True)
class NextOpening:
    """A definition's head: its current edition and which period opens next, when."""

    code: str
    version: int
    next_period: str | None
    next_opens_at: datetime | None
    blocked: str | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """Where a duty rests: with which unit, with which clauses (kind, objects)."""

    unit: str
    clauses: tuple[tuple[str, tuple[str, ...]], ...]

    def fits(self, kinds: Sequence[str], objects: Sequence[str]) -> bool:
        """Return whether some clause is of one of the kinds and, if objects are named, about one of them."""
        return any(
            kind in kinds and (not objects or not set(objects).isdisjoint(about)) for kind, about in self.clauses
        )
