"""An xlsx before and while it is opened: what it may unpack to, and its sheets from the first row on.

The reader lays each sheet out as a full rectangle, so one cell at XFD1048576 would ask for more memory than there is.
Therefore the parts are unpacked once, in pieces, counted, and searched for the farthest cell, before it is opened.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import python_calamine as calamine

from shared.errors import RefusalError, invalid
from shared.workbook_numbers import PercentCells, Places, as_percent, column_number

MAX_UNPACKED_BYTES: Final = 96 * 1024 * 1024
"""What all parts of a workbook may unpack to."""
MAX_ROWS: Final = 100_000
"""Rows of a sheet, empty ones included."""
MAX_CELLS: Final = 2_000_000
"""Cells of the rectangle that a sheet fills."""

_PIECE: Final = 256 * 1024
_OVERLAP: Final = 64
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,4})([0-9]{1,10})["']""")

TooLarge = Callable[[str], RefusalError]


@dataclass(frozen=True, slots=True)
class Merge:
    """Merged cells; rows and columns from 0, the last included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of a workbook."""

    name: str
    hidden: bool
    merges: Sequence[Merge]
    _percent: Places
    _sheet: calamine.CalamineSheet

    def rows(self) -> Iterator[Sequence[object]]:
        """Give the rows from row 1 of the sheet on, columns from A on, whatever is empty before.

        A number that is shown in per cent is given as it is shown, but not rounded: 0.125 as the text 12.5%.
        """
        start = self._sheet.start
        if start is None:
            return
        empty = [""] * start[1]  # the reader begins with row 1, but with the first column that is used
        for index, row in enumerate(self._sheet.iter_rows()):
            values: list[object] = [*empty, *row]
            for column in self._percent.get(index, ()):
                if column < len(values):
                    values[column] = as_percent(values[column])
            yield values


@dataclass(frozen=True, slots=True)
class WorkbookArchive:
    """A workbook that may be opened."""

    _book: calamine.CalamineWorkbook
    _percent: PercentCells

    @classmethod
    def open(cls, content: bytes, too_large: TooLarge) -> "WorkbookArchive":
        """Open a workbook; refuse what is none, is locked, or would unpack to too much."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                _measure(archive, too_large)
            book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
            return cls(book, PercentCells(zipfile.ZipFile(io.BytesIO(content))))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, calamine.CalamineError) as error:
            raise _no_workbook(str(error)) from error

    def worksheets(self) -> Iterator[Worksheet]:
        """Give the sheets in the workbook's order; those that are charts are left out."""
        for place, about in enumerate(self._book.sheets_metadata):
            if about.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            try:
                sheet = self._book.get_sheet_by_index(place)
                merges = [Merge(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
            except calamine.CalamineError as error:
                raise _no_workbook(f"sheet {about.name}: {error}") from error
            hidden = about.visible != calamine.SheetVisibleEnum.Visible
            yield Worksheet(about.name, hidden, merges, self._percent.of_sheet(place), sheet)


def _measure(archive: zipfile.ZipFile, too_large: TooLarge) -> None:
    if "xl/workbook.xml" not in archive.namelist():
        raise _no_workbook("it is packed, but holds no workbook")
    left = MAX_UNPACKED_BYTES
    for part in archive.infolist():
        row, column = 0, 0
        with archive.open(part) as packed:
            tail = b""
            while piece := packed.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise too_large(f"the file unpacks to more than {MAX_UNPACKED_BYTES // 1024**2} MiB; divide it")
                if part.filename.startswith("xl/worksheets/"):
                    row, column = _farthest(tail + piece, row, column)
                    tail = piece[-_OVERLAP:]
        _check_extent(part.filename, row, column, too_large)


def _farthest(piece: bytes, row: int, column: int) -> tuple[int, int]:
    for found in _REFERENCE.finditer(piece):
        row = max(row, int(found[2]))
        column = max(column, column_number(found[1]))
    return row, column


def _check_extent(part: str, row: int, column: int, too_large: TooLarge) -> None:
    if row > MAX_ROWS or row * column > MAX_CELLS:
        raise too_large(
            f"{part.removeprefix('xl/worksheets/')} reaches row {row} and column {column}; at most {MAX_ROWS} rows and "
            f"{MAX_CELLS} cells: delete what stands far below or right, or divide the file"
        )


def _no_workbook(reason: str) -> Exception:
    return invalid("file", f"it cannot be opened as a workbook: {reason}", "an .xlsx file without password")
