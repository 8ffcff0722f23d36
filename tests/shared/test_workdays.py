"""Working days: the national calendar with shifted days, the office's table, and years that nobody knows."""

from datetime import date

import pytest

from shared.workdays import UnknownYearError, Workdays, YearCalendar

NATIONAL = Workdays()
NEW_YEAR_2027 = YearCalendar(days_off=frozenset({date(2027, 1, 1)}), working_days=frozenset({date(2027, 1, 3)}))
WITH_2027 = Workdays({2027: NEW_YEAR_2027})


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 10, 1), False),  # national day, a Thursday
        (date(2026, 10, 10), True),  # a Saturday worked for it
        (date(2026, 11, 25), True),
        (date(2026, 11, 28), False),
    ],
)
def test_the_national_calendar_knows_holidays_and_shifted_days(day: date, worked: bool) -> None:
    assert NATIONAL.is_workday(day) is worked


def test_five_working_days_skip_the_weekend() -> None:
    assert NATIONAL.after(date(2026, 1, 16), 5) == date(2026, 1, 23)
    assert NATIONAL.before(date(2026, 1, 23), 5) == date(2026, 1, 16)


def test_five_working_days_skip_the_spring_festival_and_count_the_shifted_saturday() -> None:
    # Off from 15 to 23 February 2026; Saturday 14 February is worked.
    assert NATIONAL.after(date(2026, 2, 12), 3) == date(2026, 2, 24)
    assert NATIONAL.between(date(2026, 2, 12), date(2026, 2, 24)) == 3


def test_nothing_lies_between_a_day_and_itself_or_an_earlier_one() -> None:
    assert NATIONAL.between(date(2026, 3, 2), date(2026, 3, 2)) == 0
    assert NATIONAL.between(date(2026, 3, 3), date(2026, 3, 2)) == 0


def test_a_year_that_nobody_published_is_unknown_and_is_said_to_be() -> None:
    assert not NATIONAL.knows(2150)
    with pytest.raises(UnknownYearError, match=r"2150.*PUT /v1/calendar/2150"):
        NATIONAL.after(date(2150, 1, 1), 1)


def test_the_offices_table_stands_for_the_whole_year() -> None:
    assert WITH_2027.knows(2027)
    assert not WITH_2027.is_workday(date(2027, 1, 1))
    assert WITH_2027.is_workday(date(2027, 1, 3))  # a Sunday
    assert WITH_2027.after(date(2026, 12, 31), 2) == date(2027, 1, 4)
