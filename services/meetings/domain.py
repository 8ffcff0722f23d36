"""Meetings and resolutions: what they are and which rules hold. Pure: no I/O, no clock."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.meetings.errors import MeetingStateError
from shared.clock import county_date
from shared.contracts.meetings import MeetingKind
from shared.errors import FieldFault, invalid, unknown_code
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
    ADOPT = "resolutions"


ALLOWED = {
    State.CONVENED: (Action.HOLD, Action.CANCEL),
    State.HELD: (Action.ADOPT,),
    State.CANCELLED: (),
}
"""What each state allows."""


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
    """One meeting; `version` counts its events, `resolution_count` what it has adopted."""

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
    fulfilment_state: FulfilmentState
    task_id: UUID | None
    fulfilled_at: datetime | None
    days_late: int | None

    @property
    def text_link(self) -> str | None:
        """Return the path at which the text can be read; None if there is no text."""
        return None if self.text is None else f"/v1/resolutions/{self.id}/text"

    @property
    def text_digest(self) -> str | None:
        """Return the digest by which events refer to the text; None if there is no text."""
        return None if self.text is None else digest(self.text)


def require_allowed(meeting: Meeting, action: Action) -> None:
    """Refuse unless the meeting's state allows `action`."""
    allowed = ALLOWED[meeting.state]
    if action not in allowed:
        raise MeetingStateError(f"the meeting is {meeting.state}, so `{action}` is not possible", allowed)


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
    """Return the day on which the meeting was held: not before it was convened, not in the future."""
    today = county_date(occurred_at)
    day = stated or today
    require_day_between(day, county_date(meeting.convened_at), today)
    return day


def require_held_by(meeting: Meeting, occurred_at: datetime) -> date:
    """Return the day of a held meeting; refuse what is said to have happened before that day."""
    assert meeting.held_on is not None  # noqa: S101 - so the table demands of a held meeting
    if county_date(occurred_at) < meeting.held_on:
        raise invalid("occurred_at", "is before the day of the meeting", f"a moment on {meeting.held_on} or later")
    return meeting.held_on


def resolution_faults(
    lead_unit: str, cooperating_units: Sequence[str], due_on: date, adopted_on: date, known_units: Collection[str]
) -> Iterator[FieldFault]:
    """Yield what is wrong with a resolution: units that the registry does not know or that stand twice, a past date."""
    if lead_unit not in known_units:
        yield unknown_code("lead_unit", lead_unit, known_units)
    for index, unit in enumerate(cooperating_units):
        field = f"cooperating_units.{index}"
        if unit == lead_unit:
            yield FieldFault(field=field, reason=f"{unit} is the lead unit", expected="another unit, or leave it out")
        elif unit in cooperating_units[:index]:
            yield FieldFault(field=field, reason=f"{unit} stands twice", expected="each unit once")
        elif unit not in known_units:
            yield unknown_code(field, unit, known_units)
    if due_on < adopted_on:
        yield FieldFault(field="due_on", reason="is before the meeting", expected=f"{adopted_on} or later")
