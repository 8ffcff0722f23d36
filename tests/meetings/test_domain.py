"""The rules of meetings, without servers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from services.meetings.domain import (
    ALLOWED,
    Action,
    Meeting,
    State,
    day_held,
    require_after_convening,
    require_allowed,
    require_day_between,
    require_held_by,
)
from services.meetings.errors import MeetingStateError
from services.meetings.proceedings.domain import Charge, charge_faults
from shared.errors import InvalidError

CONVENED_AT = datetime(2026, 1, 10, 8, 0, tzinfo=UTC)
MEETING = Meeting(
    id=uuid4(),
    version=1,
    body="coordination-meeting",
    kind="coordination",
    title="协调会议",
    starts_at=datetime(2026, 1, 15, 1, 0, tzinfo=UTC),
    place="第一会议室",
    chair_post=None,
    state=State.CONVENED,
    convened_at=CONVENED_AT,
    held_on=None,
    cancelled_at=None,
    cancel_reason=None,
    resolution_count=0,
    ends_at=None,
    session=None,
    chair_title=None,
    recorded=False,
    invites_all=True,
    changed_at=CONVENED_AT,
    calendar_sequence=0,
    item_count=0,
    minutes_state=None,
)
UNITS: dict[str, date | None] = {"330324-fgj": None, "330324-jmj": None, "330324-jtj": None}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("action", Action)
def test_each_state_allows_its_actions_and_a_refusal_names_them(state: State, action: Action) -> None:
    meeting = replace(MEETING, state=state)
    if action in ALLOWED[state]:
        require_allowed(meeting, action)
        return
    with pytest.raises(MeetingStateError) as refusal:
        require_allowed(meeting, action)
    assert refusal.value.allowed == list(ALLOWED[state])


def test_a_meeting_is_held_today_unless_a_day_is_stated() -> None:
    late_evening_in_utc = datetime(2026, 1, 15, 16, 30, tzinfo=UTC)
    assert day_held(MEETING, None, late_evening_in_utc) == date(2026, 1, 16)
    assert day_held(MEETING, date(2026, 1, 15), late_evening_in_utc) == date(2026, 1, 15)


@pytest.mark.parametrize("day", [date(2026, 1, 9), date(2026, 1, 14), date(2026, 1, 17)])
def test_a_meeting_is_held_neither_before_it_was_convened_nor_in_the_future(day: date) -> None:
    with pytest.raises(InvalidError) as refusal:
        day_held(MEETING, day, datetime(2026, 1, 16, 1, 0, tzinfo=UTC))
    (fault,) = refusal.value.faults
    assert (fault.field, fault.expected) == ("held_on", "a day from 2026-01-15 to 2026-01-16")


def test_the_first_and_the_last_possible_day_are_possible() -> None:
    for day in (date(2026, 1, 10), date(2026, 1, 16)):
        require_day_between(day, date(2026, 1, 10), date(2026, 1, 16))


def test_nothing_happens_to_a_meeting_before_it_was_convened() -> None:
    require_after_convening(MEETING, CONVENED_AT)
    with pytest.raises(InvalidError, match="occurred_at"):
        require_after_convening(MEETING, CONVENED_AT - timedelta(seconds=1))


def test_a_resolution_is_not_adopted_before_the_meetings_day() -> None:
    meeting = replace(MEETING, state=State.HELD, held_on=date(2026, 1, 15))
    assert require_held_by(meeting, datetime(2026, 1, 14, 16, 0, tzinfo=UTC)) == date(2026, 1, 15)
    with pytest.raises(InvalidError, match="occurred_at"):
        require_held_by(meeting, datetime(2026, 1, 14, 15, 59, tzinfo=UTC))


def _fields(lead: str, cooperating: list[str], due_on: date) -> list[str]:
    charge = Charge("", lead, cooperating, due_on)
    return [fault.field for fault in charge_faults(charge, UNITS, date(2026, 1, 15), date(2026, 1, 15))]


def test_a_sound_resolution_has_no_fault() -> None:
    assert _fields("330324-fgj", ["330324-jmj", "330324-jtj"], date(2026, 1, 15)) == []


def test_each_fault_of_a_resolution_is_named() -> None:
    cooperating = ["330324-jmj", "330324-fgj", "330324-jmj", "330324-xxx"]
    assert _fields("330324-fgj", cooperating, date(2026, 1, 14)) == [
        "cooperating_units.1",
        "cooperating_units.2",
        "cooperating_units.3",
        "due_on",
    ]


def test_an_unknown_unit_is_answered_with_the_nearest_known_ones() -> None:
    charge = Charge("", "330324-fgi", [], date(2026, 2, 1))
    (fault,) = charge_faults(charge, UNITS, date(2026, 1, 15), date(2026, 1, 15))
    assert fault.field == "lead_unit"
    assert fault.expected is not None
    assert "330324-fgj" in fault.expected
