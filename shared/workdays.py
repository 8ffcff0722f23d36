"""The county's working days: the national calendar with shifted days (节假日与调休), and what the office set itself.

The State Council publishes each year's holidays late in the year before; the `chinesecalendar` package follows. A year
that neither it nor the office's table knows is unknown, and this module says so rather than guess.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import chinese_calendar

_SATURDAY = 5


class UnknownYearError(Exception):
    """Nobody has said yet which days of this year are worked."""

    def __init__(self, year: int) -> None:
        """Say which year, and what would help."""
        super().__init__(
            f"the working days of {year} are not known: the national calendar is not published in this version; "
            f"the office sets them in the registry (PUT /v1/calendar/{year})"
        )
        self.year = year


@dataclass(frozen=True, slots=True)
class YearCalendar:
    """What the office set for one year, in whole: weekdays that are off, weekend days that are worked."""

    days_off: frozenset[date]
    working_days: frozenset[date]

    def is_workday(self, day: date) -> bool:
        """Return whether the day is worked."""
        return day in self.working_days or (day.weekday() < _SATURDAY and day not in self.days_off)


@dataclass(frozen=True, slots=True)
class Workdays:
    """Working days; the office's own table of a year stands before the national one."""

    overrides: Mapping[int, YearCalendar] = field(default_factory=dict)

    def knows(self, year: int) -> bool:
        """Return whether the working days of a year are known."""
        try:
            self.is_workday(date(year, 1, 1))
        except UnknownYearError:
            return False
        return True

    def is_workday(self, day: date) -> bool:
        """Return whether the day is worked.

        Raises:
            UnknownYearError: nobody has said so yet.
        """
        own = self.overrides.get(day.year)
        if own is not None:
            return own.is_workday(day)
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError as unknown:
            raise UnknownYearError(day.year) from unknown

    def after(self, day: date, count: int) -> date:
        """Return the `count`-th working day after `day`; with 0 the day itself, worked or not.

        Raises:
            UnknownYearError: the count runs into a year that is not known.
        """
        return self._counted(day, count, timedelta(days=1))

    def before(self, day: date, count: int) -> date:
        """Return the `count`-th working day before `day`; with 0 the day itself, worked or not.

        Raises:
            UnknownYearError: the count runs into a year that is not known.
        """
        return self._counted(day, count, timedelta(days=-1))

    def between(self, start: date, end: date) -> int:
        """Return how many working days lie after `start` up to and including `end`; 0 if `end` is not later.

        Raises:
            UnknownYearError: a day of a year that is not known lies between.
        """
        return sum(1 for day in _days_after(start, end) if self.is_workday(day))

    def _counted(self, day: date, count: int, step: timedelta) -> date:
        while count > 0:
            day += step
            count -= self.is_workday(day)
        return day


def _days_after(start: date, end: date) -> Iterator[date]:
    for number in range(1, (end - start).days + 1):
        yield start + timedelta(days=number)
