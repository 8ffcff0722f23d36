"""What the forms of all reports have in common: what a prepared one knows, what a filled one says, and where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.tasks.reports.content import StatedContent
from services.tasks.reports.domain import Report, Rows
from services.tasks.reports.fields import ReportField
from shared.errors import FieldFault, InvalidError, invalid
from shared.sheets import Cell

REPORT: Final = "#report"
REASON: Final = "#reason"
CONFIRMS: Final = "!"
_KINDS = {"integer": "整数", "decimal": "数值", "text": "文字", "date": "日期，如 2026-03-31", "choice": "单选"}

Line = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class FormContext:
    """What a prepared form shows besides the fields: the reporter's name, what stands now, what the period before.

    `units`: of a table the names of its units by code, in its order; None if the report is on its own unit.
    """

    unit_name: str
    now: Rows
    before: Rows
    units: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FilledForm:
    """What a form says, and in which cell stands what a refusal would name by this path."""

    content: StatedContent
    cells: Mapping[str, Cell]
    reason: str | None

    def at_cells(self, refusal: InvalidError) -> InvalidError:
        """Let each fault of a refusal name the cell that it is about."""
        refusal.faults = [self._at_cell(fault) for fault in refusal.faults]
        return refusal

    def _at_cell(self, fault: FieldFault) -> FieldFault:
        cell = self.cells.get(fault.field)
        place = "the form" if cell is None else f"cell {cell.sheet}!{cell.address}"
        return fault.model_copy(update={"reason": f"{place}: {fault.reason}"})


def asked(field: ReportField) -> str:
    """Return what a field asks for, as forms say it."""
    parts = [_KINDS[field.type], "必填" if field.required else "选填"]
    if field.minimum is not None:
        parts.append(f"不小于{field.minimum}")
    if field.maximum is not None:
        parts.append(f"不大于{field.maximum}")
    return "；".join([*parts, *(["、".join(field.choices)] if field.choices else [])])


def require_of_report(said: Cell | None, report: Report) -> None:
    """Refuse a form that does not say, in this cell, that it is the form of this report."""
    if said is None:
        raise invalid("file", f"it does not say which report it is: no row {REPORT}", "the form as it was downloaded")
    if said.text != str(report.id):
        place = f"cell {said.sheet}!{said.address}"
        raise invalid("file", f"{place}: it is the form of another report", f"the form of {report.id}")
