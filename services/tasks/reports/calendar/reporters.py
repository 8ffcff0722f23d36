"""Who must report as of a period: what the registry said of its last day, as far as it was heard."""

from datetime import date

from services.tasks.reports.calendar import store
from services.tasks.reports.definitions import ReportDefinition, Reporters, TableUnits
from services.tasks.reports.periods import first_day, last_day
from shared.postgres import Connection


async def reporters_of(conn: Connection, definition: ReportDefinition, period: str) -> list[str]:
    """Return the units that must report for a period, by code; none if the definition names nobody."""
    if definition.reporters is None:
        return []
    return await reporters_on(conn, definition.reporters, last_day(definition.period_kind, period))


async def reporters_on(conn: Connection, reporters: Reporters, day: date) -> list[str]:
    """Return the units that these rules name on a day: kinds, duties, memberships and the list, each as of then."""
    named = set(reporters.units)
    if reporters.unit_kinds:
        named |= set(await store.units_of_kinds(conn, reporters.unit_kinds, day))
    if reporters.duty_kinds:
        duties = await store.duties_on(conn, day)
        named |= {each.unit for each in duties if each.fits(reporters.duty_kinds, reporters.duty_objects)}
    if reporters.bodies:
        named |= set(await store.members_on(conn, reporters.bodies, day))
    named -= set(reporters.except_units)
    return sorted(named - await store.ended_units(conn, named, day))


async def table_units(conn: Connection, definition: ReportDefinition, period: str) -> TableUnits | None:
    """Return who must and who may stand in the table of a report; None if it is on its own unit.

    Who must is as of the period's last day. Who was named on its first day and is no more, because it was merged,
    divided or retired in the period, may.
    """
    observed = definition.observed
    if observed is None:
        return None
    last, first = last_day(definition.period_kind, period), first_day(definition.period_kind, period)
    must = await _named_on(conn, observed.must, last)
    may = {
        *await _named_on(conn, observed.may, last),
        *await _named_on(conn, observed.must, first),
        *await _named_on(conn, observed.may, first),
    }
    return TableUnits(tuple(must), tuple(sorted(may.difference(must))))


async def _named_on(conn: Connection, named: Reporters | None, day: date) -> list[str]:
    return [] if named is None else await reporters_on(conn, named, day)
