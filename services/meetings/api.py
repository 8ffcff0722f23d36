"""The routes: each reads or runs one operation, and shows the result."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Response

from services.meetings import operations, store
from services.meetings.domain import OPEN, FulfilmentState, Meeting, Resolution, State
from services.meetings.errors import ResolutionHasNoTextError
from services.meetings.schemas import (
    AdoptResolution,
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


@router.post("/v1/meetings", status_code=201, response_model=MeetingView, responses=refusals(403))
async def convene_meeting(body: ConveneMeeting, edge: OfficeEdge) -> Response:
    """Convene a meeting, or record one that was held (`held_on`). Role: office."""
    return await edge.run(
        "convene-meeting",
        "meetings",
        lambda conn, act: operations.convene(conn, act, body),
        view=MeetingView.of,
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


@router.post(
    "/v1/meetings/{meeting_id}/resolutions",
    status_code=201,
    response_model=ResolutionView,
    responses=refusals(403, 404, 409, 412),
)
async def adopt_resolution(meeting_id: UUID, body: AdoptResolution, edge: OfficeEdge) -> Response:
    """Record a held meeting's next resolution; tasks makes a task of it. Role: office."""
    return await edge.run(
        "adopt-resolution",
        f"meetings/{meeting_id}",
        lambda conn, act: operations.adopt(conn, act, meeting_id, body),
        view=ResolutionView.of,
        body=body,
        status=201,
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
async def read_meeting(meeting_id: UUID, conn: ReadConnection, _caller: Caller) -> Response:
    """Show a meeting with its resolutions and their fulfilment."""
    meeting = await store.find_meeting(conn, meeting_id)
    resolutions = await store.list_resolutions_of_meeting(conn, meeting_id)
    return answer(MeetingDetail.with_resolutions(meeting, resolutions))


@router.get("/v1/resolutions", responses=refusals())
async def list_resolutions(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
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
        after=(due_on, resolution_id),
        limit=page.fetch,
    )
    return page.cut(resolutions, ResolutionView.of, _resolution_key)


@router.get("/v1/resolutions/{resolution_id}", responses=refusals(404))
async def read_resolution(resolution_id: UUID, conn: ReadConnection, _caller: Caller) -> ResolutionView:
    """Show a resolution and its fulfilment."""
    return ResolutionView.of(await store.find_resolution(conn, resolution_id))


@router.get("/v1/resolutions/{resolution_id}/text", responses=refusals(404))
async def read_resolution_text(resolution_id: UUID, conn: ReadConnection, _caller: Caller) -> ResolutionText:
    """Show the text of a resolution, to which its event links."""
    resolution = await store.find_resolution(conn, resolution_id)
    if resolution.text is None:
        raise ResolutionHasNoTextError(resolution_id)
    return ResolutionText.of(resolution_id, resolution.text)


def _meeting_key(meeting: Meeting) -> tuple[str]:
    return (str(meeting.id),)


def _resolution_key(resolution: Resolution) -> tuple[str, str]:
    return (resolution.due_on.isoformat(), str(resolution.id))
