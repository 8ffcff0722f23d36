"""Word documents in the layout of official papers, GB/T 9704-2012 (党政机关公文格式): page, type, red head, tables.

Sizes are those of the standard: A4, text area 156 × 225 mm, body 三号 (16 pt) 仿宋, title 二号 (22 pt) 小标宋,
first-level headings 黑体, second-level 楷体, page number 四号 between dashes. Word names fonts, it does not carry them:
where the reader's machine lacks one, Word takes its own substitute. For services that have python-docx.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

BODY, TITLE, HEADING, SUBHEADING, SANS = "仿宋", "方正小标宋简体", "黑体", "楷体", "黑体"
BODY_SIZE, TITLE_SIZE, SMALL_SIZE, TABLE_SIZE = Pt(16), Pt(22), Pt(14), Pt(12)
LINE = Pt(28.95)
RED = RGBColor(0xE6, 0x00, 0x12)
_INDENT = Pt(32)
_MARK_WIDTH = 440
"""Points that the mark may be wide, so that it stays on one line."""
_LATIN = "Times New Roman"


def new_document(*, landscape: bool = False) -> WordDocument:
    """Return an empty A4 document with the standard's margins, body type and page number."""
    document = Document()
    section = document.sections[0]
    width, height = Mm(210), Mm(297)
    top, bottom, left, right = Mm(37), Mm(35), Mm(28), Mm(26)
    if landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
        width, height = height, width
        top, bottom, left, right = left, right, bottom, top
    section.page_width, section.page_height = width, height
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = top, bottom, left, right
    section.footer_distance = Mm(28)
    _body_style(document)
    _page_number(section.footer.paragraphs[0])
    return document


def red_head(document: WordDocument, mark: str, left: str = "", right: str = "") -> None:
    """Add the issuer's mark (发文机关标志) in red, 35 mm into the text area, with number and date above a red line."""
    marked = _aligned(document, WD_ALIGN_PARAGRAPH.CENTER, mark, TITLE, Pt(min(36, _MARK_WIDTH // len(mark))), RED)
    marked.paragraph_format.space_before = Mm(30)
    _space(document)
    line = document.add_paragraph()
    line.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=2)
    _set(line.add_run(f"{left}\t{right}" if right else left), BODY, BODY_SIZE)
    _bottom_border(line, "E60012", 12)


def title(document: WordDocument, text: str) -> None:
    """Add the title, centred."""
    _space(document)
    _aligned(document, WD_ALIGN_PARAGRAPH.CENTER, text, TITLE, TITLE_SIZE)
    _space(document)


def paragraph(document: WordDocument, text: str, *, lead: str = "") -> None:
    """Add a paragraph of the body, indented by two characters; `lead` stands before it in 黑体."""
    added = document.add_paragraph()
    added.paragraph_format.first_line_indent = _INDENT
    if lead:
        _set(added.add_run(lead), SANS, BODY_SIZE)
    _set(added.add_run(text), BODY, BODY_SIZE)


def plain(document: WordDocument, text: str) -> None:
    """Add a paragraph that is not indented, as the addressees (主送机关) stand."""
    _set(document.add_paragraph().add_run(text), BODY, BODY_SIZE)


def roll(document: WordDocument, label: str, names: str) -> None:
    """Add a list of those present, excused or sitting in (出席、请假、列席), lines aligned after the colon, 10.3."""
    added = document.add_paragraph()
    added.paragraph_format.left_indent = Pt(32 + 16 * (len(label) + 1))
    added.paragraph_format.first_line_indent = Pt(-16 * (len(label) + 1))
    _set(added.add_run(f"{label}："), SANS, BODY_SIZE)
    _set(added.add_run(names), BODY, BODY_SIZE)


def heading(document: WordDocument, text: str, level: int = 1) -> None:
    """Add a heading: 一、 in 黑体, （一） in 楷体."""
    added = document.add_paragraph()
    added.paragraph_format.first_line_indent = _INDENT
    added.paragraph_format.keep_with_next = True
    _set(added.add_run(text), HEADING if level == 1 else SUBHEADING, BODY_SIZE)


def signature(document: WordDocument, issuer: str, on: date) -> None:
    """Add who issues it and when (落款), right of the middle."""
    _space(document)
    for text in (issuer, chinese_date(on)):
        added = _aligned(document, WD_ALIGN_PARAGRAPH.RIGHT, text, BODY, BODY_SIZE)
        added.paragraph_format.right_indent = Pt(64)


def imprint(document: WordDocument, lines: Iterable[str], issuer: str, printed_on: date) -> None:
    """Add the imprint (版记): to whom it goes, who printed it and when, between lines."""
    _space(document)
    rows = [_small(document, text) for text in lines]
    last = _small(document, f"{issuer}\t{chinese_date(printed_on)}印发")
    last.paragraph_format.tab_stops.add_tab_stop(Mm(151), alignment=2)
    for row in [*rows, last]:
        for side in ("w:top", "w:bottom", "w:between"):  # word processors draw equal neighbours as one block
            _border(row, side, "000000", 8)


def table(
    document: WordDocument, header: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]
) -> None:
    """Add a table with a header that repeats on each page; widths in millimetres."""
    made = document.add_table(rows=1, cols=len(header), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    for cell, text in zip(made.rows[0].cells, header, strict=True):
        _fill(cell, text, SANS, WD_ALIGN_PARAGRAPH.CENTER)
    _repeat(made.rows[0]._tr)  # noqa: SLF001 - python-docx has no public way to repeat a header row
    for row in rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            _fill(cell, text, BODY, WD_ALIGN_PARAGRAPH.LEFT)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def page_break(document: WordDocument) -> None:
    """Begin a new page."""
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def written(document: WordDocument) -> bytes:
    """Return the document as a file."""
    into = BytesIO()
    document.save(into)
    return into.getvalue()


def chinese_date(day: date) -> str:
    """Return a date as official papers write it, e.g. 2026年1月9日 (GB/T 9704-2012 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _body_style(document: WordDocument) -> None:
    style = document.styles["Normal"]
    style.font.name, style.font.size = _LATIN, BODY_SIZE
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    form = style.paragraph_format
    form.line_spacing, form.space_before, form.space_after = LINE, Pt(0), Pt(0)


def _aligned(
    document: WordDocument,
    side: WD_ALIGN_PARAGRAPH,
    text: str,
    font: str,
    size: Pt,
    colour: RGBColor | None = None,
) -> Paragraph:
    added = document.add_paragraph()
    added.alignment = side
    if size > BODY_SIZE:
        added.paragraph_format.line_spacing = 1.2
    _set(added.add_run(text), font, size, colour)
    return added


def _small(document: WordDocument, text: str) -> Paragraph:
    added = document.add_paragraph()
    added.paragraph_format.left_indent = added.paragraph_format.right_indent = Pt(14)
    _set(added.add_run(text), BODY, SMALL_SIZE)
    return added


def _space(document: WordDocument) -> None:
    document.add_paragraph()


def _set(run: Run, font: str, size: Pt, colour: RGBColor | None = None) -> None:
    run.font.name, run.font.size = _LATIN, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - the only way to name a Chinese font
    if colour is not None:
        run.font.color.rgb = colour


def _fill(cell: _Cell, text: str, font: str, side: WD_ALIGN_PARAGRAPH) -> None:
    filled = cell.paragraphs[0]
    filled.alignment = side
    filled.paragraph_format.line_spacing = 1.1
    _set(filled.add_run(text), font, TABLE_SIZE)


def _page_number(footer: Paragraph) -> None:
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _set(footer.add_run("— "), BODY, SMALL_SIZE)
    number = footer.add_run()
    _set(number, BODY, SMALL_SIZE)
    for kind, text in (("begin", None), (None, " PAGE "), ("end", None)):
        number._r.append(_field_part(kind, text))  # noqa: SLF001 - python-docx has no public fields
    _set(footer.add_run(" —"), BODY, SMALL_SIZE)


def _field_part(kind: str | None, text: str | None) -> OxmlElement:  # type: ignore[valid-type] # a factory, used as the type it makes
    if kind is not None:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
        return mark
    code = OxmlElement("w:instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = text
    return code


def _bottom_border(target: Paragraph, colour: str, eighths: int) -> None:
    _border(target, "w:bottom", colour, eighths)


def _border(target: Paragraph, side: str, colour: str, eighths: int) -> None:
    form = target._p.get_or_add_pPr()  # noqa: SLF001 - python-docx has no public paragraph borders
    borders = form.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        form.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")
    line = OxmlElement(side)
    for name, value in (("val", "single"), ("sz", str(eighths)), ("space", "1"), ("color", colour)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _repeat(row: OxmlElement) -> None:  # type: ignore[valid-type] # a factory, used as the type it makes
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row.get_or_add_trPr().append(mark)  # type: ignore[attr-defined] # an element of python-docx
