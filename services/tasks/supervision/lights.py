"""Lights: green; yellow near the due date or behind a dated target; red overdue; unknown where the calendar is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from services.tasks.domain import Assignment
from services.tasks.states import DONE, GONE, OPEN, State
from shared.clock import county_date
from shared.workdays import UnknownYearError, Workdays


class Light(StrEnum):
    """How a matter stands to its time."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DatedTarget:
    """How far along a part is to be by the end of a day."""

    due_on: date
    percent: int
    title: str | None = None


@dataclass(frozen=True, slots=True)
class LightRule:
    """What is near: the last due date of which so many working days are left; None if the calendar is unknown."""

    today: date
    near_until: date | None
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Lit:
    """A light, and why."""

    light: Light
    why: str


def light_rule(now: datetime, near_days: int, workdays: Workdays) -> LightRule:
    """Return the rule of a day: everything due up to `near_until` has `near_days` working days left, or fewer."""
    today = county_date(now)
    try:
        return LightRule(today, reach(today, near_days, workdays))
    except UnknownYearError as unknown:
        return LightRule(today, None, str(unknown))


def reach(today: date, count: int, workdays: Workdays) -> date:
    """Return the last day that lies at most `count` working days ahead of `today`.

    Raises:
        UnknownYearError: it lies in a year whose working days are not known.
    """
    day, left = today, count
    while left >= 0:
        day += timedelta(days=1)
        left -= workdays.is_workday(day)
    return day - timedelta(days=1)


def light_of(part: Assignment, targets: Sequence[DatedTarget], rule: LightRule) -> Lit:
    """Return a part's light: the first that fits of red, yellow behind a target, yellow near due, green.

    Who waits for the office, rests or is done owes nothing now: green, or none where the part is no longer the unit's.
    """
    if part.state in GONE or part.state in {State.CANCELLED, State.DRAFT}:
        return Lit(Light.NONE, "the part is nobody's")
    if part.state not in OPEN:
        return Lit(Light.GREEN, "done" if part.state in DONE else f"nothing is owed while {part.state}")
    if part.due_on < rule.today:
        return Lit(Light.RED, f"overdue by {(rule.today - part.due_on).days} days")
    return _behind(part, targets, rule.today) or _near(part, rule)


def _behind(part: Assignment, targets: Sequence[DatedTarget], today: date) -> Lit | None:
    behind = [each for each in targets if each.due_on < today and part.percent < each.percent]
    if not behind:
        return None
    missed = behind[-1]
    return Lit(Light.YELLOW, f"{part.percent} % where {missed.percent} % were due on {missed.due_on}")


def _near(part: Assignment, rule: LightRule) -> Lit:
    if rule.near_until is None:
        return Lit(Light.UNKNOWN, rule.unknown or "the working days are not known")
    if part.due_on <= rule.near_until:
        return Lit(Light.YELLOW, f"due on {part.due_on}")
    return Lit(Light.GREEN, f"due on {part.due_on}, later than {rule.near_until}")


def worst(lights: Sequence[Light]) -> Light:
    """Return the light of a whole whose parts have these."""
    order = (Light.RED, Light.YELLOW, Light.UNKNOWN, Light.GREEN, Light.NONE)
    return min(lights, key=order.index, default=Light.NONE)
