"""What hangs on a body: functions 1:1 with `queries.sql`."""

from datetime import date
from pathlib import Path

from services.registry import rows
from services.registry.domain import Holder, Obligation, Role
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def seats_since(conn: Connection, body: str, day: date) -> list[tuple[Role, Holder]]:
    """Return the roles that are held in a body on or after a day, with who holds them."""
    found = await conn.fetch(_SQL["seats_since"], body, day)
    return [(row["role"], Holder(unit=row["holder_unit"], post=row["holder_post"])) for row in found]


async def obligation_timeline(conn: Connection, body: str) -> list[Obligation]:
    """Return what a body owes, on all days."""
    return [rows.obligation_of(row) for row in await conn.fetch(_SQL["obligation_timeline"], body)]
