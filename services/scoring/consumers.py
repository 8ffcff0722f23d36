"""What scoring hears from the registry: names of units, and who was a member when.

These facts are joined by valid time when scores are computed; the fold never reads them, so it does not matter
whether they arrive before or after the events that are folded.
"""

from services.scoring import store
from shared.contracts.envelope import Event
from shared.contracts.registry import MembershipChanged, UnitChanged, UnitRegistered
from shared.postgres import Connection


async def on_unit_registered(conn: Connection, event: Event) -> None:
    """Copy the unit's name; a unit that was merged or retired keeps the one that it had."""
    unit: UnitRegistered | UnitChanged = event.data
    await store.upsert_unit(conn, unit.unit, unit.name, unit.kind, event.aggregateversion)


async def on_membership_changed(conn: Connection, event: Event) -> None:
    """Copy a role that is held by a unit; roles held by posts are not assessed."""
    held: MembershipChanged = event.data
    if held.holder_unit is None:
        return
    await store.upsert_membership(
        conn,
        held.membership_id,
        held.body,
        held.role,
        held.holder_unit,
        held.valid_from,
        held.valid_to,
        event.aggregateversion,
    )
