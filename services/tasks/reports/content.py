"""What a unit states in a report: values, confirmations of warnings, files; read against the definition. Pure.

A report on its own unit has one row, under None; a table has one per unit that it is on. Both are read alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any
from uuid import UUID

import orjson

from services.tasks.reports.definitions import ReportDefinition, TableUnits
from services.tasks.reports.domain import AttachedFile, Channel, Rows
from services.tasks.reports.errors import WarningsUnconfirmedError, not_confirmable
from services.tasks.reports.expressions import Value
from services.tasks.reports.fields import Stated, observations, place, read_back, read_values, written
from services.tasks.reports.rules import Checked, Finding
from shared.contracts.tasks import Observation
from shared.errors import FieldFault, InvalidError, invalid
from shared.text import digest

MOST_OBSERVATIONS = 4000
"""Numbers that one report's event carries; so it stays well under what Kafka takes."""


@dataclass(frozen=True, slots=True)
class StatedRow:
    """What is stated of one unit. `confirmations`: why a warning's values are right, by the rule's name."""

    values: Mapping[str, Stated] = field(default_factory=dict)
    confirmations: Mapping[str, str] = field(default_factory=dict)

    @property
    def blank(self) -> bool:
        """Return whether nothing stands in it."""
        return not self.confirmations and all(value is None or value == "" for value in self.values.values())


@dataclass(frozen=True, slots=True)
class StatedContent:
    """A report's content as it comes in, its rows by unit."""

    rows: Mapping[str | None, StatedRow]
    attachments: tuple[UUID, ...] = ()
    channel: Channel = "api"

    def reason(self, finding: Finding) -> str | None:
        """Return why a warning's values are right, as is stated in their row; None if it is not."""
        return self.rows.get(finding.unit, StatedRow()).confirmations.get(finding.rule)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a submission is held against: definition, who stands in its table, what was stated the period before."""

    definition: ReportDefinition
    table: TableUnits | None
    before: Rows


@dataclass(frozen=True, slots=True)
class ReadContent:
    """A report's content as it is kept: it has no error, and each warning is confirmed."""

    rows: Rows
    observations: tuple[Observation, ...]
    checked: Checked
    attachments: tuple[AttachedFile, ...]
    channel: Channel

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that is stated, in canonical JSON."""
        rows = {unit: self._of(unit) for unit in self.rows}
        whole = {
            **rows.get(None, {"rows": rows}),
            "attachments": [[each.name, each.digest] for each in self.attachments],
        }
        return digest(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode())

    def _of(self, unit: str | None) -> dict[str, Any]:
        confirmed = {each.rule: each.reason for each in self.checked.findings if each.unit == unit}
        return {"values": self.rows[unit], "confirmed": confirmed}


def preview(basis: Basis, stated: Mapping[str | None, StatedRow]) -> tuple[dict[str | None, dict[str, Value]], Checked]:
    """Return the values of each row and what the rules say of them, confirmed or not; refuse what cannot be read.

    Rules are checked over what can be read even if other values are faulty, so that one refusal names everything.
    """
    faults = list(_strangers(stated, basis.table))
    values: dict[str | None, dict[str, Value]] = {}
    checked = Checked()
    for unit, row in _asked(stated, basis.table).items():
        values[unit], found = read_values(basis.definition.fields, row.values)
        faults += _placed(unit, found)
        of_row = _checked(basis, unit, values[unit])
        checked = Checked((*checked.findings, *of_row.findings), (*checked.unchecked, *of_row.unchecked))
    faults += [finding.fault() for finding in checked.findings if finding.severity == "error"]
    if faults:
        raise InvalidError(*faults)
    return values, checked


def _checked(basis: Basis, unit: str | None, values: Mapping[str, Value]) -> Checked:
    definition, before = basis.definition, basis.before.get(unit)
    return definition.check(values, None if before is None else read_back(definition.fields, before)).of(unit)


def _placed(unit: str | None, faults: Sequence[FieldFault]) -> list[FieldFault]:
    return [fault.model_copy(update={"field": place(unit, fault.field)}) for fault in faults]


def _asked(stated: Mapping[str | None, StatedRow], table: TableUnits | None) -> dict[str | None, StatedRow]:
    """Return the rows that are read: those that must be there, stated or not, and of the others what is stated."""
    if table is None:
        return {None: stated.get(None, StatedRow())}
    must: dict[str | None, StatedRow] = {unit: stated.get(unit, StatedRow()) for unit in table.must}
    return must | {unit: stated[unit] for unit in table.may if unit in stated and not stated[unit].blank}


def _strangers(stated: Mapping[str | None, StatedRow], table: TableUnits | None) -> Iterator[FieldFault]:
    """Give a fault for each row of a unit that the definition does not let the reporter state values of."""
    for unit in stated:
        if unit is None and table is not None:
            yield FieldFault(field="values", reason="the report is on other units", expected="rows, by unit")
        elif unit is not None and table is None:
            yield FieldFault(field=f"rows.{unit}", reason="the report is on its own unit", expected="values, no rows")
        elif unit is not None and table is not None and unit not in {*table.must, *table.may}:
            yield _not_in_table(unit, (*table.must, *table.may))


def _not_in_table(unit: str, units: Sequence[str]) -> FieldFault:
    nearest = get_close_matches(unit, units, n=3, cutoff=0.5) or units[:3]
    expected = f"one of its units, such as {', '.join(nearest)}" if nearest else "no row: the table is on nobody"
    return FieldFault(field=f"rows.{unit}", reason="does not stand in this table for the period", expected=expected)


def read_content(basis: Basis, stated: StatedContent, files: tuple[AttachedFile, ...]) -> ReadContent:
    """Return the content as it is kept, or refuse it naming rule, unit, field, value and message of each fault."""
    values, checked = preview(basis, stated.rows)
    faults = [*_idle_confirmations(basis.definition, stated), *_file_faults(basis.definition, files)]
    if faults:
        raise InvalidError(*faults)
    open_warnings = [each for each in checked.findings if stated.reason(each) is None]
    if open_warnings:
        raise WarningsUnconfirmedError(open_warnings)
    return ReadContent(
        rows={unit: written(row) for unit, row in values.items()},
        observations=_observations(basis.definition, values),
        checked=replace(
            checked, findings=tuple(replace(each, reason=stated.reason(each)) for each in checked.findings)
        ),
        attachments=files,
        channel=stated.channel,
    )


def _observations(
    definition: ReportDefinition, rows: Mapping[str | None, Mapping[str, Value]]
) -> tuple[Observation, ...]:
    found = tuple(each for unit, values in rows.items() for each in observations(definition.fields, values, unit))
    if len(found) > MOST_OBSERVATIONS:
        raise invalid("rows", f"{len(found)} numbers", f"at most {MOST_OBSERVATIONS}; divide the report definition")
    return found


def _idle_confirmations(definition: ReportDefinition, stated: StatedContent) -> Iterator[FieldFault]:
    warnings = [rule.name for rule in definition.warnings]
    for unit, row in stated.rows.items():
        yield from _placed(
            unit, [not_confirmable(name, warnings) for name in row.confirmations if name not in warnings]
        )


def _file_faults(definition: ReportDefinition, files: tuple[AttachedFile, ...]) -> list[FieldFault]:
    if len(files) >= definition.least_attachments:
        return []
    return [
        FieldFault(
            field="attachments",
            reason=f"{len(files)} files",
            expected=f"at least {definition.least_attachments}, uploaded before",
            rule="attachments",
        )
    ]
