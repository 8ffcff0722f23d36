"""The form of a report as xlsx or csv: prepared with what is known, filled in by the unit, read back cell by cell.

The first rows say which report it is, so that a form is not sent in for another; rows with ! confirm a warning. Pure.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.tasks.reports.content import StatedContent
from services.tasks.reports.definitions import ReportDefinition
from services.tasks.reports.domain import Channel, Report
from services.tasks.reports.fields import ReportField, Stated
from shared.clock import COUNTY_ZONE
from shared.errors import FieldFault, InvalidError, invalid
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
_REPORT, _REASON, _CONFIRMS = "#report", "#reason", "!"
_KINDS = {"integer": "整数", "decimal": "数值", "text": "文字", "date": "日期，如 2026-03-31", "choice": "单选"}

Line = tuple[str, str, str | None, str | None, str | None, str]


@dataclass(frozen=True, slots=True)
class FormContext:
    """What a prepared form shows besides the fields: the unit's name, what stands now, what stood the period before."""

    unit_name: str
    now: Mapping[str, str]
    before: Mapping[str, str]


def form_workbook(report: Report, definition: ReportDefinition, context: FormContext, at: datetime) -> bytes:
    """Return the prepared form as xlsx."""
    due = report.due_at.astimezone(COUNTY_ZONE)
    title = f"{report.title or definition.title}（{report.period}）"
    note = f"填报单位：{context.unit_name}　　截止：{due:%Y年%m月%d日 %H:%M}　　只填“填报内容”一列"
    sheet = SheetContent("填报表", title, _SHOWN, list(_lines(report, definition, context)), note=note)
    return make_workbook([sheet], title=title, created=at)


def form_csv(report: Report, definition: ReportDefinition, context: FormContext) -> bytes:
    """Return the prepared form as csv, UTF-8 with a mark so that spreadsheets take it for that."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow([column.heading for column in _SHOWN])
    for line in _lines(report, definition, context):
        writer.writerow([f"'{text}" if text and is_formula_like(text) else text for text in line])
    return b"\xef\xbb\xbf" + target.getvalue().encode()


def _lines(report: Report, definition: ReportDefinition, context: FormContext) -> Iterator[Line]:
    yield _REPORT, "报表编号", None, str(report.id), None, "请勿修改"
    for field in definition.fields:
        now, before = context.now.get(field.indicator), context.before.get(field.indicator)
        yield field.indicator, field.title, field.unit_of_measure, now, before, _asked(field)
    for rule in definition.rules:
        if rule.severity == "warning":
            yield f"{_CONFIRMS}{rule.name}", f"预警：{rule.message}", None, None, None, "如确属实，在此说明理由"
    yield _REASON, "更正理由", None, None, None, "更正已报送的报表时填写"


def _asked(field: ReportField) -> str:
    parts = [_KINDS[field.type], "必填" if field.required else "选填"]
    if field.minimum is not None:
        parts.append(f"不小于{field.minimum}")
    if field.maximum is not None:
        parts.append(f"不大于{field.maximum}")
    return "；".join([*parts, *(["、".join(field.choices)] if field.choices else [])])


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What a form says, and in which cell each thing stands."""

    content: StatedContent
    cells: Mapping[str, Cell]
    reason: str | None

    def at_cells(self, refusal: InvalidError) -> InvalidError:
        """Let each fault of a refusal name the cell that it is about."""
        refusal.faults = [self._at_cell(fault) for fault in refusal.faults]
        return refusal

    def _at_cell(self, fault: FieldFault) -> FieldFault:
        kind, _, name = fault.field.partition(".")
        cell = self.cells.get(f"{_CONFIRMS}{name}" if kind == "confirmations" else name)
        place = "the form" if cell is None else f"cell {cell.sheet}!{cell.address}"
        return fault.model_copy(update={"reason": f"{place}: {fault.reason}"})


def read_form(content: bytes, report: Report) -> FilledForm:
    """Return what a filled form says; refuse one of another report, or a file that is no form.

    Raises:
        InvalidError: naming what is wrong with the file, or the cell.
        FileTooLargeError: the file unpacks to more than is taken.
    """
    channel: Channel = "xlsx" if content.startswith(b"PK\x03\x04") else "csv"
    rows = list(_form_table(content).rows())
    _require_of_report(rows, report)
    cells: dict[str, Cell] = {}
    values: dict[str, Stated] = {}
    confirmations: dict[str, str] = {}
    for row in rows:
        code, cell = row.text("code"), row.cells["value"]
        if code in cells:
            raise invalid(
                "file", f"cell {row.sheet}!{row.cells['code'].address}: {code} stands twice", "each code once"
            )
        cells[code] = cell
        if code.startswith(_CONFIRMS) and cell.text:
            confirmations[code.removeprefix(_CONFIRMS)] = cell.text
        elif code and not code.startswith((_CONFIRMS, "#")) and cell.text:
            values[code] = cell.text
    reason = cells[_REASON].text if _REASON in cells else ""
    return FilledForm(StatedContent(values, confirmations, channel=channel), cells, reason or None)


def _form_table(content: bytes) -> Table:
    for sheet in read_sheets(content, "填报表"):
        table = sheet.table(_COLUMNS)
        if table is not None:
            return table
    raise invalid("file", "no sheet has the headers 代码 and 填报内容", "the form as it was downloaded, filled in")


def _require_of_report(rows: Sequence[Row], report: Report) -> None:
    found = next((row for row in rows if row.text("code") == _REPORT), None)
    if found is None:
        raise invalid("file", f"it does not say which report it is: no row {_REPORT}", "the form as it was downloaded")
    if found.text("value") != str(report.id):
        cell = found.cells["value"]
        raise invalid(
            "file", f"cell {cell.sheet}!{cell.address}: it is the form of another report", f"the form of {report.id}"
        )
