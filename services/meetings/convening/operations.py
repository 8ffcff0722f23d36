"""Convening, moving, inviting: load, check, store, append the event. None of them commits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from services.meetings import changes, store
from services.meetings.convening import agenda
from services.meetings.convening import store as convening
from services.meetings.convening.cautions import find_cautions
from services.meetings.convening.domain import (
    Called,
    Change,
    Invitee,
    invitees_of,
    unit_faults,
)
from services.meetings.convening.errors import AlreadyInvitedError
from services.meetings.convening.schemas import Guest, InviteGuest, Reschedule
from services.meetings.convening.store import Invitation
from services.meetings.copies import store as copies
from services.meetings.copies.domain import Unit
from services.meetings.domain import Action, Meeting, require_after_convening, require_day_between
from services.meetings.schemas import ConveneMeeting
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.meetings import MeetingConvened, MeetingRescheduled
from shared.errors import FieldFault, InvalidError, invalid, unknown_code
from shared.postgres import Connection


async def convene(conn: Connection, act: Act, body: ConveneMeeting) -> Meeting:
    """Convene a meeting with invitees, agenda and papers; the caller marks one held that is recorded afterwards."""
    act.principal.require(Role.OFFICE)
    day = body.held_on or county_date(body.starts_at)
    units = await copies.list_units(conn, day)
    await _check(conn, act, body, units, day)
    posts = await copies.list_posts(conn, day)
    known_title = posts[body.chair_post].title if body.chair_post in posts else None
    convened = await store.insert_meeting(
        conn,
        body=body.body,
        kind=body.kind,
        title=body.title,
        starts_at=body.starts_at,
        place=body.place,
        chair_post=body.chair_post,
        chair_title=body.chair_title or known_title,
        ends_at=body.ends_at,
        session=body.session,
        recorded=body.held_on is not None,
        invites_all=body.members is None,
        convened_at=act.occurred_at,
    )
    await _invite_members(conn, convened, day, body.members)
    await _invite_guests(conn, convened, body.guests, units)
    await changes.append(conn, act, convened, await _convened(conn, convened))
    return await agenda.prepare(conn, act, convened, body)


async def reschedule(conn: Connection, act: Act, meeting_id: UUID, body: Reschedule) -> Called:
    """Move a convened meeting; all members of the new day are invited, if all were."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.RESCHEDULE)
    require_after_convening(meeting, act.occurred_at)
    moved = _moved(meeting, body)
    if moved.starts_at <= act.occurred_at:
        raise invalid("starts_at", "is in the past", f"later than {act.occurred_at.isoformat()}")
    require_end_after_start(moved.starts_at, moved.ends_at)
    if _when_and_where(moved) == _when_and_where(meeting):
        raise invalid("starts_at", "is the time at which it is already", "another time, end or place")
    moved = await convening.mark_rescheduled(conn, moved, act.occurred_at)
    await convening.insert_change(conn, _change(act, meeting, moved, body.reason))
    payload = MeetingRescheduled(**changes.fact(moved), starts_at=moved.starts_at, ends_at=moved.ends_at)
    await changes.append(conn, act, moved, payload)
    await refresh_invitees(conn, moved)
    return Called(moved, await find_cautions(conn, moved))


async def invite_guest(conn: Connection, act: Act, meeting_id: UUID, body: InviteGuest) -> list[Invitee]:
    """Invite one guest more; return all who are invited."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.INVITE)
    units = await copies.list_units(conn, meeting.day)
    faults = _guest_faults((body,), units, meeting.day, "")
    if faults:
        raise InvalidError(*faults)
    invited = await convening.list_invitees(conn, meeting.id)
    if body.unit is not None and any(each.code == body.unit for each in invited):
        raise AlreadyInvitedError(units[body.unit].name)
    await _invite_guests(conn, meeting, (body,), units)
    await store.touch(conn, meeting.id, act.occurred_at)
    return await convening.list_invitees(conn, meeting.id)


async def refresh_invitees(conn: Connection, meeting: Meeting) -> None:
    """Invite the members of the meeting's day as they are known now, if all are, and call each as on that day."""
    if meeting.invites_all:
        await _sync_members(conn, meeting)
    await convening.name_invitees(conn, meeting)


async def _sync_members(conn: Connection, meeting: Meeting) -> None:
    """Invite those who are members, and no others; guests and those who stay keep their places."""
    before = await convening.list_invitees(conn, meeting.id)
    seats = [code for code, *_ in invitees_of(await copies.list_members(conn, meeting.body, meeting.day), None)]
    gone = [each.code for each in before if each.role != "guest" and each.code not in seats]
    await convening.delete_invitees(conn, meeting.id, gone)
    await _invite_members(conn, meeting, meeting.day, None)


def require_end_after_start(starts_at: datetime, ends_at: datetime | None) -> None:
    """Refuse a meeting that ends before it begins."""
    if ends_at is not None and ends_at <= starts_at:
        raise invalid("ends_at", "is not after `starts_at`", f"later than {starts_at.isoformat()}")


async def _check(conn: Connection, act: Act, body: ConveneMeeting, units: dict[str, Unit], day: date) -> None:
    bodies = await copies.list_bodies(conn)
    if body.body not in bodies:
        raise InvalidError(unknown_code("body", body.body, bodies))
    require_end_after_start(body.starts_at, body.ends_at)
    if body.held_on is None and county_date(body.starts_at) < county_date(act.occurred_at):
        raise invalid("starts_at", "is in the past", "a day to come; one that was held is recorded with `held_on`")
    if body.held_on is not None:
        require_day_between(body.held_on, county_date(body.starts_at), county_date(act.occurred_at))
    faults = [
        *await post_faults(conn, "chair_post", body.chair_post, day, "; a chair without one is named in `chair_title`"),
        *await _member_faults(conn, body, units, day),
        *_guest_faults(body.guests, units, day, "guests."),
        *agenda.faults_of(act, body, units, bodies, day),
    ]
    if faults:
        raise InvalidError(*faults)


async def post_faults(conn: Connection, field: str, post: str | None, day: date, otherwise: str) -> list[FieldFault]:
    """Return what is wrong with a post that is named: unknown, or none on that day."""
    if post is None:
        return []
    posts = await copies.list_posts(conn, day)
    if post not in posts:
        fault = unknown_code(field, post, posts)
        return [fault.model_copy(update={"expected": f"{fault.expected}{otherwise}"})]
    if posts[post].stands:
        return []
    reason = f"there is no {posts[post].title} ({post}) on {day}"
    return [FieldFault(field=field, reason=reason, expected=f"a post of that day{otherwise}")]


async def _member_faults(conn: Connection, body: ConveneMeeting, units: dict[str, Unit], day: date) -> list[FieldFault]:
    """Return what is wrong with the members that are chosen: no member on that day, perhaps of another body."""
    if body.members is None:
        return []
    members = await copies.list_members(conn, body.body, day)
    seats = {code for code, *_ in invitees_of(members, None)}
    faults = []
    for index, code in enumerate(body.members):
        if code in seats:
            continue
        elsewhere = await copies.list_bodies_of(conn, code, day)
        name = units[code].name if code in units else code
        also = f"; it is a member of {'、'.join(elsewhere)}" if elsewhere else ""
        faults.append(
            FieldFault(
                field=f"members.{index}",
                reason=f"{name} ({code}) is no member of {body.body} on {day}{also}",
                expected="a member of that day; others are invited under `guests`",
            )
        )
    return faults


def _guest_faults(guests: Sequence[Guest], units: dict[str, Unit], day: date, prefix: str) -> list[FieldFault]:
    known = {code: unit.ended_on for code, unit in units.items()}
    faults = []
    for index, guest in enumerate(guests):
        if guest.unit is None:
            continue
        where = f"{prefix}{index}.unit" if prefix else "unit"
        faults += [
            fault.model_copy(update={"field": where}) for fault in unit_faults("unit", (guest.unit,), known, day)
        ]
    return faults


async def _invite_members(conn: Connection, meeting: Meeting, day: date, chosen: Sequence[str] | None) -> None:
    members = await copies.list_members(conn, meeting.body, day)
    posts = await copies.list_posts(conn, day)
    invitations = [
        Invitation(code, kind, role, code if kind == "unit" else _unit_of(posts, code), name)
        for code, kind, role, name in invitees_of(members, chosen)
    ]
    await convening.insert_invitees(conn, meeting.id, invitations)


def _unit_of(posts: dict[str, copies.Post], post: str) -> str | None:
    return posts[post].unit if post in posts else None


async def _invite_guests(conn: Connection, meeting: Meeting, guests: Sequence[Guest], units: dict[str, Unit]) -> None:
    invited = await convening.list_invitees(conn, meeting.id)
    taken = {each.code for each in invited}
    number = sum(1 for each in invited if each.kind == "guest")
    invitations = []
    for guest in guests:
        if guest.unit is None:
            number += 1
            invitations.append(Invitation(f"guest-{number}", "guest", "guest", None, guest.name or ""))
        elif guest.unit not in taken:
            taken.add(guest.unit)
            invitations.append(Invitation(guest.unit, "unit", "guest", guest.unit, units[guest.unit].name))
    await convening.insert_invitees(conn, meeting.id, invitations)


async def _convened(conn: Connection, meeting: Meeting) -> MeetingConvened:
    invited = await convening.list_invitees(conn, meeting.id)
    return MeetingConvened(
        **changes.fact(meeting),
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        chair_post=meeting.chair_post,
        invited_units=tuple(each.code for each in invited if each.kind == "unit"),
        session=meeting.session,
    )


def _moved(meeting: Meeting, body: Reschedule) -> Meeting:
    length = None if meeting.ends_at is None else meeting.ends_at - meeting.starts_at
    ends_at = body.ends_at or (None if length is None else body.starts_at + length)
    return replace(meeting, starts_at=body.starts_at, ends_at=ends_at, place=body.place or meeting.place)


def _when_and_where(meeting: Meeting) -> dict[str, str | None]:
    ends_at = None if meeting.ends_at is None else meeting.ends_at.astimezone(UTC).isoformat()
    return {"starts_at": meeting.starts_at.astimezone(UTC).isoformat(), "ends_at": ends_at, "place": meeting.place}


def _change(act: Act, before: Meeting, after: Meeting, reason: str) -> Change:
    return Change(
        meeting_id=after.id,
        version=after.version,
        change="rescheduled",
        occurred_at=act.occurred_at,
        subject=act.principal.subject,
        before=_when_and_where(before),
        after=_when_and_where(after),
        reason=reason,
    )
