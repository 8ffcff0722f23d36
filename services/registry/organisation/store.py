"""What hangs on units and posts, and which units became which: functions 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from services.registry.domain import Viewpoint
from services.registry.organisation.domain import ChangeKind, LineageEvent, Open
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def open_on_unit(conn: Connection, unit: str, day: date, end: date | None = None) -> list[Open]:
    """Return what hangs on a unit on or after a day, and before `end`."""
    return [Open(**row) for row in await conn.fetch(_SQL["open_on_unit"], unit, day, end)]


async def open_on_post(conn: Connection, post: str, day: date, end: date | None = None) -> list[Open]:
    """Return what hangs on a post on or after a day, and before `end`."""
    return [Open(**row) for row in await conn.fetch(_SQL["open_on_post"], post, day, end)]


async def open_on_sector(conn: Connection, sector: str, day: date) -> list[Open]:
    """Return what names a sector or theme on or after a day."""
    return [Open(**row) for row in await conn.fetch(_SQL["open_on_sector"], sector, day)]


async def add_organisation_change(
    conn: Connection,
    change: int,
    kind: ChangeKind,
    effective_on: date,
    document: str | None,
    parts: tuple[Sequence[str], Sequence[str]],
) -> None:
    """Keep which units (`parts`: before, after) became which."""
    await conn.execute(_SQL["add_organisation_change"], change, kind, effective_on, document, *parts)


async def list_lineage(conn: Connection, at: Viewpoint, units: Sequence[str]) -> list[LineageEvent]:
    """Return the changes in which these units took part."""
    return [LineageEvent(**row) for row in await conn.fetch(_SQL["list_lineage"], units, at.day, at.known_at)]
