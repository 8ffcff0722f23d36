"""A year's working days as the office set them, and what is wrong with such a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from shared.errors import FieldFault

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """Weekdays that are off and weekend days that are worked; `version` 0 if the office set nothing."""

    year: int
    days_off: tuple[date, ...]
    working_days: tuple[date, ...]
    document: str | None
    version: int = 0


def is_weekday(day: date) -> bool:
    """Say whether a day is one from Monday to Friday."""
    return day.weekday() < _SATURDAY


def faults(year: int, days_off: Sequence[date], working_days: Sequence[date]) -> Iterator[FieldFault]:
    """Yield what is wrong: another year's day, a day twice, a weekday given as worked, a day off and worked.

    A weekend day among the days off is no fault: the national notice lists whole spans.
    """
    for field, days, weekend in (("days_off", days_off, False), ("working_days", working_days, True)):
        for index, day in enumerate(days):
            if day.year != year:
                yield FieldFault(
                    field=f"{field}.{index}", reason=f"{day} is not in {year}", expected=f"a day of {year}"
                )
            elif weekend and is_weekday(day):
                yield FieldFault(
                    field=f"{field}.{index}", reason=f"{day} is a {day:%A}", expected="a Saturday or Sunday"
                )
            elif weekend and day in days_off:
                yield FieldFault(
                    field=f"{field}.{index}", reason=f"{day} is a day off too", expected="either off or worked"
                )
            elif day in days[:index]:
                yield FieldFault(field=f"{field}.{index}", reason=f"{day} stands twice", expected="each day once")
