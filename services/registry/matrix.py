"""The duty matrix (sector × unit): which kinds of duty each unit has for a sector or theme, and by which items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.registry.domain import Duty, DutyKind, Named, Sector

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Cell:
    """A unit's duties for one sector: kinds of its own clauses, kinds in which it is a partner, items cited."""

    unit: Named
    kinds: list[DutyKind]
    partner_kinds: list[DutyKind]
    sources: list[str]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One sector with its units, in the document's order."""

    sector: Sector
    cells: list[Cell]


def matrix_of(sectors: Sequence[Sector], duties: Sequence[Duty]) -> list[MatrixRow]:
    """Return a row for each sector; a duty of a post counts for the unit that the post belongs to."""
    rows: dict[str, dict[str, Cell]] = {sector.code: {} for sector in sectors}
    for duty in duties:
        for clause in duty.clauses:
            for sector in clause.objects:
                cells = rows.get(sector.code)
                if cells is not None:
                    _note(_cell(cells, duty.holder.acting_unit).kinds, clause.kind)
                    _note(_cell(cells, duty.holder.acting_unit).sources, duty.source)
                    for partner in clause.partners:
                        _note(_cell(cells, partner).partner_kinds, clause.kind)
                        _note(_cell(cells, partner).sources, duty.source)
    return [MatrixRow(sector, list(rows[sector.code].values())) for sector in sectors]


def narrowed(rows: Sequence[MatrixRow], unit: str | None, duty: DutyKind | None) -> list[MatrixRow]:
    """Return the rows with the cells of this unit that have this kind of duty, as own or partner's; none is empty."""
    found = (
        MatrixRow(
            row.sector,
            [
                cell
                for cell in row.cells
                if unit in {None, cell.unit.code} and duty in {None, *cell.kinds, *cell.partner_kinds}
            ],
        )
        for row in rows
    )
    return [row for row in found if row.cells]


def _cell(cells: dict[str, Cell], unit: Named) -> Cell:
    return cells.setdefault(unit.code, Cell(unit, [], [], []))


def _note(known: list[Item], value: Item) -> None:
    if value not in known:
        known.append(value)


def units_with(row: MatrixRow, kind: DutyKind) -> list[Named]:
    """Return the units that have a clause of this kind for the row's sector."""
    return [cell.unit for cell in row.cells if kind in cell.kinds]
