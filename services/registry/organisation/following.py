"""How what hangs on a unit follows when the unit changes: to another unit, or it ends.

Each handler takes a day from which the rule holds. What hung on the unit before that day is left as it was.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.registry import assigning, keeping
from services.registry.changes import store as changes
from services.registry.changes.domain import uncovered
from services.registry.domain import Clause, Days, Duty, Holder, Named
from services.registry.organisation import store
from services.registry.organisation.domain import Effect, Open, OpenKind
from services.registry.registers import store as registers
from services.registry.registers.operations import continue_entry
from shared.commands import Act
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Leaving:
    """A unit that is left, from which day, by which document; `names` are those of all units on that day."""

    conn: Connection
    act: Act
    unit: str
    day: date
    document: str
    names: Mapping[str, str]
    called: Mapping[OpenKind, Mapping[str, str]] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)

    def name(self, code: str) -> str:
        """Return what a unit is called on that day."""
        return self.names.get(code, code)

    def says(self, what: Open) -> str:
        """Return what something is, in words."""
        name = self.called.get(what.kind, {}).get(what.key, what.key)
        part = what.part and _ROLES.get(what.part, what.part)
        return f"{_WORDS[what.kind]}“{name}”" + (f"（{part}）" if part else "")


async def follow(leaving: Leaving, what: Open, to: str | None) -> None:
    """Let something go to another unit, or end, and note it."""
    await _HANDLERS[what.kind](leaving, what, to)
    outcome = f"由{leaving.name(leaving.unit)}转至{leaving.name(to)}" if to else "终止"
    leaving.effects.append(
        Effect(what.kind, what.key, what.part, "goes" if to else "ends", to, f"{leaving.says(what)}{outcome}")
    )


def stay(leaving: Leaving, what: Open) -> None:
    """Note that something stays with the unit."""
    remark = f"{leaving.says(what)}仍归{leaving.name(leaving.unit)}"
    leaving.effects.append(Effect(what.kind, what.key, what.part, "stays", leaving.unit, remark))


async def _duty(leaving: Leaving, what: Open, to: str | None) -> None:
    for duty in await changes.duty_timeline(leaving.conn, what.key):
        days = duty.days.since(leaving.day)
        if days is None or duty.holder.unit != leaving.unit:
            continue
        if to is None:
            await assigning.end_duty(leaving.conn, leaving.act, duty.code, days, document=leaving.document)
        else:
            await assigning.amend_duty(
                leaving.conn, leaving.act, _rests_with(duty, to).on(days), document=leaving.document
            )


def _rests_with(duty: Duty, unit: str) -> Duty:
    """Return the duty with another holder, who needs no partner in itself."""
    held = replace(duty, holder=Holder(unit=unit), aggregate="")
    return replace(held, clauses=tuple(_partners(clause, unit, None) for clause in duty.clauses))


def _partners(clause: Clause, old: str, new: str | None) -> Clause:
    """Return the clause with a partner replaced or left out, each named once."""
    codes = [new if partner.code == old else partner.code for partner in clause.partners]
    return replace(clause, partners=tuple(Named(code) for code in dict.fromkeys(codes) if code is not None))


async def _partner(leaving: Leaving, what: Open, to: str | None) -> None:
    for duty in await changes.duty_timeline(leaving.conn, what.key):
        days = duty.days.since(leaving.day)
        if days is None or all(partner.code != leaving.unit for clause in duty.clauses for partner in clause.partners):
            continue
        new = None if to == duty.holder.unit else to
        clauses = tuple(_partners(clause, leaving.unit, new) for clause in duty.clauses)
        await assigning.amend_duty(
            leaving.conn, leaving.act, replace(duty, clauses=clauses).on(days), document=leaving.document
        )


async def _membership(leaving: Leaving, what: Open, to: str | None) -> None:
    body, role = what.key, what.part or ""
    held = await changes.membership_timeline(leaving.conn, body, role, Holder(unit=leaving.unit))
    for seat in held:
        days = seat.days.since(leaving.day)
        if days is None:
            continue
        await assigning.end_membership(leaving.conn, leaving.act, seat, days)
        if to is not None:
            taken = replace(seat, holder=Holder(unit=to), document=leaving.document)
            others = await changes.membership_timeline(leaving.conn, body, role, taken.holder)
            for part in uncovered(days, [other.days for other in others]):
                await assigning.enter_membership(leaving.conn, leaving.act, taken.on(part))


async def _post(leaving: Leaving, what: Open, to: str | None) -> None:
    for post in await changes.post_timeline(leaving.conn, what.key):
        days = post.days.since(leaving.day)
        if days is None or post.unit.code != leaving.unit:
            continue
        if to is None:
            await end_post(leaving, post.code, days.first)
            return
        moved = replace(post, unit=Named(to)).on(days)
        await keeping.amend_post(leaving.conn, leaving.act, moved, document=leaving.document)


async def end_post(leaving: Leaving, post: str, day: date) -> None:
    """End a post with all that hangs on it."""
    for what in await store.open_on_post(leaving.conn, post, day):
        await _END_ON_POST[what.kind](leaving, what, post, Days(day))
        leaving.effects.append(
            Effect(
                what.kind,
                what.key,
                what.part,
                "ends",
                None,
                f"{leaving.says(what)}随职务“{leaving.called.get('post', {}).get(post, post)}”终止",
            )
        )
    await keeping.end_post(leaving.conn, leaving.act, post, day, document=leaving.document)


async def _end_duty_of_post(leaving: Leaving, what: Open, _post: str, days: Days) -> None:
    await assigning.end_duty(leaving.conn, leaving.act, what.key, days, document=leaving.document)


async def _end_membership_of_post(leaving: Leaving, what: Open, post: str, days: Days) -> None:
    for seat in await changes.membership_timeline(leaving.conn, what.key, what.part or "", Holder(post=post)):
        await assigning.end_membership(leaving.conn, leaving.act, seat, days)


async def _end_portfolio_of_post(leaving: Leaving, what: Open, post: str, days: Days) -> None:
    await assigning.end_portfolio(leaving.conn, leaving.act, post, what.part, days)


async def _end_incumbency(leaving: Leaving, _what: Open, post: str, days: Days) -> None:
    await assigning.end_incumbency(leaving.conn, leaving.act, post, days)


async def _portfolio(leaving: Leaving, what: Open, to: str | None) -> None:
    for portfolio in await changes.portfolio_timeline(leaving.conn, what.key, scope=what.part):
        days = portfolio.days.since(leaving.day)
        if days is None or all(unit.code != leaving.unit for unit in portfolio.units):
            continue
        codes = [to if unit.code == leaving.unit else unit.code for unit in portfolio.units]
        units = tuple(Named(code) for code in dict.fromkeys(codes) if code is not None)
        changed = replace(portfolio, units=units, document=leaving.document).on(days)
        await assigning.amend_portfolio(leaving.conn, leaving.act, changed)


async def _office(leaving: Leaving, what: Open, to: str | None) -> None:
    for body in await changes.body_timeline(leaving.conn, what.key):
        days = body.days.since(leaving.day)
        if days is not None and body.office_unit == Named(leaving.unit):
            changed = replace(body, office_unit=None if to is None else Named(to)).on(days)
            await keeping.amend_body(leaving.conn, leaving.act, changed)


async def _child(leaving: Leaving, what: Open, to: str | None) -> None:
    for unit in await changes.unit_timeline(leaving.conn, what.key):
        days = unit.days.since(leaving.day)
        if days is not None and unit.parent == leaving.unit:
            moved = replace(unit, parent=None if to == unit.code else to).on(days)
            await keeping.amend_unit(leaving.conn, leaving.act, moved, change="moved", document=leaving.document)


async def _register(leaving: Leaving, what: Open, to: str | None) -> None:
    for entry in await registers.entry_days(leaving.conn, what.key):
        days = entry.days.since(leaving.day)
        if days is not None and entry.unit == Named(leaving.unit):
            changed = replace(entry, unit=None if to is None else Named(to)).on(days)
            await continue_entry(leaving.conn, leaving.act, changed, await registers.entry_days(leaving.conn, what.key))


_ROLES: Mapping[str, str] = {
    "convener": "召集人",
    "deputy_convener": "副召集人",
    "assistant_convener": "协助召集人",
    "member": "成员",
    "office": "办公室",
}
_WORDS: Mapping[OpenKind, str] = {
    "post": "职务",
    "duty": "职责",
    "partner": "会同职责",
    "membership": "成员席位",
    "portfolio": "分管联系",
    "office": "办公室工作",
    "child": "下属单位",
    "register": "登记事项",
    "incumbency": "任职",
}
_HANDLERS: Mapping[OpenKind, Callable[[Leaving, Open, str | None], Awaitable[None]]] = {
    "post": _post,
    "duty": _duty,
    "partner": _partner,
    "membership": _membership,
    "portfolio": _portfolio,
    "office": _office,
    "child": _child,
    "register": _register,
}
_END_ON_POST: Mapping[OpenKind, Callable[[Leaving, Open, str, Days], Awaitable[None]]] = {
    "duty": _end_duty_of_post,
    "membership": _end_membership_of_post,
    "portfolio": _end_portfolio_of_post,
    "incumbency": _end_incumbency,
}
