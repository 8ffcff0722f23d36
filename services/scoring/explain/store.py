"""The ledger and its tallies now or at a past moment, 1:1 with `queries.sql`."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, Self

from services.scoring.domain import Generation, LedgerRow
from services.scoring.explain.explaining import LineChange
from services.scoring.explain.moments import Moment
from services.scoring.scores import TalliesByCriterion
from services.scoring.store import all_tallies, tallies_of_rows
from shared.clock import county_date
from shared.pages import PageRequest, bad_cursor
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))

_BEGINNING = "0001-01-01T00:00:00+00:00"


class LineKey(NamedTuple):
    """After which line a page of the ledger begins."""

    occurred_at: datetime
    unit: str
    criterion: str
    source_key: str

    @classmethod
    def after(cls, page: PageRequest) -> Self:
        """Read the key of a cursor."""
        instant, *names = page.after_or(_BEGINNING, "", "", "")
        return cls(_instant(instant), *map(str, names))

    @staticmethod
    def of(row: LedgerRow) -> tuple[str, str, str, str]:
        """Return the key of a line for a cursor."""
        return row.occurred_at.isoformat(), row.unit, row.criterion, row.source_key


class ChangeKey(NamedTuple):
    """After which changed line a page of a comparison begins."""

    moved_at: datetime
    criterion: str
    source_key: str

    @classmethod
    def after(cls, page: PageRequest) -> Self:
        """Read the key of a cursor."""
        instant, *names = page.after_or(_BEGINNING, "", "")
        return cls(_instant(instant), *map(str, names))

    @staticmethod
    def of(change: LineChange) -> tuple[str, str, str]:
        """Return the key of a change for a cursor."""
        return change.moved_at.isoformat(), change.criterion, change.source_key


def _instant(part: object) -> datetime:
    try:
        return datetime.fromisoformat(str(part)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise bad_cursor() from error


@asynccontextmanager
async def _planned_anew(conn: Connection) -> AsyncIterator[None]:
    """Have the server plan what is asked within for its values, whatever was asked before on this connection."""
    async with conn.transaction():
        await conn.execute(Q["plan_anew"])
        yield


async def tallies_at(
    conn: Connection,
    generation: int,
    moment: Moment,
    units: Sequence[str] | None = None,
    criteria: Sequence[str] | None = None,
) -> TalliesByCriterion:
    """Return tallies as they stood, summed up from the ledger, by criterion and unit; None: all units, all criteria."""
    async with _planned_anew(conn):
        return tallies_of_rows(await conn.fetch(Q["tallies_at"], generation, *moment, units, criteria))


async def tallies_taken_back(
    conn: Connection,
    generation: int,
    moment: Moment,
    units: Sequence[str] | None = None,
    criteria: Sequence[str] | None = None,
) -> TalliesByCriterion:
    """Return the same as `tallies_at` from the running tallies, reading only what came after the moment."""
    async with _planned_anew(conn):
        return tallies_of_rows(await conn.fetch(Q["tallies_taken_back"], generation, *moment, units, criteria))


async def tallies_of(
    conn: Connection, generation: int, units: Sequence[str] | None, criteria: Sequence[str]
) -> TalliesByCriterion:
    """Return running tallies of some criteria by criterion and unit; None: all units."""
    return tallies_of_rows(await conn.fetch(Q["tallies_of"], generation, units, criteria))


async def tallies_now_or_at(
    conn: Connection,
    generation: Generation,
    moment: Moment,
    units: Sequence[str] | None = None,
    criteria: Sequence[str] | None = None,
    *,
    whole_years: bool = False,
) -> TalliesByCriterion:
    """Return the running tallies if no moment is asked for, else those of the moment, from whichever end is nearer.

    `whole_years` as for `all_tallies`; at a moment it spares nothing.
    """
    if not moment.is_now:
        read = tallies_at if _is_early(generation, moment) else tallies_taken_back
        return await read(conn, generation.id, moment, units, criteria)
    if criteria is None:
        return await all_tallies(conn, generation.id, whole_years=whole_years)
    return await tallies_of(conn, generation.id, units, criteria)


def _is_early(generation: Generation, moment: Moment) -> bool:
    """Return whether more of the assessed days lies after a moment than before it; both ways give the same tallies."""
    middle = generation.assessed_from + (generation.assessed_to - generation.assessed_from) / 2
    return county_date(min(moment)) < middle


async def lines_at(
    conn: Connection,
    generation: int,
    moment: Moment,
    units: Sequence[str] | None,
    criteria: Sequence[str] | None,
    after: LineKey,
    limit: int,
) -> list[LedgerRow]:
    """Return ledger lines as they stood, oldest first, void ones too; None: all units, all criteria."""
    async with _planned_anew(conn):
        rows = await conn.fetch(Q["lines_at"], generation, *moment, units, criteria, *after, limit)
    return [LedgerRow(**row) for row in rows]


async def changed_lines(
    conn: Connection, generation: int, before: Moment, after: Moment, unit: str, page: PageRequest
) -> list[LineChange]:
    """Return a unit's lines that came, changed or went between two moments, in the order in which they stand then."""
    async with _planned_anew(conn):
        key = ChangeKey.after(page)
        rows = await conn.fetch(Q["changed_lines"], generation, *before, *after, unit, *key, page.fetch)
    return list(_paired(rows))


def _paired(rows: Sequence[Record]) -> Iterator[LineChange]:
    keys = itemgetter("moved_at", "criterion", "source_key")
    for (moved_at, criterion, source_key), versions in groupby(rows, key=keys):
        sides = {is_after: LedgerRow(*line) for _, is_after, *line in versions}
        yield LineChange(moved_at, criterion, source_key, sides.get(False), sides.get(True))
