import io
import re
import zipfile
from datetime import date
from decimal import Decimal

import pytest
import xlsxwriter

from shared import workbook_archive
from shared.errors import InvalidError
from shared.sheets import (
    Column,
    FileTooLargeError,
    Row,
    Table,
    address,
    folded,
    normalised,
    read_day,
    read_number,
    read_sheets,
    split_names,
)

COLUMNS = (
    Column("name", ("单位名称", "名称", "单位"), required=True),
    Column("code", ("代码", "编码")),
    Column("sector", ("行业",)),
)


def table_of(content: bytes) -> Table:
    table = read_sheets(content)[0].table(COLUMNS)
    assert table is not None
    return table


def rows_of(content: bytes) -> list[Row]:
    return list(table_of(content).rows())


def xlsx(*rows: list[object], merges: tuple[tuple[int, int, int, int], ...] = (), left: int = 0, top: int = 0) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("名单")
    for index, row in enumerate(rows):
        sheet.write_row(top + index, left, row)
    for first_row, first_column, last_row, last_column in merges:
        value = rows[first_row][first_column]
        sheet.merge_range(first_row, first_column, last_row, last_column, value)
    book.close()
    return target.getvalue()


def test_each_cell_knows_its_sheet_and_address() -> None:
    (row,) = rows_of(xlsx(["关于单位的表"], [], ["单位", "代码"], ["县发改局", "330324-fgj"], left=1, top=2))
    assert (row.number, row.cells["name"].address, row.cells["code"].address) == (6, "B6", "C6")
    assert row.cells["code"].sheet == "名单"
    assert row.text("sector") == ""


def test_merged_cells_are_filled_downwards() -> None:
    rows = rows_of(
        xlsx(["行业", "名称"], ["旅游业", "县体育局"], [None, "县发改局"], ["宾馆", "县农办"], merges=((1, 0, 2, 0),))
    )
    assert [(row.text("sector"), row.text("name")) for row in rows] == [
        ("旅游业", "县体育局"),
        ("旅游业", "县发改局"),
        ("宾馆", "县农办"),
    ]


def test_a_heading_merged_over_the_table_is_told_from_an_entry() -> None:
    rows = rows_of(
        xlsx(
            ["名称", "代码", "行业"], ["一、部门", None, None], ["县农办", "330324-nb", "农业"], merges=((1, 0, 1, 2),)
        )
    )
    assert [row.heading for row in rows] == [True, False]


def test_the_header_is_the_row_with_most_of_the_columns() -> None:
    table = table_of(
        xlsx(["单位"], ["填报说明", "x"], ["单 位 名 称（必填）", "编码*", "备注"], ["县农办", "330324-nb", "y"])
    )
    assert table.header_row == 3
    assert [(cell.address, cell.text) for cell in table.unknown] == [("C3", "备注")]


def test_a_sheet_without_the_required_header_is_no_table() -> None:
    assert read_sheets(xlsx(["代码", "行业"]))[0].table(COLUMNS) is None


def test_numbers_days_and_yes_are_read_as_a_person_reads_them() -> None:
    book = xlsx(["名称", "代码", "行业"], [330324, 0.5, True])
    assert [cell.text for cell in rows_of(book)[0].cells.values()] == ["330324", "0.5", "是"]


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", b""), ("utf-8-sig", b""), ("gb18030", b""), ("utf-16", b"")])
def test_csv_is_read_in_the_encodings_that_offices_write(encoding: str, mark: bytes) -> None:
    content = mark + '单位,代码\r\n"县财政局\n（地税局）",３３０３２４－ｃｚｊ\r\n\r\n县农办,330324-nb\r\n'.encode(
        encoding
    )
    rows = rows_of(content)
    assert [row.text("name") for row in rows] == ["县财政局\n（地税局）", "县农办"]
    assert [row.text("code") for row in rows] == ["330324-czj", "330324-nb"]
    assert [row.cells["code"].address for row in rows] == ["B2", "B4"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_may_be_separated_otherwise(delimiter: str) -> None:
    assert rows_of(f"单位{delimiter}代码\n县农办{delimiter}x".encode())[0].text("code") == "x"


def test_the_quote_before_what_looks_like_a_formula_is_taken_off() -> None:
    rows = rows_of("单位,代码\n'=1+1,'''a\n'县农办,x\n".encode())
    assert [row.text("name") for row in rows] == ["=1+1", "'县农办"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("　县　农办　", "县 农办"),
        ("永政办发〔２００９〕１０６号", "永政办发〔2009〕106号"),
        ("３．１９", "3.19"),
        ("县财政局（地税局），Ａ级", "县财政局（地税局），A级"),
        ("a\r\nb\u200b", "a\nb"),
    ],
)
def test_full_width_digits_letters_and_spaces_are_folded_but_chinese_punctuation_stays(written: str, read: str) -> None:
    assert normalised(written) == read


@pytest.mark.parametrize("separator", ["、", "，", ",", "；", ";", "/", "\n", "／"])
def test_several_names_in_a_cell_are_taken_apart(separator: str) -> None:
    assert split_names(f"县发改局{separator} 县农办{separator}") == ["县发改局", "县农办"]


def test_brackets_keep_what_is_in_them_together() -> None:
    assert split_names("县人社局（县公务员局、县社保局）、县农办") == ["县人社局（县公务员局、县社保局）", "县农办"]


@pytest.mark.parametrize(
    "text",
    ["2009-07-06", "2009/7/6", "2009.7.6", "2009年7月6日", "20090706", "2009 年 7 月 6 日", "2009-07-06 00:00:00"],
)
def test_days_are_read_as_offices_write_them(text: str) -> None:
    assert read_day(text) == date(2009, 7, 6)


@pytest.mark.parametrize("text", ["", "2009-02-30", "2009", "7月6日", "39999"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert read_day(text) is None


def test_addresses_go_on_after_z() -> None:
    assert [address(1, column) for column in (0, 25, 26, 701, 702)] == ["A1", "Z1", "AA1", "ZZ1", "AAA1"]


def test_headers_are_compared_without_spaces_hints_and_stars() -> None:
    assert folded("单　位 名称（全称）*") == folded("单位名称")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls file or one with a password"),
        (b"PK\x03\x04 junk", "cannot be opened"),
        (b"\x00\x01\x02", "neither xlsx nor text"),
        (b'a,"b', "record 1"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(InvalidError, match=reason):
        list(read_sheets(content)[0]._lines)


def test_a_packed_file_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(InvalidError, match="holds no workbook"):
        read_sheets(target.getvalue())


def test_a_cell_far_away_is_refused_before_memory_is_taken() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "名称")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(FileTooLargeError, match="row 1048576"):
        read_sheets(target.getvalue())


def test_a_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_archive, "MAX_UNPACKED_BYTES", 1024 * 1024)
    with pytest.raises(FileTooLargeError, match="unpacks to more than 1 MiB"):
        read_sheets(xlsx(["名称"], *([f"{'x' * 200}{n}", n] for n in range(6000))))


def test_a_merge_over_the_whole_sheet_costs_nothing() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["名称", "代码"])
    sheet.write_row(2, 1, ["x"])
    sheet.merge_range(1, 0, 1_048_575, 0, "县农办")
    sheet.write_row(1, 1, ["y"])
    book.close()
    assert [row.text("name") for row in rows_of(target.getvalue())] == ["县农办", "县农办"]


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (0.125, "0.0%", "12.5%"),
        (0.07, "0%", "7%"),
        (1 / 3, "0.00%", "33.3333333333333%"),
        (-0.033, '[Red]0.0%;"负"0.0%', "-3.3%"),
        (0.58, "[>=0.5]0%", "58%"),
        (12.5, '0.0"%"', "12.5"),
        (12.5, "0.0\\%", "12.5"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-7, "0.00E+00", "0.0000001"),
        ("约5%", "0%", "约5%"),
    ],
)
def test_a_number_is_read_as_it_is_shown(value: object, shown_as: str, text: str) -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    book.add_worksheet("封面").write(0, 0, 0.125)
    sheet = book.add_worksheet("表")
    sheet.write_row(2, 1, ["名称", "代码"])
    sheet.write(4, 1, "县农办")
    sheet.write(4, 2, value, book.add_format({"num_format": shown_as}))
    book.close()
    table = read_sheets(target.getvalue())[1].table(COLUMNS)
    assert table is not None
    assert [row.text("code") for row in table.rows()] == [text]


def test_cells_that_say_no_place_are_shown_in_per_cent_too() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("表")
    sheet.write_row(0, 0, ["名称", "代码"])
    sheet.write_row(1, 0, ["县农办", 0.5], book.add_format({"num_format": 9}))
    book.close()
    bare = io.BytesIO()
    with zipfile.ZipFile(target) as packed, zipfile.ZipFile(bare, "w") as unplaced:
        for part in packed.namelist():
            text = packed.read(part)
            if part.startswith("xl/worksheets/"):
                text = re.sub(rb'<(c|row) r="[A-Z]*[0-9]+"', rb"<\1", text)
            unplaced.writestr(part, text)
    assert [row.text("code") for row in rows_of(bare.getvalue())] == ["50%"]


@pytest.mark.parametrize(
    ("text", "measure", "number"),
    [
        ("12.5%", "%", "12.5"), ("12.5 ％", "％", "12.5"), ("12.5", "%", "12.5"), ("12,345.6", "万元", "12345.6"),
        ("12.5%", "万元", None), ("12.5%", None, None), ("1,5", None, None), ("六", None, None), ("%", "%", None),
        ("", None, None), ("NaN", None, None), ("1_000", None, None),
    ],
)  # fmt: skip
def test_a_written_number_is_read_by_its_unit_of_measure(text: str, measure: str | None, number: str | None) -> None:
    assert read_number(text, measure) == (None if number is None else Decimal(number))
