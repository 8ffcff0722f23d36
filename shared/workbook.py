"""xlsx files that an official would hand on: title, header, borders, widths, and ready to print.

Each sheet has its title in one merged row, a line below it if wanted (e.g. 截至 2009年7月6日), the header, the rows.
Printed on A4 it fills the page's width, repeats the header and numbers its pages. What begins with = + - @ is kept as
text: no cell of ours is ever a formula. Rows are streamed, so memory does not grow with them.
"""

import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Value: TypeAlias = str | int | float | Decimal | date | None
"""What a cell may hold; None is an empty cell. Instants are written in the county's time by whoever has them."""

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

BODY_FONT: Final = "宋体"
HEAD_FONT: Final = "黑体"

_A4: Final = 9
_LINE_HEIGHT: Final = 15.0
"""Points; a spreadsheet program that sets no heights of its own would draw wrapped texts over each other."""
_MAX_TEXT: Final = 32_767
_MAX_NAME: Final = 31
_EXACT_DIGITS: Final = 15
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
_FORBIDDEN_IN_NAME = re.compile(r"[\[\]:*?/\\]")


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column: its header, and its width in half-width characters (a Chinese one takes two)."""

    heading: str
    width: float = 14
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True, slots=True)
class SheetContent:
    """What one sheet shows; `note` stands below the title, at the right, as on official tables."""

    name: str
    title: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[Value]]
    note: str | None = None
    portrait: bool = False
    on_one_page: bool = False
    """Printed on a single page, made smaller where it is long."""


@dataclass(slots=True)
class _Styles:
    """The formats of one workbook, made once each."""

    book: xlsxwriter.Workbook
    made: dict[tuple[str, bool, str], Format] = field(default_factory=dict)

    def title(self) -> Format:
        return self.book.add_format({"font_name": HEAD_FONT, "font_size": 18, "align": "center", "valign": "vcenter"})

    def note(self) -> Format:
        return self.book.add_format({"font_name": BODY_FONT, "font_size": 10, "align": "right", "valign": "vcenter"})

    def header(self) -> Format:
        return self.book.add_format(
            {
                "font_name": HEAD_FONT,
                "font_size": 11,
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
                "border": 1,
                "bg_color": "#E7E6E6",
            }
        )

    def body(self, align: str, *, quoted: bool = False, number_format: str = "General") -> Format:
        """Return the style of a cell; a quoted one stays text even when somebody edits it."""
        key = (align, quoted, number_format)
        if key not in self.made:
            self.made[key] = self.book.add_format(
                {
                    "font_name": BODY_FONT,
                    "font_size": 11,
                    "align": align,
                    "valign": "vcenter",
                    "text_wrap": True,
                    "border": 1,
                    "quote_prefix": quoted,
                    "num_format": number_format,
                }
            )
        return self.made[key]


def make_workbook(sheets: Iterable[SheetContent], *, title: str, created: datetime, author: str = "") -> bytes:
    """Return the xlsx file; `created` is the instant that its properties state."""
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": title, "author": author, "created": created.replace(tzinfo=None)})
        styles, names = _Styles(book), set[str]()
        for content in sheets:
            name = sheet_name(content.name, names)
            names.add(name.casefold())
            _write_sheet(book.add_worksheet(name), styles, content)
        if not names:
            raise ValueError("a workbook has at least one sheet")
    return target.getvalue()


def sheet_name(wanted: str, taken: Iterable[str] = ()) -> str:
    """Return a name that Excel takes for a sheet: up to 31 characters, no sign that it refuses, none that is taken."""
    base = _FORBIDDEN_IN_NAME.sub("_", wanted).strip("' ")[:_MAX_NAME] or "Sheet"
    name, number, used = base, 2, set(taken)
    while name.casefold() in used:
        suffix = f"（{number}）"
        name, number = base[: _MAX_NAME - len(suffix)] + suffix, number + 1
    return name


def is_formula_like(text: str) -> bool:
    """Say whether a spreadsheet would take this text for a formula if it were typed in."""
    return text.startswith(_FORMULA_SIGNS)


def _write_sheet(sheet: Worksheet, styles: _Styles, content: SheetContent) -> None:
    for index, column in enumerate(content.columns):
        sheet.set_column(index, index, column.width)
    header_row = _write_head(sheet, styles, content)
    aligns = [column.align for column in content.columns]
    last = header_row
    widths = [column.width for column in content.columns]
    for last, row in enumerate(content.rows, start=header_row + 1):
        lines = max(map(_lines, row, widths), default=1)
        if lines > 1:
            sheet.set_row(last, lines * _LINE_HEIGHT)
        for index, (value, align) in enumerate(zip(row, aligns, strict=True)):
            _write_cell(sheet, styles, (last, index), value, align)
    sheet.freeze_panes(header_row + 1, 0)
    if last > header_row:
        sheet.autofilter(header_row, 0, last, len(content.columns) - 1)
    _set_print(sheet, content, header_row, last)


def _lines(value: Value, width: float) -> int:
    """Return over how many lines a text is wrapped in a column of this width."""
    if not isinstance(value, str):
        return 1
    return sum(max(1, math.ceil(shown_width(line) / max(1.0, width - 1))) for line in value.split("\n"))


def _write_head(sheet: Worksheet, styles: _Styles, content: SheetContent) -> int:
    """Write title, note and header; return the header's row."""
    row = _write_across(sheet, content, 0, content.title, styles.title(), 36)
    if content.note is not None:
        row = _write_across(sheet, content, row, content.note, styles.note(), 18)
    sheet.set_row(row, 30)
    header = styles.header()
    for index, column in enumerate(content.columns):
        sheet.write_string(row, index, column.heading, header)
    return row


def _write_across(sheet: Worksheet, content: SheetContent, row: int, text: str, style: Format, height: float) -> int:
    """Write one line over all columns and return the row below it."""
    sheet.set_row(row, height)
    if len(content.columns) > 1:
        sheet.merge_range(row, 0, row, len(content.columns) - 1, "", style)
    sheet.write_string(row, 0, text, style)
    return row + 1


def _write_cell(sheet: Worksheet, styles: _Styles, place: tuple[int, int], value: Value, align: str) -> None:
    if value is None or value == "":
        sheet.write_blank(*place, None, styles.body(align))
    elif isinstance(value, str):
        _write_text(sheet, styles, place, value, align)
    elif isinstance(value, date):
        sheet.write_datetime(*place, _naive(value), styles.body("center", number_format="yyyy-mm-dd"))
    elif _is_exact(value):
        sheet.write_number(*place, float(value) if isinstance(value, Decimal) else value, styles.body(align))
    else:
        _write_text(sheet, styles, place, str(value), align)


def _naive(value: date) -> datetime:
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone


def _is_exact(value: float | Decimal) -> bool:
    """Whether a spreadsheet's number keeps every digit."""
    return len(Decimal(str(value)).normalize().as_tuple().digits) <= _EXACT_DIGITS


def _write_text(sheet: Worksheet, styles: _Styles, place: tuple[int, int], text: str, align: str) -> None:
    if len(text) > _MAX_TEXT:
        raise ValueError(f"a cell holds at most {_MAX_TEXT} characters, not {len(text)}")
    sheet.write_string(*place, text, styles.body(align, quoted=is_formula_like(text)))


def _set_print(sheet: Worksheet, content: SheetContent, header_row: int, last_row: int) -> None:
    sheet.set_paper(_A4)
    if content.portrait:
        sheet.set_portrait()
    else:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 1 if content.on_one_page else 0)
    sheet.repeat_rows(0, header_row)
    sheet.print_area(0, 0, last_row, len(content.columns) - 1)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.center_horizontally()
    sheet.set_footer('&C&"宋体"&10第 &P 页，共 &N 页')


def shown_width(text: str) -> int:
    """Return how many half-width characters a text takes; Chinese ones take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
