"""What changes the registry. Operations check who may; `enter_…` write one fact with its event, for the seed as well.

Each takes a connection inside a transaction and never commits. A unit's events tell of its duties too, a body's of
its memberships.
"""

from collections.abc import Collection

import asyncpg

from services.registry import domain, store
from services.registry.domain import Body, Document, Duty, Membership, Unit
from services.registry.errors import BodyNotFoundError, OverlapError
from services.registry.schemas import AddMember, RegisterUnit
from shared import outbox
from shared.auth import Role
from shared.commands import Act
from shared.contracts import registry as events
from shared.errors import InvalidError, invalid, unknown_code
from shared.postgres import Connection


async def register_unit(conn: Connection, act: Act, body: RegisterUnit) -> Unit:
    """Register a unit; refuse a code or name that another unit has on some of the same days."""
    act.principal.require(Role.OFFICE)
    unit = body.as_unit()
    for other in await store.units_overlapping(conn, unit):
        raise _unit_overlap(unit, other)
    try:
        version = await enter_unit(conn, act, unit)
    except asyncpg.ExclusionViolationError as race:
        raise OverlapError(f"another request has just registered this code or name: {race.detail}") from race
    return domain.with_version(unit, version)


async def add_member(conn: Connection, act: Act, code: str, body: AddMember) -> tuple[Membership, int]:
    """Give a unit or a post a role in a body by a document; return it with the body's new version."""
    act.principal.require(Role.OFFICE)
    current = await store.lock_aggregate(conn, code)
    if current is None or await store.body_first_day(conn, code) is None:
        raise BodyNotFoundError(f"there is no body {code}")
    act.expect(current)
    membership = body.as_membership(code)
    await _check_days(conn, membership)
    other = await store.membership_overlapping(conn, membership)
    if other is not None:
        raise _membership_overlap(other)
    return await enter_membership(conn, act, membership)


async def enter_document(conn: Connection, act: Act, document: Document) -> None:
    """Enter a document and say so."""
    version = await store.next_version(conn, document.number, "document")
    await store.add_document(conn, document)
    payload = events.DocumentRecorded(
        number=document.number,
        title=document.title,
        issuer=document.issuer,
        written_on=document.written_on,
        printed_on=document.printed_on,
    )
    await outbox.append(conn, act.event(payload, subject=document.number, version=version))


async def enter_unit(conn: Connection, act: Act, unit: Unit) -> int:
    """Enter a unit with all its names and say so; return its version."""
    version = await store.next_version(conn, unit.code, "unit")
    await store.add_unit(conn, unit)
    await store.add_spoken_names(conn, unit)
    payload = events.UnitRegistered(
        unit=unit.code,
        name=unit.name,
        short_name=unit.short_name,
        aliases=unit.aliases,
        kind=unit.kind,
        valid_from=unit.valid_from,
        valid_to=unit.valid_to,
    )
    await outbox.append(conn, act.event(payload, subject=unit.code, version=version))
    return version


async def enter_body(conn: Connection, act: Act, body: Body) -> None:
    """Enter a body and say so."""
    version = await store.next_version(conn, body.code, "body")
    await store.add_body(conn, body)
    payload = events.BodyChanged(
        body=body.code,
        name=body.name,
        office_unit=None if body.office_unit is None else body.office_unit.code,
        valid_from=body.valid_from,
    )
    await outbox.append(conn, act.event(payload, subject=body.code, version=version))


async def enter_membership(conn: Connection, act: Act, membership: Membership) -> tuple[Membership, int]:
    """Enter a membership and say so; return it as it is read, with the body's version."""
    version = await store.next_version(conn, membership.body, "body")
    membership_id = await store.add_membership(conn, membership)
    payload = events.MembershipChanged(
        membership_id=membership_id,
        body=membership.body,
        role=membership.role,
        holder_unit=membership.holder.unit,
        holder_post=membership.holder.post,
        valid_from=membership.valid_from,
        valid_to=membership.valid_to,
        document=membership.document,
    )
    await outbox.append(conn, act.event(payload, subject=membership.body, version=version))
    entered = await store.membership_overlapping(conn, membership)
    return entered or membership, version


async def enter_duty(conn: Connection, act: Act, duty: Duty) -> None:
    """Enter a duty with its clauses and say so, among the events of the unit that holds it."""
    aggregate = await _unit_of(conn, duty)
    version = await store.next_version(conn, aggregate, "unit")
    duty_id = await store.add_duty(conn, duty)
    for number, clause in enumerate(duty.clauses, start=1):
        await store.add_clause(conn, duty_id, number, clause)
    payload = events.DutyAssigned(
        duty=duty.code,
        unit=duty.holder.unit,
        post=duty.holder.post,
        clauses=tuple(
            events.DutyClause(
                kind=clause.kind,
                objects=tuple(sector.code for sector in clause.objects),
                partners=tuple(partner.code for partner in clause.partners),
            )
            for clause in duty.clauses
        ),
        valid_from=duty.valid_from,
        valid_to=duty.valid_to,
        document=duty.document,
    )
    await outbox.append(conn, act.event(payload, subject=aggregate, version=version))


async def _unit_of(conn: Connection, duty: Duty) -> str:
    """Return the unit whose events tell of a duty: the holder, or the unit of the post that holds it."""
    if duty.holder.unit is not None:
        return duty.holder.unit
    posts = await store.list_posts(conn, duty.valid_from, code=duty.holder.post)
    if not posts:
        raise _not_on_these_days("holder.post", duty.holder.code, await store.post_codes(conn))
    return posts[0].unit.code


async def _check_days(conn: Connection, membership: Membership) -> None:
    """Refuse days on which the body or the holder does not exist, naming the field."""
    days = (membership.valid_from, membership.valid_to)
    holder = membership.holder
    if not await store.body_covers(conn, membership.body, *days):
        first = await store.body_first_day(conn, membership.body)
        raise invalid("valid_from", f"{membership.body} does not exist on all of these days", f"{first} or later")
    if holder.unit is not None and not await store.unit_covers(conn, holder.unit, *days):
        raise _not_on_these_days("holder.unit", holder.unit, await store.unit_codes(conn))
    if holder.post is not None and not await store.post_covers(conn, holder.post, *days):
        raise _not_on_these_days("holder.post", holder.post, await store.post_codes(conn))


def _not_on_these_days(field: str, code: str, known: Collection[str]) -> InvalidError:
    if code not in known:
        return InvalidError(unknown_code(field, code, known))
    return invalid(field, f"{code} is not valid on all of these days", "days on which it is in the registry")


def _unit_overlap(unit: Unit, other: Unit) -> OverlapError:
    known = f"{other.code} {other.name}, {domain.days(other.valid_from, other.valid_to)}"
    if other.code == unit.code:
        return OverlapError(f"code {unit.code} is taken on some of these days: {known}", _other_days(other))
    shared_names = "、".join(name for name in unit.spoken_names if domain.compared(name) in other.compared_names)
    return OverlapError(f"{shared_names} already means another unit: {known}", ["other names", *_other_days(other)])


def _membership_overlap(other: Membership) -> OverlapError:
    by = f" by {other.document}" if other.document else ""
    return OverlapError(
        f"{other.holder.name} ({other.holder.code}) already is {other.role} of {other.body} "
        f"{domain.days(other.valid_from, other.valid_to)}{by}",
        ["another holder or role", *_other_days(other)],
    )


def _other_days(other: domain.Fact) -> list[str]:
    before = f"days before {other.valid_from}"
    return [before] if other.valid_to is None else [before, f"days from {other.valid_to} on"]
