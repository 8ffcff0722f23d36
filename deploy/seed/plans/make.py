"""`python -m deploy.seed.plans.make`: write the sample division plans of `items.yaml` in the two shapes counties use.

`division-plan-2026.xlsx`: title above, 分管领导 merged over rows, 序号, 主要工作任务, 完成情况, 责任单位 with ★ on the
lead (not always first), 完成时限. `division-plan-2026.docx`: running text with 牵头单位： and 责任单位： lines.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

from shared import official_word as word

FOLDER = Path(__file__).resolve().parent
WORKBOOK = FOLDER / "division-plan-2026.xlsx"
DOCUMENT = FOLDER / "division-plan-2026.docx"

_HEADERS = (("分管领导", 10), ("序号", 6), ("领域", 14), ("主要工作任务", 46), ("完成情况", 30), ("责任单位", 44))
_LAST = ("完成时限", 14)
_NUMERALS = "一二三四五六七八九十"

Item = Mapping[str, Any]


def load() -> Mapping[str, Any]:
    """Return the plan as it is kept."""
    found: Mapping[str, Any] = yaml.safe_load((FOLDER / "items.yaml").read_text(encoding="utf-8"))
    return found


def starred(index: int, units: Sequence[str]) -> str:
    """Return the units of a cell: the lead marked, now at the front, now in the middle, as in the wild."""
    lead, *others = units
    if index % 3:
        return "、".join([f"★{lead}", *others])
    return "\n".join([*others[:1], f"★{lead}", *others[1:]])


def write_workbook(plan: Mapping[str, Any]) -> None:
    """Write the table."""
    with xlsxwriter.Workbook(str(WORKBOOK)) as book:
        sheet = book.add_worksheet("任务分解表")
        title = book.add_format({"bold": True, "font_size": 18, "align": "center", "valign": "vcenter"})
        head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter"})
        body = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
        headers = (*_HEADERS, _LAST)
        sheet.merge_range(0, 0, 0, len(headers) - 1, plan["title"], title)
        for column, (name, width) in enumerate(headers):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, name, head)
        for row, item in enumerate(plan["items"], start=2):
            units = starred(row, item["units"])
            values = [str(row - 1), item["section"], item["task"], item["target"], units, item["due"]]
            for column, value in enumerate(values, start=1):
                sheet.write_string(row, column, value, body)
        for leader, first, last in _spans(plan["items"]):
            sheet.merge_range(first + 2, 0, last + 2, 0, leader, body)


def _spans(items: Sequence[Item]) -> Iterator[tuple[str, int, int]]:
    """Give each leader with the first and last item that the cell is merged over."""
    first = 0
    for leader, group in groupby(items, key=lambda item: item["leader"]):
        count = len(list(group))
        yield leader, first, first + count - 1
        first += count


def write_document(plan: Mapping[str, Any]) -> None:
    """Write the running text."""
    document = word.new_document()
    word.title(document, plan["title"])
    word.paragraph(document, "为做好2026年全县服务业工作，现将重点工作任务分工如下。")
    number = 0
    for index, (section, group) in enumerate(groupby(plan["items"], key=lambda item: item["section"])):
        word.heading(document, f"{_numeral(index + 1)}、{section}")
        for item in group:
            number += 1
            lead, *others = item["units"]
            word.paragraph(document, f"{number}．{item['task']}。{item['target']}。")
            word.paragraph(document, f"牵头单位：{lead}")
            if others:
                word.paragraph(document, f"责任单位：{'、'.join(others)}")
            word.paragraph(document, f"完成时限：{item['due']}")
    DOCUMENT.write_bytes(word.written(document))


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else ("十" if tens == 1 else f"{_NUMERALS[tens - 1]}十")
    return head + (_NUMERALS[ones - 1] if ones else "")


def main() -> int:
    """Run from the command line."""
    plan = load()
    write_workbook(plan)
    write_document(plan)
    return 0


if __name__ == "__main__":
    sys.exit(main())
