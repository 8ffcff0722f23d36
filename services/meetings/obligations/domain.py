"""Obligation rules and the obligations of a year: what they are, which meeting meets them. Pure: no I/O, no clock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.meetings.convening.domain import AgendaItem, ItemKind
from services.meetings.domain import Meeting
from shared.clock import COUNTY_ZONE, end_of_county_day

BY_UNITS = "units"
"""In `by` of a requirement: units report themselves, each for its line (各口)."""


class Window(BaseModel):
    """Part of the year, from one month-day to another; one that ends before it begins runs into the next year."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64)
    name: str = Field(min_length=1, max_length=50, description="What officials call it, e.g. 年初.")
    first: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", description="Month-day, e.g. 01-01.")
    last: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", description="Month-day, e.g. 03-31.")

    def days(self, year: int) -> tuple[date, date]:
        """Return first and last day in a year; the 29th of February is the 28th where there is none."""
        first, last = _day(year, self.first), _day(year, self.last)
        return first, last if last >= first else _day(year + 1, self.last)


def _day(year: int, month_day: str) -> date:
    month, day = (int(part) for part in month_day.split("-"))
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date(year, month, 1) + timedelta(days=day - 1), following - timedelta(days=1))


class Requirement(BaseModel):
    """What the session must hear or decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64, description="An agenda item covers it.")
    act: Literal["hear", "decide"]
    text: str = Field(min_length=1, max_length=200, description="In the words of the mechanism.")
    by: tuple[str, ...] = Field((), description="Who reports, alternatively: bodies, or `units` for each line itself.")

    def covered_by(self, items: Sequence[AgendaItem]) -> AgendaItem | None:
        """Return the item that covers it: one that says so, else the first that does what is asked."""
        said = [item for item in items if self.code in item.covers]
        fitting = [item for item in items if self._fits(item)]
        return next(iter(said or fitting), None)

    def planned_in(self, items: Sequence[AgendaItem]) -> bool:
        """Return whether an item on the agenda is there to cover it."""
        return any(self.code in item.covers or self._meant(item) for item in items)

    def _fits(self, item: AgendaItem) -> bool:
        return self._meant(item) and (self.act == "hear" or item.decision not in (None, "deferred"))

    def _meant(self, item: AgendaItem) -> bool:
        if item.kind is not ItemKind.HEAR_REPORT:
            return self.act == "decide"
        return self.act == "hear" and self._heard_from(item)

    def _heard_from(self, item: AgendaItem) -> bool:
        by_units = BY_UNITS in self.by and bool(item.presenter_units)
        return not self.by or item.presenter_body in self.by or by_units


@dataclass(frozen=True, slots=True)
class ObligationRule:
    """A session that a body owes each year; without windows, one that it holds as needed."""

    code: str
    version: int
    body: str
    session: str
    title: str
    kinds: Sequence[str]
    windows: Sequence[Window]
    requirements: Sequence[Requirement]
    source: str
    since: date
    retired_on: date | None

    def owed(self, year: int) -> Iterator[tuple[Window, date, date]]:
        """Yield the windows of a year in which a session is owed: none that ended before the rule, or after its end."""
        for window in self.windows:
            first, last = window.days(year)
            if last >= self.since and (self.retired_on is None or first < self.retired_on):
                yield window, first, last

    def holds_on(self, day: date) -> bool:
        """Return whether the rule obliges on a day; before it was first watched it says what sessions there are."""
        return self.retired_on is None or day < self.retired_on

    def opens_at(self, year: int) -> datetime:
        """Return when a year's obligations open: as the year begins, or with the rule if it came later."""
        return max(end_of_county_day(date(year - 1, 12, 31)), end_of_county_day(self.since - timedelta(days=1)))


class ObligationState(StrEnum):
    """Where an obligation stands."""

    DUE = "due"
    OVERDUE = "overdue"
    HELD = "held"
    WITHDRAWN = "withdrawn"


STATE_NAMES = {
    ObligationState.DUE: "待召开",
    ObligationState.OVERDUE: "逾期未开",
    ObligationState.HELD: "已召开",
    ObligationState.WITHDRAWN: "已撤销",
}
"""What officials read."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One session owed in one window of one year."""

    id: UUID
    version: int
    rule: str
    rule_version: int
    body: str
    session: str
    year: int
    window_code: str
    window_from: date
    window_to: date
    title: str
    kinds: Sequence[str]
    requirements: Sequence[Requirement]
    source: str
    state: ObligationState
    opened_at: datetime
    lapsed_at: datetime | None
    meeting_id: UUID | None
    held_on: date | None
    on_time: bool | None
    withdrawn_at: datetime | None
    withdraw_reason: str | None

    @property
    def lapses_at(self) -> datetime:
        """Return the moment at which it lapses if the session was not held."""
        return end_of_county_day(self.window_to)

    def in_window(self, day: date) -> bool:
        """Return whether the day lies in the window."""
        return self.window_from <= day <= self.window_to

    def met_by(self, meeting: Meeting, held_on: date) -> bool:
        """Return whether this held meeting is what is owed, by body, kind, session and day.

        Outside its window only a meeting that names the session, and in the year in which that ended, makes up for it.
        """
        if meeting.body != self.body or (self.kinds and meeting.kind not in self.kinds):
            return False
        if meeting.session is None:
            return self.in_window(held_on)
        late = held_on.year == self.window_to.year and held_on > self.window_to
        return meeting.session == self.session and (self.in_window(held_on) or late)


def choose(open_ones: Sequence[Obligation], meeting: Meeting, held_on: date) -> Obligation | None:
    """Return the obligation that a held meeting meets: of those it fits, one in its window, then what ends first."""
    fitting = [each for each in open_ones if each.met_by(meeting, held_on)]
    return min(fitting, key=lambda each: (not each.in_window(held_on), each.window_to, each.id), default=None)


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule with what is still owed as an earlier version of it had it."""

    rule: ObligationRule
    earlier: Sequence[Obligation]


def year_of(moment: datetime) -> int:
    """Return the county's year."""
    return moment.astimezone(COUNTY_ZONE).year
