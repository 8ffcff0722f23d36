"""One meeting under change: it is locked, checked, brought to its next version, and says so. Nothing here commits."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.meetings import store
from services.meetings.domain import Action, Meeting, require_allowed
from shared import outbox
from shared.auth import Role
from shared.commands import Act
from shared.contracts.payload import Payload
from shared.postgres import Connection

OFFICE = (Role.OFFICE,)


async def meeting_for(
    conn: Connection, act: Act, meeting_id: UUID, action: Action, roles: tuple[Role, ...] = OFFICE
) -> Meeting:
    """Return the meeting, locked, if this caller may do this with it now."""
    act.principal.require(*roles)
    meeting = await store.lock_meeting(conn, meeting_id)
    act.expect(meeting.version)
    require_allowed(meeting, action)
    return meeting


async def locked(conn: Connection, meeting_id: UUID, action: Action) -> Meeting:
    """Return the meeting, locked, if its state allows this; for what carries a version of its own."""
    meeting = await store.lock_meeting(conn, meeting_id)
    require_allowed(meeting, action)
    return meeting


async def append(conn: Connection, act: Act, meeting: Meeting, payload: Payload) -> None:
    """Append the event that brought the meeting to its present version."""
    await outbox.append(conn, act.event(payload, subject=str(meeting.id), version=meeting.version))


async def tell(conn: Connection, act: Act, meeting: Meeting, payload_of: Callable[[Meeting], Payload]) -> Meeting:
    """Bring the meeting to its next version and say what happened; return it."""
    meeting = await store.next_version(conn, meeting.id)
    await append(conn, act, meeting, payload_of(meeting))
    return meeting


def fact(meeting: Meeting) -> dict[str, Any]:
    """Return what every event of a meeting says of it."""
    return {"meeting_id": meeting.id, "body": meeting.body, "kind": meeting.kind}
