"""Word documents in the layout of official papers, GB/T 9704-2012 (党政机关公文格式): page, type, red head, tables.

Sizes are those of the standard: A4, text area 156 × 225 mm, body 三号 (16 pt) 仿宋, title 二号 (22 pt) 小标宋,
first-level headings 黑体, second-level 楷体, page number 四号 between dashes. Word names fonts, it does not carry them:
where the reader's machine lacks one, Word takes its own substitute. For services that have python-docx.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from math import ceil

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.table import CT_Row
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

BODY, TITLE, HEADING, SUBHEADING, SANS = "仿宋", "方正小标宋简体", "黑体", "楷体", "黑体"
BODY_SIZE, TITLE_SIZE, SMALL_SIZE, TABLE_SIZE = Pt(16), Pt(22), Pt(14), Pt(12)
LINE = Pt(28.95)
_TABLE_SIZES = (TABLE_SIZE, Pt(10.5), Pt(9), Pt(8), Pt(7), Pt(6), Pt(5))
_CELL_SIDES = 4
"""Millimetres of a cell that no text takes."""
_CELL_LINE = 1.5
"""Height of a cell's line, of its size of type."""
_POINTS_PER_MM = 72 / 25.4
RED = RGBColor(0xE6, 0x00, 0x12)
_INDENT = Pt(32)
_TEXT_WIDTH = Mm(156)
_LINE_SIGNS, _IMPRINT_SIGNS = 28, 29
"""Characters in a line of the body, 5.2.3, and in one of the imprint between its two free ones."""
_SMALL_LINE = Pt(22)
_BEGINS_NO_LINE = "!%),.:;>?]}¢¨°·ˇˉ―‖’”…‰′″›℃∶、。〃〉》」』】〕〗〞︶︺︾﹀﹄﹚﹜﹞！＂％＇），．：；？］｀｜｝～￠"
_ENDS_NO_LINE = "$([{£¥·‘“〈《「『【〔〖〝﹙﹛﹝＄（．［｛￡￥"
_UNITS = "年月日号万亿元亩个项家"
"""Begin no line either, so that a number stays with its unit; the other two are Word's own for Chinese."""
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
    section.footer_distance = Mm(25.5)
    _body_style(document)
    _line_rules(document)
    _page_number(section.footer.paragraphs[0])
    return document


def red_head(document: WordDocument, mark: str, left: str = "", right: str = "") -> None:
    """Add the issuer's mark (发文机关标志) in red, 35 mm into the text area, with number and date above a red line."""
    size = Pt(min(36, _MARK_WIDTH // len(mark)))
    marked = _aligned(document, WD_ALIGN_PARAGRAPH.CENTER, mark, TITLE, size, RED)
    marked.paragraph_format.space_before, marked.paragraph_format.line_spacing = Mm(34), size
    if left:
        blank(document)
        blank(document)
    line = document.add_paragraph()
    line.paragraph_format.tab_stops.add_tab_stop(Mm(156), alignment=2)
    _set(line.add_run(f"{left}\t{right}" if right else left), BODY, BODY_SIZE)
    _bottom_border(line, "E60012", 12, 5)
    blank(document)


def title(document: WordDocument, text: str) -> None:
    """Add the title, centred."""
    blank(document)
    _aligned(document, WD_ALIGN_PARAGRAPH.CENTER, text, TITLE, TITLE_SIZE)
    blank(document)


def paragraph(document: WordDocument, text: str, *, lead: str = "") -> None:
    """Add a paragraph of the body, indented by two characters; `lead` stands before it in 黑体."""
    added = document.add_paragraph()
    added.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    added.paragraph_format.first_line_indent = _INDENT
    if lead:
        _set(added.add_run(lead), SANS, BODY_SIZE)
    _set(added.add_run(text), BODY, BODY_SIZE)


def plain(document: WordDocument, text: str) -> None:
    """Add a paragraph that is not indented, as the addressees (主送机关) stand."""
    _set(document.add_paragraph().add_run(text), BODY, BODY_SIZE)


def names(document: WordDocument, entries: Sequence[str], *, indent: float = 0) -> None:
    """Add a list of names that ends no line inside a name, 主送 or within the body; `indent` in characters."""
    added = document.add_paragraph()
    added.paragraph_format.first_line_indent = Pt(16 * indent)
    _add_lines(added, in_lines(entries, _LINE_SIGNS, indent), BODY_SIZE)


def roll(document: WordDocument, label: str, entries: Sequence[str]) -> None:
    """Add a list of those present, excused or sitting in (出席、请假、列席), lines aligned after the colon, 10.3."""
    added = document.add_paragraph()
    _hang(added, label, 16, 32)
    _set(added.add_run(f"{label}："), SANS, BODY_SIZE)
    _add_lines(added, in_lines(entries, _LINE_SIGNS - 3 - len(label)), BODY_SIZE)


def in_lines(entries: Iterable[str], width: float, indent: float = 0) -> list[str]:
    """Return entries (each with the mark that follows it) as lines of at most `width` characters, none torn.

    The first line is shorter by `indent`. An entry that is wider than a line stands alone; Word wraps it.
    """
    lines = [""]
    for entry in entries:
        room = width - (indent if len(lines) == 1 else 0)
        if lines[-1] and _signs(lines[-1] + entry) > room:
            lines.append("")
        lines[-1] += entry
    return lines


def blank(document: WordDocument) -> None:
    """Add an empty line."""
    document.add_paragraph()


def heading(document: WordDocument, text: str, level: int = 1) -> None:
    """Add a heading: 一、 in 黑体, （一） in 楷体."""
    added = document.add_paragraph()
    added.paragraph_format.first_line_indent = _INDENT
    added.paragraph_format.keep_with_next = True
    _set(added.add_run(text), HEADING if level == 1 else SUBHEADING, BODY_SIZE)


def signature(document: WordDocument, issuer: str, on: date) -> None:
    """Add who issues it and when (落款), right of the middle, on a page with the end of the text, 7.3.5.5."""
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    blank(document)
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    for text in (issuer, chinese_date(on)):
        added = _aligned(document, WD_ALIGN_PARAGRAPH.RIGHT, text, BODY, BODY_SIZE)
        added.paragraph_format.right_indent = Pt(64)
        added.paragraph_format.keep_with_next = text is issuer


def imprint(
    document: WordDocument, lists: Iterable[tuple[str, Sequence[str]]], issuer: str, printed_on: date | None
) -> None:
    """Add the imprint (版记) at the foot of the last page, 7.4: to whom it goes, who printed it and when.

    Its last line is the lower edge of the text area: a table that floats there, as word processors have no other way.
    `lists` are labels and entries, each entry with the mark that follows it; no day: it is not printed yet.
    """
    made = document.add_table(rows=2, cols=2)
    made.autofit = False
    _float_at_the_foot(made)
    above, maker, day = made.cell(0, 0).merge(made.cell(0, 1)), made.cell(1, 0), made.cell(1, 1)
    for place, (label, entries) in enumerate(lists):
        added = above.add_paragraph() if place else above.paragraphs[0]
        _hang(added, label, 14, 14)
        _set(added.add_run(f"{label}："), BODY, SMALL_SIZE)
        _add_lines(added, in_lines(entries, _IMPRINT_SIGNS - 1 - len(label)), SMALL_SIZE)
    _set(maker.paragraphs[0].add_run(issuer), BODY, SMALL_SIZE)
    _set(day.paragraphs[0].add_run(f"{chinese_date(printed_on)}印发" if printed_on else ""), BODY, SMALL_SIZE)
    maker.paragraphs[0].paragraph_format.left_indent = day.paragraphs[0].paragraph_format.right_indent = SMALL_SIZE
    day.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for each in (*above.paragraphs, *maker.paragraphs, *day.paragraphs):
        each.paragraph_format.line_spacing = _SMALL_LINE
    anchor = document.add_paragraph().paragraph_format
    anchor.line_spacing = Pt(1)


def fitting_size(rows: Sequence[Sequence[str]], widths: Sequence[float], height: float) -> Pt:
    """Return the largest size of type in which a table is no higher, else the smallest; widths in millimetres."""

    def needed(size: Pt) -> float:
        rooms = [(width - _CELL_SIDES) * _POINTS_PER_MM / size.pt for width in widths]
        lines = sum(max(ceil(_signs(text) / room) for text, room in zip(row, rooms, strict=True)) for row in rows)
        return float(lines * size.pt * _CELL_LINE + len(rows))

    return next((size for size in _TABLE_SIZES if needed(size) <= height), _TABLE_SIZES[-1])


def table(
    document: WordDocument,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[float],
    size: Pt = TABLE_SIZE,
) -> None:
    """Add a table with a header that repeats on each page; widths in millimetres."""
    made = document.add_table(rows=1, cols=len(header), style="Table Grid")
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    for cell, text in zip(made.rows[0].cells, header, strict=True):
        _fill(cell, text, SANS, WD_ALIGN_PARAGRAPH.CENTER, size)
    _repeat(made.rows[0]._tr)  # noqa: SLF001 - python-docx has no public way to repeat a header row
    for row in rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            _fill(cell, text, BODY, WD_ALIGN_PARAGRAPH.LEFT, size)
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
    type_form = style.element.rPr
    type_form.insert_element_before(_element("spacing", val="-5"), "w:sz")  # 0.25 pt closer: 28 signs fill a line
    type_form.append(_element("lang", val="en-US", eastAsia="zh-CN"))
    form = style.paragraph_format
    form.line_spacing, form.space_before, form.space_after = LINE, Pt(0), Pt(0)


def _line_rules(document: WordDocument) -> None:
    """Say which signs begin and end no line (首尾字符)."""
    settings = document.settings.element
    signs = {"noLineBreaksAfter": _ENDS_NO_LINE, "noLineBreaksBefore": _BEGINS_NO_LINE + _UNITS}
    for name, value in signs.items():
        rule = _element(name, lang="zh-CN", val=value)
        settings.insert_element_before(rule, "w:savePreviewPicture", "w:compat")


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


def _hang(target: Paragraph, label: str, size: int, indent: int) -> None:
    """Let the lines after the first begin under the sign after the label's colon; sizes in points."""
    label_width = size * (len(label) + 1)
    target.paragraph_format.left_indent = Pt(indent + label_width)
    target.paragraph_format.first_line_indent = Pt(-label_width)


def _add_lines(target: Paragraph, lines: Sequence[str], size: Pt) -> None:
    for place, text in enumerate(lines):
        run = target.add_run()
        if place:
            run.add_break()
        run.add_text(text)
        _set(run, BODY, size)


def _signs(text: str) -> float:
    """Return how wide a text is in Chinese characters; letters count as the wide ones among them are."""
    return sum(map(_width, text))


def _width(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WFA":
        return 1
    return 0.75 if sign.isalpha() else 0.5


def _float_at_the_foot(made: Table) -> None:
    form = made._tbl.tblPr  # noqa: SLF001 - python-docx has no public floating tables
    form.insert_element_before(
        _element("tblpPr", horzAnchor="page", vertAnchor="margin", tblpX="1588", tblpYSpec="bottom",
                 topFromText="160"),
        "w:tblOverlap", "w:bidiVisual", "w:tblStyleRowBandSize", "w:tblStyleColBandSize", "w:tblW",
    )  # fmt: skip
    borders, margins = _element("tblBorders"), _element("tblCellMar")  # no margins: Word moves the table out by them
    for side, eighths in (("top", "8"), ("bottom", "8"), ("insideH", "6")):  # 7.4.1: 0.35 mm outside, 0.25 mm between
        borders.append(_element(side, val="single", sz=eighths, space="0", color="000000"))
    for side in ("left", "right"):
        margins.append(_element(side, w="0", type="dxa"))
    form.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblLook")
    form.insert_element_before(margins, "w:tblLook")
    for row in made.rows:
        for cell in row.cells:
            cell.width = (_TEXT_WIDTH - Mm(0.1)) // 2  # LibreOffice lets nothing float that is as wide as the text


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    made: BaseOxmlElement = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _set(run: Run, font: str, size: Pt, colour: RGBColor | None = None) -> None:
    run.font.name, run.font.size = _LATIN, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - the only way to name a Chinese font
    if colour is not None:
        run.font.color.rgb = colour


def _fill(cell: _Cell, text: str, font: str, side: WD_ALIGN_PARAGRAPH, size: Pt) -> None:
    filled = cell.paragraphs[0]
    filled.alignment = side
    filled.paragraph_format.line_spacing = 1.1
    _set(filled.add_run(text), font, size)


def _page_number(footer: Paragraph) -> None:
    footer.alignment, footer.paragraph_format.line_spacing = WD_ALIGN_PARAGRAPH.CENTER, SMALL_SIZE
    _set(footer.add_run("— "), BODY, SMALL_SIZE)
    number = footer.add_run()
    _set(number, BODY, SMALL_SIZE)
    for kind, text in (("begin", None), (None, " PAGE "), ("end", None)):
        number._r.append(_field_part(kind, text))  # noqa: SLF001 - python-docx has no public fields
    _set(footer.add_run(" —"), BODY, SMALL_SIZE)
    for run in footer.runs:
        run.font.name = "宋体"


def _field_part(kind: str | None, text: str | None) -> BaseOxmlElement:
    if kind is not None:
        return _element("fldChar", fldCharType=kind)
    code = _element("instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = text
    return code


def _bottom_border(target: Paragraph, colour: str, eighths: int, below: int) -> None:
    """Draw a line so many points below a paragraph."""
    borders = _element("pBdr")
    borders.append(_element("bottom", val="single", sz=str(eighths), space=str(below), color=colour))
    form = target._p.get_or_add_pPr()  # noqa: SLF001 - python-docx has no public paragraph borders
    form.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _repeat(row: CT_Row) -> None:
    row.get_or_add_trPr().append(_element("tblHeader", val="true"))
