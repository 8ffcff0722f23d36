"""Routes of what leaves the office on paper (port 8103); each reader gets their own copy."""

import asyncio
from datetime import timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.meetings.convening.notice import calendar_entries, calendar_entry, read_notice
from services.meetings.minutes.copies import minutes_copy
from services.meetings.papers.calendar import to_calendar
from services.meetings.papers.minutes import minutes_paper
from services.meetings.papers.notice import notice_paper
from services.meetings.papers.paper import Paper
from services.meetings.papers.pdf import to_pdf
from services.meetings.papers.word import to_word
from services.meetings.readers import reader_of
from shared.clock import Instant
from shared.downloads import CALENDAR, DOCX, PDF, download
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["papers"])

KindQuery = Annotated[Literal["docx", "pdf"], Query(alias="format", description="Word or PDF.")]
_FEED_BACK = timedelta(days=366)
_MAX_EDITION = 2**31 - 1


@router.get("/v1/meetings/{meeting_id}/notice", responses=refusals(404), response_class=Response)
async def read_notice_paper(
    meeting_id: UUID, conn: ReadConnection, caller: Caller, kind: KindQuery = "docx"
) -> Response:
    """Hand out the notice (会议通知) as it stands now: called, moved or called off."""
    notice = await read_notice(conn, meeting_id, reader_of(caller))
    return await _printed(notice_paper(notice), notice.meeting.title + "通知", kind)


@router.get("/v1/meetings/{meeting_id}/minutes/paper", responses=refusals(403, 404), response_class=Response)
async def read_minutes_paper(
    meeting_id: UUID,
    conn: ReadConnection,
    caller: Caller,
    kind: KindQuery = "docx",
    edition: Annotated[int | None, Query(ge=1, le=_MAX_EDITION, description="The newest if left out.")] = None,
) -> Response:
    """Hand out the reader's copy of the minutes (会议纪要), without what is restricted to others."""
    copy = await minutes_copy(conn, meeting_id, reader_of(caller), edition)
    return await _printed(minutes_paper(copy), f"{copy.content.title}{copy.number or '草稿'}", kind)


@router.get("/v1/meetings/{meeting_id}/calendar.ics", responses=refusals(404), response_class=Response)
async def read_calendar_entry(meeting_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Hand out one meeting for a calendar program; later versions move or strike out the entry."""
    entry = await calendar_entry(conn, meeting_id, reader_of(caller))
    return download(to_calendar(entry.summary, [entry], announced=True), f"{entry.summary}.ics", CALENDAR)


@router.get("/v1/calendar.ics", responses=refusals(), response_class=Response)
async def read_calendar_feed(
    request: Request,
    conn: ReadConnection,
    caller: Caller,
    since: Annotated[Instant | None, Query(description="Meetings from here on; the last 366 days if left out.")] = None,
) -> Response:
    """Hand out the reader's meetings as a feed to subscribe to: of a unit, those to which it is invited."""
    begin = since or runtime_of(request).clock() - _FEED_BACK
    entries = await calendar_entries(conn, reader_of(caller), begin)
    return download(to_calendar("服务业协调会议", entries), "meetings.ics", CALENDAR)


async def _printed(paper: Paper, name: str, kind: Literal["docx", "pdf"]) -> Response:
    if kind == "pdf":
        return download(await asyncio.to_thread(to_pdf, paper), f"{name}.pdf", PDF)
    return download(await asyncio.to_thread(to_word, paper), f"{name}.docx", DOCX)
