"""Corrections of what the registry knew of a unit's days: both what was known and what is known now are kept."""

from collections.abc import Sequence
from dataclasses import replace

from services.registry import domain, keeping, store
from services.registry import operations as units
from services.registry.changes import store as changes
from services.registry.changes.domain import uncovered
from services.registry.changes.operations import changing
from services.registry.domain import Days, Unit
from services.registry.errors import DanglingError, UnitNotFoundError
from services.registry.organisation import store as hanging
from services.registry.organisation.schemas import CorrectUnit
from shared.auth import Role
from shared.commands import Act
from shared.errors import invalid
from shared.postgres import Connection


async def correct(conn: Connection, act: Act, code: str, body: CorrectUnit) -> Unit:
    """Correct a unit on some days; days before its first or after its last are entered as the nearest known ones."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "correct-unit", correction=True, document=body.document, reason=body.reason):
        known = await changes.unit_timeline(conn, code)
        if not known:
            raise UnitNotFoundError(f"there is no unit {code}")
        act.expect(known[0].version)
        days = body.days
        if body.never:
            return await _withdraw(conn, act, known, days)
        for unit in _corrected(known, days, body):
            for other in await store.units_overlapping(conn, unit):
                if other.code != code:
                    raise units.unit_overlap(unit, other)
            known = [domain.with_version(unit, await keeping.amend_unit(conn, act, unit))]
        return known[-1]


async def _withdraw(conn: Connection, act: Act, known: Sequence[Unit], days: Days) -> Unit:
    if not any(unit.days.overlaps(days) for unit in known):
        raise invalid("valid_from", f"the unit is not known {days} anyway", "days on which it is in the registry")
    nearest = known[-1]
    held = await hanging.open_on_unit(conn, nearest.code, days.first, days.end)
    if held:
        raise DanglingError(f"{nearest.code} holds {', '.join(map(str, held))} {days}", ["correct these first"])
    left = await keeping.cut_unit(conn, nearest.code, days)
    version = await keeping.tell_cut(conn, act, nearest.code, left, days)
    return domain.with_version(left[-1] if left else nearest, version)


def _corrected(known: Sequence[Unit], days: Days, body: CorrectUnit) -> list[Unit]:
    """Return the unit on the corrected days, row by row, and on days on which nothing was known."""
    rows = [unit.on(common) for unit in known if (common := unit.days.common(days)) is not None]
    gaps = [_nearest(known, gap).on(gap) for gap in uncovered(days, [unit.days for unit in known])]
    return [replace(unit, **body.content) for unit in sorted((*rows, *gaps), key=lambda unit: unit.valid_from)]


def _nearest(known: Sequence[Unit], gap: Days) -> Unit:
    after = [unit for unit in known if gap.end is not None and unit.valid_from >= gap.end]
    return after[0] if after else [unit for unit in known if unit.valid_from < gap.first][-1]
