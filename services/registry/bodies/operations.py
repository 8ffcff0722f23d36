"""Bodies and their members by command."""

from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.registry import assigning, keeping, operations, store
from services.registry.bodies import store as kept
from services.registry.bodies.schemas import AdjustMembers, CorrectMember, EndBody, SetUpBody
from services.registry.changes import store as changes
from services.registry.changes.domain import uncovered
from services.registry.changes.operations import changing
from services.registry.domain import Body, Days, Holder, Membership, Role, Viewpoint
from services.registry.errors import OverlapError, not_on_these_days
from services.registry.schemas import HolderBody
from shared import auth
from shared.commands import Act
from shared.errors import FieldFault, InvalidError, RefusalError, invalid
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A body's members on the day of their adjustment, and its new version."""

    body: str
    version: int
    members: tuple[Membership, ...]


async def set_up(conn: Connection, act: Act, code: str, body: SetUpBody) -> Body:
    """Set up a body, or say what it is from a day on up to its next change that is known already."""
    act.principal.require(auth.Role.OFFICE)
    async with changing(conn, act, "set-up-body", document=body.document):
        known = await changes.body_timeline(conn, code)
        if known:
            act.expect(known[0].version)
        days = _days_from(known, body.effective_on)
        if body.office is not None and not await store.unit_covers(conn, body.office, days.first, days.end):
            raise not_on_these_days("office", body.office, await store.unit_codes(conn))
        await keeping.amend_body(conn, act, body.as_body(code).on(days))
    return (await store.list_bodies(conn, Viewpoint(body.effective_on), code=code))[0]


def _days_from(known: list[Body], day: date) -> Days:
    standing = [each for each in known if each.holds_on(day)]
    later = [each.valid_from for each in known if each.valid_from > day]
    return Days(day, standing[0].valid_to if standing else later[0] if later else None)


async def dissolve(conn: Connection, act: Act, code: str, body: EndBody) -> Body:
    """Dissolve a body: its memberships and obligations end with it."""
    act.principal.require(auth.Role.OFFICE)
    async with changing(conn, act, "dissolve-body", document=body.document):
        await operations.expect_body(conn, act, code)
        known = await changes.body_timeline(conn, code)
        standing = await store.list_bodies(conn, Viewpoint(body.effective_on), code=code)
        if not standing or standing[0].valid_from == body.effective_on:
            said = "; ".join(str(each.days) for each in known)
            raise invalid("effective_on", f"{code} does not exist before and on this day", f"a day after: {said}")
        dissolved = standing[0]
        for role, holder in await kept.seats_since(conn, code, body.effective_on):
            seat = Membership(body=code, role=role, holder=holder, valid_from=body.effective_on)
            await assigning.end_membership(conn, act, seat, Days(body.effective_on))
        owed = await kept.obligation_timeline(conn, code)
        await keeping.clear(conn, "obligation", owed, Days(body.effective_on), store.add_obligation)
        version = await keeping.end_body(conn, act, code, body.effective_on)
    return replace(dissolved.on(Days(dissolved.valid_from, body.effective_on)), version=version)


async def adjust(conn: Connection, act: Act, code: str, body: AdjustMembers) -> Adjusted:
    """Adjust the members: role changes, then ends, then adds; every fault is named, and any refuses all."""
    act.principal.require(auth.Role.OFFICE)
    async with changing(conn, act, "adjust-members", document=body.document):
        await operations.expect_body(conn, act, code)
        refused: list[tuple[str, RefusalError]] = []
        for field, step in _steps(conn, act, code, body):
            try:
                await step
            except RefusalError as refusal:
                refused.append((field, refusal))
        _refuse(refused)
        version = await store.lock_aggregate(conn, code) or 0
    members = await store.list_memberships(conn, Viewpoint(body.effective_on), body=code)
    return Adjusted(code, version, tuple(members))


def _refuse(refused: list[tuple[str, RefusalError]]) -> None:
    """Refuse the whole adjustment, naming each fault; if all of them are overlaps, it is a conflict."""
    if not refused:
        return
    if all(isinstance(refusal, OverlapError) for _, refusal in refused):
        raise OverlapError("; ".join(f"{field}: {refusal.detail}" for field, refusal in refused))
    raise InvalidError(*(fault for field, refusal in refused for fault in _faults(field, refusal)))


def _faults(field: str, refusal: RefusalError) -> list[FieldFault]:
    if isinstance(refusal, InvalidError):
        return [fault.model_copy(update={"field": f"{field}.{fault.field}"}) for fault in refusal.faults]
    return [FieldFault(field=field, reason=refusal.detail, expected="what is not so already")]


def _steps(conn: Connection, act: Act, code: str, body: AdjustMembers) -> Iterator[tuple[str, Awaitable[object]]]:
    for index, changed in enumerate(body.role_changes):
        before = _Seat(code, changed.from_role, changed.holder, body)
        yield f"role_changes.{index}", _change_role(conn, act, before, changed.to_role)
    for index, ended in enumerate(body.ends):
        yield f"ends.{index}", _end(conn, act, _Seat(code, ended.role, ended.holder, body))
    for index, added in enumerate(body.adds):
        yield f"adds.{index}", _add(conn, act, _Seat(code, added.role, added.holder, body, added.source))


@dataclass(frozen=True, slots=True)
class _Seat:
    body: str
    role: Role
    holder: HolderBody
    command: AdjustMembers
    source: str | None = None

    def membership(self, role: Role | None = None) -> Membership:
        return Membership(
            body=self.body,
            role=role or self.role,
            holder=Holder(unit=self.holder.unit, post=self.holder.post),
            document=self.command.document,
            source=self.source,
            valid_from=self.command.effective_on,
        )


async def _add(conn: Connection, act: Act, seat: _Seat) -> None:
    membership = seat.membership()
    await operations.check_membership(conn, membership)
    await assigning.enter_membership(conn, act, membership)


async def _end(conn: Connection, act: Act, seat: _Seat) -> Membership:
    membership = seat.membership()
    known = await changes.membership_timeline(conn, seat.body, seat.role, membership.holder)
    day = seat.command.effective_on
    standing = [each for each in known if each.holds_on(day)]
    if not standing:
        raise invalid("holder", f"{membership.holder.code} is not {seat.role} of {seat.body} on {day}", "who is")
    await assigning.end_membership(conn, act, membership, standing[0].days.since(day) or standing[0].days)
    return standing[0]


async def _change_role(conn: Connection, act: Act, seat: _Seat, role: Role) -> None:
    if role == seat.role:
        raise invalid("to_role", "is the role that the holder has", "another role")
    ended = await _end(conn, act, seat)
    changed = seat.membership(role).on(Days(seat.command.effective_on, ended.valid_to))
    await operations.check_membership(conn, changed)
    await assigning.enter_membership(conn, act, changed)


async def correct(conn: Connection, act: Act, code: str, body: CorrectMember) -> Adjusted:
    """Correct who had a role on some days."""
    act.principal.require(auth.Role.OFFICE)
    async with changing(conn, act, "correct-member", correction=True, document=body.document, reason=body.reason):
        await operations.expect_body(conn, act, code)
        right = body.as_membership(code)
        known = await changes.membership_timeline(conn, code, right.role, right.holder)
        if body.never and not any(each.days.overlaps(body.days) for each in known):
            raise invalid("valid_from", f"{right.holder.code} is not known as {right.role} then", "days on which it is")
        if body.never:
            await assigning.end_membership(conn, act, right, body.days)
        else:
            for gap in uncovered(body.days, [each.days for each in known]):
                await operations.check_membership(conn, right.on(gap))
            await assigning.amend_membership(conn, act, right)
        version = await store.lock_aggregate(conn, code) or 0
    members = await store.list_memberships(conn, Viewpoint(body.valid_from), body=code)
    return Adjusted(code, version, tuple(members))
