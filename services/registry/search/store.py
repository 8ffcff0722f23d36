"""Finding text: functions 1:1 with `queries.sql`."""

from pathlib import Path

from services.registry.domain import Viewpoint
from services.registry.search.domain import Hit, Realm
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def search(
    conn: Connection, at: Viewpoint, text: str, realm: Realm | None, *, after: tuple[int, int], limit: int
) -> list[Hit]:
    """Return what holds the text."""
    found = await conn.fetch(_SQL["search"], at.day, at.known_at, text, realm, *after, limit)
    return [Hit(**row) for row in found]
