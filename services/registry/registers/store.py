"""The rows of registers: functions 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from uuid import UUID

from services.registry.domain import Named, Viewpoint
from services.registry.registers.domain import Entry, EntryFilter, KnownEntry, TakenKey
from shared.postgres import Connection, Record, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))

_ANY = EntryFilter()


async def list_entries(
    conn: Connection, view: Viewpoint, wanted: EntryFilter = _ANY, *, after: int = 0, limit: int | None = None
) -> list[Entry]:
    """Return entries."""
    found = await conn.fetch(
        _SQL["list_entries"],
        view.day,
        view.known_at,
        wanted.register,
        None if wanted.id is None else UUID(wanted.id),
        wanted.text,
        wanted.status,
        wanted.sector,
        wanted.unit,
        dict(wanted.fields),
        after,
        limit,
    )
    return [_entry_of(row) for row in found]


async def entry_days(conn: Connection, entry_id: str) -> list[Entry]:
    """Return what is known of an entry in each of its days, in their order; codes stand for names."""
    return [_entry_of(row) for row in await conn.fetch(_SQL["entry_days"], UUID(entry_id))]


async def entries_of_unit(conn: Connection, unit: str, day: date) -> list[str]:
    """Return the ids of entries that name the unit on or after the day."""
    return [row["id"] for row in await conn.fetch(_SQL["entries_of_unit"], unit, day)]


async def entry_of_key(conn: Connection, entry: Entry) -> TakenKey | None:
    """Return another entry that has the same key in the register on some of the same days."""
    own = UUID(entry.id) if entry.id else None
    row = await conn.fetchrow(_SQL["entry_of_key"], entry.register, entry.key, entry.valid_from, entry.valid_to, own)
    return None if row is None else TakenKey(row["id"], row["title"], row["valid_from"], row["valid_to"])


async def add_entry(conn: Connection, entry: Entry) -> str:
    """Enter an entry, or what continues it, and return its id."""
    entry_id: str = await conn.fetchval(
        _SQL["add_entry"],
        UUID(entry.id) if entry.id else None,
        entry.position or None,
        entry.register,
        entry.key,
        entry.title,
        None if entry.unit is None else entry.unit.code,
        [sector.code for sector in entry.sectors],
        entry.status,
        dict(entry.fields),
        entry.document,
        entry.words,
        entry.valid_from,
        entry.valid_to,
    )
    return entry_id


async def entry_history(conn: Connection, entry_id: str) -> list[KnownEntry]:
    """Return all that was ever known of an entry, latest first."""
    return [
        KnownEntry(
            entry=_entry_of(row),
            recorded_at=row["recorded_at"],
            superseded_at=row["superseded_at"],
            subject=row["subject"],
            role=row["role"],
            action=row["action"],
            correction=row["correction"],
            document=row["change_document"],
            reason=row["reason"],
        )
        for row in await conn.fetch(_SQL["entry_history"], UUID(entry_id))
    ]


async def unknown_sectors(
    conn: Connection, sectors: Sequence[str], valid_from: date, valid_to: date | None
) -> list[str]:
    """Return those of the sectors that are not valid on each of these days."""
    found = await conn.fetch(_SQL["unknown_sectors"], list(sectors), valid_from, valid_to)
    return [row["code"] for row in found]


async def sector_codes(conn: Connection) -> list[str]:
    """Return every sector code that was ever entered."""
    return [row["code"] for row in await conn.fetch(_SQL["sector_codes"])]


def _entry_of(row: Record) -> Entry:
    return Entry(
        id=row["id"],
        register=row["register"],
        key=row["key"],
        title=row["title"],
        unit=None if row["unit"] is None else Named(row["unit"], row["unit_name"] or ""),
        sectors=tuple(Named(code, name) for code, name in row["sectors"]),
        status=row["status"],
        fields=row["fields"],
        document=row["document"],
        version=row["version"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        position=row["position"],
        entry=row["entry"],
    )
