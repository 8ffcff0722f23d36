"""Lineage, both ways: the units that a unit comes from, and those that came from it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.registry import store as units
from services.registry.domain import Viewpoint
from services.registry.organisation import store
from services.registry.organisation.domain import LineageEvent
from shared.postgres import Connection


async def lineage(conn: Connection, at: Viewpoint, unit: str) -> tuple[tuple[list[str], list[str]], list[LineageEvent]]:
    """Return the units before and after, the nearest first, and the changes on these ways."""
    before, earlier = await _way(conn, at, unit, backward=True)
    after, later = await _way(conn, at, unit, backward=False)
    events = {event.id: event for event in (*earlier, *later)}
    return (before, after), sorted(events.values(), key=lambda event: (event.effective_on, event.recorded_at))


async def names_around(
    conn: Connection, at: Viewpoint, event: LineageEvent
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what units were called on the day before a change, and on its first day."""
    days = (event.effective_on - timedelta(days=1), event.effective_on)
    before, after = [await units.list_units(conn, Viewpoint(day, at.known_at)) for day in days]
    return {unit.code: unit.name for unit in before}, {unit.code: unit.name for unit in after}


async def _way(conn: Connection, at: Viewpoint, unit: str, *, backward: bool) -> tuple[list[str], list[LineageEvent]]:
    found: dict[str, None] = {}
    events: list[LineageEvent] = []
    reached = [unit]
    while reached:
        step = await store.list_lineage(conn, at, reached)
        here = [event for event in step if _end(event, backward=not backward) & set(reached)]
        events += here
        beyond = [code for event in here for code in (event.original if backward else event.resulting)]
        reached = [code for code in dict.fromkeys(beyond) if code != unit and code not in found]
        found |= dict.fromkeys(reached)
    return list(found), events


def _end(event: LineageEvent, *, backward: bool) -> set[str]:
    """Return the units at the end from which one goes: those before when going forward."""
    codes: Sequence[str] = event.original if backward else event.resulting
    return set(codes)
