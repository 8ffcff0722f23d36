"""What reports keep of the registry's events: units, duties, memberships, the calendar; newer ones only, any order."""

from services.tasks.reports.calendar import store
from shared.contracts.envelope import Event
from shared.contracts.registry import (
    CalendarChanged,
    DutyAssigned,
    DutyRevoked,
    MembershipChanged,
    UnitChanged,
    UnitRegistered,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
)
from shared.postgres import Connection


async def on_unit(conn: Connection, event: Event) -> None:
    """Learn a unit's kind; a unit that is stated with an end is no more from then on."""
    unit: UnitRegistered | UnitChanged = event.data
    await store.learn_span(conn, unit, event.aggregateversion)
    await store.raise_revision(conn)


async def on_unit_ended(conn: Connection, event: Event) -> None:
    """Learn that a unit is no more: retired, merged into another, or divided up."""
    match event.data:
        case UnitRetired(unit=unit, retired_on=day):
            await store.learn_end(conn, unit, day, event.aggregateversion)
        case UnitsMerged(unit=unit, effective_on=day):
            await store.learn_end(conn, unit, day, event.aggregateversion)
        case UnitSplit(unit=unit, effective_on=day, continues=False):
            await store.learn_end(conn, unit, day, event.aggregateversion)
    await store.raise_revision(conn)


async def on_duty_assigned(conn: Connection, event: Event) -> None:
    """Learn a duty of a unit; the event's subject is the unit, also where a post of it holds the duty."""
    duty: DutyAssigned = event.data
    await store.learn_duty(conn, event.subject, duty, event.aggregateversion)
    await store.raise_revision(conn)


async def on_duty_revoked(conn: Connection, event: Event) -> None:
    """Learn that a duty no longer rests with a unit."""
    duty: DutyRevoked = event.data
    await store.learn_revocation(conn, event.subject, duty, event.aggregateversion)
    await store.raise_revision(conn)


async def on_membership_changed(conn: Connection, event: Event) -> None:
    """Learn a role in a body."""
    member: MembershipChanged = event.data
    await store.learn_membership(conn, member, event.aggregateversion)
    await store.raise_revision(conn)


async def on_calendar_changed(conn: Connection, event: Event) -> None:
    """Learn a year's working days (节假日与调休) as the office set them."""
    calendar: CalendarChanged = event.data
    await store.learn_calendar(conn, calendar, event.aggregateversion)
    await store.raise_revision(conn)


HANDLERS = {
    UnitRegistered.event_type: on_unit,
    UnitChanged.event_type: on_unit,
    UnitRetired.event_type: on_unit_ended,
    UnitsMerged.event_type: on_unit_ended,
    UnitSplit.event_type: on_unit_ended,
    DutyAssigned.event_type: on_duty_assigned,
    DutyRevoked.event_type: on_duty_revoked,
    MembershipChanged.event_type: on_membership_changed,
    CalendarChanged.event_type: on_calendar_changed,
}
"""Handlers by event type; a type that the rest of the service handles too is handled by both."""
