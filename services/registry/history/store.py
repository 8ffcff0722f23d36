"""What was ever known: functions over `queries.sql`."""

from collections.abc import Sequence
from pathlib import Path

from services.registry.changes.domain import Change
from services.registry.history.domain import KnownRow, Thing
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))

_HISTORY: dict[Thing, str] = {
    "unit": _SQL["unit_history"],
    "post": _SQL["post_history"],
    "incumbency": _SQL["incumbency_history"],
    "body": _SQL["body_history"],
    "membership": _SQL["membership_history"],
    "sector": _SQL["sector_history"],
    "duty": _SQL["duty_history"],
    "portfolio": _SQL["portfolio_history"],
}


async def history(conn: Connection, thing: Thing, key: str) -> list[KnownRow]:
    """Return every row of a thing that was ever known, in the order in which the registry learnt them."""
    return [KnownRow(**row) for row in await conn.fetch(_HISTORY[thing], key)]


async def list_changes(
    conn: Connection,
    *,
    before: int | None = None,
    limit: int | None = None,
    document: str | None = None,
    ids: Sequence[int] | None = None,
) -> list[Change]:
    """Return changes, the newest first."""
    found = await conn.fetch(_SQL["list_changes"], before, limit, document, ids)
    return [Change(**row) for row in found]
