"""A paper as a Word document in the layout of official papers."""

from collections.abc import Sequence
from copy import deepcopy

from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH

from services.meetings.papers.paper import Paper, Table
from shared import official_word as word

_TEXT_WIDTH = 156


def to_word(paper: Paper) -> bytes:
    """Return the paper as a docx file."""
    document = word.new_document()
    word.red_head(document, paper.mark, paper.number, word.chinese_date(paper.issued_on) if paper.number else "")
    word.title(document, paper.title)
    _body(document, paper)
    word.signature(document, paper.issuer, paper.issued_on)
    if paper.copies:
        lists = [(roll.label, roll.names) for roll in paper.copies]
        word.imprint(document, lists, paper.issuer, paper.printed_on)
    _page_numbers_outside(document)
    return word.written(document)


def _page_numbers_outside(document: Document) -> None:
    """Put the number of an odd page at the right, of an even one at the left, one character from the edge, 7.5."""
    document.settings.odd_and_even_pages_header_footer = True
    section = document.sections[0]
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    for run in odd.runs:
        even._p.append(deepcopy(run._r))  # noqa: SLF001 - python-docx has no public way to copy a run
    odd.alignment, odd.paragraph_format.right_indent = WD_ALIGN_PARAGRAPH.RIGHT, word.SMALL_SIZE
    even.alignment, even.paragraph_format.left_indent = WD_ALIGN_PARAGRAPH.LEFT, word.SMALL_SIZE
    even.paragraph_format.line_spacing = odd.paragraph_format.line_spacing


def _body(document: Document, paper: Paper) -> None:
    if paper.addressees:
        word.names(document, paper.addressees)
    _prose(document, paper.opening)
    for section in paper.sections:
        word.heading(document, section.heading)
        _prose(document, section.paragraphs)
        if section.names:
            word.names(document, section.names, indent=2)
    for table in paper.tables:
        _table(document, table)
    _prose(document, paper.closing)
    if paper.rolls:
        word.blank(document)
    for roll in paper.rolls:
        word.roll(document, roll.label, roll.names)
    _prose(document, paper.remark)


def _prose(document: Document, paragraphs: Sequence[str]) -> None:
    for text in paragraphs:
        word.paragraph(document, text)


def _table(document: Document, table: Table) -> None:
    word.heading(document, table.title)
    whole = sum(table.shares)
    word.table(document, table.header, table.rows, [share / whole * _TEXT_WIDTH for share in table.shares])
