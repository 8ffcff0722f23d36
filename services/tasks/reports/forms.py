"""The form of a report as xlsx or csv: prepared with what is known, filled in by the unit, read back cell by cell.

A report on its own unit has a row per field, a table (`table_forms`) one per unit. A row says which report it is, so
that a form is not sent in for another; what begins with ! confirms a warning. Pure.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from services.tasks.reports import table_forms
from services.tasks.reports.content import StatedContent, StatedRow
from services.tasks.reports.definitions import ReportDefinition
from services.tasks.reports.domain import Channel, Report
from services.tasks.reports.fields import Stated
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
from shared.clock import COUNTY_ZONE
from shared.errors import invalid
from shared.sheets import Cell, Column, Row, Table, read_sheets
from shared.workbook import SheetColumn, SheetContent, is_formula_like, make_workbook

_COLUMNS = (
    Column("code", ("代码", "指标代码"), required=True),
    Column("title", ("指标名称", "名称")),
    Column("value", ("填报内容", "填报值", "数值"), required=True),
)
_SHOWN = (
    SheetColumn("代码", 18),
    SheetColumn("指标名称", 34),
    SheetColumn("计量单位", 10, "center"),
    SheetColumn("填报内容", 22),
    SheetColumn("上期", 16, "right"),
    SheetColumn("填报要求", 40),
)


def form_workbook(report: Report, definition: ReportDefinition, context: FormContext, at: datetime) -> bytes:
    """Return the prepared form as xlsx."""
    due = report.due_at.astimezone(COUNTY_ZONE)
    title = f"{report.title or definition.title}（{report.period}）"
    note = f"填报单位：{context.unit_name}　　截止：{due:%Y年%m月%d日 %H:%M}"
    if context.units is None:
        filled = SheetContent("填报表", title, _SHOWN, list(_lines(report, definition, context)), note=note)
        return make_workbook([filled], title=title, created=at)
    now, before = table_forms.lines(report, definition, context), table_forms.lines_before(definition, context)
    sheets = [
        SheetContent("填报表", title, table_forms.columns(definition), list(now), note=note),
        SheetContent("上期", f"{title}上期数", table_forms.columns_before(definition), list(before)),
    ]
    return make_workbook(sheets, title=title, created=at)


def form_csv(report: Report, definition: ReportDefinition, context: FormContext) -> bytes:
    """Return the prepared form as csv, UTF-8 with a mark so that spreadsheets take it for that."""
    if context.units is None:
        return _csv(_SHOWN, _lines(report, definition, context))
    return _csv(table_forms.columns(definition), table_forms.lines(report, definition, context))


def _csv(columns: Sequence[SheetColumn], lines: Iterable[Line]) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([column.heading for column in columns])
    for line in lines:
        writer.writerow([f"'{text}" if text and is_formula_like(text) else text for text in line])
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _lines(report: Report, definition: ReportDefinition, context: FormContext) -> Iterator[Line]:
    now, before = context.now.get(None, {}), context.before.get(None, {})
    yield REPORT, "报表编号", None, str(report.id), None, "请勿修改"
    for field in definition.fields:
        code = field.indicator
        yield code, field.title, field.unit_of_measure, now.get(code), before.get(code), asked(field)
    for rule in definition.warnings:
        yield f"{CONFIRMS}{rule.name}", f"预警：{rule.message}", None, None, None, "如确属实，在此说明理由"
    yield REASON, "更正理由", None, None, None, "更正已报送的报表时填写"


def read_form(content: bytes, report: Report, definition: ReportDefinition) -> FilledForm:
    """Return what a filled form says; refuse one of another report, or a file that is no form.

    Raises:
        InvalidError: naming what is wrong with the file, or the cell.
        FileTooLargeError: the file unpacks to more than is taken.
    """
    channel: Channel = "xlsx" if content.startswith(b"PK\x03\x04") else "csv"
    if definition.observed is not None:
        return table_forms.read(content, report, definition, channel)
    rows = list(_form_table(content).rows())
    _require_of_report(rows, report)
    return _filled(rows, channel)


def _filled(rows: Sequence[Row], channel: Channel) -> FilledForm:
    cells: dict[str, Cell] = {}
    values: dict[str, Stated] = {}
    confirmations: dict[str, str] = {}
    reason = ""
    for code, cell in _cells_by_code(rows).items():
        if code == REASON:
            reason = cell.text
        elif code.startswith(CONFIRMS):
            name = code.removeprefix(CONFIRMS)
            cells[f"confirmations.{name}"] = cell
            confirmations |= {name: cell.text} if cell.text else {}
        elif code and not code.startswith("#"):
            cells[f"values.{code}"] = cell
            values |= {code: cell.text} if cell.text else {}
    content = StatedContent({None: StatedRow(values, confirmations)}, channel=channel)
    return FilledForm(content, cells, reason or None)


def _cells_by_code(rows: Sequence[Row]) -> Mapping[str, Cell]:
    found: dict[str, Cell] = {}
    for row in rows:
        code = row.text("code")
        if code in found:
            place = f"cell {row.sheet}!{row.cells['code'].address}"
            raise invalid("file", f"{place}: {code} stands twice", "each code once")
        found[code] = row.cells["value"]
    return found


def _form_table(content: bytes) -> Table:
    for sheet in read_sheets(content, "填报表"):
        table = sheet.table(_COLUMNS)
        if table is not None:
            return table
    raise invalid("file", "no sheet has the headers 代码 and 填报内容", "the form as it was downloaded, filled in")


def _require_of_report(rows: Sequence[Row], report: Report) -> None:
    found = next((row for row in rows if row.text("code") == REPORT), None)
    require_of_report(None if found is None else found.cells["value"], report)
