"""Meetings and resolutions: what they are and which rules hold. Pure: no I/O, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.meetings.errors import MeetingStateError
from shared.clock import county_date
from shared.contracts.meetings import MeetingKind
from shared.errors import invalid
from shared.text import digest


class State(StrEnum):
    """Where a meeting stands."""

    CONVENED = "convened"
    HELD = "held"
    CANCELLED = "cancelled"


class Action(StrEnum):
    """What can be done with a meeting; the last part of the route."""

    HOLD = "hold"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    INVITE = "guests"
    AGENDA = "agenda"
    PAPERS = "papers"
    ATTENDANCE = "attendance"
    DECIDE = "decision"
    ADOPT = "resolutions"
    MINUTES = "minutes"


ALLOWED = {
    State.CONVENED: (
        Action.HOLD,
        Action.CANCEL,
        Action.RESCHEDULE,
        Action.INVITE,
        Action.AGENDA,
        Action.PAPERS,
        Action.ATTENDANCE,
    ),
    State.HELD: (Action.AGENDA, Action.ATTENDANCE, Action.DECIDE, Action.ADOPT, Action.MINUTES),
    State.CANCELLED: (),
}
"""What each state allows."""

SIGNED = ("signed", "published")
"""States of minutes in which they are corrected, not edited."""


class FulfilmentState(StrEnum):
    """Where a resolution stands, as its task says; `adopted` while no task is known."""

    ADOPTED = "adopted"
    IN_PROGRESS = "in_progress"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


OPEN = (FulfilmentState.ADOPTED, FulfilmentState.IN_PROGRESS)
"""States of a resolution that belongs on the next meeting's agenda."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting; `version` counts its events, `resolution_count` what it has adopted.

    `recorded`: entered after it was held. `invites_all`: all members of its day, rather than chosen ones.
    `calendar_sequence` is the SEQUENCE of its entry in calendars, `item_count` the last number given to an item.
    """

    id: UUID
    version: int
    body: str
    kind: MeetingKind
    title: str
    starts_at: datetime
    place: str
    chair_post: str | None
    state: State
    convened_at: datetime
    held_on: date | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    resolution_count: int
    ends_at: datetime | None
    session: str | None
    chair_title: str | None
    recorded: bool
    invites_all: bool
    changed_at: datetime
    calendar_sequence: int
    item_count: int
    minutes_state: str | None

    @property
    def allowed(self) -> tuple[Action, ...]:
        """Return what can be done with it now: once its minutes are signed, what they say stands."""
        return (Action.MINUTES,) if self.minutes_state in SIGNED else ALLOWED[self.state]

    @property
    def day(self) -> date:
        """Return the county's day on which it was or will be held."""
        return self.held_on or county_date(self.starts_at)


@dataclass(frozen=True, slots=True)
class Resolution:
    """One resolution, with what its task says of its fulfilment."""

    id: UUID
    meeting_id: UUID
    sequence: int
    title: str
    text: str | None
    lead_unit: str
    cooperating_units: Sequence[str]
    adopted_on: date
    due_on: date
    weight: Decimal
    tags: Sequence[str]
    leader_post: str | None
    item_number: int | None
    parts: int
    fulfilment_state: FulfilmentState
    task_id: UUID | None
    fulfilled_at: datetime | None
    days_late: int | None
    restricted: bool
    visible_to: Sequence[str]

    @property
    def text_link(self) -> str | None:
        """Return the path at which the text can be read; None if there is no text."""
        return None if self.text is None else f"/v1/resolutions/{self.id}/text"

    @property
    def text_digest(self) -> str | None:
        """Return the digest by which events refer to the text; None if there is no text."""
        return None if self.text is None else digest(self.text)


@dataclass(frozen=True, slots=True)
class ResolutionPart:
    """One of the tasks that a resolution is, when it is several."""

    part: int
    title: str
    lead_unit: str
    cooperating_units: Sequence[str]
    due_on: date
    weight: Decimal


def require_allowed(meeting: Meeting, action: Action) -> None:
    """Refuse unless the meeting's state allows `action`."""
    if action not in meeting.allowed:
        minutes = ", its minutes are signed" if meeting.minutes_state in SIGNED else ""
        raise MeetingStateError(
            f"the meeting is {meeting.state}{minutes}, so `{action}` is not possible", meeting.allowed
        )


def require_after_convening(meeting: Meeting, occurred_at: datetime) -> None:
    """Refuse what is said to have happened before the meeting was convened."""
    if occurred_at < meeting.convened_at:
        convened_at = meeting.convened_at.isoformat()
        raise invalid(
            "occurred_at", "is before the meeting was convened", f"{convened_at} or later; or record it with `held_on`"
        )


def require_day_between(day: date, first: date, last: date) -> None:
    """Refuse to hold a meeting before `first` or after `last`."""
    if not first <= day <= last:
        raise invalid("held_on", f"{day} is not possible for this meeting", f"a day from {first} to {last}")


def day_held(meeting: Meeting, stated: date | None, occurred_at: datetime) -> date:
    """Return the day on which the meeting was held: not before its own day or its convening, not in the future."""
    today = county_date(occurred_at)
    day = stated or today
    planned = county_date(meeting.starts_at)
    if planned > today:
        raise invalid("held_on", f"the meeting is convened for {planned}", f"reschedule it first if it was on {today}")
    require_day_between(day, max(county_date(meeting.convened_at), planned), today)
    return day


def require_held_by(meeting: Meeting, occurred_at: datetime) -> date:
    """Return the day of a held meeting; refuse what is said to have happened before that day."""
    assert meeting.held_on is not None  # noqa: S101 - so the table demands of a held meeting
    if county_date(occurred_at) < meeting.held_on:
        raise invalid("occurred_at", "is before the day of the meeting", f"a moment on {meeting.held_on} or later")
    return meeting.held_on
