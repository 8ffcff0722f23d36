"""A meeting as one reader may see it, put together from what stands before, at and after it."""

from uuid import UUID

from services.meetings import store
from services.meetings.convening import store as prepared
from services.meetings.convening.cautions import find_cautions
from services.meetings.convening.domain import Called
from services.meetings.convening.schemas import AgendaItemView, InviteeView, PaperView
from services.meetings.proceedings import operations as proceedings
from services.meetings.proceedings.schemas import QuorumView
from services.meetings.readers import EVERYTHING
from services.meetings.schemas import CalledView, MeetingDetail, ResolutionView
from shared.postgres import Connection


async def meeting_detail(conn: Connection, meeting_id: UUID, reader: str) -> MeetingDetail:
    """Return everything of a meeting that the reader may see; cautions are for those who read everything."""
    meeting = await store.find_meeting(conn, meeting_id)
    attended = await proceedings.read_attendance(conn, meeting_id)
    cautions = await find_cautions(conn, meeting) if reader == EVERYTHING else []
    called = Called(meeting, cautions)
    return MeetingDetail(
        **dict(CalledView.with_cautions(called)),
        invitees=tuple(InviteeView.of(each) for each in attended.invitees),
        agenda=tuple(AgendaItemView.of(item) for item in await prepared.list_items(conn, meeting_id, reader)),
        papers=tuple(PaperView.of(each) for each in await prepared.list_papers(conn, reader, meeting_id=meeting_id)),
        quorum=QuorumView.of(attended.quorum, decided=attended.decided),
        resolutions=await resolution_views(conn, meeting_id, reader),
    )


async def resolution_views(conn: Connection, meeting_id: UUID, reader: str) -> tuple[ResolutionView, ...]:
    """Return a meeting's resolutions as the reader may see them, in the order of its minutes."""
    resolutions = await store.list_resolutions_of_meeting(conn, meeting_id, reader)
    parts = await store.list_parts(conn, [resolution.id for resolution in resolutions])
    return tuple(ResolutionView.of(each, parts.get(each.id, ())) for each in resolutions)
