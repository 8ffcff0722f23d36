"""Making rules, opening years, counting meetings: load, check, store, append the event. None of these commits."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.meetings import store as meetings
from services.meetings.copies import store as copies
from services.meetings.domain import Meeting, State
from services.meetings.errors import MeetingNotFoundError
from services.meetings.obligations import store
from services.meetings.obligations.domain import Obligation, ObligationRule, ObligationState, RuleInForce, choose
from services.meetings.obligations.errors import ObligationStateError, RuleNotFoundError, RuleRetiredError
from services.meetings.obligations.schemas import (
    MatchMeeting,
    OpenYear,
    RetireRule,
    RuleContent,
    SetRule,
    WithdrawObligation,
)
from shared import outbox
from shared.auth import Role
from shared.clock import county_date, end_of_county_day
from shared.commands import Act
from shared.contracts.meetings import (
    ObligationFact,
    ObligationLapsed,
    ObligationMet,
    ObligationOpened,
    ObligationReopened,
    ObligationWithdrawn,
)
from shared.errors import FieldFault, InvalidError, StaleError, invalid, unknown_code
from shared.postgres import Connection
from shared.text import digest


async def set_rule(conn: Connection, act: Act, code: str, body: SetRule) -> RuleInForce:
    """Make or change a rule; what is open already stays as it was opened, and is named."""
    act.principal.require(Role.OFFICE)
    bodies = await copies.list_bodies(conn)
    faults = [unknown_code("body", body.body, bodies)] if body.body not in bodies else []
    faults += [
        unknown_code(f"requirements.{index}.by.{place}", who, bodies)
        for index, requirement in enumerate(body.requirements)
        for place, who in enumerate(requirement.by)
        if who != "units" and who not in bodies
    ]
    if faults:
        raise InvalidError(*faults)
    present = await store.lock_rule(conn, code)
    if act.expected_version is not None and act.expected_version != (present.version if present else 0):
        raise StaleError(f"If-Match names version {act.expected_version}; read the rule again")
    return await in_force(conn, await keep_rule(conn, act, code, body))


async def in_force(conn: Connection, rule: ObligationRule) -> RuleInForce:
    """Return a rule with what is still owed as an earlier version of it had it."""
    owed = await store.list_owed_of_rule(conn, rule.code)
    return RuleInForce(rule, [each for each in owed if each.rule_version < rule.version])


async def keep_rule(conn: Connection, act: Act, code: str, content: RuleContent) -> ObligationRule:
    """Keep a rule as it is written; one that says the same already is left as it is."""
    present = await store.lock_rule(conn, code)
    since = content.since or (county_date(act.occurred_at) if present is None else present.since)
    said = {name: getattr(content, name) for name in RuleContent.model_fields if name != "since"}
    rule = ObligationRule(code=code, version=0, **said, since=since, retired_on=None)
    if present is not None and _same(present, rule):
        return present
    return await store.save_rule(conn, rule)


async def retire_rule(conn: Connection, act: Act, code: str, body: RetireRule) -> RuleInForce:
    """Let a rule oblige nobody from a day on; what is open stays owed, and is named."""
    act.principal.require(Role.OFFICE)
    present = await store.lock_rule(conn, code)
    if present is None:
        raise RuleNotFoundError(code)
    act.expect(present.version)
    if present.retired_on is not None:
        raise RuleRetiredError(f"{code} obliges nobody since {present.retired_on}; set it again to revive it")
    retired = await store.retire_rule(conn, code, body.retired_on or county_date(act.occurred_at))
    return await in_force(conn, retired)


async def open_year(conn: Connection, act: Act, body: OpenYear) -> list[Obligation]:
    """Open every obligation of a year by hand, whenever its rule was made; return all of the year.

    What was withdrawn since its rule has this version stays withdrawn.
    """
    act.principal.require(Role.OFFICE)
    if body.year > county_date(act.occurred_at).year + 1:
        raise invalid("year", f"{body.year} is too far ahead", f"up to {county_date(act.occurred_at).year + 1}")
    opened_at = min(act.occurred_at, end_of_county_day(date(body.year - 1, 12, 31)))
    known = await store.list_opened(conn)
    for rule in await store.list_rules(conn):
        settled = known.get((rule.code, body.year), store.Opened()).settled
        for window in rule.windows if rule.retired_on is None else ():
            if window.code in settled:
                continue
            owed = (window, *window.days(body.year))
            await _open(conn, act, await store.insert_obligation(conn, rule, body.year, owed, opened_at))
    return await store.list_obligations(conn, year=body.year)


async def open_due(conn: Connection, act: Act, rule: ObligationRule, year: int, known: store.Opened) -> int:
    """Open what a rule obliges to in a year and is not open yet, at the moment at which it should have been.

    What was withdrawn is opened again once the rule has changed, unless its window has ended: that would lapse at once.
    """
    opened = 0
    today = county_date(act.occurred_at)
    for window, first, last in rule.owed(year):
        if window.code in known.settled or (window.code in known.withdrawn and last < today):
            continue
        opened_at = min(rule.opens_at(year), act.occurred_at)
        obligation = await store.insert_obligation(conn, rule, year, (window, first, last), opened_at)
        await _open(conn, act, obligation)
        opened += obligation is not None
    return opened


async def lapse(conn: Connection, act: Act, obligation: Obligation) -> Obligation:
    """Say that the window ended without the session, at that moment."""
    lapsed = await store.mark_lapsed(conn, obligation.id, obligation.lapses_at)
    await _tell(conn, act, lapsed, ObligationLapsed(**_fact(lapsed)), lapsed.lapses_at)
    return lapsed


async def match_held(conn: Connection, act: Act, meeting: Meeting) -> Obligation | None:
    """Count a meeting that was held for the obligation that it meets, if there is one."""
    assert meeting.held_on is not None  # noqa: S101 - so the table demands of a held meeting
    open_ones = await store.lock_open_obligations(conn, meeting.body)
    obligation = choose(open_ones, meeting, meeting.held_on)
    return None if obligation is None else await _count(conn, act, obligation, meeting)


async def match(conn: Connection, act: Act, obligation_id: UUID, body: MatchMeeting) -> Obligation:
    """Count a held meeting for an obligation by hand."""
    act.principal.require(Role.OFFICE)
    obligation = await store.lock_obligation(conn, obligation_id)
    act.expect(obligation.version)
    _require_owed(obligation)
    try:
        meeting = await meetings.find_meeting(conn, body.meeting_id)
    except MeetingNotFoundError as unknown:
        raise invalid("meeting_id", unknown.detail, f"a held meeting of {obligation.body}") from unknown
    fault = _match_fault(obligation, meeting)
    if fault is not None:
        raise InvalidError(fault)
    return await _count(conn, act, obligation, meeting)


async def reopen(conn: Connection, act: Act, obligation_id: UUID) -> Obligation:
    """Say that the meeting that was counted does not meet the obligation, or that withdrawing it was a mistake."""
    act.principal.require(Role.OFFICE)
    obligation = await store.lock_obligation(conn, obligation_id)
    act.expect(obligation.version)
    if obligation.state is ObligationState.WITHDRAWN:
        await _require_alone(conn, obligation)
    elif obligation.state is not ObligationState.HELD:
        raise ObligationStateError("no meeting is counted for it", ("match", "withdraw"))
    reopened = await store.mark_reopened(conn, obligation_id)
    await _tell(conn, act, reopened, ObligationReopened(**_fact(reopened)))
    return reopened


async def withdraw(conn: Connection, act: Act, obligation_id: UUID, body: WithdrawObligation) -> Obligation:
    """Say that a session is owed no longer, because the mechanism was changed; a newer rule may open the year again."""
    act.principal.require(Role.OFFICE)
    obligation = await store.lock_obligation(conn, obligation_id)
    act.expect(obligation.version)
    act.require_not_before(obligation.opened_at, "the obligation was opened")
    _require_owed(obligation)
    withdrawn = await store.mark_withdrawn(conn, obligation_id, act.occurred_at, body.reason)
    link = f"/v1/obligations/{obligation_id}"
    payload = ObligationWithdrawn(**_fact(withdrawn), reason_digest=digest(body.reason), reason_link=link)
    await _tell(conn, act, withdrawn, payload)
    return withdrawn


def _require_owed(obligation: Obligation) -> None:
    if obligation.state is ObligationState.HELD:
        raise ObligationStateError("a meeting is counted already; reopen the obligation first", ("reopen",))
    if obligation.state is ObligationState.WITHDRAWN:
        raise ObligationStateError("it was withdrawn; reopen it first if that was a mistake", ("reopen",))


async def _require_alone(conn: Connection, obligation: Obligation) -> None:
    """Refuse to revive what was withdrawn while the year is open again by a newer rule."""
    other = await store.find_standing(conn, obligation.rule, obligation.year, obligation.window_code)
    if other is not None:
        raise ObligationStateError(
            f"{other.id} stands in its place since {other.rule} was changed; withdraw that first"
        )


async def require_known_session(conn: Connection, body: str, session: str | None, day: date) -> None:
    """Refuse a session that no rule of the body knows on a day; where there are no rules, any may be named."""
    if session is None:
        return
    known = sorted({rule.session for rule in await store.list_rules(conn, body) if rule.holds_on(day)})
    if known and session not in known:
        raise InvalidError(
            FieldFault(field="session", reason=f"{body} has no session {session}", expected=", ".join(known))
        )


def _match_fault(obligation: Obligation, meeting: Meeting) -> FieldFault | None:
    reason = None
    if meeting.state is not State.HELD:
        reason = f"the meeting is {meeting.state}, not held"
    elif meeting.body != obligation.body:
        reason = f"the meeting is one of {meeting.body}, the obligation one of {obligation.body}"
    elif meeting.day.year not in (obligation.year, obligation.window_to.year):
        reason = f"the meeting was held on {meeting.day}, the obligation is of {obligation.year}"
    if reason is None:
        return None
    years = dict.fromkeys((obligation.year, obligation.window_to.year))
    expected = f"a meeting of {obligation.body} held in {' or '.join(map(str, years))}"
    return FieldFault(field="meeting_id", reason=reason, expected=expected)


async def _count(conn: Connection, act: Act, obligation: Obligation, meeting: Meeting) -> Obligation:
    if obligation.state is ObligationState.DUE and act.occurred_at >= obligation.lapses_at:
        obligation = await lapse(conn, act, obligation)
    return await _meet(conn, act, obligation, meeting)


async def _meet(conn: Connection, act: Act, obligation: Obligation, meeting: Meeting) -> Obligation:
    on_time = obligation.in_window(meeting.day)
    met = await store.mark_met(conn, obligation.id, meeting.id, meeting.day, on_time=on_time)
    payload = ObligationMet(**_fact(met), meeting_id=meeting.id, held_on=meeting.day, on_time=on_time)
    await _tell(conn, act, met, payload)
    return met


async def _open(conn: Connection, act: Act, obligation: Obligation | None) -> None:
    """Say that an obligation is open; one that comes late may have been met before, and then never lapses."""
    if obligation is None:
        return
    await _tell(conn, act, obligation, ObligationOpened(**_fact(obligation)), obligation.opened_at)
    for meeting in await store.list_uncounted(conn, obligation):
        if obligation.met_by(meeting, meeting.day):
            await _meet(conn, act, obligation, meeting)
            return


async def _tell(
    conn: Connection, act: Act, obligation: Obligation, payload: ObligationFact, time: datetime | None = None
) -> None:
    await outbox.append(conn, act.event(payload, subject=str(obligation.id), version=obligation.version, time=time))


def _fact(obligation: Obligation) -> dict[str, Any]:
    names = ("body", "session", "year", "title", "window_from", "window_to")
    return {"obligation_id": obligation.id, **{name: getattr(obligation, name) for name in names}}


def _same(present: ObligationRule, rule: ObligationRule) -> bool:
    def said(each: ObligationRule) -> Sequence[object]:
        return (
            each.body,
            each.session,
            each.title,
            tuple(each.kinds),
            tuple(each.windows),
            tuple(each.requirements),
            each.source,
            each.since,
            each.retired_on,
        )

    return said(present) == said(rule)
