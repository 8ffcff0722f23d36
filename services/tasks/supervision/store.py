"""Supervision's tables and lists: one function per query of `queries.sql`."""

from datetime import datetime
from pathlib import Path

from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


async def earliest_waiting(conn: Connection, now: datetime) -> datetime | None:
    """Return the earliest moment at which something happened that was not said yet."""
    moment: datetime | None = await conn.fetchval(Q["earliest_waiting"], now)
    return moment
