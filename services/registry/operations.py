"""What changes the registry, each by one command: who may, and what is refused.

Each takes a connection inside a transaction, begins a change and never commits. `keeping` and `assigning` write the
facts with their events.
"""

from services.registry import assigning, domain, keeping, store
from services.registry.changes.operations import changing
from services.registry.domain import Membership, Unit
from services.registry.errors import BodyNotFoundError, OverlapError, not_on_these_days
from services.registry.schemas import AddMember, RegisterUnit
from shared.auth import Role
from shared.commands import Act
from shared.errors import invalid
from shared.postgres import Connection


async def register_unit(conn: Connection, act: Act, body: RegisterUnit) -> Unit:
    """Register a unit; refuse a code or name that another unit has on some of the same days."""
    act.principal.require(Role.OFFICE)
    unit = body.as_unit()
    async with changing(conn, act, "register-unit", document=body.document):
        await expect_parent(conn, unit, "parent")
        await refuse_taken_names(conn, unit)
        return domain.with_version(unit, await keeping.enter_unit(conn, act, unit))


async def expect_parent(conn: Connection, unit: Unit, field: str) -> None:
    """Refuse a parent that is not there on all of the unit's days, or is the unit itself."""
    parent = unit.parent
    if parent is not None and not await store.unit_covers(conn, parent, unit.valid_from, unit.valid_to):
        raise not_on_these_days(field, parent, await store.unit_codes(conn))


async def refuse_taken_names(conn: Connection, unit: Unit) -> None:
    """Refuse a code, name or credit code that another unit has on some of the same days, naming it."""
    for other in await store.units_overlapping(conn, unit):
        raise unit_overlap(unit, other)


async def add_member(conn: Connection, act: Act, code: str, body: AddMember) -> tuple[Membership, int]:
    """Give a unit or a post a role in a body by a document; return it with the body's new version."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "add-member", document=body.document):
        await expect_body(conn, act, code)
        membership = body.as_membership(code)
        await check_membership(conn, membership)
        return await assigning.enter_membership(conn, act, membership)


async def expect_body(conn: Connection, act: Act, code: str) -> None:
    """Lock a body; refuse one that is not there, or has another version than the caller has seen."""
    current = await store.lock_aggregate(conn, code)
    if current is None or await store.body_first_day(conn, code) is None:
        raise BodyNotFoundError(f"there is no body {code}")
    act.expect(current)


async def check_membership(conn: Connection, membership: Membership) -> None:
    """Refuse days on which body or holder does not exist, or on which the holder has the role already."""
    await _check_days(conn, membership)
    other = await store.membership_overlapping(conn, membership)
    if other is not None:
        raise _membership_overlap(other)


async def _check_days(conn: Connection, membership: Membership) -> None:
    """Refuse days on which the body or the holder does not exist, naming the field."""
    days = (membership.valid_from, membership.valid_to)
    holder = membership.holder
    if not await store.body_covers(conn, membership.body, *days):
        first = await store.body_first_day(conn, membership.body)
        raise invalid("valid_from", f"{membership.body} does not exist on all of these days", f"{first} or later")
    if holder.unit is not None and not await store.unit_covers(conn, holder.unit, *days):
        raise not_on_these_days("holder.unit", holder.unit, await store.unit_codes(conn))
    if holder.post is not None and not await store.post_covers(conn, holder.post, *days):
        raise not_on_these_days("holder.post", holder.post, await store.post_codes(conn))


def unit_overlap(unit: Unit, other: Unit) -> OverlapError:
    """Return the refusal of a unit that another contradicts, naming that one."""
    known = f"{other.code} {other.name}, {domain.days(other.valid_from, other.valid_to)}"
    if other.code == unit.code:
        return OverlapError(f"code {unit.code} is taken on some of these days: {known}", _other_days(other))
    shared_names = "、".join(name for name in unit.spoken_names if domain.compared(name) in other.compared_names)
    if not shared_names:
        credit = f"unified social credit code {unit.social_credit_code}"
        return OverlapError(f"{credit} is another unit's: {known}", ["another code", *_other_days(other)])
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
