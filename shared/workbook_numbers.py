"""How the numbers of an xlsx are shown: to which digits, and which of them in per cent.

The reader of cells gives the number that is kept, 0.125, where the reader of the sheet sees 12.5%. The difference is in
the cell's style alone: its number format is one of the two built in, or one of the workbook's own with a % that is no
quoted text. ECMA-376 part 1: 18.3.1.4 (cells), 18.8.30 and 18.8.31 (number formats), 18.8.10 (styles of cells).
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import unescape
from typing import Final

_BUILT_IN: Final = frozenset({9, 10})
"""0% and 0.00%."""

_DIGITS: Final = 15
"""Significant digits of a number in a spreadsheet; what is behind them is noise of binary arithmetic."""

_TAG = rb"""<(?:\w+:)?%b(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>"""
_CELLS_OR_ROWS = re.compile(_TAG % rb"(c|row)")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_STYLES_OF_CELLS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_NO_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
"""What of a format's code is text, a blank, a filler, a colour or a condition."""

Places = Mapping[int, frozenset[int]]
"""Columns by row, both from 0."""


class PercentCells:
    """The cells of each sheet that are shown in per cent, found when they are asked for."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Take a workbook whose parts have been measured."""
        self._archive = archive
        self._styles = _percent_styles(_part(archive, "xl/styles.xml"))
        self._parts = _parts_of_sheets(archive) if self._styles else []

    def of_sheet(self, place: int) -> Places:
        """Return the cells of the sheet at this place in the workbook."""
        if place >= len(self._parts):
            return {}
        found: dict[int, set[int]] = {}
        for row, column, style in _cells(_part(self._archive, self._parts[place])):
            if style in self._styles:
                found.setdefault(row, set()).add(column)
        return {row: frozenset(columns) for row, columns in found.items()}


def as_percent(value: object) -> object:
    """Return a number as it is shown in per cent, 0.125 as 12.5%; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return f"{plain_number(value, 2)}%"


def plain_number(value: float, shifted: int = 0) -> str:
    """Return a number as a spreadsheet shows it, to 15 digits and without an exponent; the point moved to the right."""
    digits = Decimal(f"{value:.{_DIGITS}g}").scaleb(shifted)
    text = f"{digits:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent_styles(styles: bytes) -> frozenset[bytes]:
    """Return the numbers of the styles whose format shows per cent, as they stand in cells."""
    formats = {str(number).encode() for number in _BUILT_IN}
    for about in _tags(styles, b"numFmt"):
        code = unescape(about.get(b"formatCode", b"").decode(errors="replace"))
        if "%" in _NO_FORMAT.sub("", code.split(";")[0]):
            formats.add(about.get(b"numFmtId", b""))
    of_cells = _STYLES_OF_CELLS.search(styles)
    entries = _tags(of_cells[0] if of_cells else b"", b"xf")
    return frozenset(str(index).encode() for index, xf in enumerate(entries) if xf.get(b"numFmtId") in formats)


def _parts_of_sheets(archive: zipfile.ZipFile) -> list[str]:
    """Return each sheet's part, in the workbook's order."""
    targets = {
        about.get(b"Id", b""): posixpath.join("/xl", about.get(b"Target", b"").decode()).lstrip("/")
        for about in _tags(_part(archive, "xl/_rels/workbook.xml.rels"), b"Relationship")
    }
    sheets = _tags(_part(archive, "xl/workbook.xml"), b"sheet")
    ids = [next((value for name, value in about.items() if name.endswith(b":id")), b"") for about in sheets]
    return [targets.get(each, "") for each in ids]


def _cells(sheet: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give row, column and style of each cell; a cell or row that says no place follows the one before it."""
    row, column = -1, -1
    for tag in _CELLS_OR_ROWS.finditer(sheet):
        about = _attributes(tag[2])
        place = about.get(b"r", b"")
        if tag[1] == b"row":
            row, column = int(place) - 1 if place.isdigit() else row + 1, -1
            continue
        letters = place.rstrip(b"0123456789")
        column = column_number(letters) - 1 if letters else column + 1
        yield row, column, about.get(b"s", b"")


def column_number(letters: bytes) -> int:
    """Return which column these letters name, from 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _tags(text: bytes, name: bytes) -> list[dict[bytes, bytes]]:
    return [_attributes(found[1]) for found in re.finditer(_TAG % name, text)]


def _attributes(text: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(text)}


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        return b""
