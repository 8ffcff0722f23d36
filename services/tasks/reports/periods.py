"""Periods that reports are for: a year, half, quarter or month, as they are written and when they end."""

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal

from shared.clock import COUNTY_ZONE, county_date
from shared.errors import invalid

PeriodKind = Literal["month", "quarter", "half", "year"]

_WRITTEN: Mapping[PeriodKind, tuple[re.Pattern[str], str]] = MappingProxyType(
    {
        "year": (re.compile(r"(20\d\d)"), "a year, e.g. 2026"),
        "half": (re.compile(r"(20\d\d)-H([12])"), "a half-year, e.g. 2026-H1"),
        "quarter": (re.compile(r"(20\d\d)-Q([1-4])"), "a quarter, e.g. 2026-Q1"),
        "month": (re.compile(r"(20\d\d)-(0[1-9]|1[0-2])"), "a month, e.g. 2026-01"),
    }
)
_LAST_MONTH: Mapping[PeriodKind, Callable[[int], int]] = MappingProxyType(
    {"year": lambda _: 12, "half": lambda n: 6 * n, "quarter": lambda n: 3 * n, "month": lambda n: n}
)


@dataclass(frozen=True, slots=True)
class DueRule:
    """When a report falls due: so many days after the period's last day, at an hour of the county (24: day's end)."""

    offset_days: int
    hour: int

    def due_at(self, last_day: date) -> datetime:
        """Return the moment up to which a submission is in time."""
        day = datetime.combine(last_day + timedelta(days=self.offset_days), time(), COUNTY_ZONE)
        return day + timedelta(hours=self.hour)


def last_day(kind: PeriodKind, period: str) -> date:
    """Return the last day of a period; refuse what is no period of this kind."""
    pattern, expected = _WRITTEN[kind]
    found = pattern.fullmatch(period)
    if found is None:
        raise invalid("period", f"{period} is not a period of this definition", expected)
    year, number = int(found[1]), int(found[2]) if found.lastindex == 2 else 1  # noqa: PLR2004 - year and number
    month = _LAST_MONTH[kind](number)
    return date(year, month, calendar.monthrange(year, month)[1])


def due_day(due_at: datetime) -> date:
    """Return the county's day on which a report is due; due at 24:00 is due that day, not the next."""
    return county_date(due_at - timedelta(microseconds=1))
