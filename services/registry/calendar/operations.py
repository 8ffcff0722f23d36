"""The office sets a year's working days."""

from dataclasses import replace

from services.registry import store as registry
from services.registry import telling
from services.registry.calendar import domain, store
from services.registry.calendar.domain import CalendarYear
from services.registry.calendar.schemas import SetCalendar
from services.registry.changes.operations import changing
from shared.auth import Role
from shared.commands import Act
from shared.errors import InvalidError
from shared.postgres import Connection


async def set_year(conn: Connection, act: Act, year: int, body: SetCalendar) -> CalendarYear:
    """Set a year's calendar, whatever was set before, and say so."""
    act.principal.require(Role.OFFICE)
    wrong = list(domain.faults(year, body.days_off, body.working_days))
    if wrong:
        raise InvalidError(*wrong)
    async with changing(conn, act, "set-calendar", document=body.document):
        act.expect(await registry.lock_aggregate(conn, telling.calendar_aggregate(year)) or 0)
        calendar = CalendarYear(year, tuple(sorted(body.days_off)), tuple(sorted(body.working_days)), body.document)
        await store.set_calendar(conn, calendar)
        version = await telling.tell(
            conn, act, telling.calendar_changed(calendar), telling.calendar_aggregate(year), "calendar"
        )
    return replace(calendar, version=version)
