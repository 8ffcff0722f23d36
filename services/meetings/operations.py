"""What becomes of a meeting as a whole: convened, held, cancelled. None of these commits.

What happens before it stands in `convening/`, at it in `proceedings/`, after it in `minutes/`.
"""

from datetime import date
from uuid import UUID

from services.meetings import changes, store
from services.meetings.convening import agenda
from services.meetings.convening import operations as convening
from services.meetings.convening.cautions import find_cautions
from services.meetings.convening.domain import Called, Change
from services.meetings.convening.store import insert_change
from services.meetings.domain import Action, Meeting, day_held, require_after_convening
from services.meetings.obligations import operations as obligations
from services.meetings.proceedings import operations as proceedings
from services.meetings.schemas import CancelMeeting, ConveneMeeting, HoldMeeting
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.meetings import MeetingCancelled, MeetingHeld
from shared.postgres import Connection
from shared.text import digest


async def convene(conn: Connection, act: Act, body: ConveneMeeting) -> Called:
    """Convene a meeting; with `held_on`, record one that has already been held."""
    day = body.held_on or county_date(body.starts_at)
    await obligations.require_known_session(conn, body.body, body.session, day)
    convened = await convening.convene(conn, act, body)
    if body.held_on is not None:
        convened = await _mark_held(conn, act, convened, body.held_on)
    return Called(convened, await find_cautions(conn, convened))


async def hold(conn: Connection, act: Act, meeting_id: UUID, body: HoldMeeting) -> Meeting:
    """Note that a convened meeting took place; from here on its attendance is told and its obligation met."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.HOLD)
    require_after_convening(meeting, act.occurred_at)
    return await _mark_held(conn, act, meeting, day_held(meeting, body.held_on, act.occurred_at))


async def cancel(conn: Connection, act: Act, meeting_id: UUID, body: CancelMeeting) -> Meeting:
    """Note that a convened meeting will not take place, and that its papers are no longer wanted."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.CANCEL)
    require_after_convening(meeting, act.occurred_at)
    cancelled = await store.mark_cancelled(conn, meeting.id, act.occurred_at, body.reason)
    await insert_change(conn, _cancelling(act, cancelled, body.reason))
    payload = MeetingCancelled(
        **changes.fact(cancelled), reason_digest=digest(body.reason), reason_link=f"/v1/meetings/{cancelled.id}"
    )
    await changes.append(conn, act, cancelled, payload)
    return await agenda.withdraw_all(conn, act, cancelled)


async def _mark_held(conn: Connection, act: Act, meeting: Meeting, held_on: date) -> Meeting:
    held = await store.mark_held(conn, meeting.id, held_on)
    await changes.append(conn, act, held, MeetingHeld(**changes.fact(held), held_on=held_on))
    held = await proceedings.tell_attendance(conn, act, held)
    await obligations.match_held(conn, act, held)
    return held


def _cancelling(act: Act, cancelled: Meeting, reason: str) -> Change:
    return Change(
        meeting_id=cancelled.id,
        version=cancelled.version,
        change="cancelled",
        occurred_at=act.occurred_at,
        subject=act.principal.subject,
        before={"state": "convened"},
        after={"state": "cancelled"},
        reason=reason,
    )
