"""A moment in both times: what had happened by then, and what the log had by then. Pure."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, NamedTuple

from fastapi import Depends, Query
from pydantic import TypeAdapter, ValidationError

from shared.clock import Day, Instant, end_of_county_day
from shared.errors import invalid

_DAY, _INSTANT = TypeAdapter(Day), TypeAdapter(Instant)
_DAY_LENGTH = len("2026-03-31")
END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

MomentText = Annotated[
    str | None, Query(max_length=40, description="An instant with its offset, or a county day (then its end).")
]


class Moment(NamedTuple):
    """As of when by event time, and as the log stood when by record time; both included."""

    as_of: datetime = END_OF_TIME
    known_at: datetime = END_OF_TIME

    @property
    def is_now(self) -> bool:
        """Return whether neither time is limited."""
        return self == Moment()


def read_moment(field: str, text: str | None) -> datetime:
    """Return the instant in a query; a day stands for its last moment in the county, nothing for no limit."""
    if text is None:
        return END_OF_TIME
    try:
        if len(text) <= _DAY_LENGTH:
            day: date = _DAY.validate_python(text)
            return end_of_county_day(day) - timedelta(microseconds=1)
        instant: datetime = _INSTANT.validate_python(text)
    except ValidationError as error:
        reason = error.errors(include_url=False)[0]["msg"]
        raise invalid(field, reason, "e.g. 2026-06-30 or 2026-06-30T17:00:00+08:00") from error
    return instant.astimezone(UTC)


async def moment_of(as_of: MomentText = None, known_at: MomentText = None) -> Moment:
    """Read `as_of` and `known_at`."""
    return Moment(read_moment("as_of", as_of), read_moment("known_at", known_at))


AtMoment = Annotated[Moment, Depends(moment_of)]
"""The moment that a read asks for; now where it names none."""
