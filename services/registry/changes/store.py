"""Changes and timelines: functions 1:1 with `queries.sql`. A timeline is a fact as it is known now, on all its days."""

from datetime import datetime
from pathlib import Path

from services.registry import rows
from services.registry.changes.domain import Change
from services.registry.domain import (
    Body,
    Days,
    Duty,
    Holder,
    Incumbency,
    Membership,
    Portfolio,
    Post,
    Sector,
    Unit,
)
from shared.commands import Act
from shared.postgres import Connection, Record, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def one_change_at_a_time(conn: Connection) -> None:
    """Wait until no other change is being made."""
    await conn.execute(_SQL["one_change_at_a_time"])


async def begun_change(conn: Connection) -> Change | None:
    """Return the change that this transaction has begun."""
    row = await conn.fetchrow(_SQL["begun_change"])
    return None if row is None else Change(**row)


async def begin_change(
    conn: Connection, act: Act, action: str, *, correction: bool, document: str | None, reason: str | None
) -> Change:
    """Begin a change."""
    row = await conn.fetchrow(
        _SQL["begin_change"],
        act.noted_at,
        act.occurred_at,
        act.principal.subject,
        act.principal.role.value,
        action,
        correction,
        document,
        reason,
        act.correlation_id,
    )
    assert row is not None  # noqa: S101 - an insert returns its row
    return _change_of(row)


async def last_change(conn: Connection) -> tuple[int, datetime] | None:
    """Return the newest change's id and when it was recorded."""
    row = await conn.fetchrow(_SQL["last_change"])
    return None if row is None or row["id"] is None else (row["id"], row["recorded_at"])


async def hold_references(conn: Connection) -> None:
    """Look at references between facts only when the change is complete."""
    await conn.execute(_SQL["hold_references"])


async def check_references(conn: Connection) -> None:
    """Look at references between facts now."""
    await conn.execute(_SQL["check_references"])


async def restrict_fact(conn: Connection, table: str, entry: int, days: Days) -> None:
    """Leave a fact fewer days."""
    await conn.execute(_SQL["restrict_fact"], table, entry, days.first, days.end)


async def withdraw_fact(conn: Connection, table: str, entry: int) -> None:
    """Withdraw a fact."""
    await conn.execute(_SQL["withdraw_fact"], table, entry)


async def unit_timeline(conn: Connection, *codes: str) -> list[Unit]:
    """Return units on all their days."""
    return [rows.unit_of(row) for row in await conn.fetch(_SQL["unit_timeline"], codes)]


async def post_timeline(conn: Connection, *codes: str) -> list[Post]:
    """Return posts on all their days."""
    return [rows.post_of(row) for row in await conn.fetch(_SQL["post_timeline"], codes)]


async def incumbency_timeline(conn: Connection, *posts: str) -> list[Incumbency]:
    """Return who is in posts, on all days."""
    return [rows.incumbency_of(row) for row in await conn.fetch(_SQL["incumbency_timeline"], posts)]


async def portfolio_timeline(conn: Connection, *posts: str, scope: str | None = None) -> list[Portfolio]:
    """Return what posts are in charge of, on all days; with `scope`, in this one."""
    return [rows.portfolio_of(row) for row in await conn.fetch(_SQL["portfolio_timeline"], posts, scope)]


async def body_timeline(conn: Connection, *codes: str) -> list[Body]:
    """Return bodies on all their days."""
    return [rows.body_of(row) for row in await conn.fetch(_SQL["body_timeline"], codes)]


async def membership_timeline(conn: Connection, body: str, role: str, holder: Holder) -> list[Membership]:
    """Return a holder's role in a body, on all days."""
    found = await conn.fetch(_SQL["membership_timeline"], body, role, holder.unit, holder.post)
    return [rows.membership_of(row) for row in found]


async def sector_timeline(conn: Connection, *codes: str) -> list[Sector]:
    """Return sectors and themes on all their days."""
    return [Sector(**row) for row in await conn.fetch(_SQL["sector_timeline"], codes)]


async def duty_timeline(conn: Connection, *codes: str) -> list[Duty]:
    """Return duty items on all their days; their clauses hold codes without names."""
    return [rows.duty_of(row) for row in await conn.fetch(_SQL["duty_timeline"], codes)]


def _change_of(row: Record) -> Change:
    return Change(**{name: row[name] for name in Change.__slots__})
