"""Plans read from files: tables in xlsx, csv or docx, and running text in docx. Pure work on bytes.

Of the tables counties publish: 分管领导 merged over rows, 序号, 主要工作任务, 完成情况, 责任单位 with a ★ on the lead;
headings as merged rows. Of running text: numbered paragraphs with 牵头单位： and 责任单位： lines.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.exceptions import PackageNotFoundError

from shared.errors import invalid
from shared.sheets import Column, Row, Sheet, Table, normalised, read_sheets

COLUMNS = (
    Column("serial", ("序号", "编号", "项目序号")),
    Column("section", ("类别", "领域", "工作领域", "工作类别", "重点领域", "条块", "大类")),
    Column(
        "task",
        (
            "主要工作任务",
            "工作任务",
            "重点工作任务",
            "重点工作",
            "主要任务",
            "主要工作",
            "工作内容",
            "任务内容",
            "任务",
        ),
        required=True,
    ),
    Column("target", ("目标", "工作目标", "年度目标", "目标要求", "目标任务", "完成情况", "完成目标", "进度要求")),
    Column("units", ("责任单位", "责任部门", "承办单位", "落实单位", "责任单位及分工")),
    Column("lead", ("牵头单位", "牵头部门", "主办单位", "牵头责任单位")),
    Column("cooperating", ("配合单位", "配合部门", "协办单位", "协同单位", "参与单位", "配合责任单位")),
    Column("leader", ("分管领导", "责任领导", "牵头领导", "分管县领导", "县领导", "联系领导")),
    Column("due", ("完成时限", "完成时间", "时限", "时限要求", "时间要求", "完成期限", "办理时限", "时间节点")),
    Column("weight", ("权重", "分值")),
)


@dataclass(frozen=True, slots=True)
class Written:
    """One word or sentence of a file, and where it stands: `Sheet1!C7`, `第12段`."""

    text: str
    at: str


@dataclass(slots=True)
class RawItem:
    """An item as it is written, by what its columns or lines are for."""

    parts: dict[str, Written] = field(default_factory=dict)
    section: str | None = None

    def text(self, key: str) -> str:
        """Return a part's text; empty if there is none."""
        return self.parts[key].text if key in self.parts else ""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """What was read of a file: the items, and what was not understood of its headers."""

    items: tuple[RawItem, ...]
    remarks: tuple[str, ...] = ()


def read_plan(content: bytes) -> PlanFile:
    """Return the items of an xlsx, csv or docx; refuse a file that is none of these or has no plan in it."""
    found = _read_word(content) if _is_word(content) else _read_tables(read_sheets(content, "csv"))
    if not found.items:
        raise invalid(
            "body",
            "no item was found",
            "a table with 主要工作任务 and 责任单位 (or 牵头单位), or numbered paragraphs with 牵头单位：",
        )
    return found


def _is_word(content: bytes) -> bool:
    if not content.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "word/document.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _read_tables(sheets: list[Sheet]) -> PlanFile:
    items: list[RawItem] = []
    remarks: list[str] = []
    for sheet in sheets:
        table = None if sheet.hidden else sheet.table(COLUMNS)
        if table is None:
            continue
        if not {"units", "lead"} & table.columns.keys():
            remarks.append(f"{sheet.name}：无责任单位或牵头单位栏，未读取")
            continue
        remarks += [f"{cell.sheet}!{cell.address}：“{cell.text}”栏未读取" for cell in table.unknown if cell.text]
        items += _items_of(table)
    return PlanFile(tuple(items), tuple(remarks))


def _items_of(table: Table) -> Iterator[RawItem]:
    section: str | None = None
    for row in table.rows():
        if row.heading or _only_serial(row):
            section = _heading(row) or section
            continue
        parts = {key: Written(cell.text, f"{cell.sheet}!{cell.address}") for key, cell in row.cells.items()}
        yield RawItem(parts, normalised(row.text("section")) or section)


def _only_serial(row: Row) -> bool:
    """Return whether a row is a heading that is not merged: a word in the first column or so, no number, no unit."""
    numbered = normalised(row.text("serial")).isdecimal() and bool(row.text("task"))
    says_more = any(row.text(key) for key in ("units", "lead", "due", "target"))
    return not (numbered or says_more)


def _heading(row: Row) -> str:
    texts = dict.fromkeys(normalised(cell.text) for cell in row.cells.values() if cell.text)
    return " ".join(texts)[:100]


def _read_word(content: bytes) -> PlanFile:
    try:
        document = Document(io.BytesIO(content))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise invalid("body", f"it is no Word document that can be read: {error}", "a .docx file") from error
    tables = _read_tables(list(_sheets_of(document)))
    if tables.items:
        return tables
    read = list(_items_of_text(document))
    left_out = tuple(_left_out(item) for item in read if not _names_units(item))
    return PlanFile(tuple(filter(_names_units, read)), left_out)


def _left_out(item: RawItem) -> str:
    return f"{item.parts['serial'].at}：第{item.text('serial')}项未列牵头单位、责任单位，未读取"


def _sheets_of(document: WordDocument) -> Iterator[Sheet]:
    """Give each table as a sheet: a merged cell stands in each row and column that it spans."""
    for number, table in enumerate(document.tables, start=1):
        written = io.StringIO()
        csv.writer(written).writerows([[cell.text for cell in row.cells] for row in table.rows])
        yield from read_sheets(written.getvalue().encode("utf-8-sig"), f"表{number}")


_LABELS: Mapping[str, str] = {
    "牵头单位": "lead",
    "牵头部门": "lead",
    "责任单位": "units",
    "责任部门": "units",
    "配合单位": "cooperating",
    "协办单位": "cooperating",
    "分管领导": "leader",
    "责任领导": "leader",
    "完成时限": "due",
    "完成时间": "due",
    "时限要求": "due",
    "工作目标": "target",
    "目标": "target",
}
_LABELLED = re.compile(rf"(?:^|(?<=[。；;，,（(\s]))({'|'.join(_LABELS)})\s*[:：]\s*([^；;。\n]+)")
_NUMBERED = re.compile(r"^[（(]?\s*(\d{1,3})\s*(?:[)）]|[.．、])\s*(?=\D)")
_SECTION = re.compile(r"^(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）])\s*(.+)$")


def _items_of_text(document: WordDocument) -> Iterator[RawItem]:
    """Give the numbered paragraphs, each with the lines below it; what names no unit is no item of a plan."""
    item, section = None, None
    for number, paragraph in enumerate(document.paragraphs, start=1):
        for line in normalised(paragraph.text).split("\n"):
            heading = _SECTION.match(line)
            begins = _NUMBERED.match(line)
            ends = begins or (heading and (not _LABELLED.search(line) or (item is not None and _names_units(item))))
            if ends and item is not None:
                yield item
                item = None
            if begins:
                item = RawItem({"serial": Written(begins[1], f"第{number}段")}, section)
            elif heading and not _LABELLED.search(line):
                item, section = None, heading[1].rstrip("。：:")
            if item is not None and line:
                _take_line(item, line[begins.end() if begins else 0 :], f"第{number}段")
    if item is not None:
        yield item


def _names_units(item: RawItem) -> bool:
    return bool({"lead", "units"} & item.parts.keys())


def _take_line(item: RawItem, line: str, at: str) -> None:
    labelled = list(_LABELLED.finditer(line))
    for found in labelled:
        item.parts[_LABELS[found[1]]] = Written(_balanced(found[2].strip()), at)
    words = _LABELLED.sub("", line).rstrip("；;，, (（)）") if labelled else line
    if words:
        before = item.text("task")
        item.parts["task"] = Written(
            f"{before}\n{words}" if before else words, item.parts.get("task", Written("", at)).at
        )


def _balanced(text: str) -> str:
    """Return the text without a closing bracket that was opened before it."""
    opened = text.count("（") + text.count("(")
    closed = text.count("）") + text.count(")")
    return text[:-1].rstrip() if closed > opened and text[-1] in ")）" else text
