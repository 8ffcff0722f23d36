"""What every question to the registry has: the day as of which it is asked, and its page."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from shared.clock import county_date
from shared.errors import invalid
from shared.pages import PageRequest
from shared.runtime import runtime_of


async def _day(
    request: Request,
    as_of: Annotated[
        str | None,
        Query(
            description="The day as of which to answer, YYYY-MM-DD; the county's today if left out.",
            examples=["2009-07-06"],
            json_schema_extra={"format": "date"},
        ),
    ] = None,
) -> date:
    return county_date(runtime_of(request).clock()) if as_of is None else parse_day(as_of)


AsOf = Annotated[date, Depends(_day)]
"""The day asked about."""


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
        raise invalid("cursor", "not a cursor of this list", "the value of `next` of the page before, unchanged")
    return position
