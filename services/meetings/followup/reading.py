"""Reading how far resolutions are carried out, as one reader may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.meetings import store as meetings
from services.meetings.copies import store as copies
from services.meetings.copies.domain import Today
from services.meetings.domain import Resolution
from services.meetings.followup import store
from services.meetings.followup.domain import Followed, MeetingRate, Rate, rate_of
from shared.errors import InvalidError, unknown_code
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class BodyFulfilment:
    """The rate of a body, of each of its meetings, and what is still open."""

    rate: Rate
    meetings: Sequence[MeetingRate]
    open: Sequence[Followed]


async def of_meeting(conn: Connection, meeting_id: UUID, reader: str) -> list[Followed]:
    """Return a meeting's resolutions with their tasks."""
    await meetings.find_meeting(conn, meeting_id)
    return await follow(conn, await meetings.list_resolutions_of_meeting(conn, meeting_id, reader))


async def of_resolution(conn: Connection, resolution_id: UUID, reader: str) -> Followed:
    """Return one resolution with its tasks."""
    (followed,) = await follow(conn, [await meetings.find_resolution(conn, resolution_id, reader)])
    return followed


async def of_body(
    conn: Connection, body: str, days: tuple[date | None, date | None], reader: str, today: Today
) -> BodyFulfilment:
    """Return how a body's resolutions of a span of days are carried out."""
    bodies = await copies.list_bodies(conn)
    if body not in bodies:
        raise InvalidError(unknown_code("body", body, bodies))
    found = await store.list_followed(conn, body, *days, reader)
    followed = await follow(conn, [each.resolution for each in found])
    by_meeting: dict[UUID, list[Followed]] = {}
    for each in followed:
        by_meeting.setdefault(each.resolution.meeting_id, []).append(each)
    titles = {each.resolution.meeting_id: each for each in found}
    rates = [
        MeetingRate(meeting_id, titles[meeting_id].meeting_title, titles[meeting_id].held_on, rate_of(theirs, today))
        for meeting_id, theirs in by_meeting.items()
    ]
    return BodyFulfilment(rate_of(followed, today), rates, [each for each in followed if each.is_open])


async def follow(conn: Connection, resolutions: Sequence[Resolution]) -> list[Followed]:
    """Return resolutions with the tasks that they became."""
    tasks = await copies.list_tasks_of_sources(conn, [str(each.id) for each in resolutions])
    return [Followed(each, [task for task in tasks if task.source_id == str(each.id)]) for each in resolutions]
