import io
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import python_calamine as calamine

from shared.sheets import Column, read_sheets
from shared.workbook import SheetColumn, SheetContent, Value, make_workbook, sheet_name

MADE = datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
COLUMNS = (SheetColumn("名称", 24), SheetColumn("数值", 10, "right"), SheetColumn("日期", 12))


def book_of(*rows: tuple[Value, Value, Value], name: str = "单位", note: str | None = "截至2009年7月6日") -> bytes:
    content = SheetContent(name, "永嘉县单位名录", COLUMNS, rows, note=note)
    return make_workbook([content], title="名录", created=MADE, author="协调会议办公室")


def part(book: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return archive.read(name).decode()


def test_title_header_and_values_stand_where_a_reader_finds_them() -> None:
    book = book_of(("县发改局", Decimal("12.5"), date(2009, 7, 6)), ("县农办", None, None))
    (sheet,) = read_sheets(book)
    table = sheet.table(
        [Column("name", ("名称",), required=True), Column("value", ("数值",)), Column("day", ("日期",))]
    )
    assert table is not None
    assert (sheet.name, table.header_row, table.unknown) == ("单位", 3, ())
    rows = list(table.rows())
    assert [[row.text(key) for key in ("name", "value", "day")] for row in rows] == [
        ["县发改局", "12.5", "2009-07-06"],
        ["县农办", "", ""],
    ]
    assert rows[0].cells["day"].address == "C4"


def test_the_title_is_one_merged_row() -> None:
    sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(book_of())).get_sheet_by_index(0)
    assert ((0, 0), (0, 2)) in (sheet.merged_cell_ranges or [])
    assert sheet.to_python()[0][0] == "永嘉县单位名录"


def test_it_is_ready_to_print() -> None:
    xml = part(book_of(("县发改局", 1, None)), "xl/worksheets/sheet1.xml")
    assert 'paperSize="9"' in xml
    assert 'orientation="landscape"' in xml
    assert 'fitToHeight="0"' in xml
    assert "第 &amp;P 页" in xml
    names = part(book_of(("县发改局", 1, None)), "xl/workbook.xml")
    assert "Print_Titles" in names
    assert "'单位'!$1:$3" in names or "单位!$1:$3" in names


def test_fonts_are_those_of_official_tables_and_columns_have_their_widths() -> None:
    book = book_of(("县发改局", 1, None))
    styles = part(book, "xl/styles.xml")
    assert 'val="黑体"' in styles
    assert 'val="宋体"' in styles
    widths = re.findall(r'<col min="\d" max="\d" width="([0-9.]+)"', part(book, "xl/worksheets/sheet1.xml"))
    assert [round(float(width)) for width in widths] == [25, 11, 13]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5 度", "@县发改局", '=HYPERLINK("http://x","y")', "http://x"])
def test_what_looks_like_a_formula_or_link_stays_text(text: str) -> None:
    book = book_of((text, None, None))
    xml = part(book, "xl/worksheets/sheet1.xml")
    assert "<f>" not in xml
    assert "<hyperlink" not in xml
    assert calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()[3][0] == text
    assert ("quotePrefix" in part(book, "xl/styles.xml")) == (text[0] in "=+-@")


def test_a_number_with_more_digits_than_a_spreadsheet_keeps_is_text() -> None:
    book = book_of(("", Decimal("12345678901234567.89"), None), ("", Decimal("0.1"), None))
    rows = calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows[3:]] == ["12345678901234567.89", 0.1]


def test_a_text_that_no_cell_holds_is_an_error_not_a_loss() -> None:
    with pytest.raises(ValueError, match="at most 32767"):
        book_of(("长" * 32_768, None, None))


def test_sheet_names_are_those_that_excel_takes() -> None:
    assert sheet_name("职务/任职") == "职务_任职"
    assert sheet_name("单位", {"单位"}) == "单位（2）"
    assert len(sheet_name("单" * 40, {"单" * 31})) == 31


def test_a_sheet_without_rows_or_note_is_a_sheet() -> None:
    assert calamine.CalamineWorkbook.from_filelike(io.BytesIO(book_of(note=None))).get_sheet_by_index(0).to_python()[
        1
    ] == ["名称", "数值", "日期"]
