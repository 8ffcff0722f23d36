"""The service's clock: event time comes from here, never from `datetime.now()` in a rule.

Instants are UTC; the county's days are those of Asia/Shanghai.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BeforeValidator, Field

COUNTY_ZONE = ZoneInfo("Asia/Shanghai")


_SECONDS = re.compile(r"\s*[-+]?[0-9]+(?:\.[0-9]*)?\s*")


def _written_out(value: object) -> object:
    """Let no number of seconds and no instant pass for a day or an instant: what is meant must be written out."""
    if isinstance(value, int | float) or (isinstance(value, str) and _SECONDS.fullmatch(value)):
        raise ValueError("a number is no date; write it out, e.g. 2026-03-31")
    return value


def _a_day(value: object) -> object:
    if isinstance(value, str) and len(value) > len("2026-03-31"):
        raise ValueError("more than a day; write e.g. 2026-03-31")
    return _written_out(value)


Day = Annotated[date, BeforeValidator(_a_day), Field(ge=date(1949, 10, 1), le=date(2199, 12, 31))]
"""A calendar day that a caller may name; beyond these years it is a slip of the pen."""

Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    Field(ge=datetime(1949, 10, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
]
"""An instant that a caller may name, with its offset from UTC."""

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC."""


def system_clock() -> datetime:
    """Return the machine's time."""
    return datetime.now(UTC)


def settable_clock(path: Path) -> Clock:
    """Return a clock that runs on from the instant set in `path`; an absent or empty file means the machine's time.

    The file holds JSON: `at`, the instant that was set, and `set_at`, the machine's time when it was set.
    """

    def now() -> datetime:
        text = path.read_text() if path.exists() else ""
        if not text:
            return system_clock()
        setting = json.loads(text)
        return datetime.fromisoformat(setting["at"]) + (system_clock() - datetime.fromisoformat(setting["set_at"]))

    return now


def county_date(instant: datetime) -> date:
    """Return the county's calendar day of an instant."""
    return instant.astimezone(COUNTY_ZONE).date()


def end_of_county_day(day: date) -> datetime:
    """Return the instant at which a due date ends: 24:00 in the county, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), COUNTY_ZONE).astimezone(UTC)


def days_late(done_at: datetime, due_on: date) -> int:
    """Return by how many calendar days `done_at` missed the day `due_on`; never negative."""
    return max(0, (county_date(done_at) - due_on).days)
