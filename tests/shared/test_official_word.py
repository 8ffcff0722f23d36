"""Word documents in the layout of GB/T 9704-2012, read back as a word processor reads them."""

from datetime import date
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt

from shared import official_word as word


def test_page_and_body_are_those_of_the_standard() -> None:
    document = word.new_document()
    word.paragraph(document, "正文。")
    section = document.sections[0]
    assert (_mm(section.page_width), _mm(section.page_height)) == (210, 297)
    assert _mm(section.page_width) - _mm(section.left_margin) - _mm(section.right_margin) == 156
    assert _mm(section.page_height) - _mm(section.top_margin) - _mm(section.bottom_margin) == 225
    assert document.paragraphs[0].runs[0].font.size == Pt(16)


def test_what_is_written_can_be_read_back() -> None:
    document = word.new_document(landscape=True)
    word.red_head(document, "会议纪要", "〔2026〕1号", "2026年1月16日")
    word.title(document, "县服务业工作部门协调会议纪要")
    word.heading(document, "一、议定事项")
    word.paragraph(document, "由县发改局牵头。", lead="会议议定：")
    word.table(document, ["序号", "单位"], [["1", "县发改局"]], [20, 60])
    word.page_break(document)
    word.signature(document, "县服务业工作部门协调会议办公室", date(2026, 1, 9))
    word.imprint(document, [("抄送", ["县委办，", "县府办。"])], "县发改局", date(2026, 1, 20))
    read = Document(BytesIO(word.written(document)))
    text = "\n".join(paragraph.text for paragraph in read.paragraphs)
    assert "会议议定：由县发改局牵头。" in text
    assert "2026年1月9日" in text
    assert [cell.text for cell in read.tables[0].rows[1].cells] == ["1", "县发改局"]
    assert read.tables[1].cell(0, 0).text == "抄送：县委办，县府办。"
    assert [cell.text for cell in read.tables[1].rows[1].cells] == ["县发改局", "2026年1月20日印发"]
    assert _mm(read.sections[0].page_width) == 297


def test_markup_in_the_text_stays_text() -> None:
    document = word.new_document()
    word.paragraph(document, "<w:p>&amp;</w:p>")
    assert Document(BytesIO(word.written(document))).paragraphs[0].text == "<w:p>&amp;</w:p>"


def test_the_imprint_is_a_table_that_floats_at_the_foot_of_the_text_area() -> None:
    document = word.new_document()
    word.paragraph(document, "正文。")
    word.imprint(document, [("抄送", ["县委办。"])], "县发改局", date(2026, 1, 20))
    read = Document(BytesIO(word.written(document)))
    place = read.tables[0]._tbl.tblPr.find(qn("w:tblpPr"))
    assert place is not None
    assert (place.get(qn("w:vertAnchor")), place.get(qn("w:tblpYSpec"))) == ("margin", "bottom")


def test_the_signature_stands_on_a_page_with_the_end_of_the_text() -> None:
    document = word.new_document()
    word.paragraph(document, "正文。")
    word.signature(document, "县发改局", date(2026, 1, 20))
    kept = [bool(each.paragraph_format.keep_with_next) for each in document.paragraphs]
    assert kept == [True, True, True, False]


@pytest.mark.parametrize(
    ("names", "width", "indent", "lines"),
    [
        (["县发改局，", "县经贸局，", "县教育局。"], 10, 0, ["县发改局，县经贸局，", "县教育局。"]),
        (["县发改局，", "县经贸局，", "县教育局。"], 10, 2, ["县发改局，", "县经贸局，县教育局。"]),
        (["第12小学，", "县教育局。"], 10, 0, ["第12小学，县教育局。"]),
        (["楠溪江风景旅游管理局，", "县委办。"], 6, 0, ["楠溪江风景旅游管理局，", "县委办。"]),
        ([], 6, 0, [""]),
    ],
)
def test_a_list_of_names_ends_no_line_inside_a_name(
    names: list[str], width: int, indent: int, lines: list[str]
) -> None:
    assert word.in_lines(names, width, indent) == lines


def test_a_line_holds_28_characters_and_a_number_keeps_its_unit() -> None:
    document = word.new_document()
    style = document.styles["Normal"]
    spacing = int(style.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 28 * (16 + spacing) <= Mm(156).pt < 29 * (16 + spacing)
    rule = document.settings.element.find(qn("w:noLineBreaksBefore"))
    assert all(sign in rule.get(qn("w:val")) for sign in "年月日号。，）〕")


def _mm(length: Length | None) -> int:
    assert length is not None
    return round(float(length.mm))
