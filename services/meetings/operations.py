"""What the commands do: load, check, decide, store, append the event. None of them commits."""

from datetime import date
from typing import Any
from uuid import UUID

from services.meetings import store
from services.meetings.domain import (
    Action,
    Meeting,
    Resolution,
    day_held,
    require_after_convening,
    require_allowed,
    require_day_between,
    require_held_by,
    resolution_faults,
)
from services.meetings.schemas import AdoptResolution, CancelMeeting, ConveneMeeting, HoldMeeting
from shared import outbox
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.meetings import MeetingCancelled, MeetingConvened, MeetingHeld, ResolutionAdopted
from shared.contracts.payload import Payload
from shared.errors import InvalidError, unknown_code
from shared.postgres import Connection
from shared.text import digest


async def convene(conn: Connection, act: Act, body: ConveneMeeting) -> Meeting:
    """Convene a meeting; with `held_on`, record one that has already been held."""
    act.principal.require(Role.OFFICE)
    await _require_known_body(conn, body.body)
    if body.held_on is not None:
        require_day_between(body.held_on, county_date(body.starts_at), county_date(act.occurred_at))
    convened = await store.insert_meeting(
        conn,
        body=body.body,
        kind=body.kind,
        title=body.title,
        starts_at=body.starts_at,
        place=body.place,
        chair_post=body.chair_post,
        convened_at=act.occurred_at,
    )
    await _append(conn, act, convened, MeetingConvened(**_fact(convened), starts_at=convened.starts_at))
    return convened if body.held_on is None else await _mark_held(conn, act, convened, body.held_on)


async def hold(conn: Connection, act: Act, meeting_id: UUID, body: HoldMeeting) -> Meeting:
    """Note that a convened meeting took place."""
    meeting = await _meeting_for(conn, act, meeting_id, Action.HOLD)
    require_after_convening(meeting, act.occurred_at)
    return await _mark_held(conn, act, meeting, day_held(meeting, body.held_on, act.occurred_at))


async def cancel(conn: Connection, act: Act, meeting_id: UUID, body: CancelMeeting) -> Meeting:
    """Note that a convened meeting will not take place."""
    meeting = await _meeting_for(conn, act, meeting_id, Action.CANCEL)
    require_after_convening(meeting, act.occurred_at)
    cancelled = await store.mark_cancelled(conn, meeting.id, act.occurred_at, body.reason)
    await _append(
        conn,
        act,
        cancelled,
        MeetingCancelled(
            **_fact(cancelled), reason_digest=digest(body.reason), reason_link=f"/v1/meetings/{cancelled.id}"
        ),
    )
    return cancelled


async def adopt(conn: Connection, act: Act, meeting_id: UUID, body: AdoptResolution) -> Resolution:
    """Adopt the meeting's next resolution; its event makes the task."""
    meeting = await _meeting_for(conn, act, meeting_id, Action.ADOPT)
    held_on = require_held_by(meeting, act.occurred_at)
    known_units = await store.list_known_units(conn)
    faults = list(resolution_faults(body.lead_unit, body.cooperating_units, body.due_on, held_on, known_units))
    if faults:
        raise InvalidError(*faults)
    meeting = await store.count_resolution(conn, meeting.id)
    resolution = await store.insert_resolution(
        conn,
        meeting_id=meeting.id,
        sequence=meeting.resolution_count,
        adopted_on=held_on,
        **body.model_dump(exclude={"occurred_at"}),
    )
    await _append(conn, act, meeting, _adopted(meeting, resolution))
    return resolution


async def _meeting_for(conn: Connection, act: Act, meeting_id: UUID, action: Action) -> Meeting:
    """Return the meeting, locked, if this caller may do this with it now."""
    act.principal.require(Role.OFFICE)
    meeting = await store.lock_meeting(conn, meeting_id)
    act.expect(meeting.version)
    require_allowed(meeting, action)
    return meeting


async def _require_known_body(conn: Connection, body: str) -> None:
    known = await store.list_known_bodies(conn)
    if body not in known:
        raise InvalidError(unknown_code("body", body, known))


async def _mark_held(conn: Connection, act: Act, meeting: Meeting, held_on: date) -> Meeting:
    held = await store.mark_held(conn, meeting.id, held_on)
    await _append(conn, act, held, MeetingHeld(**_fact(held), held_on=held_on))
    return held


async def _append(conn: Connection, act: Act, meeting: Meeting, payload: Payload) -> None:
    """Append the event that brought the meeting to its present version."""
    await outbox.append(conn, act.event(payload, subject=str(meeting.id), version=meeting.version))


def _fact(meeting: Meeting) -> dict[str, Any]:
    return {"meeting_id": meeting.id, "body": meeting.body, "kind": meeting.kind}


def _adopted(meeting: Meeting, resolution: Resolution) -> ResolutionAdopted:
    return ResolutionAdopted(
        **_fact(meeting),
        resolution_id=resolution.id,
        sequence=resolution.sequence,
        title=resolution.title,
        lead_unit=resolution.lead_unit,
        cooperating_units=tuple(resolution.cooperating_units),
        adopted_on=resolution.adopted_on,
        due_on=resolution.due_on,
        weight=resolution.weight,
        tags=tuple(resolution.tags),
        leader_post=resolution.leader_post,
        text_digest=resolution.text_digest,
        text_link=resolution.text_link,
    )
