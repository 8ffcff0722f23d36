"""What is stored: one function per query of queries.sql, giving the rows of domain.py."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from services.meetings.domain import FulfilmentState, Meeting, Resolution, ResolutionPart, State
from services.meetings.errors import MeetingNotFoundError, ResolutionNotFoundError
from services.meetings.readers import EVERYTHING
from shared.contracts.meetings import MeetingKind
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


async def insert_meeting(  # noqa: PLR0913 - one parameter per column
    conn: Connection,
    *,
    body: str,
    kind: MeetingKind,
    title: str,
    starts_at: datetime,
    place: str,
    chair_post: str | None,
    chair_title: str | None,
    ends_at: datetime | None,
    session: str | None,
    recorded: bool,
    invites_all: bool,
    convened_at: datetime,
) -> Meeting:
    """Return the convened meeting, in version 1."""
    row = await conn.fetchrow(
        QUERIES["insert_meeting"],
        body,
        kind,
        title,
        starts_at,
        place,
        chair_post,
        chair_title,
        ends_at,
        session,
        recorded,
        invites_all,
        convened_at,
    )
    return meeting_of(row)


async def find_meeting(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting or refuse."""
    row = await conn.fetchrow(QUERIES["find_meeting"], meeting_id)
    if row is None:
        raise MeetingNotFoundError(meeting_id)
    return meeting_of(row)


async def lock_meeting(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting, locked until the transaction ends, or refuse."""
    row = await conn.fetchrow(QUERIES["lock_meeting"], meeting_id)
    if row is None:
        raise MeetingNotFoundError(meeting_id)
    return meeting_of(row)


async def next_version(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting at its next version."""
    return meeting_of(await conn.fetchrow(QUERIES["next_version"], meeting_id))


async def next_item(conn: Connection, meeting_id: UUID, now: datetime) -> Meeting:
    """Return the meeting with one agenda item more."""
    return meeting_of(await conn.fetchrow(QUERIES["next_item"], meeting_id, now))


async def touch(conn: Connection, meeting_id: UUID, now: datetime) -> Meeting:
    """Return the meeting, changed for calendars."""
    return meeting_of(await conn.fetchrow(QUERIES["touch"], meeting_id, now))


async def mark_held(conn: Connection, meeting_id: UUID, held_on: date) -> Meeting:
    """Return the meeting, held."""
    return meeting_of(await conn.fetchrow(QUERIES["mark_held"], meeting_id, held_on))


async def mark_cancelled(conn: Connection, meeting_id: UUID, cancelled_at: datetime, reason: str) -> Meeting:
    """Return the meeting, cancelled."""
    return meeting_of(await conn.fetchrow(QUERIES["mark_cancelled"], meeting_id, cancelled_at, reason))


async def count_resolution(conn: Connection, meeting_id: UUID) -> Meeting:
    """Return the meeting with one resolution more."""
    return meeting_of(await conn.fetchrow(QUERIES["count_resolution"], meeting_id))


async def insert_part(conn: Connection, resolution_id: UUID, part: ResolutionPart) -> None:
    """Keep one of a resolution's parts."""
    await conn.execute(
        QUERIES["insert_part"],
        resolution_id,
        part.part,
        part.title,
        part.lead_unit,
        part.cooperating_units,
        part.due_on,
        part.weight,
    )


async def list_parts(conn: Connection, resolution_ids: Sequence[UUID]) -> dict[UUID, list[ResolutionPart]]:
    """Return the parts of resolutions that have several, by resolution."""
    found: dict[UUID, list[ResolutionPart]] = {}
    for row in await conn.fetch(QUERIES["list_parts"], resolution_ids):
        fields = dict(row)
        found.setdefault(fields.pop("resolution_id"), []).append(ResolutionPart(**fields))
    return found


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
    return [meeting_of(row) for row in rows]


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
    item_number: int | None,
    parts: int,
) -> Resolution:
    """Return the adopted resolution."""
    resolution_id: UUID = await conn.fetchval(
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
        item_number,
        parts,
    )
    return await find_resolution(conn, resolution_id, EVERYTHING)


async def find_resolution(conn: Connection, resolution_id: UUID, reader: str) -> Resolution:
    """Return the resolution, if this reader may know of it, or refuse."""
    row = await conn.fetchrow(QUERIES["find_resolution"], resolution_id, reader)
    if row is None:
        raise ResolutionNotFoundError(resolution_id)
    return resolution_of(row)


async def list_resolutions_of_meeting(conn: Connection, meeting_id: UUID, reader: str) -> list[Resolution]:
    """Return those of a meeting's resolutions that this reader may see, in the order of its minutes."""
    rows = await conn.fetch(QUERIES["list_resolutions_of_meeting"], meeting_id, reader)
    return [resolution_of(row) for row in rows]


async def list_resolutions(
    conn: Connection,
    *,
    states: Sequence[FulfilmentState] | None,
    unit: str | None,
    meeting_id: UUID | None,
    reader: str,
    after: tuple[str | None, str | None],
    limit: int,
) -> list[Resolution]:
    """Return resolutions, what is due first, first."""
    rows = await conn.fetch(QUERIES["list_resolutions"], states, unit, meeting_id, *after, limit, reader)
    return [resolution_of(row) for row in rows]


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


def meeting_of(row: Record | None) -> Meeting:
    """Return the meeting of a row."""
    assert row is not None  # noqa: S101 - `returning` of a row that is locked, or checked by the caller
    return Meeting(**{**row, "state": State(row["state"])})


def resolution_of(row: Record | dict[str, Any] | None) -> Resolution:
    """Return the resolution of a row."""
    assert row is not None  # noqa: S101 - `returning` of a new row, or checked by the caller
    return Resolution(**{**row, "fulfilment_state": FulfilmentState(row["fulfilment_state"])})
