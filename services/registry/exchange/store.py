"""The registry as records: functions 1:1 with `queries.sql`. `day` None: all days; `known_at` None: as known now."""

from datetime import date, datetime
from pathlib import Path

from services.registry.exchange.lists import LIST_NAMES, ListName
from services.registry.exchange.records import Held
from services.registry.registers.kinds import REGISTERS
from shared.postgres import Connection, Record, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def document_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return documents."""
    return _held(await conn.fetch(_SQL["document_records"], day, known_at))


async def unit_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return units."""
    return _held(await conn.fetch(_SQL["unit_records"], day, known_at))


async def post_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return posts."""
    return _held(await conn.fetch(_SQL["post_records"], day, known_at))


async def incumbency_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return who is in which post."""
    return _held(await conn.fetch(_SQL["incumbency_records"], day, known_at))


async def body_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return bodies."""
    return _held(await conn.fetch(_SQL["body_records"], day, known_at))


async def obligation_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return what bodies owe in a year."""
    return _held(await conn.fetch(_SQL["obligation_records"], day, known_at))


async def membership_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return memberships."""
    return _held(await conn.fetch(_SQL["membership_records"], day, known_at))


async def sector_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return sectors and themes."""
    return _held(await conn.fetch(_SQL["sector_records"], day, known_at))


async def duty_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return duties with their clauses."""
    return _held(await conn.fetch(_SQL["duty_records"], day, known_at))


async def portfolio_records(conn: Connection, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return portfolios."""
    return _held(await conn.fetch(_SQL["portfolio_records"], day, known_at))


async def entry_records(
    conn: Connection, day: date | None, register: str, known_at: datetime | None = None
) -> list[Held]:
    """Return the entries of a register."""
    return _held(await conn.fetch(_SQL["entry_records"], day, known_at, register))


_RECORDS = {
    "documents": document_records,
    "units": unit_records,
    "posts": post_records,
    "incumbencies": incumbency_records,
    "bodies": body_records,
    "obligations": obligation_records,
    "memberships": membership_records,
    "sectors": sector_records,
    "duties": duty_records,
    "portfolios": portfolio_records,
}


async def records(conn: Connection, name: ListName, day: date | None, known_at: datetime | None = None) -> list[Held]:
    """Return the records of a list, in the order of entry."""
    if name in REGISTERS:
        return await entry_records(conn, day, name, known_at)
    return await _RECORDS[name](conn, day, known_at)


async def all_records(
    conn: Connection, day: date | None, known_at: datetime | None = None
) -> dict[ListName, list[Held]]:
    """Return the records of every list."""
    return {name: await records(conn, name, day, known_at) for name in LIST_NAMES}


def _held(rows: list[Record]) -> list[Held]:
    return [Held(row["record"], row["valid_from"], row["valid_to"]) for row in rows]
