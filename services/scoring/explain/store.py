"""The ledger at a past moment, 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from services.scoring.domain import LedgerRow
from services.scoring.explain.moments import Moment
from services.scoring.rules.base import Tally
from services.scoring.store import all_tallies, tallies_of_rows
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


class LineKey(NamedTuple):
    """After which line a page of the ledger begins."""

    occurred_at: datetime
    unit: str
    criterion: str
    source_key: str


async def tallies_at(
    conn: Connection,
    generation: int,
    moment: Moment,
    criteria: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
) -> dict[str, dict[str, Tally]]:
    """Return tallies as they stood, by criterion and unit; None: all criteria, all units."""
    return tallies_of_rows(await conn.fetch(Q["tallies_at"], generation, *moment, criteria, units))


async def tallies_now_or_at(
    conn: Connection,
    generation: int,
    moment: Moment,
    criteria: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
) -> dict[str, dict[str, Tally]]:
    """Return the running tallies if no moment is asked for, else those of the moment."""
    if moment.is_now:
        return await all_tallies(conn, generation)
    return await tallies_at(conn, generation, moment, criteria, units)


async def lines_at(
    conn: Connection,
    generation: int,
    moment: Moment,
    unit: str | None,
    criteria: Sequence[str] | None,
    after: LineKey,
    limit: int,
) -> list[LedgerRow]:
    """Return ledger lines as they stood, oldest first, void ones too."""
    rows = await conn.fetch(Q["lines_at"], generation, *moment, unit, criteria, *after, limit)
    return [LedgerRow(**row) for row in rows]
