"""Openings and the registry's copies: one function per query of `queries.sql`."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path

from services.tasks.reports.definitions import Holding, NextOpening, PeriodDecision
from shared.contracts import registry
from shared.postgres import Connection, load_queries
from shared.workdays import Workdays, YearCalendar

Q = load_queries(Path(__file__).with_name("queries.sql"))


async def due_openings(conn: Connection, now: datetime, tried: Collection[str], limit: int) -> list[NextOpening]:
    """Return definitions whose next period is to be opened, longest waiting first, locked; busy ones are left out."""
    return [NextOpening(**row) for row in await conn.fetch(Q["due_openings"], now, list(tried), limit)]


async def find_period(conn: Connection, definition: str, period: str) -> PeriodDecision | None:
    """Return what was decided about a period, and whether it was opened."""
    row = await conn.fetchrow(Q["find_period"], definition, period)
    return None if row is None else PeriodDecision(**row)


async def periods_of(conn: Connection, definition: str) -> list[PeriodDecision]:
    """Return what was decided and opened, of a definition."""
    return [PeriodDecision(**row) for row in await conn.fetch(Q["periods_of"], definition)]


async def decide_period(conn: Connection, decided: PeriodDecision) -> None:
    """Keep what the office decided about a period."""
    await conn.execute(
        Q["decide_period"],
        decided.definition,
        decided.period,
        decided.due_at,
        decided.exempt,
        decided.reason,
        decided.decided_at,
        decided.decided_by,
    )


async def note_opening(
    conn: Connection, definition: str, period: str, opened_at: datetime, due_at: datetime | None
) -> None:
    """Note that a period was opened, or held against the registry again."""
    revision = await conn.fetchval(Q["registry_revision"])
    await conn.execute(Q["note_opening"], definition, period, opened_at, due_at, revision)


async def lock_periods_to_recheck(conn: Connection, now: datetime, limit: int) -> list[PeriodDecision]:
    """Return opened periods that were last held against an older state of the registry, locked."""
    return [PeriodDecision(**row) for row in await conn.fetch(Q["periods_to_recheck"], now, limit)]


async def raise_revision(conn: Connection) -> None:
    """Note that something was learnt from the registry."""
    await conn.execute(Q["raise_revision"])


async def learn_span(conn: Connection, unit: registry.UnitRegistered | registry.UnitChanged, version: int) -> None:
    """Learn a unit's kind from a day on."""
    await conn.execute(Q["learn_span"], unit.unit, unit.valid_from, unit.kind, unit.valid_to, version)


async def learn_end(conn: Connection, unit: str, ended_on: date, version: int) -> None:
    """Learn from which day a unit is no more."""
    await conn.execute(Q["learn_end"], unit, ended_on, version)


async def learn_duty(conn: Connection, unit: str, duty: registry.DutyAssigned, version: int) -> None:
    """Learn a duty as it rests with a unit, itself or by a post of it."""
    clauses = [{"kind": each.kind, "objects": list(each.objects)} for each in duty.clauses]
    await conn.execute(Q["learn_duty"], unit, duty.duty, duty.valid_from, clauses, duty.valid_to, version)


async def learn_revocation(conn: Connection, unit: str, duty: registry.DutyRevoked, version: int) -> None:
    """Learn that a duty no longer rests with a unit."""
    await conn.execute(Q["learn_revocation"], unit, duty.duty, duty.valid_from, duty.revoked_on, version)


async def learn_membership(conn: Connection, member: registry.MembershipChanged, version: int) -> None:
    """Learn a role in a body."""
    await conn.execute(
        Q["learn_membership"],
        member.membership_id,
        member.body,
        member.role,
        member.holder_unit,
        member.valid_from,
        member.valid_to,
        version,
    )


async def learn_calendar(conn: Connection, calendar: registry.CalendarChanged, version: int) -> None:
    """Learn a year's working days as the office set them."""
    days_off, working_days = list(calendar.days_off), list(calendar.working_days)
    await conn.execute(Q["learn_calendar"], calendar.year, days_off, working_days, version)


async def workdays(conn: Connection) -> Workdays:
    """Return the county's working days, as far as they are known."""
    rows = await conn.fetch(Q["calendars"])
    return Workdays(
        {row["year"]: YearCalendar(frozenset(row["days_off"]), frozenset(row["working_days"])) for row in rows}
    )


async def units_of_kinds(conn: Connection, kinds: Sequence[str], day: date) -> list[str]:
    """Return the units of some kinds on a day."""
    return [row["unit"] for row in await conn.fetch(Q["units_of_kinds"], list(kinds), day)]


async def ended_units(conn: Connection, units: Collection[str], day: date) -> set[str]:
    """Return which of these units are no more on a day."""
    return {row["unit"] for row in await conn.fetch(Q["ended_units"], list(units), day)}


async def duties_on(conn: Connection, day: date) -> list[Holding]:
    """Return where duties rest on a day."""
    return [
        Holding(row["unit"], tuple((each["kind"], tuple(each["objects"])) for each in row["clauses"]))
        for row in await conn.fetch(Q["duties_on"], day)
    ]


async def members_on(conn: Connection, bodies: Sequence[str], day: date) -> list[str]:
    """Return the units with a role in some bodies on a day."""
    return [row["holder_unit"] for row in await conn.fetch(Q["members_on"], list(bodies), day)]
