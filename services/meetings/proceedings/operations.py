"""Attendance and decisions: load, check, store, append the event. None of them commits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from services.meetings import changes, store
from services.meetings.convening import store as convening
from services.meetings.convening.domain import AgendaItem, Invitee
from services.meetings.copies import store as copies
from services.meetings.domain import Action, Meeting, State, require_held_by
from services.meetings.proceedings import store as proceedings
from services.meetings.proceedings.domain import (
    Attendance,
    Attending,
    BodyRule,
    Quorum,
    QuorumState,
    Verdict,
    quorum_of,
)
from services.meetings.proceedings.errors import NoQuorumError, PlanNotTabledError
from services.meetings.proceedings.schemas import (
    AttendanceContent,
    MakeBodyRule,
    RecordAttendance,
    RecordAttendanceList,
    TakeDecision,
)
from services.meetings.readers import EVERYTHING
from shared.auth import Role
from shared.commands import Act
from shared.contracts.meetings import AttendanceRecorded, DecisionTaken
from shared.errors import FieldFault, ForbiddenError, InvalidError, StaleError, unknown_code
from shared.postgres import Connection
from shared.text import digest

_ADOPTING = ("adopted", "adopted_in_principle")
_TO_BE_APPROVED = (Attending.STAND_IN, Attending.LEAVE)


@dataclass(frozen=True, slots=True)
class Attended:
    """The attendance list of a meeting with its quorum, and whether anything was decided or resolved."""

    meeting: Meeting
    invitees: Sequence[Invitee]
    records: dict[str, Attendance]
    quorum: Quorum
    decided: bool


async def record_attendance(
    conn: Connection, act: Act, meeting_id: UUID, code: str, body: RecordAttendance
) -> Attended:
    """Record how one invitee attended; before the meeting a unit announces it itself, and the office approves."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.ATTENDANCE, (Role.OFFICE, Role.UNIT))
    if act.principal.role is Role.UNIT:
        invited = {each.code: each.unit for each in await convening.list_invitees(conn, meeting.id)}
        _require_own_announcement(act, meeting, invited.get(code) or code, body)
    return await _record(conn, act, meeting, [(code, body)], "")


async def record_list(conn: Connection, act: Act, meeting_id: UUID, body: RecordAttendanceList) -> Attended:
    """Record how several invitees attended, all or none."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.ATTENDANCE)
    return await _record(conn, act, meeting, [(entry.code, entry) for entry in body.records], "records.")


async def tell_attendance(conn: Connection, act: Act, meeting: Meeting) -> Meeting:
    """Say of a meeting that has just been held how those attended who were recorded before."""
    records = await proceedings.list_attendance(conn, meeting.id)
    return await _tell(conn, act, meeting, await convening.list_invitees(conn, meeting.id), list(records.values()))


async def read_attendance(conn: Connection, meeting_id: UUID) -> Attended:
    """Return the attendance list of a meeting."""
    return await _attended(conn, await store.find_meeting(conn, meeting_id))


async def decide(conn: Connection, act: Act, meeting_id: UUID, number: int, body: TakeDecision) -> AgendaItem:
    """Record what was decided on an item; until the minutes are signed a later record replaces it."""
    meeting = await changes.meeting_for(conn, act, meeting_id, Action.DECIDE)
    held_on = require_held_by(meeting, act.occurred_at)
    await require_quorum(conn, meeting)
    await _require_tabled(conn, await convening.find_item(conn, meeting.id, number, EVERYTHING), body)
    verdict = Verdict(body.decision, body.conditions, held_on, act.occurred_at)
    item = await proceedings.decide_item(conn, meeting.id, number, verdict)
    await changes.tell(conn, act, meeting, lambda told: _decided(told, item))
    return item


async def _require_tabled(conn: Connection, item: AgendaItem, body: TakeDecision) -> None:
    """Refuse to adopt a plan that was taken back, or submitted otherwise since it was put on the agenda."""
    if item.plan_id is None or body.decision not in _ADOPTING:
        return
    fault = item.plan_fault((await copies.list_plans(conn, [item.plan_id])).get(item.plan_id))
    if fault is not None:
        raise PlanNotTabledError(item.number, fault)


async def require_quorum(conn: Connection, meeting: Meeting) -> None:
    """Refuse to decide anything where attendance is recorded and too few came."""
    quorum = (await _attended(conn, meeting)).quorum
    if quorum.state is QuorumState.NOT_REACHED:
        raise NoQuorumError(quorum.attending, quorum.required, quorum.members)


async def rule_of(conn: Connection, body: str) -> BodyRule:
    """Return how a body does things; refuse a body that is not known."""
    bodies = await copies.list_bodies(conn)
    if body not in bodies:
        raise InvalidError(unknown_code("body", body, bodies))
    return await proceedings.find_rule(conn, body) or BodyRule.usual(body, bodies[body].name)


async def make_rule(conn: Connection, act: Act, body: str, rule: MakeBodyRule) -> BodyRule:
    """Say how a body does things from now on."""
    act.principal.require(Role.OFFICE)
    present = await rule_of(conn, body)
    if act.expected_version not in (None, present.version):
        raise StaleError(f"If-Match names version {act.expected_version}, the current one is {present.version}")
    made = replace(
        present,
        quorum_percent=rule.quorum_percent,
        due_working_days=rule.due_working_days,
        minutes_name=rule.minutes_name,
    )
    return await proceedings.save_rule(conn, made)


def _require_own_announcement(act: Act, meeting: Meeting, unit: str, body: RecordAttendance) -> None:
    act.principal.require_unit(unit)
    if meeting.state is not State.CONVENED:
        raise ForbiddenError("a unit announces its attendance before the meeting; afterwards the office records it")
    if body.approved is not None or body.approved_by is not None:
        raise ForbiddenError("approved: the office approves a stand-in or a leave; leave it out")


async def _record(
    conn: Connection, act: Act, meeting: Meeting, entries: Sequence[tuple[str, AttendanceContent]], prefix: str
) -> Attended:
    if meeting.state is State.HELD:
        require_held_by(meeting, act.occurred_at)
    invitees = await convening.list_invitees(conn, meeting.id)
    units = {code: unit.name for code, unit in (await copies.list_units(conn, meeting.day)).items()}
    faults = _faults(meeting, entries, {each.code: each.name for each in invitees}, units, prefix)
    if faults:
        raise InvalidError(*faults)
    records = [_attendance(act, meeting, code, entry) for code, entry in entries]
    for record in records:
        await proceedings.save_attendance(conn, record)
    if meeting.state is State.HELD:
        meeting = await _tell(conn, act, meeting, invitees, records)
    return await _attended(conn, meeting)


def _faults(
    meeting: Meeting,
    entries: Sequence[tuple[str, AttendanceContent]],
    invited: dict[str, str],
    units: dict[str, str],
    prefix: str,
) -> list[FieldFault]:
    faults = []
    seen: set[str] = set()
    for index, (code, entry) in enumerate(entries):
        base = f"{prefix}{index}." if prefix else ""
        if code not in invited:
            faults.append(_not_invited(f"{base}code", code, invited, units))
        elif code in seen:
            faults.append(FieldFault(field=f"{base}code", reason=f"{code} stands twice", expected="each invitee once"))
        elif meeting.state is State.HELD and entry.attendance in _TO_BE_APPROVED and entry.approved is None:
            faults.append(FieldFault(field=f"{base}approved", reason="is not said", expected="true or false"))
        seen.add(code)
    return faults


def _not_invited(field: str, code: str, invited: dict[str, str], units: dict[str, str]) -> FieldFault:
    name = f"{units[code]} ({code})" if code in units else code
    nearest = unknown_code(field, code, invited).expected
    several = "、".join(list(invited.values())[:5])
    expected = nearest if nearest and "such as" in nearest else f"one of those invited: {several or 'nobody is'}"
    return FieldFault(field=field, reason=f"{name} is not invited to this meeting", expected=expected)


def _attendance(act: Act, meeting: Meeting, code: str, entry: AttendanceContent) -> Attendance:
    said = {name: getattr(entry, name) for name in AttendanceContent.model_fields}
    return Attendance(
        meeting_id=meeting.id, code=code, **said, recorded_at=act.occurred_at, recorded_by=act.principal.subject
    )


async def _tell(
    conn: Connection, act: Act, meeting: Meeting, invitees: Sequence[Invitee], records: Sequence[Attendance]
) -> Meeting:
    """Say how units attended; of posts and of guests without a code nothing is told."""
    units = {each.code for each in invitees if each.kind == "unit"}
    for record in records:
        if record.code in units:
            meeting = await changes.tell(conn, act, meeting, partial(_recorded, record=record))
    return meeting


def _recorded(meeting: Meeting, record: Attendance) -> AttendanceRecorded:
    return AttendanceRecorded(
        **changes.fact(meeting),
        unit=record.code,
        attendance=record.attendance.value,
        held_on=meeting.day,
        approved=record.approved,
    )


def _decided(meeting: Meeting, item: AgendaItem) -> DecisionTaken:
    assert item.decision is not None  # noqa: S101 - it has just been decided
    assert item.decided_on is not None  # noqa: S101 - so the table demands of a decided item
    link = f"/v1/meetings/{meeting.id}/agenda/{item.number}"
    return DecisionTaken(
        **changes.fact(meeting),
        item=item.number,
        title=public_title(item, item.title),
        decision=item.decision,
        decided_on=item.decided_on,
        plan_id=item.plan_id,
        plan_digest=item.plan_digest,
        problem_id=item.problem_id,
        conditions_digest=None if item.conditions is None else digest(item.conditions),
        conditions_link=None if item.conditions is None else link,
    )


def public_title(item: AgendaItem | None, title: str) -> str:
    """Return the title that may stand in an event: that of a restricted item is told to nobody else."""
    if item is None or not item.restricted:
        return title
    return f"会议第{item.number}项议题（限定范围）"


async def _attended(conn: Connection, meeting: Meeting) -> Attended:
    invitees = await convening.list_invitees(conn, meeting.id)
    records = await proceedings.list_attendance(conn, meeting.id)
    rule = await proceedings.find_rule(conn, meeting.body) or BodyRule.usual(meeting.body, "")
    items = await convening.list_items(conn, meeting.id, EVERYTHING)
    decided = meeting.resolution_count > 0 or any(item.decision is not None for item in items)
    return Attended(meeting, invitees, records, quorum_of(invitees, records, rule), decided)
