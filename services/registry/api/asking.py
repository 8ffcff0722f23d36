"""What every question to the registry has: the day it is about, the instant as of which it was known, and its page."""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from services.registry.domain import Viewpoint
from shared.clock import county_date
from shared.errors import invalid
from shared.pages import PageRequest, bad_cursor
from shared.runtime import runtime_of


async def _known_at(
    request: Request,
    known_at: Annotated[
        str | None,
        Query(
            description="The instant as of which to answer what was known, with offset; now if left out.",
            examples=["2026-01-15T10:00:00+08:00"],
            json_schema_extra={"format": "date-time"},
        ),
    ] = None,
) -> datetime | None:
    return None if known_at is None else parse_known_at(known_at, runtime_of(request).clock())


KnownAt = Annotated[datetime | None, Depends(_known_at)]
"""The instant as of which the answer was known; None: now."""


async def _viewpoint(
    request: Request,
    known_at: KnownAt,
    as_of: Annotated[
        str | None,
        Query(
            description="The day as of which to answer, YYYY-MM-DD; the county's today if left out.",
            examples=["2009-07-06"],
            json_schema_extra={"format": "date"},
        ),
    ] = None,
) -> Viewpoint:
    day = county_date(runtime_of(request).clock()) if as_of is None else parse_day(as_of)
    return Viewpoint(day, known_at)


AsOf = Annotated[Viewpoint, Depends(_viewpoint)]
"""The day asked about, and the instant as of which it was known."""


_AS_SPACE = re.compile(r" (\d\d:?\d\d)$")
"""An offset whose `+` was sent as it is, which a query reads as a space."""


def parse_known_at(text: str, now: datetime) -> datetime:
    """Return the instant; refuse what is none, has no offset, or has not come yet, naming the field `known_at`."""
    try:
        stated = datetime.fromisoformat(_AS_SPACE.sub(r"+\1", text))
        instant = stated.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _no_instant(f"{text!r} is no instant") from error
    if stated.tzinfo is None:
        raise _no_instant(f"{text!r} has no offset from UTC")
    if instant > now:
        raise invalid(
            "known_at",
            f"{instant.isoformat()} is in the future; what will be known then is not known",
            f"at most {now.isoformat()}",
        )
    return instant


def _no_instant(reason: str) -> Exception:
    return invalid("known_at", reason, "an instant with its offset, e.g. 2026-01-15T10:00:00+08:00 (+ written %2B)")


def parse_day(text: str) -> date:
    """Return the day written as YYYY-MM-DD; refuse anything else, naming the field `as_of`."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _no_day(text) from error
    if day.isoformat() != text:
        raise _no_day(text)
    return day


def _no_day(text: str) -> Exception:
    return invalid("as_of", f"{text!r} is not a calendar day", "a day as YYYY-MM-DD, e.g. 2009-07-06")


def position_after(page: PageRequest) -> int:
    """Return the position after which the page begins; all lists here are in the order of entry."""
    (position,) = page.after_or(0)
    if not isinstance(position, int) or not 0 <= position < 2**63:
        raise bad_cursor()
    return position
