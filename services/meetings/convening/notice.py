"""What a notice of a meeting (会议通知) and a calendar entry say, as one reader may have them. No layout.

Whoever lays out documents takes these: restricted items are left out already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.meetings import store as meetings
from services.meetings.convening import store
from services.meetings.convening.domain import AgendaItem, Change, Invitee, Paper, ends_at
from services.meetings.copies import store as copies
from services.meetings.domain import Meeting
from services.meetings.readers import EVERYTHING
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """An item of the agenda with the names of those who report on it."""

    item: AgendaItem
    presenters: Sequence[str]


@dataclass(frozen=True, slots=True)
class MeetingNotice:
    """A notice: all that it shows. `papers` are those asked of the reader, or all for those who read everything."""

    meeting: Meeting
    body_name: str
    issued_by: str
    chair: str | None
    starts_at: datetime
    ends_at: datetime
    members: Sequence[Invitee]
    guests: Sequence[Invitee]
    agenda: Sequence[NoticeItem]
    papers: Sequence[Paper]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One VEVENT: `uid` stays, `sequence` rises with each change, a cancelled meeting stays in as CANCELLED."""

    uid: str
    sequence: int
    status: Literal["CONFIRMED", "CANCELLED"]
    meeting_id: UUID
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    changed_at: datetime
    created_at: datetime
    organizer: str


async def read_notice(conn: Connection, meeting_id: UUID, reader: str) -> MeetingNotice:
    """Return the notice of a meeting as this reader may have it."""
    meeting = await meetings.find_meeting(conn, meeting_id)
    names = await _names(conn, meeting.day)
    invitees = await store.list_invitees(conn, meeting_id)
    papers = [paper for paper in await store.list_papers(conn, reader, meeting_id=meeting_id) if not paper.withdrawn]
    return MeetingNotice(
        meeting=meeting,
        body_name=names.get(meeting.body, meeting.body),
        issued_by=await _office_of(conn, meeting, names),
        chair=meeting.chair_title or names.get(meeting.chair_post or ""),
        starts_at=meeting.starts_at,
        ends_at=ends_at(meeting),
        members=[each for each in invitees if each.role != "guest"],
        guests=[each for each in invitees if each.role == "guest"],
        agenda=[
            NoticeItem(item, _presenters(item, names)) for item in await store.list_items(conn, meeting_id, reader)
        ],
        papers=[paper for paper in papers if reader in (EVERYTHING, paper.unit)],
        changes=await store.list_changes(conn, meeting_id),
    )


async def calendar_entries(conn: Connection, reader: str, since: datetime) -> list[CalendarEntry]:
    """Return the entries of a reader's calendar from a moment on: of a unit, the meetings to which it is invited."""
    names = await _names(conn)
    return [
        await _entry(conn, meeting, reader, names)
        for meeting in await store.list_calendar_meetings(conn, reader, since)
    ]


async def calendar_entry(conn: Connection, meeting_id: UUID, reader: str) -> CalendarEntry:
    """Return the entry of one meeting."""
    return await _entry(conn, await meetings.find_meeting(conn, meeting_id), reader, await _names(conn))


async def _entry(conn: Connection, meeting: Meeting, reader: str, names: dict[str, str]) -> CalendarEntry:
    agenda = await store.list_items(conn, meeting.id, reader)
    chair = meeting.chair_title or names.get(meeting.chair_post or "")
    lines = [
        *([f"主持：{chair}"] if chair else []),
        *(f"{place}. {item.title}" for place, item in enumerate(agenda, start=1)),
        *([f"会议取消：{meeting.cancel_reason}"] if meeting.cancel_reason else []),
    ]
    return CalendarEntry(
        uid=f"{meeting.id}@meetings.xietiao",
        sequence=meeting.calendar_sequence,
        status="CANCELLED" if meeting.state == "cancelled" else "CONFIRMED",
        meeting_id=meeting.id,
        starts_at=meeting.starts_at,
        ends_at=ends_at(meeting),
        summary=meeting.title,
        location=meeting.place,
        description="\n".join(lines),
        changed_at=meeting.changed_at,
        created_at=meeting.convened_at,
        organizer=await _office_of(conn, meeting, names),
    )


async def _office_of(conn: Connection, meeting: Meeting, names: dict[str, str]) -> str:
    """Return the name of the unit that keeps the body's daily work; without one, the body's own."""
    bodies = await copies.list_bodies(conn)
    office = bodies[meeting.body].office_unit if meeting.body in bodies else None
    return names.get(office or meeting.body, meeting.body)


async def _names(conn: Connection, day: date | None = None) -> dict[str, str]:
    return {
        **{code: unit.name for code, unit in (await copies.list_units(conn, day)).items()},
        **{code: post.title for code, post in (await copies.list_posts(conn, day)).items()},
        **{code: body.name for code, body in (await copies.list_bodies(conn)).items()},
    }


def _presenters(item: AgendaItem, names: dict[str, str]) -> Sequence[str]:
    codes = [*([item.presenter_body] if item.presenter_body else []), *item.presenter_units]
    return [names.get(code, code) for code in codes]
