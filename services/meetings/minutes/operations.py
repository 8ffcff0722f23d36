"""Drafting, editing, reviewing, signing, publishing, correcting minutes. None of these commits.

Numbers (永政办发〔2009〕106号 names no series; each body has its own, 〔2026〕1号) are given at the signing, in its
transaction, from a row that is locked until it ends.
"""

from dataclasses import replace
from datetime import date
from uuid import UUID

from services.meetings import changes
from services.meetings import store as meetings
from services.meetings.convening import store as convening
from services.meetings.copies import store as known
from services.meetings.domain import Action, Meeting
from services.meetings.minutes import drafting, store
from services.meetings.minutes.copies import MinutesCopy, minutes_copy, units_concerned
from services.meetings.minutes.domain import (
    MINUTES_ALLOWED,
    Content,
    Edition,
    Minutes,
    MinutesState,
)
from services.meetings.minutes.errors import MinutesIncompleteError, MinutesNotFoundError, MinutesStateError
from services.meetings.minutes.schemas import (
    CorrectMinutes,
    EditMinutes,
    PublishMinutes,
    ReviewMinutes,
    SignMinutes,
)
from services.meetings.proceedings import store as attended
from services.meetings.readers import EVERYTHING
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.meetings import MinutesCorrected, MinutesPublished
from shared.errors import FieldFault, InvalidError, StaleError, invalid, unknown_code
from shared.postgres import Connection

SIGNERS = (Role.OFFICE, Role.LEADER)
"""A leader signs; the office may record what was signed on paper."""


async def draft(conn: Connection, act: Act, meeting_id: UUID) -> MinutesCopy:
    """Write the draft, or write it afresh until it is signed."""
    act.principal.require(Role.OFFICE)
    meeting = await changes.locked(conn, meeting_id, Action.MINUTES)
    minutes = await store.lock_minutes(conn, meeting_id)
    if minutes is None:
        minutes = await store.insert_minutes(conn, meeting_id, meeting.body)
        await store.note_state(conn, meeting_id, minutes.state)
    else:
        minutes = await _to_draft(conn, act, minutes)
    await _save(conn, act, minutes, drafting.draft(await _material(conn, meeting)))
    return await minutes_copy(conn, meeting_id, EVERYTHING)


async def edit(conn: Connection, act: Act, meeting_id: UUID, body: EditMinutes) -> MinutesCopy:
    """Replace what the draft says."""
    _, minutes = await _minutes_for(conn, act, meeting_id, "edit", (Role.OFFICE,))
    content = _content(body)
    await _require_items(conn, meeting_id, content)
    minutes = await _to_draft(conn, act, minutes)
    await _save(conn, act, minutes, content)
    return await minutes_copy(conn, meeting_id, EVERYTHING)


async def review(conn: Connection, act: Act, meeting_id: UUID, body: ReviewMinutes) -> MinutesCopy:
    """Note that the draft was checked."""
    _, minutes = await _minutes_for(conn, act, meeting_id, "review", SIGNERS)
    reviewer = body.reviewer or act.principal.subject
    await _mark(conn, replace(minutes, state=MinutesState.REVIEWED, reviewed_by=reviewer))
    return await minutes_copy(conn, meeting_id, EVERYTHING)


async def sign(conn: Connection, act: Act, meeting_id: UUID, body: SignMinutes) -> MinutesCopy:
    """Sign the minutes and give them the next number of their body's series."""
    meeting, minutes = await _minutes_for(conn, act, meeting_id, "sign", SIGNERS)
    signed_on = body.signed_on or county_date(act.occurred_at)
    if not meeting.day <= signed_on <= county_date(act.occurred_at):
        expected = f"a day from {meeting.day} to {county_date(act.occurred_at)}"
        raise invalid("signed_on", f"{signed_on} is not possible for these minutes", expected)
    missing = await gaps_of(conn, meeting)
    if missing and not body.despite_gaps:
        raise MinutesIncompleteError(missing)
    (edition,) = await store.list_editions(conn, meeting_id)
    await store.save_edition(
        conn, replace(edition, signed_on=signed_on, signer=body.signer, signer_post=body.signer_post)
    )
    number = await store.next_number(conn, minutes.body, signed_on.year)
    numbered = replace(minutes, state=MinutesState.SIGNED, year=signed_on.year, number=number, signed_on=signed_on)
    await _mark(conn, numbered)
    return await minutes_copy(conn, meeting_id, EVERYTHING)


async def publish(conn: Connection, act: Act, meeting_id: UUID, body: PublishMinutes) -> MinutesCopy:
    """Send the minutes to the units concerned, and say so."""
    meeting, minutes = await _minutes_for(conn, act, meeting_id, "publish", (Role.OFFICE,))
    units = await known.list_units(conn)
    faults = [
        unknown_code(f"more_units.{index}", unit, units)
        for index, unit in enumerate(body.more_units)
        if unit not in units
    ]
    if faults:
        raise InvalidError(*faults)
    concerned = await units_concerned(conn, meeting, EVERYTHING)
    await store.insert_recipients(conn, meeting_id, [*concerned, *body.more_units])
    await _mark(conn, replace(minutes, state=MinutesState.PUBLISHED, published_at=act.occurred_at))
    copy = await minutes_copy(conn, meeting_id, EVERYTHING)
    await _index(conn, copy)
    await changes.tell(conn, act, meeting, lambda told: _published(told, copy))
    return copy


async def correct(conn: Connection, act: Act, meeting_id: UUID, body: CorrectMinutes) -> MinutesCopy:
    """Make a new edition of published minutes; number and earlier editions stay."""
    meeting, minutes = await _minutes_for(conn, act, meeting_id, "corrections", SIGNERS)
    content = _content(body)
    await _require_items(conn, meeting_id, content)
    present = (await minutes_copy(conn, meeting_id, EVERYTHING)).content
    if present == content:
        raise invalid("sections", "says the same as the edition before", "what is to be corrected")
    corrected = await _mark(conn, replace(minutes, edition=minutes.edition + 1))
    edition = Edition(
        meeting_id=meeting_id,
        edition=corrected.edition,
        content=content,
        digest=content.digest,
        signed_on=county_date(act.occurred_at),
        signer=body.signer,
        signer_post=body.signer_post,
        change_note=body.change_note,
        made_at=act.occurred_at,
        made_by=act.principal.subject,
    )
    await store.save_edition(conn, edition)
    await store.insert_recipients(conn, meeting_id, await units_concerned(conn, meeting, EVERYTHING))
    copy = await minutes_copy(conn, meeting_id, EVERYTHING)
    await _index(conn, copy)
    await changes.tell(conn, act, meeting, lambda told: _corrected(told, copy))
    return copy


async def gaps_of(conn: Connection, meeting: Meeting) -> tuple[str, ...]:
    """Return what is missing before the minutes of a meeting should be signed."""
    material = await _material(conn, meeting)
    newest = (await store.list_editions(conn, meeting.id))[-1]
    return (*drafting.gaps(material), *drafting.left_out(material, newest.content))


async def _minutes_for(
    conn: Connection, act: Act, meeting_id: UUID, what: str, roles: tuple[Role, ...]
) -> tuple[Meeting, Minutes]:
    """Return meeting and minutes, locked, if their state allows this; here If-Match names the minutes' version."""
    act.principal.require(*roles)
    meeting = await changes.locked(conn, meeting_id, Action.MINUTES)
    minutes = await store.lock_minutes(conn, meeting_id)
    if minutes is None:
        raise MinutesNotFoundError
    if act.expected_version not in (None, minutes.version):
        raise StaleError(f"If-Match names version {act.expected_version}, the current one is {minutes.version}")
    _require_allowed(minutes, what)
    act.require_not_before(meeting.convened_at, "the meeting was convened")
    return meeting, minutes


def _require_allowed(minutes: Minutes, what: str) -> None:
    allowed = MINUTES_ALLOWED[minutes.state]
    if what not in allowed:
        number = f" as {minutes.official_number}" if minutes.official_number else ""
        raise MinutesStateError(f"the minutes are {minutes.state}{number}, so `{what}` is not possible", allowed)


async def _to_draft(conn: Connection, act: Act, minutes: Minutes) -> Minutes:
    _require_allowed(minutes, "edit")
    if act.expected_version not in (None, minutes.version):
        raise StaleError(f"If-Match names version {act.expected_version}, the current one is {minutes.version}")
    return await _mark(conn, replace(minutes, state=MinutesState.DRAFTED, reviewed_by=None))


async def _mark(conn: Connection, minutes: Minutes) -> Minutes:
    marked = await store.mark_minutes(conn, minutes)
    await store.note_state(conn, marked.meeting_id, marked.state)
    return marked


async def _save(conn: Connection, act: Act, minutes: Minutes, content: Content) -> None:
    edition = Edition(
        meeting_id=minutes.meeting_id,
        edition=minutes.edition,
        content=content,
        digest=content.digest,
        signed_on=None,
        signer=None,
        signer_post=None,
        change_note=None,
        made_at=act.occurred_at,
        made_by=act.principal.subject,
    )
    await store.save_edition(conn, edition)


def _content(body: Content) -> Content:
    return Content(**{name: getattr(body, name) for name in Content.model_fields})


async def _require_items(conn: Connection, meeting_id: UUID, content: Content) -> None:
    numbers = [item.number for item in await convening.list_items(conn, meeting_id, EVERYTHING)]
    faults = [
        FieldFault(
            field=f"sections.{index}.item",
            reason=f"the agenda has no item {section.item}",
            expected=f"one of {', '.join(map(str, numbers)) or 'none'}, or leave it out",
        )
        for index, section in enumerate(content.sections)
        if section.item is not None and section.item not in numbers
    ]
    if faults:
        raise InvalidError(*faults)


async def _material(conn: Connection, meeting: Meeting) -> drafting.Material:
    resolutions = await meetings.list_resolutions_of_meeting(conn, meeting.id, EVERYTHING)
    bodies = await known.list_bodies(conn)
    units = await known.list_units(conn, meeting.day)
    posts = await known.list_posts(conn, meeting.day)
    office = bodies[meeting.body].office_unit
    return drafting.Material(
        meeting=meeting,
        invitees=await convening.list_invitees(conn, meeting.id),
        attendance=await attended.list_attendance(conn, meeting.id),
        agenda=await convening.list_items(conn, meeting.id, EVERYTHING),
        resolutions=resolutions,
        parts=await meetings.list_parts(conn, [resolution.id for resolution in resolutions]),
        names={
            **{code: unit.name for code, unit in units.items()},
            **{code: post.title for code, post in posts.items()},
            **{code: body.name for code, body in bodies.items()},
        },
        printed_by=units[office].name if office in units else bodies[meeting.body].name,
    )


async def _index(conn: Connection, copy: MinutesCopy) -> None:
    await store.delete_passages(conn, copy.meeting.id)
    await store.insert_passages(conn, copy.meeting.id, copy.content)


def _published(meeting: Meeting, copy: MinutesCopy) -> MinutesPublished:
    return MinutesPublished(
        **changes.fact(meeting),
        number=_number(copy),
        title=copy.name,
        signed_on=_signed_on(copy),
        units=copy.recipients,
        text_digest=copy.digest,
        text_link=f"/v1/meetings/{meeting.id}/minutes",
    )


def _corrected(meeting: Meeting, copy: MinutesCopy) -> MinutesCorrected:
    return MinutesCorrected(
        **changes.fact(meeting),
        number=_number(copy),
        edition=copy.edition,
        title=copy.name,
        signed_on=_signed_on(copy),
        units=copy.recipients,
        text_digest=copy.digest,
        text_link=f"/v1/meetings/{meeting.id}/minutes?edition={copy.edition}",
    )


def _number(copy: MinutesCopy) -> str:
    assert copy.number is not None  # noqa: S101 - so the table demands of signed minutes
    return copy.number


def _signed_on(copy: MinutesCopy) -> date:
    assert copy.signed_on is not None  # noqa: S101 - an edition of signed minutes is signed
    return copy.signed_on
