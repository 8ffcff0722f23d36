"""Word documents in the layout of GB/T 9704-2012, read back as a word processor reads them."""

from datetime import date
from io import BytesIO

from docx import Document
from docx.shared import Length, Pt

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
    word.imprint(document, ["抄送：县委办。"], "县发改局", date(2026, 1, 20))
    read = Document(BytesIO(word.written(document)))
    text = "\n".join(paragraph.text for paragraph in read.paragraphs)
    assert "会议议定：由县发改局牵头。" in text
    assert "2026年1月9日" in text
    assert "县发改局\t2026年1月20日印发" in text
    assert [cell.text for cell in read.tables[0].rows[1].cells] == ["1", "县发改局"]
    assert _mm(read.sections[0].page_width) == 297


def test_markup_in_the_text_stays_text() -> None:
    document = word.new_document()
    word.paragraph(document, "<w:p>&amp;</w:p>")
    assert Document(BytesIO(word.written(document))).paragraphs[0].text == "<w:p>&amp;</w:p>"


def _mm(length: Length | None) -> int:
    assert length is not None
    return round(float(length.mm))
