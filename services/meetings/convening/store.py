"""What is stored before the meeting: one function per query of queries.sql."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from services.meetings.convening.domain import (
    ASSUMED_LENGTH,
    AgendaItem,
    Change,
    Clash,
    Invitee,
    ItemKind,
    Paper,
    ends_at,
)
from services.meetings.convening.errors import AgendaItemNotFoundError, PaperNotFoundError
from services.meetings.domain import Meeting, Resolution
from services.meetings.store import meeting_of, resolution_of
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitee to be: unit, post or guest."""

    code: str
    kind: str
    role: str
    unit: str | None
    name: str


@dataclass(frozen=True, slots=True)
class PaperNews:
    """What tasks says of a paper's report; `submitted_at` None if the event says nothing of timeliness."""

    paper_id: UUID
    report_id: UUID
    version: int
    state: str
    due_at: datetime
    submitted_at: datetime | None = None
    on_time: bool | None = None
    days_late: int | None = None


async def insert_invitees(conn: Connection, meeting_id: UUID, invitations: Sequence[Invitation]) -> None:
    """Invite, in order, after those who are invited already."""
    columns = zip(*((each.code, each.kind, each.role, each.unit, each.name) for each in invitations), strict=True)
    if invitations:
        await conn.execute(QUERIES["insert_invitees"], meeting_id, *columns)


async def delete_invitees(conn: Connection, meeting_id: UUID, codes: Sequence[str]) -> None:
    """Take out some, with what they announced."""
    await conn.execute(QUERIES["delete_invitees"], meeting_id, codes)


async def list_invitees(conn: Connection, meeting_id: UUID) -> list[Invitee]:
    """Return who is invited, members first."""
    return [Invitee(**row) for row in await conn.fetch(QUERIES["list_invitees"], meeting_id)]


async def list_meetings_to_invite(conn: Connection, body: str, now: datetime) -> list[Meeting]:
    """Return, locked, the convened meetings to come that invite all members of a body."""
    return [meeting_of(row) for row in await conn.fetch(QUERIES["list_meetings_to_invite"], body, now)]


async def list_meetings_inviting(conn: Connection, code: str, now: datetime) -> list[Meeting]:
    """Return, locked, the convened meetings to come to which a unit or post is invited."""
    return [meeting_of(row) for row in await conn.fetch(QUERIES["list_meetings_inviting"], code, now)]


async def name_invitees(conn: Connection, meeting: Meeting) -> None:
    """Call the units and posts that are invited as they are called on the meeting's day."""
    await conn.execute(QUERIES["name_invitees"], meeting.id, meeting.day)


async def mark_rescheduled(conn: Connection, moved: Meeting, now: datetime) -> Meeting:
    """Return the meeting at its new time and place."""
    row = await conn.fetchrow(QUERIES["mark_rescheduled"], moved.id, moved.starts_at, moved.ends_at, moved.place, now)
    return meeting_of(row)


async def insert_change(conn: Connection, change: Change) -> None:
    """Note a change of a convened meeting."""
    await conn.execute(
        QUERIES["insert_change"],
        change.meeting_id,
        change.version,
        change.change,
        change.occurred_at,
        change.subject,
        change.before,
        change.after,
        change.reason,
    )


async def list_changes(conn: Connection, meeting_id: UUID) -> list[Change]:
    """Return what was changed, in order."""
    return [Change(**row) for row in await conn.fetch(QUERIES["list_changes"], meeting_id)]


async def list_clashes(conn: Connection, meeting: Meeting) -> list[Clash]:
    """Return the other convened meetings that want the same room, chair or invitees at an overlapping time."""
    rows = await conn.fetch(
        QUERIES["list_clashes"],
        meeting.id,
        meeting.starts_at,
        ends_at(meeting),
        meeting.place,
        meeting.chair_post,
        ASSUMED_LENGTH,
    )
    return [Clash(**row) for row in rows]


async def insert_item(conn: Connection, meeting_id: UUID, number: int, item: Mapping[str, Any]) -> AgendaItem:
    """Return the new item, the last of the agenda."""
    return item_of(await conn.fetchrow(QUERIES["insert_item"], meeting_id, number, *_columns(item)))


async def replace_item(conn: Connection, meeting_id: UUID, number: int, item: Mapping[str, Any]) -> AgendaItem:
    """Return the changed item."""
    return item_of(await conn.fetchrow(QUERIES["replace_item"], meeting_id, number, *_columns(item)))


async def table_plan(conn: Connection, plan_id: UUID) -> None:
    """Lay the words of a plan on the table where it was put on an agenda before it was submitted."""
    await conn.execute(QUERIES["table_plan"], plan_id)


async def delete_item(conn: Connection, meeting_id: UUID, number: int) -> None:
    """Take an item off the agenda."""
    await conn.execute(QUERIES["delete_item"], meeting_id, number)


async def order_items(conn: Connection, meeting_id: UUID, numbers: Sequence[int]) -> None:
    """Put the items in this order."""
    await conn.execute(QUERIES["order_items"], meeting_id, numbers)


async def find_item(conn: Connection, meeting_id: UUID, number: int, reader: str) -> AgendaItem:
    """Return the item, if this reader may know of it, or refuse."""
    row = await conn.fetchrow(QUERIES["find_item"], meeting_id, number, reader)
    if row is None:
        raise AgendaItemNotFoundError(number)
    return item_of(row)


async def list_items(conn: Connection, meeting_id: UUID, reader: str) -> list[AgendaItem]:
    """Return the agenda as this reader may see it."""
    return [item_of(row) for row in await conn.fetch(QUERIES["list_items"], meeting_id, reader)]


async def list_charged(conn: Connection, meeting_id: UUID, number: int) -> list[str]:
    """Return the units that resolutions on an item charge."""
    return [row["unit"] for row in await conn.fetch(QUERIES["list_charged"], meeting_id, number)]


async def insert_paper(
    conn: Connection, meeting_id: UUID, item_number: int | None, unit: str, title: str, due_at: datetime
) -> UUID:
    """Return the id of the paper that is asked for."""
    paper_id: UUID = await conn.fetchval(QUERIES["insert_paper"], meeting_id, item_number, unit, title, due_at)
    return paper_id


async def withdraw_paper(conn: Connection, paper_id: UUID) -> None:
    """Note that a paper is no longer wanted."""
    await conn.execute(QUERIES["withdraw_paper"], paper_id)


async def list_papers(
    conn: Connection, reader: str, *, meeting_id: UUID | None = None, unit: str | None = None, paper: UUID | None = None
) -> list[Paper]:
    """Return papers with what tasks says of them, what is due first, first."""
    rows = await conn.fetch(QUERIES["list_papers"], meeting_id, unit, paper, reader)
    return [Paper(**row) for row in rows]


async def find_paper(conn: Connection, meeting_id: UUID, paper_id: UUID, reader: str) -> Paper:
    """Return the paper of this meeting or refuse."""
    found = await list_papers(conn, reader, meeting_id=meeting_id, paper=paper_id)
    if not found:
        raise PaperNotFoundError(paper_id)
    return found[0]


async def follow_paper(conn: Connection, news: PaperNews) -> None:
    """Keep the newest of what tasks says of a paper."""
    await conn.execute(
        QUERIES["follow_paper"],
        news.paper_id,
        news.report_id,
        news.version,
        news.state,
        news.submitted_at,
        news.on_time,
        news.days_late,
        news.due_at,
    )


async def list_open_resolutions(
    conn: Connection, body: str, meeting_id: UUID | None, before: datetime
) -> list[Resolution]:
    """Return what earlier meetings of a body resolved and is still open, what is due first, first."""
    rows = await conn.fetch(QUERIES["list_open_resolutions"], body, meeting_id, before)
    return [resolution_of(row) for row in rows]


async def list_calendar_meetings(conn: Connection, reader: str, since: datetime) -> list[Meeting]:
    """Return the meetings of a reader's calendar."""
    return [meeting_of(row) for row in await conn.fetch(QUERIES["list_calendar_meetings"], reader, since)]


_ITEM_COLUMNS = (
    "kind",
    "title",
    "text",
    "presenter_units",
    "presenter_body",
    "covers",
    "plan_id",
    "problem_id",
    "resolution_id",
    "task_id",
    "restricted",
    "visible_to",
)


def _columns(item: Mapping[str, Any]) -> list[Any]:
    return [item[name] for name in _ITEM_COLUMNS]


def item_of(row: Record | None) -> AgendaItem:
    """Return the item of a row."""
    assert row is not None  # noqa: S101 - `returning` of a row that is locked, or checked by the caller
    return AgendaItem(**{**row, "kind": ItemKind(row["kind"])})
