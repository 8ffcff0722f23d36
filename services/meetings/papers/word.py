"""A paper as a Word document in the layout of official papers."""

from docx.document import Document

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
        word.imprint(document, paper.copies, paper.issuer, paper.printed_on or paper.issued_on)
    return word.written(document)


def _body(document: Document, paper: Paper) -> None:
    if paper.addressees:
        word.plain(document, paper.addressees)
    for text in paper.opening:
        word.paragraph(document, text)
    for section in paper.sections:
        word.heading(document, section.heading)
        for text in section.paragraphs:
            word.paragraph(document, text)
    for table in paper.tables:
        _table(document, table)
    for text in paper.closing:
        word.paragraph(document, text)
    for roll in paper.rolls:
        word.roll(document, roll.label, roll.names)
    if paper.remark:
        word.paragraph(document, paper.remark)


def _table(document: Document, table: Table) -> None:
    word.heading(document, table.title)
    whole = sum(table.shares)
    word.table(document, table.header, table.rows, [share / whole * _TEXT_WIDTH for share in table.shares])
