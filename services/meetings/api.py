"""The routes: each reads or runs one operation, and shows the result."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response

from services.meetings import operations, reading, store
from services.meetings.domain import OPEN, FulfilmentState, Meeting, Resolution, State
from services.meetings.errors import ResolutionHasNoTextError
from services.meetings.readers import reader_of
from services.meetings.schemas import (
    CalledView,
    CancelMeeting,
    ConveneMeeting,
    HoldMeeting,
    MeetingDetail,
    MeetingView,
    ResolutionFilter,
    ResolutionText,
    ResolutionView,
)
from shared.commands import OfficeEdge, answer
from shared.contracts.meetings import MeetingKind
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["meetings"])

_STATES: dict[ResolutionFilter, tuple[FulfilmentState, ...]] = {
    "open": OPEN,
    "fulfilled": (FulfilmentState.FULFILLED,),
    "cancelled": (FulfilmentState.CANCELLED,),
}


@router.post("/v1/meetings", status_code=201, response_model=CalledView, responses=refusals(403))
async def convene_meeting(body: ConveneMeeting, edge: OfficeEdge) -> Response:
    """Convene a meeting with invitees, agenda and papers, or record one that was held (`held_on`). Role: office."""
    return await edge.run(
        "convene-meeting",
        "meetings",
        lambda conn, act: operations.convene(conn, act, body),
        view=CalledView.with_cautions,
        body=body,
        status=201,
    )


@router.post("/v1/meetings/{meeting_id}/hold", response_model=MeetingView, responses=refusals(403, 404, 409, 412))
async def hold_meeting(
    meeting_id: UUID, edge: OfficeEdge, body: Annotated[HoldMeeting, Body(default_factory=HoldMeeting)]
) -> Response:
    """Note that a convened meeting took place. Role: office."""
    return await edge.run(
        "hold-meeting",
        f"meetings/{meeting_id}",
        lambda conn, act: operations.hold(conn, act, meeting_id, body),
        view=MeetingView.of,
        body=body,
    )


@router.post("/v1/meetings/{meeting_id}/cancel", response_model=MeetingView, responses=refusals(403, 404, 409, 412))
async def cancel_meeting(meeting_id: UUID, body: CancelMeeting, edge: OfficeEdge) -> Response:
    """Note that a convened meeting will not take place, and why. Role: office."""
    return await edge.run(
        "cancel-meeting",
        f"meetings/{meeting_id}",
        lambda conn, act: operations.cancel(conn, act, meeting_id, body),
        view=MeetingView.of,
        body=body,
    )


@router.get("/v1/meetings", responses=refusals())
async def list_meetings(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    body: Annotated[str | None, Query(description="Code of the body.")] = None,
    kind: MeetingKind | None = None,
    state: State | None = None,
    year: Annotated[int | None, Query(ge=1949, le=2199, description="The county's year of its day.")] = None,
) -> Page[MeetingView]:
    """List meetings, the newest record first."""
    (after,) = page.after_or(None)
    meetings = await store.list_meetings(
        conn, body=body, kind=kind, state=state, year=year, after=after, limit=page.fetch
    )
    return page.cut(meetings, MeetingView.of, _meeting_key)


@router.get("/v1/meetings/{meeting_id}", response_model=MeetingDetail, responses=refusals(404))
async def read_meeting(meeting_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Show a meeting with what the caller may see of it: agenda, papers, resolutions and their fulfilment."""
    return answer(await reading.meeting_detail(conn, meeting_id, reader_of(caller)))


@router.get("/v1/resolutions", responses=refusals())
async def list_resolutions(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    state: Annotated[ResolutionFilter | None, Query(description="`open`: for the next agenda.")] = None,
    unit: Annotated[str | None, Query(description="Code of the lead or a cooperating unit.")] = None,
    meeting: UUID | None = None,
) -> Page[ResolutionView]:
    """List resolutions, what is due first, first."""
    due_on, resolution_id = page.after_or(None, None)
    resolutions = await store.list_resolutions(
        conn,
        states=None if state is None else _STATES[state],
        unit=unit,
        meeting_id=meeting,
        reader=reader_of(caller),
        after=(due_on, resolution_id),
        limit=page.fetch,
    )
    parts = await store.list_parts(conn, [resolution.id for resolution in resolutions])
    return page.cut(resolutions, lambda each: ResolutionView.of(each, parts.get(each.id, ())), _resolution_key)


@router.get("/v1/resolutions/{resolution_id}", responses=refusals(404))
async def read_resolution(resolution_id: UUID, conn: ReadConnection, caller: Caller) -> ResolutionView:
    """Show a resolution and its fulfilment."""
    resolution = await store.find_resolution(conn, resolution_id, reader_of(caller))
    parts = await store.list_parts(conn, [resolution_id])
    return ResolutionView.of(resolution, parts.get(resolution_id, ()))


@router.get("/v1/resolutions/{resolution_id}/text", responses=refusals(404))
async def read_resolution_text(resolution_id: UUID, conn: ReadConnection, caller: Caller) -> ResolutionText:
    """Show the text of a resolution, to which its event links."""
    resolution = await store.find_resolution(conn, resolution_id, reader_of(caller))
    if resolution.text is None:
        raise ResolutionHasNoTextError(resolution_id)
    return ResolutionText.of(resolution_id, resolution.text)


def _meeting_key(meeting: Meeting) -> tuple[str]:
    return (str(meeting.id),)


def _resolution_key(resolution: Resolution) -> tuple[str, str]:
    return (resolution.due_on.isoformat(), str(resolution.id))
