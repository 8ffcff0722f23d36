"""Periods that reports are for: a year, half, quarter or month, as they are written, when they end and follow."""

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal

from shared.clock import COUNTY_ZONE, county_date
from shared.errors import invalid
from shared.workdays import Workdays

PeriodKind = Literal["month", "quarter", "half", "year"]
DefinedKind = Literal["month", "quarter", "half", "year", "occasion"]
"""`occasion`: a report that something else asks for, e.g. a paper for a meeting; it follows no calendar."""

_WRITTEN: Mapping[DefinedKind, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "year": (re.compile(r"(2[01]\d\d)"), "a year, e.g. 2026"),
        "half": (re.compile(r"(2[01]\d\d)-H([12])"), "a half-year, e.g. 2026-H1"),
        "quarter": (re.compile(r"(2[01]\d\d)-Q([1-4])"), "a quarter, e.g. 2026-Q1"),
        "month": (re.compile(r"(2[01]\d\d)-(0[1-9]|1[0-2])"), "a month, e.g. 2026-01"),
    }
)
_LAST_MONTH: Mapping[DefinedKind, Callable[[int], int]] = MappingProxyType(
    {"year": lambda _: 12, "half": lambda n: 6 * n, "quarter": lambda n: 3 * n, "month": lambda n: n}
)
_FORMS: Mapping[DefinedKind, tuple[int, str]] = MappingProxyType(
    {"year": (12, "{0}"), "half": (6, "{0}-H{1}"), "quarter": (3, "{0}-Q{1}"), "month": (1, "{0}-{1:02}")}
)
"""Months of a period, and how it is written of year and number."""


@dataclass(frozen=True, slots=True)
class DueRule:
    """When a report falls due: so many days after the period's last day, at an hour of the county (24: day's end)."""

    offset_days: int
    hour: int
    counted: Literal["calendar", "working"] = "calendar"

    def due_at(self, last: date, workdays: Workdays) -> datetime:
        """Return the moment up to which a submission is in time.

        Raises:
            UnknownYearError: working days are counted, and run into a year that is not known.
        """
        if self.counted == "working":
            return at_hour(workdays.after(last, self.offset_days), self.hour)
        return at_hour(last + timedelta(days=self.offset_days), self.hour)


def at_hour(day: date, hour: int) -> datetime:
    """Return an hour of a day in the county; 24 is the day's end."""
    return (datetime.combine(day, time(), COUNTY_ZONE) + timedelta(hours=hour)).astimezone(UTC)


def _read(kind: DefinedKind, period: str) -> tuple[int, int]:
    if kind not in _WRITTEN:
        raise invalid("period", "the definition follows no calendar", "a definition by month, quarter, half or year")
    pattern, expected = _WRITTEN[kind]
    found = pattern.fullmatch(period)
    if found is None:
        raise invalid("period", f"{period} is not a period of this definition", expected)
    return int(found[1]), int(found[2]) if found.lastindex == 2 else 1  # noqa: PLR2004 - year and number


def last_day(kind: DefinedKind, period: str) -> date:
    """Return the last day of a period; refuse what is no period of this kind."""
    year, number = _read(kind, period)
    month = _LAST_MONTH[kind](number)
    return date(year, month, calendar.monthrange(year, month)[1])


def first_day(kind: DefinedKind, period: str) -> date:
    """Return the first day of a period; refuse what is no period of this kind."""
    return last_day(kind, previous_period(kind, period)) + timedelta(days=1)


def period_of(kind: DefinedKind, day: date) -> str:
    """Return the period of this kind in which a day lies."""
    months, form = _FORMS[kind]
    return form.format(day.year, (day.month - 1) // months + 1)


def next_period(kind: DefinedKind, period: str) -> str:
    """Return the period that follows."""
    return period_of(kind, last_day(kind, period) + timedelta(days=1))


def previous_period(kind: DefinedKind, period: str) -> str:
    """Return the period before."""
    year, number = _read(kind, period)
    months, form = _FORMS[kind]
    return form.format(year, number - 1) if number > 1 else form.format(year - 1, 12 // months)


def due_day(due_at: datetime) -> date:
    """Return the county's day on which a report is due; due at 24:00 is due that day, not the next."""
    return county_date(due_at - timedelta(microseconds=1))
