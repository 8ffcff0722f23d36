"""Calendars: functions 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.registry.calendar.domain import CalendarYear
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def set_calendar(conn: Connection, calendar: CalendarYear) -> None:
    """Set a year's calendar."""
    await conn.execute(_SQL["set_calendar"], calendar.year, calendar.days_off, calendar.working_days, calendar.document)


async def list_calendars(
    conn: Connection, years: Sequence[int] | None = None, known_at: datetime | None = None
) -> list[CalendarYear]:
    """Return the calendars that the office set."""
    return [
        CalendarYear(
            year=row["year"],
            days_off=tuple(row["days_off"]),
            working_days=tuple(row["working_days"]),
            document=row["document"],
            version=row["version"],
        )
        for row in await conn.fetch(_SQL["list_calendars"], years, known_at)
    ]
