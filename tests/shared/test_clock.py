"""The clock: settable in the embedded stack, the county's days, lateness in calendar days."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from pydantic import TypeAdapter, ValidationError

from shared.clock import Day, Instant, county_date, days_late, end_of_county_day, settable_clock, system_clock
from tests.support.api import make_settings


def _set(path: Path, at: datetime, set_at: datetime) -> None:
    path.write_text(json.dumps({"at": at.isoformat(), "set_at": set_at.isoformat()}))


def test_without_a_setting_it_is_the_machines_time(tmp_path: Path) -> None:
    assert system_clock() <= settable_clock(tmp_path / "clock.json")() <= system_clock()


def test_an_empty_file_is_no_setting(tmp_path: Path) -> None:
    (tmp_path / "clock.json").touch()
    assert system_clock() <= settable_clock(tmp_path / "clock.json")() <= system_clock()


def test_it_runs_on_from_the_instant_that_was_set(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = settable_clock(path)
    with time_machine.travel(datetime(2026, 1, 15, tzinfo=UTC), tick=False) as machine:
        _set(path, datetime(2026, 7, 1, tzinfo=UTC), system_clock() - timedelta(hours=3))
        assert clock() == datetime(2026, 7, 1, 3, tzinfo=UTC)
        machine.shift(timedelta(milliseconds=10))
        assert clock() == datetime(2026, 7, 1, 3, 0, 0, 10_000, tzinfo=UTC)


def test_it_is_set_anew_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    clock = settable_clock(path)
    for year in (2026, 2027):
        _set(path, datetime(year, 1, 1, tzinfo=UTC), system_clock())
        assert clock().year == year


def test_only_the_embedded_environment_has_a_settable_clock(tmp_path: Path) -> None:
    clock, keys = tmp_path / "clock.json", tmp_path / "jwks.json"
    make_settings(environment="embedded", clock_file=clock, jwks_file=keys)
    with pytest.raises(ValidationError, match="XIETIAO_CLOCK_FILE"):
        make_settings(environment="production", clock_file=clock, jwks_file=keys)


def test_the_countys_day_begins_at_sixteen_hours_utc() -> None:
    assert county_date(datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC)) == date(2026, 3, 31)
    assert county_date(datetime(2026, 3, 31, 16, 0, tzinfo=UTC)) == date(2026, 4, 1)
    assert end_of_county_day(date(2026, 3, 31)) == datetime(2026, 3, 31, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("done_at", "late"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), 0),
        (datetime(2026, 3, 31, 15, 59, tzinfo=UTC), 0),
        (datetime(2026, 3, 31, 16, 0, tzinfo=UTC), 1),
        (datetime(2026, 4, 1, 16, 0, tzinfo=UTC), 2),
    ],
)
def test_lateness_is_in_calendar_days_of_the_county(done_at: datetime, late: int) -> None:
    assert days_late(done_at, date(2026, 3, 31)) == late


@pytest.mark.parametrize("day", ["1949-09-30", "2200-01-01", "2026-02-30", "31.3.2026"])
def test_a_day_that_is_a_slip_of_the_pen_is_refused(day: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(day)


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2200-01-01T00:00:00Z", "2026-01-15T09:00:00"]
)
def test_an_instant_without_offset_or_far_away_is_refused(instant: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(instant)


@pytest.mark.parametrize("value", [0, 1.5, True, "2026-01-01T00:00:00", "2026-01-01T00:00:00Z"])
def test_only_a_day_written_out_is_a_day(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Day).validate_python(value)


@pytest.mark.parametrize("value", [1767225600, 1.5, True])
def test_no_number_passes_for_an_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(value)


def test_a_day_and_an_instant_written_out_are_taken() -> None:
    assert TypeAdapter(Day).validate_json('"2026-03-31"') == date(2026, 3, 31)
    assert TypeAdapter(Instant).validate_json('"2026-03-31T08:00:00+08:00"') == datetime(2026, 3, 31, tzinfo=UTC)
