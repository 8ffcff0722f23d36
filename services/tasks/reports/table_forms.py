"""The form of a report that is a table: a row per unit, a column per field, and one per warning to confirm. Pure."""

from collections.abc import Iterator, Mapping

from services.tasks.reports.content import StatedContent, StatedRow
from services.tasks.reports.definitions import ReportDefinition
from services.tasks.reports.domain import Channel, Report
from services.tasks.reports.fields import ReportField, place
from services.tasks.reports.form_parts import (
    CONFIRMS,
    REASON,
    REPORT,
    FilledForm,
    FormContext,
    Line,
    asked,
    require_of_report,
)
from services.tasks.reports.rules import ReportRule
from shared.errors import FieldFault, InvalidError, invalid
from shared.sheets import Cell, Column, Row, Table, folded, read_sheets
from shared.workbook import SheetColumn

_ASKED = "#asked"


def columns(definition: ReportDefinition) -> list[SheetColumn]:
    """Return the columns of the form."""
    return [*columns_before(definition), *(SheetColumn(_confirming(rule), 24) for rule in definition.warnings)]


def columns_before(definition: ReportDefinition) -> list[SheetColumn]:
    """Return the columns of what was stated for the period before."""
    fields = (SheetColumn(_heading(field), 18) for field in definition.fields)
    return [SheetColumn("单位代码", 16), SheetColumn("单位名称", 22), *fields]


def _heading(field: ReportField) -> str:
    measure = "" if field.unit_of_measure is None else f"（{field.unit_of_measure}）"
    return f"{field.indicator} {field.title}{measure}"


def _confirming(rule: ReportRule) -> str:
    return f"{CONFIRMS}{rule.name} {rule.message}"


def lines(report: Report, definition: ReportDefinition, context: FormContext) -> Iterator[Line]:
    """Give the lines to fill in, with what stands now; the first say which report it is, and what is asked for."""
    reasons = ["如确属实，在此说明理由"] * len(definition.warnings)
    width = len(definition.fields) + len(reasons)
    yield [REPORT, str(report.id), *[None] * width]
    yield [_ASKED, "填报要求", *map(asked, definition.fields), *reasons]
    for unit, name in (context.units or {}).items():
        now = context.now.get(unit, {})
        yield [unit, name, *(now.get(field.indicator) for field in definition.fields), *[None] * len(reasons)]
    yield [REASON, None, "更正已报送的报表时，在左侧填写更正理由", *[None] * (width - 1)]


def lines_before(definition: ReportDefinition, context: FormContext) -> Iterator[Line]:
    """Give the lines of the period before, to compare."""
    for unit, name in (context.units or {}).items():
        before = context.before.get(unit, {})
        yield [unit, name, *(before.get(field.indicator) for field in definition.fields)]


def read(content: bytes, report: Report, definition: ReportDefinition, channel: Channel) -> FilledForm:
    """Return what a filled form says; refuse one of another report, and what would be lost.

    Raises:
        InvalidError: naming what is wrong with the file, or the cell.
        FileTooLargeError: the file unpacks to more than is taken.
    """
    table = _table(content, definition)
    rows = _by_code(table)
    require_of_report(rows[REPORT].cells["name"] if REPORT in rows else None, report)
    units = {code: row for code, row in rows.items() if not code.startswith("#")}
    stated: dict[str | None, StatedRow] = {unit: _row(row, definition) for unit, row in units.items()}
    cells = {path: cell for unit, row in units.items() for path, cell in _places(unit, row)}
    reason = rows[REASON].text("name") if REASON in rows else ""
    return FilledForm(StatedContent(stated, channel=channel), cells, reason or None)


def _table(content: bytes, definition: ReportDefinition) -> Table:
    columns = _columns(definition)
    for sheet in read_sheets(content, "填报表"):
        table = sheet.table(columns)
        if table is not None:
            _refuse_unknown(table)
            return table
    expected = "the form as it was downloaded, filled in"
    raise invalid("file", "no sheet has the headers 单位代码 and 单位名称", expected)


def _columns(definition: ReportDefinition) -> list[Column]:
    """Return what is looked for: a field by its heading, its code, or its title if no other has the same."""
    titles = [folded(field.title) for field in definition.fields]
    fields = (
        Column(
            f"values.{field.indicator}",
            (_heading(field), field.indicator, *([field.title] if titles.count(folded(field.title)) == 1 else [])),
        )
        for field in definition.fields
    )
    reasons = (
        Column(f"confirmations.{rule.name}", (_confirming(rule), f"{CONFIRMS}{rule.name}"))
        for rule in definition.warnings
    )
    ends = Column("unit", ("单位代码",), required=True), Column("name", ("单位名称",), required=True)
    return [*ends, *fields, *reasons]


def _refuse_unknown(table: Table) -> None:
    """Refuse columns that the report does not have: what stands in them would be lost."""
    if table.unknown:
        raise InvalidError(*(_unknown(cell) for cell in table.unknown))


def _unknown(cell: Cell) -> FieldFault:
    reason = f"cell {cell.sheet}!{cell.address}: {cell.text} is no field of the report"
    return FieldFault(field="file", reason=reason, expected="only columns of the form")


def _by_code(table: Table) -> Mapping[str, Row]:
    rows: dict[str, Row] = {}
    for row in table.rows():
        code = row.text("unit")
        fault = "no unit stands here" if not code else f"{code} stands twice" if code in rows else None
        if fault is not None:
            address = f"cell {row.sheet}!{row.cells['unit'].address}"
            raise invalid("file", f"{address}: {fault}", "a row per unit, with its code")
        rows[code] = row
    return rows


def _row(row: Row, definition: ReportDefinition) -> StatedRow:
    values = {field.indicator: row.text(f"values.{field.indicator}") for field in definition.fields}
    reasons = {rule.name: row.text(f"confirmations.{rule.name}") for rule in definition.warnings}
    return StatedRow(values, {name: text for name, text in reasons.items() if text})


def _places(unit: str, row: Row) -> Iterator[tuple[str, Cell]]:
    """Give what refusals may name, by path, with its cell."""
    yield f"rows.{unit}", row.cells["unit"]
    for key, cell in row.cells.items():
        yield place(unit, key), cell
