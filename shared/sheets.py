"""Tables as offices keep them: read xlsx and csv into rows whose cells know their address (sheet, A1).

What real files have is taken as meant: a title above the header, merged cells, full-width digits and letters, spaces
put in for looks, headers under other names, csv in GB 18030. What a file may take of memory is bounded before it is
opened. All of this works on bytes, without I/O; it is work of the processor, so call it in a thread.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import chain, islice
from typing import Final

from shared.errors import RefusalError, invalid
from shared.workbook_archive import MAX_ROWS, Merge, WorkbookArchive
from shared.workbook_numbers import plain_number

_HEADER_WITHIN: Final = 20
"""The header is looked for in this many rows from the top."""
_HEADING_SPAN: Final = 3
"""A row that holds nothing but one cell merged over so many columns is a heading or a remark, no entry."""

_SNIFFED: Final = 20_000
"""Characters of a csv in which the sign that separates its columns is looked for."""

_FULL_WIDTH = {
    **{ord("０") + n: ord("0") + n for n in range(10)},
    **{ord("Ａ") + n: ord("A") + n for n in range(26)},
    **{ord("ａ") + n: ord("a") + n for n in range(26)},
    **dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009\u202f\t\v\f"), " "),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"), None),
}
_JOINING = re.compile(r"(?<=[0-9A-Za-z])[－．](?=[0-9A-Za-z])")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_PERCENT: Final = frozenset({"%", "％", "百分点", "个百分点"})
_SPACES = re.compile(r" {2,}")
_HINT = re.compile(r"[(（][^()（）]*[)）]$")
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?: 00:00(?::00)?)?")
_FORMULA = re.compile(r"'(?=[=+\-@\t\r'])")


class FileTooLargeError(RefusalError):
    """A file, or what it unpacks to, is more than is taken at once."""

    status = 413
    code = "file-too-large"
    title = "More than is taken at once"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell, as it is read, and where: sheet and A1 address."""

    sheet: str
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is looked for: its key in code, and the names under which its header may stand."""

    key: str
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; cells by the key of their column, a column that the sheet lacks is left out."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    heading: bool = False

    def text(self, key: str) -> str:
        """Return a cell's text; empty if the sheet has no such column."""
        cell = self.cells.get(key)
        return "" if cell is None else cell.text

    @property
    def empty(self) -> bool:
        """Whether nothing stands in the row."""
        return not any(cell.text for cell in self.cells.values())


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose header was found: where each column stands, which headers nobody asked for."""

    sheet: str
    header_row: int
    columns: Mapping[str, int]
    unknown: tuple[Cell, ...]
    _rows: Iterator["_Line"] = field(repr=False, compare=False)

    def rows(self) -> Iterator[Row]:
        """Give the rows below the header, once; empty ones are left out."""
        for line in self._rows:
            row = Row(self.sheet, line.number, self._cells(line), heading=line.span >= _HEADING_SPAN)
            if not row.empty:
                yield row

    def _cells(self, line: "_Line") -> dict[str, Cell]:
        return {
            key: Cell(self.sheet, address(line.number, index), line.texts[index] if index < len(line.texts) else "")
            for key, index in self.columns.items()
        }


@dataclass(frozen=True, slots=True)
class _Line:
    """One row as read: its number from 1, its texts, and over how many columns its only cell is merged."""

    number: int
    texts: Sequence[str]
    span: int = 0


@dataclass(slots=True)
class Sheet:
    """One sheet; its header may be looked for several times, the rows of one of the tables can be read."""

    name: str
    hidden: bool
    _lines: Iterator[_Line]
    _top: list[_Line] | None = None

    def table(self, columns: Sequence[Column]) -> Table | None:
        """Return the sheet as a table of these columns; None if no row near the top has every required header.

        Of several rows the one with most of the headers is taken: a title above often holds one of the words.
        """
        top = self._head()
        found = [(len(places), -line.number, places, line) for line in top if (places := _places(line, columns))]
        if not found:
            return None
        _, _, places, header = max(found, key=lambda each: each[:2])
        below = chain((line for line in top if line.number > header.number), self._lines)
        return Table(self.name, header.number, places, _unknown(self.name, header, places), below)

    def _head(self) -> list[_Line]:
        if self._top is None:
            self._top = list(islice(self._lines, _HEADER_WITHIN))
        return self._top


def read_sheets(content: bytes, name: str = "csv") -> list[Sheet]:
    """Return the sheets of an xlsx, or the one of a csv, called `name`; refuse what is neither, or too large.

    Raises:
        InvalidError: the content is no table that can be read; says what would be.
        FileTooLargeError: it would take more memory than is given to one file.
    """
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable("it is an old .xls file or one with a password", "an .xlsx file without password")
    if content.startswith(b"PK\x03\x04"):
        return _xlsx_sheets(content)
    return [Sheet(name, hidden=False, _lines=_csv_lines(content))]


def normalised(text: str) -> str:
    """Return the text with half-width digits, letters and spaces, each line stripped; Chinese punctuation stays."""
    plain = _JOINING.sub(lambda sign: "-" if sign[0] == "－" else ".", text.translate(_FULL_WIDTH))
    lines = (_SPACES.sub(" ", line).strip() for line in plain.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(lines).strip()


def split_names(text: str) -> list[str]:
    """Return the names in one cell, separated by 、，；/ or line ends; brackets keep what is in them together."""
    names, depth = [""], 0
    for char in text:
        depth = max(0, depth + (char in "（(") - (char in "）)"))
        if depth == 0 and char in "、，,；;/／\n":
            names.append("")
        else:
            names[-1] += char
    return [name.strip() for name in names if name.strip()]


def read_number(text: str, measure: str | None = None) -> Decimal | None:
    """Return the number that is written, None if it is none; thousands may be separated, 12,345.6.

    A sign of per cent is taken where the unit of measure is that, 12.5% as 12.5; elsewhere it could mean 0.125 as well,
    and is no number.
    """
    written = text.strip()
    if measure is not None and measure.strip() in _PERCENT and written[-1:] in _PERCENT:
        written = written[:-1].rstrip()
    if _GROUPED.fullmatch(written):
        written = written.replace(",", "")
    if not _NUMBER.fullmatch(written):
        return None
    try:
        return Decimal(written)
    except InvalidOperation:
        return None


def read_day(text: str) -> date | None:
    """Return the day written as 2009-07-06, 2009/7/6, 2009.7.6, 2009年7月6日 or 20090706; None if it is none."""
    compact = re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    parts = compact or _DAY.fullmatch(text.strip())
    if parts is None:
        return None
    try:
        return date(*map(int, parts.groups()))
    except ValueError:
        return None


def address(row: int, column: int) -> str:
    """Return the A1 address of a row (from 1) and a column (from 0)."""
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def folded(heading: str) -> str:
    """Return a header in the form in which headers are compared: no spaces, no hint in brackets, no star."""
    text = "".join(unicodedata.normalize("NFKC", heading).lower().split()).strip("*＊:：")
    return _HINT.sub("", text) or text


def _places(line: _Line, columns: Sequence[Column]) -> dict[str, int]:
    """Return where the columns stand if this line is their header, else nothing."""
    headings = {folded(text): index for index, text in reversed(list(enumerate(line.texts))) if text}
    places: dict[str, int] = {}
    for column in columns:
        index = next((headings[folded(name)] for name in column.names if folded(name) in headings), None)
        if index is not None:
            places[column.key] = index
    return places if all(column.key in places for column in columns if column.required) else {}


def _unknown(sheet: str, header: _Line, places: Mapping[str, int]) -> tuple[Cell, ...]:
    used = set(places.values())
    return tuple(
        Cell(sheet, address(header.number, index), text)
        for index, text in enumerate(header.texts)
        if text and index not in used
    )


def _xlsx_sheets(content: bytes) -> list[Sheet]:
    archive = WorkbookArchive.open(content, too_large=FileTooLargeError)
    return [
        Sheet(part.name, part.hidden, _lines=_xlsx_lines(part.rows(), part.merges)) for part in archive.worksheets()
    ]


def _xlsx_lines(rows: Iterable[Sequence[object]], merges: Sequence[Merge]) -> Iterator[_Line]:
    """Give each row with its merged cells filled: merges wait in order, and are open while they cover the row."""
    waiting = sorted(merges, key=lambda merge: merge.top)
    opened: list[tuple[Merge, str]] = []
    begun = 0
    for index, row in enumerate(rows):
        texts = [_text(value) for value in row]
        opened = [(merge, text) for merge, text in opened if merge.bottom >= index]
        while begun < len(waiting) and waiting[begun].top <= index:
            merge, begun = waiting[begun], begun + 1
            opened.append((merge, texts[merge.left] if merge.left < len(texts) else ""))
        yield _filled(index, texts, opened)


def _filled(index: int, texts: list[str], opened: Sequence[tuple[Merge, str]]) -> _Line:
    alone = sum(1 for text in texts if text) == 1
    span = max(
        (merge.right - merge.left + 1 for merge, text in opened if alone and merge.top == index and text), default=0
    )
    for merge, text in opened:
        for column in range(merge.left, min(merge.right + 1, len(texts))):
            texts[column] = text
    return _Line(index + 1, texts, span)


def _csv_lines(content: bytes) -> Iterator[_Line]:
    text = _decoded(content)
    top = "".join(text.splitlines(keepends=True)[:_HEADER_WITHIN]) if len(text) < _SNIFFED else text[:_SNIFFED]
    delimiter = max(",;\t", key=top.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, record in enumerate(reader, start=1):
            if number > MAX_ROWS:
                raise FileTooLargeError(f"more than {MAX_ROWS} rows; divide the file")
            yield _Line(
                number, [_text(_FORMULA.sub("", value, count=1) if value[:1] == "'" else value) for value in record]
            )
    except csv.Error as error:
        raise _unreadable(f"record {reader.line_num}: {error}", "csv with quoted fields closed") from error


def _decoded(content: bytes) -> str:
    """Return the text: UTF-8 with or without mark, UTF-16 with mark, or GB 18030, which Chinese Excel writes."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable("it is neither xlsx nor text in UTF-8 or GB 18030", "an .xlsx or .csv file")


def _text(value: object) -> str:
    if isinstance(value, str):
        return normalised(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else plain_number(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return str(value)


def _unreadable(reason: str, expected: str) -> Exception:
    return invalid("file", reason, expected)
