"""City evaluations and improvement measures in the database, 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from services.scoring.city.domain import CityEvaluation, CityIndicator, Improvement
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


class Imported(NamedTuple):
    """What is imported, and by whom."""

    document: str | None
    published_on: date
    indicators: Sequence[CityIndicator]
    imported_by: str
    imported_at: datetime

    def columns(self) -> tuple[object, ...]:
        """Return the columns' values."""
        rows = [indicator.as_json() for indicator in self.indicators]
        return self.document, self.published_on, rows, self.imported_by, self.imported_at


class Order(NamedTuple):
    """A measure as it is ordered."""

    evaluation: UUID
    indicator: str
    title: str
    lead_unit: str
    cooperating_units: Sequence[str]
    due_on: date
    text: str | None
    ordered_by: str
    ordered_at: datetime


def _evaluation(row: Record) -> CityEvaluation:
    indicators = tuple(CityIndicator.of_json(each) for each in row["indicators"])
    return CityEvaluation(**{**row, "indicators": indicators})


def _improvement(row: Record) -> Improvement:
    return Improvement(**{**row, "cooperating_units": tuple(row["cooperating_units"])})


async def insert_evaluation(conn: Connection, year: int, title: str, imported: Imported) -> CityEvaluation | None:
    """Keep an evaluation; None if one of this year and title is there."""
    row = await conn.fetchrow(Q["insert_evaluation"], year, title, *imported.columns())
    return None if row is None else _evaluation(row)


async def find_evaluation(conn: Connection, evaluation: UUID) -> CityEvaluation | None:
    """Return an evaluation."""
    row = await conn.fetchrow(Q["find_evaluation"], evaluation)
    return None if row is None else _evaluation(row)


async def lock_evaluation(conn: Connection, evaluation: UUID) -> CityEvaluation | None:
    """Return an evaluation, locked."""
    row = await conn.fetchrow(Q["lock_evaluation"], evaluation)
    return None if row is None else _evaluation(row)


async def evaluation_named(conn: Connection, year: int, title: str) -> CityEvaluation | None:
    """Return the evaluation of this year and title, locked."""
    row = await conn.fetchrow(Q["evaluation_named"], year, title)
    return None if row is None else _evaluation(row)


async def correct_evaluation(conn: Connection, evaluation: UUID, imported: Imported) -> CityEvaluation:
    """Replace what was imported."""
    (row,) = await conn.fetch(Q["correct_evaluation"], evaluation, *imported.columns())
    return _evaluation(row)


async def page_of_evaluations(
    conn: Connection, after: UUID | None, year: int | None, limit: int
) -> list[CityEvaluation]:
    """Return evaluations, oldest first."""
    return [_evaluation(row) for row in await conn.fetch(Q["page_of_evaluations"], after, year, limit)]


async def insert_improvement(conn: Connection, order: Order) -> Improvement:
    """Keep a measure."""
    (row,) = await conn.fetch(Q["insert_improvement"], *order)
    return _improvement(row)


async def same_improvement(conn: Connection, order: Order) -> Improvement | None:
    """Return the measure of this indicator, title and lead unit that was ordered before."""
    matter = order.evaluation, order.indicator, order.title, order.lead_unit
    row = await conn.fetchrow(Q["same_improvement"], *matter)
    return None if row is None else _improvement(row)


async def improvements_of(conn: Connection, evaluation: UUID) -> list[Improvement]:
    """Return an evaluation's measures, oldest first."""
    return [_improvement(row) for row in await conn.fetch(Q["improvements_of"], evaluation)]


async def find_improvement(conn: Connection, improvement: UUID) -> Improvement | None:
    """Return a measure."""
    row = await conn.fetchrow(Q["find_improvement"], improvement)
    return None if row is None else _improvement(row)


async def known_units(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Return which of these units the registry has told of."""
    return {row["code"] for row in await conn.fetch(Q["known_units"], codes)}


async def all_unit_codes(conn: Connection) -> list[str]:
    """Return every known code, to suggest near ones."""
    return [row["code"] for row in await conn.fetch(Q["all_unit_codes"])]
