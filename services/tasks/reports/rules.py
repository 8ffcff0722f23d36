"""Validation rules of a report: across its fields and against the period before; errors, and warnings to confirm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.tasks.reports import expressions
from services.tasks.reports.expressions import ExpressionError, NotComputableError, Value, ValueType
from services.tasks.reports.fields import place, written
from shared.errors import FieldFault

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class ReportRule:
    """What must hold between the values; `message` says it in the words of those who report."""

    name: str
    expression: str
    message: str
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that does not hold for some values."""

    rule: str
    severity: Severity
    field: str
    value: str | None
    message: str
    expression: str
    reason: str | None = None
    """Why the reporter says that the values are right all the same; warnings only."""
    unit: str | None = None
    """Whose row it is about; None where the report is on its own unit."""

    def fault(self) -> FieldFault:
        """Return the finding as the fault of a refusal."""
        return FieldFault(
            field=place(self.unit, f"values.{self.field}"),
            reason=self.message,
            expected=self.expression,
            rule=self.rule,
            value=self.value,
        )


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A rule that could not be checked, and why."""

    rule: str
    why: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of all rules."""

    findings: tuple[Finding, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()

    def of(self, unit: str | None) -> "Checked":
        """Return the same as said of a unit's row."""
        return Checked(
            tuple(replace(each, unit=unit) for each in self.findings),
            tuple(replace(each, unit=unit) for each in self.unchecked),
        )


def rule_faults(rules: Sequence[ReportRule], fields: Mapping[str, ValueType]) -> list[FieldFault]:
    """Return what is wrong with the rules of a definition."""
    faults: list[FieldFault] = []
    for index, rule in enumerate(rules):
        try:
            node = expressions.parse(rule.expression, fields)
            if not expressions.fields_of(node):
                raise ExpressionError("names no field")  # noqa: TRY301 - told like every other fault of it
        except ExpressionError as error:
            faults.append(
                FieldFault(
                    field=f"rules.{index}.expression",
                    reason=str(error),
                    expected="a comparison over the fields, e.g. total = first + second",
                    rule=rule.name,
                    value=rule.expression,
                )
            )
    return faults


def check(
    rules: Sequence[ReportRule],
    fields: Mapping[str, ValueType],
    now: Mapping[str, Value],
    before: Mapping[str, Value] | None,
) -> Checked:
    """Return which rules do not hold for the values, and which cannot be checked."""
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule in rules:
        node = expressions.parse(rule.expression, fields)
        try:
            holds = expressions.evaluate(node, now, before)
        except NotComputableError as error:
            unchecked.append(Unchecked(rule.name, str(error)))
            continue
        if not holds:
            findings.append(_finding(rule, expressions.fields_of(node), now))
    return Checked(tuple(findings), tuple(unchecked))


def _finding(rule: ReportRule, named: Sequence[str], now: Mapping[str, Value]) -> Finding:
    field = next((name for name in named if name in now), named[0] if named else "")
    value = written(now).get(field)
    return Finding(rule.name, rule.severity, field, value, rule.message, rule.expression)
