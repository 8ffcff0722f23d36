"""The county's calendar over HTTP: the office sets a year, everybody reads it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from fastapi import APIRouter, Path, Response
from pydantic import Field

from services.registry import telling
from services.registry.api.asking import AsOf
from services.registry.calendar import domain, store
from services.registry.calendar.domain import CalendarYear
from services.registry.calendar.operations import set_year
from services.registry.calendar.schemas import SetCalendar
from shared.commands import OfficeEdge, Versioned, answer
from shared.runtime import Caller, ReadConnection
from shared.web import refusals
from shared.workdays import UnknownYearError, Workdays

router = APIRouter(prefix="/v1/calendar", tags=["calendar"])

Year = Annotated[int, Path(ge=1949, le=2199, description="The year.")]


class CalendarView(Versioned):
    """A year's working days: who says so, which weekdays are off, which weekend days are worked."""

    year: int
    source: Literal["office", "national", "unknown"] = Field(
        description="Set by the office; or the national calendar; or nobody has said so yet."
    )
    days_off: list[date]
    working_days: list[date]
    document: str | None

    @classmethod
    def of(cls, calendar: CalendarYear) -> Self:
        """Return the view of what the office set."""
        return cls(
            year=calendar.year,
            source="office",
            days_off=list(calendar.days_off),
            working_days=list(calendar.working_days),
            document=calendar.document,
            version=calendar.version,
        )

    @classmethod
    def national(cls, year: int) -> Self:
        """Return the view of the national calendar, or say that it is not known."""
        try:
            days_off, working_days = _national(year)
        except UnknownYearError:
            return cls(year=year, source="unknown", days_off=[], working_days=[], document=None, version=0)
        return cls(year=year, source="national", days_off=days_off, working_days=working_days, document=None, version=0)


def _national(year: int) -> tuple[list[date], list[date]]:
    known, first = Workdays(), date(year, 1, 1)
    days = [first + timedelta(days=count) for count in range((date(year + 1, 1, 1) - first).days)]
    plain = domain.is_weekday
    return (
        [day for day in days if plain(day) and not known.is_workday(day)],
        [day for day in days if not plain(day) and known.is_workday(day)],
    )


@router.get("/{year}", response_model=CalendarView, responses=refusals())
async def show_calendar(year: Year, at: AsOf, conn: ReadConnection, _caller: Caller) -> Response:
    """Show a year's working days; the ETag is what If-Match takes."""
    found: Sequence[CalendarYear] = await store.list_calendars(conn, [year], at.known_at)
    return answer(CalendarView.of(found[0]) if found else CalendarView.national(year))


@router.put("/{year}", response_model=CalendarView, responses=refusals(403, 412))
async def set_calendar(year: Year, body: SetCalendar, edge: OfficeEdge) -> Response:
    """Set a year's working days (office); it replaces what was set before, and the national calendar."""
    return await edge.run(
        "set-calendar",
        telling.calendar_aggregate(year),
        lambda conn, act: set_year(conn, act, year, body),
        view=CalendarView.of,
        body=body,
    )
