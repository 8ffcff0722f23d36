"""What is stored at the meeting: one function per query of queries.sql."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from uuid import UUID

from services.meetings.convening.domain import AgendaItem
from services.meetings.convening.store import item_of
from services.meetings.proceedings.domain import Attendance, Attending, BodyRule, Verdict
from shared.postgres import Connection, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


async def save_attendance(conn: Connection, record: Attendance) -> None:
    """Keep how an invitee attended."""
    await conn.execute(QUERIES["save_attendance"], *astuple(record))


async def list_attendance(conn: Connection, meeting_id: UUID) -> dict[str, Attendance]:
    """Return how each invitee attended, by code, as far as it is recorded."""
    rows = await conn.fetch(QUERIES["list_attendance"], meeting_id)
    return {row["code"]: Attendance(**{**row, "attendance": Attending(row["attendance"])}) for row in rows}


async def find_rule(conn: Connection, body: str) -> BodyRule | None:
    """Return the rule that was made for a body; None if the usual one holds."""
    row = await conn.fetchrow(QUERIES["find_rule"], body)
    return None if row is None else BodyRule(**row)


async def save_rule(conn: Connection, rule: BodyRule) -> BodyRule:
    """Return the rule as it is kept."""
    row = await conn.fetchrow(
        QUERIES["save_rule"], rule.body, rule.quorum_percent, rule.due_working_days, rule.minutes_name
    )
    assert row is not None  # noqa: S101 - an upsert returns its row
    return BodyRule(**row)


async def decide_item(conn: Connection, meeting_id: UUID, number: int, verdict: Verdict) -> AgendaItem:
    """Return the item with what was decided."""
    return item_of(await conn.fetchrow(QUERIES["decide_item"], meeting_id, number, *astuple(verdict)))


async def show_item_to(conn: Connection, meeting_id: UUID, number: int, units: Sequence[str]) -> None:
    """Let the units that are charged see a restricted item."""
    await conn.execute(QUERIES["show_item_to"], meeting_id, number, units)
