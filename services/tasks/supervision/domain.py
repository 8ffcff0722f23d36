"""Slips and reminders: rows, and the rule by which they follow each other. Pure.

Source: 永政办发〔2009〕106号 二.2 (督促检查重点工作完成情况).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from services.tasks.reports.periods import at_hour
from services.tasks.supervision.lights import reach
from shared.clock import COUNTY_ZONE
from shared.contracts.tasks import SlipColour
from shared.workdays import Workdays

SLIP_HOUR = 9
"""Hour of the county at which reminders and slips go out."""

COLOURS: tuple[SlipColour, ...] = ("blue", "yellow", "red")

Occasion = Literal["before_due", "lapsed", "office"]


class SlipState(StrEnum):
    """States of a slip."""

    OPEN = "open"
    ANSWERED = "answered"
    LAPSED = "lapsed"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Slip:
    """A supervision slip about one unit's part of a task."""

    id: UUID
    task_id: UUID
    unit: str
    due_on: date
    colour: SlipColour
    state: str
    issued_at: datetime
    issued_by: str
    text: str | None
    answer_due_on: date
    answered_at: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    on_time: bool | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    """A unit was reminded of a part of a task, or of a report."""

    matter: Literal["assignment", "report"]
    matter_id: UUID
    unit: str
    title: str
    due_at: datetime
    occasion: Occasion
    reminded_at: datetime
    reminded_by: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SlipRule:
    """After how many working days a slip goes out, and in how many each colour is to be answered."""

    after: int
    answer_within: tuple[int, int, int]

    def answer_due_on(self, colour: SlipColour, issued_on: date, workdays: Workdays) -> date:
        """Return the last day on which an answer is in time.

        Raises:
            UnknownYearError: the working days that it counts are not known.
        """
        return workdays.after(issued_on, self.answer_within[COLOURS.index(colour)])


def next_colour(last: Slip | None, due_on: date) -> SlipColour | None:
    """Return the colour of the next slip about a part with this due date; None if none may follow by itself.

    A colour follows only when the one before lapsed unanswered; an answer ends the row, a matter that was settled and
    is owed again, or has another due date, begins anew; after red nothing follows by itself.
    """
    if last is None or last.due_on != due_on or last.state == SlipState.SETTLED:
        return "blue"
    if last.state != SlipState.LAPSED or last.colour == "red":
        return None
    return COLOURS[COLOURS.index(last.colour) + 1]


def colour_by_hand(last: Slip | None, due_on: date) -> SlipColour:
    """Return the colour of a slip that the office issues itself: by the same rule; after red red again."""
    by_rule = next_colour(last, due_on)
    if by_rule is not None:
        return by_rule
    return "red" if last is not None and last.state == SlipState.LAPSED else "blue"


def working_moment(day: date, count: int, workdays: Workdays) -> datetime:
    """Return the hour at which slips go out on the `count`-th working day after a day.

    Raises:
        UnknownYearError: the working days that it counts are not known.
    """
    return at_hour(workdays.after(day, count), SLIP_HOUR)


def reminder_moment(due_on: date, count: int, workdays: Workdays) -> datetime:
    """Return the hour at which reminders go out on the `count`-th working day before a due date."""
    return at_hour(workdays.before(due_on, count), SLIP_HOUR)


def office_day(moment: datetime) -> date:
    """Return the last day whose hour for slips and reminders has come by a moment."""
    local = moment.astimezone(COUNTY_ZONE)
    return local.date() if local.hour >= SLIP_HOUR else local.date() - timedelta(days=1)


def last_base(moment: datetime, count: int, workdays: Workdays) -> date:
    """Return the last day of which the `count`-th working day after has had its hour by a moment."""
    latest = office_day(moment)
    day = latest
    while workdays.after(day, count) > latest:
        day -= timedelta(days=1)
    return day


def last_reminded(moment: datetime, count: int, workdays: Workdays) -> date:
    """Return the last due date of which a reminder was to go out by a moment."""
    return reach(office_day(moment), count - 1, workdays) + timedelta(days=1)
