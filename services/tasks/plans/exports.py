"""A plan, and how far it is, as officials read them: xlsx and docx (分工方案, 进展情况通报表). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from docx.document import Document as WordDocument

from services.tasks.domain import Assignment, Task
from services.tasks.plans.domain import ItemContent, Plan, PlanItem
from services.tasks.states import GONE, OPEN, STATE_NAMES, State
from shared import official_word as word
from shared.clock import county_date
from shared.workbook import SheetColumn, SheetContent, Value, make_workbook

_PLAN_COLUMNS = (
    ("序号", 6, 12),
    ("领域", 14, 22),
    ("主要工作任务", 46, 78),
    ("工作目标", 24, 40),
    ("责任单位", 34, 52),
    ("分管领导", 10, 18),
    ("完成时限", 14, 24),
)
_PROGRESS_COLUMNS = (
    ("序号", 6, 12),
    ("主要工作任务", 40, 62),
    ("牵头单位", 18, 30),
    ("配合单位", 24, 38),
    ("完成时限", 13, 22),
    ("办理状态", 10, 18),
    ("进度", 8, 14),
    ("逾期天数", 9, 16),
    ("进展情况", 40, 40),
)
"""Header, width in half-width characters (xlsx), width in millimetres (docx)."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Plan, tasks and notes at a moment."""

    plan: Plan
    items: Sequence[PlanItem]
    tasks: Mapping[UUID, Task]
    notes: Mapping[UUID, str]
    names: Mapping[str, str]
    at: datetime


def plan_workbook(plan: Plan, items: Sequence[PlanItem], names: Mapping[str, str], at: datetime) -> bytes:
    """Return the plan as xlsx."""
    return _workbook(plan.title, _PLAN_COLUMNS, _plan_rows(items, names), _plan_note(plan), at)


def plan_document(plan: Plan, items: Sequence[PlanItem], names: Mapping[str, str]) -> bytes:
    """Return the plan as docx: the key points in words, then the division of tasks."""
    document = word.new_document(landscape=True)
    word.title(document, plan.title)
    for line in (plan.text or "").splitlines():
        word.paragraph(document, line)
    if plan.document:
        word.paragraph(document, _plan_note(plan))
    _table(document, _PLAN_COLUMNS, _plan_rows(items, names))
    return word.written(document)


def progress_workbook(progress: Progress) -> bytes:
    """Return the progress table as xlsx."""
    note = f"截至{word.chinese_date(county_date(progress.at))}　{_summary(progress)}"
    return _workbook(_progress_title(progress), _PROGRESS_COLUMNS, _progress_rows(progress), note, progress.at)


def progress_document(progress: Progress) -> bytes:
    """Return the progress table as docx, with a summary in words."""
    document = word.new_document(landscape=True)
    word.title(document, _progress_title(progress))
    word.paragraph(document, f"截至{word.chinese_date(county_date(progress.at))}，{_summary(progress)}")
    _table(document, _PROGRESS_COLUMNS, _progress_rows(progress))
    return word.written(document)


def _workbook(
    title: str, columns: Sequence[tuple[str, int, int]], rows: Sequence[Sequence[str]], note: str, at: datetime
) -> bytes:
    heads = [SheetColumn(name, width) for name, width, _ in columns]
    values: list[Sequence[Value]] = [list(row) for row in rows]
    sheet = SheetContent(name="分工表", title=title, columns=heads, rows=values, note=note)
    return make_workbook([sheet], title=title, created=at)


def _table(document: WordDocument, columns: Sequence[tuple[str, int, int]], rows: Sequence[Sequence[str]]) -> None:
    word.table(document, [name for name, _, _ in columns], rows, [width for _, _, width in columns])


def _plan_note(plan: Plan) -> str:
    edition = f"（第{plan.edition}版）" if plan.edition > 1 else ""
    return f"{plan.document or ''}{edition}　★为牵头单位" if plan.document else "★为牵头单位"


def _plan_rows(items: Sequence[PlanItem], names: Mapping[str, str]) -> list[list[str]]:
    return [
        [
            item.content.serial,
            item.content.section or "",
            item.content.text or item.content.title,
            _target(item.content),
            _units(item.content, names),
            item.content.leader or "",
            _day(item.content.due_on),
        ]
        for item in items
    ]


def _target(content: ItemContent) -> str:
    value = "" if content.target_value is None else f"{content.target_value:f}{content.target_unit or ''}"
    return "，".join(part for part in (content.target or "", value) if part)


def _units(content: ItemContent, names: Mapping[str, str]) -> str:
    others = [names.get(unit, unit) for unit in content.cooperating_units]
    return "、".join([f"★{names.get(content.lead_unit, content.lead_unit)}", *others])


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _progress_title(progress: Progress) -> str:
    return f"{progress.plan.title}进展情况通报表"


def _summary(progress: Progress) -> str:
    tasks = [task for item in progress.items if (task := _task(progress, item)) is not None]
    done = sum(task.state in {State.COMPLETED, State.CLOSED_OUT} for task in tasks)
    late = sum(_days_overdue(task.lead, progress.at) > 0 for task in tasks)
    share = f"{100 * done / len(tasks):.1f}%" if tasks else "—"
    return f"共{len(progress.items)}项任务，已办结{done}项，办结率{share}，逾期未办结{late}项。"


def _task(progress: Progress, item: PlanItem) -> Task | None:
    return None if item.content.task_id is None else progress.tasks.get(item.content.task_id)


def _progress_rows(progress: Progress) -> list[list[str]]:
    return [_progress_row(progress, item, _task(progress, item)) for item in progress.items]


def _progress_row(progress: Progress, item: PlanItem, task: Task | None) -> list[str]:
    content = item.content
    if task is None:
        others = "、".join(progress.names.get(unit, unit) for unit in content.cooperating_units)
        leader = progress.names.get(content.lead_unit, content.lead_unit)
        return [content.serial, content.title, leader, others, _day(content.due_on), "未交办", "", "", ""]
    lead = task.lead
    late = lead.days_late if lead.done_at is not None else _days_overdue(lead, progress.at)
    return [
        content.serial,
        task.title,
        progress.names.get(lead.unit, lead.unit),
        "、".join(_with_state(part, progress) for part in task.current if part is not lead),
        _day(task.due_on),
        STATE_NAMES[State(task.state)],
        f"{100 if task.state in {State.COMPLETED, State.CLOSED_OUT} else lead.percent}%",
        str(late) if late else "",
        progress.notes.get(task.id, ""),
    ]


def _with_state(part: Assignment, progress: Progress) -> str:
    """Return a cooperating unit's name, with what the reader must know of its part: given back, or late."""
    late = _days_overdue(part, progress.at)
    mark = f"（逾期{late}天）" if late else ""
    if part.state in GONE:
        mark = f"（{STATE_NAMES[State(part.state)]}）"
    return f"{progress.names.get(part.unit, part.unit)}{mark}"


def _days_overdue(part: Assignment, at: datetime) -> int:
    return max(0, (county_date(at) - part.due_on).days) if part.state in OPEN else 0
