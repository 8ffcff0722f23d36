"""What is stored: one function per query of queries.sql, giving the rows of domain.py."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from services.meetings.domain import FulfilmentState, Meeting, Resolution, State
from services.meetings.errors import MeetingNotFoundError, ResolutionNotFoundError
from shared.contracts.meetings import MeetingKind
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


async def learn_unit(conn: Connection, code: str, name: str, version: int) -> None:
    """Keep the newest of what the registry says of a unit."""
    await conn.execute(QUERIES["learn_unit"], code, name, version)


async def learn_body(conn: Connection, code: str, name: str, version: int) -> None:
    """Keep the newest of what the registry says of a body."""
    await conn.execute(QUERIES["learn_body"], code, name, version)


async def list_known_units(conn: Connection) -> list[str]:
    """Return the codes of all known units."""
    return [row["code"] for row in await conn.fetch(QUERIES["list_known_units"])]


async def list_known_bodies(conn: Connection) -> list[str]:
    """Return the codes of all known bodies."""
    return [row["code"] for row in await conn.fetch(QUERIES["list_known_bodies"])]


async def insert_meeting(  # noqa: PLR0913 - one parameter per column
    conn: Connection,
    *,
    body: str,
    kind: MeetingKind,
    title: str,
    starts_at: datetime,
    place: str,
    chair_post: str | None,
    convened_at: datetime,
) -> Meeting:
    """Return the convened meeting, in version 1."""
    row = await conn.fetchrow(QUERIES["insert_meeting"], body, kind, title, starts_at, place, chair_post, convened_at)
    return _meeting(row)


async def find_meeting(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting or refuse."""
    row = await conn.fetchrow(QUERIES["find_meeting"], meeting_id)
    if row is None:
        raise MeetingNotFoundError(meeting_id)
    return _meeting(row)


async def lock_meeting(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting, locked until the transaction ends, or refuse."""
    row = await conn.fetchrow(QUERIES["lock_meeting"], meeting_id)
    if row is None:
        raise MeetingNotFoundError(meeting_id)
    return _meeting(row)


async def mark_held(conn: Connection, meeting_id: UUID, held_on: date) -> Meeting:
    """Return the meeting, held."""
    return _meeting(await conn.fetchrow(QUERIES["mark_held"], meeting_id, held_on))


async def mark_cancelled(conn: Connection, meeting_id: UUID, cancelled_at: datetime, reason: str) -> Meeting:
    """Return the meeting, cancelled."""
    return _meeting(await conn.fetchrow(QUERIES["mark_cancelled"], meeting_id, cancelled_at, reason))


async def count_resolution(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting with one resolution more."""
    return _meeting(await conn.fetchrow(QUERIES["count_resolution"], meeting_id))


async def list_meetings(
    conn: Connection,
    *,
    body: str | None,
    kind: MeetingKind | None,
    state: State | None,
    year: int | None,
    after: str | None,
    limit: int,
) -> list[Meeting]:
    """Return meetings, newest record first."""
    rows = await conn.fetch(QUERIES["list_meetings"], body, kind, state, year, after, limit)
    return [_meeting(row) for row in rows]


async def insert_resolution(  # noqa: PLR0913 - one parameter per column
    conn: Connection,
    *,
    meeting_id: UUID,
    sequence: int,
    title: str,
    text: str | None,
    lead_unit: str,
    cooperating_units: Sequence[str],
    adopted_on: date,
    due_on: date,
    weight: Decimal,
    tags: Sequence[str],
    leader_post: str | None,
) -> Resolution:
    """Return the adopted resolution."""
    row = await conn.fetchrow(
        QUERIES["insert_resolution"],
        meeting_id,
        sequence,
        title,
        text,
        lead_unit,
        cooperating_units,
        adopted_on,
        due_on,
        weight,
        tags,
        leader_post,
    )
    return _resolution(row)


async def find_resolution(conn: Connection, resolution_id: UUID) -> Resolution:
    """Return the resolution or refuse."""
    row = await conn.fetchrow(QUERIES["find_resolution"], resolution_id)
    if row is None:
        raise ResolutionNotFoundError(resolution_id)
    return _resolution(row)


async def list_resolutions_of_meeting(conn: Connection, meeting_id: UUID) -> list[Resolution]:
    """Return a meeting's resolutions in the order of its minutes."""
    return [_resolution(row) for row in await conn.fetch(QUERIES["list_resolutions_of_meeting"], meeting_id)]


async def list_resolutions(
    conn: Connection,
    *,
    states: Sequence[FulfilmentState] | None,
    unit: str | None,
    meeting_id: UUID | None,
    after: tuple[str | None, str | None],
    limit: int,
) -> list[Resolution]:
    """Return resolutions, what is due first, first."""
    rows = await conn.fetch(QUERIES["list_resolutions"], states, unit, meeting_id, *after, limit)
    return [_resolution(row) for row in rows]


async def follow_task(
    conn: Connection,
    *,
    task_id: UUID,
    resolution_id: UUID,
    version: int,
    state: FulfilmentState,
    fulfilled_at: datetime | None,
    days_late: int | None,
) -> None:
    """Keep the newest of what tasks says of a resolution's task."""
    await conn.execute(QUERIES["follow_task"], task_id, resolution_id, version, state, fulfilled_at, days_late)


def _meeting(row: Record | None) -> Meeting:
    assert row is not None  # noqa: S101 - `returning` of a row that is locked, or checked by the caller
    return Meeting(**{**row, "state": State(row["state"])})


def _resolution(row: Record | None) -> Resolution:
    assert row is not None  # noqa: S101 - `returning` of a new row, or checked by the caller
    return Resolution(**{**row, "fulfilment_state": FulfilmentState(row["fulfilment_state"])})
