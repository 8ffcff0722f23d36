"""Routes at the meeting: attendance, decisions, resolutions, a body's rules (port 8103)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from services.meetings.convening.api import ItemNumber
from services.meetings.convening.schemas import AgendaItemView
from services.meetings.proceedings import operations, resolutions
from services.meetings.proceedings.operations import Attended
from services.meetings.proceedings.schemas import (
    AdoptResolution,
    AttendanceLine,
    AttendanceView,
    BodyRuleView,
    MakeBodyRule,
    QuorumView,
    RecordAttendance,
    RecordAttendanceList,
    TakeDecision,
)
from services.meetings.readers import EVERYTHING, reader_of
from services.meetings.schemas import ResolutionView
from shared.commands import OfficeEdge, UnitEdge, answer
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["at the meeting"])

InviteePath = Annotated[str, Path(max_length=64, description="Code of the unit, post or guest.")]
BodyPath = Annotated[str, Path(max_length=64, description="Code of the body.")]


@router.get("/v1/meetings/{meeting_id}/attendance", responses=refusals(404))
async def read_attendance(meeting_id: UUID, conn: ReadConnection, caller: Caller) -> AttendanceView:
    """Show who attended and how; names of persons only to those who were invited or read everything."""
    attended = await operations.read_attendance(conn, meeting_id)
    reader = reader_of(caller)
    return _view(attended, persons=reader == EVERYTHING or any(each.unit == reader for each in attended.invitees))


@router.put(
    "/v1/meetings/{meeting_id}/attendance", response_model=AttendanceView, responses=refusals(403, 404, 409, 412)
)
async def record_attendance_list(meeting_id: UUID, body: RecordAttendanceList, edge: OfficeEdge) -> Response:
    """Record how several invitees attended, all or none. Role: office."""
    return await edge.run(
        "record-attendance",
        f"meetings/{meeting_id}",
        lambda conn, act: operations.record_list(conn, act, meeting_id, body),
        view=_whole,
        body=body,
    )


@router.put(
    "/v1/meetings/{meeting_id}/attendance/{code}", response_model=AttendanceView, responses=refusals(403, 404, 409, 412)
)
async def record_attendance(meeting_id: UUID, code: InviteePath, body: RecordAttendance, edge: UnitEdge) -> Response:
    """Record how one invitee attended; before the meeting a unit announces it. Roles: unit (its own), office."""
    return await edge.run(
        "record-attendance",
        f"meetings/{meeting_id}/attendance/{code}",
        lambda conn, act: operations.record_attendance(conn, act, meeting_id, code, body),
        view=_whole,
        body=body,
    )


@router.post(
    "/v1/meetings/{meeting_id}/agenda/{number}/decision",
    response_model=AgendaItemView,
    responses=refusals(403, 404, 409, 412),
)
async def take_decision(meeting_id: UUID, number: ItemNumber, body: TakeDecision, edge: OfficeEdge) -> Response:
    """Record what was decided on an item; a plan's adoption or a problem's settling goes to tasks. Role: office."""
    return await edge.run(
        "take-decision",
        f"meetings/{meeting_id}/agenda/{number}",
        lambda conn, act: operations.decide(conn, act, meeting_id, number, body),
        view=AgendaItemView.of,
        body=body,
    )


@router.post(
    "/v1/meetings/{meeting_id}/resolutions",
    status_code=201,
    response_model=ResolutionView,
    responses=refusals(403, 404, 409, 412),
)
async def adopt_resolution(meeting_id: UUID, body: AdoptResolution, edge: OfficeEdge) -> Response:
    """Record a held meeting's next resolution; tasks makes a task of it, or of each of its parts. Role: office."""
    return await edge.run(
        "adopt-resolution",
        f"meetings/{meeting_id}",
        lambda conn, act: resolutions.adopt(conn, act, meeting_id, body),
        view=lambda adopted: ResolutionView.of(adopted.resolution, adopted.parts),
        body=body,
        status=201,
    )


@router.get("/v1/bodies/{body}/rule", response_model=BodyRuleView, responses=refusals())
async def read_body_rule(body: BodyPath, conn: ReadConnection, _caller: Caller) -> Response:
    """Show how a body does things: quorum, due days, name of its minutes."""
    return answer(BodyRuleView.of(await operations.rule_of(conn, body)))


@router.put("/v1/bodies/{body}/rule", response_model=BodyRuleView, responses=refusals(403, 412))
async def make_body_rule(body: BodyPath, rule: MakeBodyRule, edge: OfficeEdge) -> Response:
    """Say how a body does things from now on. Role: office."""
    return await edge.run(
        "make-body-rule",
        f"bodies/{body}",
        lambda conn, act: operations.make_rule(conn, act, body, rule),
        view=BodyRuleView.of,
        body=rule,
    )


def _whole(attended: Attended) -> AttendanceView:
    return _view(attended, persons=True)


def _view(attended: Attended, *, persons: bool) -> AttendanceView:
    lines = tuple(
        AttendanceLine.of(each, attended.records.get(each.code), persons=persons) for each in attended.invitees
    )
    quorum = QuorumView.of(attended.quorum, decided=attended.decided)
    return AttendanceView(meeting_id=attended.meeting.id, quorum=quorum, lines=lines)
