"""Changes of organisation as commands: each is applied whole, with its document and day, or only tried (dry run)."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from services.registry import coverage, keeping, store, telling
from services.registry import operations as units
from services.registry.changes import store as changes
from services.registry.changes.domain import Change
from services.registry.changes.operations import changing
from services.registry.domain import MEETING, Days, Unit, Viewpoint
from services.registry.errors import UnconfirmedError, UnitNotFoundError, not_on_these_days
from services.registry.organisation import store as lineage
from services.registry.organisation.calling import what_is_called
from services.registry.organisation.domain import ChangeKind, Effect, Outcome, Warned, new_findings
from services.registry.organisation.following import Leaving
from services.registry.organisation.rules import let_follow
from services.registry.organisation.schemas import (
    MergeUnits,
    MoveUnit,
    NewUnit,
    RenameUnit,
    RetireUnit,
    SplitUnit,
)
from shared.auth import Role
from shared.commands import Act
from shared.contracts import registry as events
from shared.errors import ConflictError, invalid
from shared.postgres import Connection

Organising = MergeUnits | SplitUnit | RenameUnit | MoveUnit | RetireUnit
Work = Callable[[], Awaitable[tuple[list[Effect], list[Warned], dict[str, int]]]]


async def merge(conn: Connection, act: Act, body: MergeUnits) -> Outcome:
    """Merge units; those that cease leave what they have by the rules, else to the unit that they become."""

    async def work() -> tuple[list[Effect], list[Warned], dict[str, int]]:
        into = _code(body.into)
        ceasing = [code for code in body.units if code != into]
        leaving = [await _leave(conn, act, body, code, f"units.{body.units.index(code)}") for code in ceasing]
        states = {code: await keeping.cut_unit(conn, code, Days(body.effective_on)) for code in ceasing}
        versions = await _arrive(conn, act, body, (body.into,))
        for each in leaving:
            await let_follow(each, body.follow, default=into, continues=False)
        for code in ceasing:
            payload = events.UnitsMerged(
                unit=code,
                merged=tuple(ceasing),
                into=into,
                effective_on=body.effective_on,
                open_work_to=body.follow.open_work_to,
                document=body.document,
                states=telling.unit_states(states[code]),
            )
            versions[code] = await telling.tell(conn, act, payload, code, "unit")
        await _remember(conn, body, "merge", body.units, [into])
        return (
            [effect for each in leaving for effect in each.effects],
            _left_work(leaving, body.follow.open_work_to),
            versions,
        )

    return await _organise(conn, act, body, "merge-units", work)


async def split(conn: Connection, act: Act, code: str, body: SplitUnit) -> Outcome:
    """Divide a unit; what it has goes by the rules, or stays if it goes on and no rule says otherwise."""

    async def work() -> tuple[list[Effect], list[Warned], dict[str, int]]:
        leaving = await _leave(conn, act, body, code, None)
        days = Days(body.effective_on)
        if code in map(_code, body.into):
            raise invalid("into", f"{code} is the unit that is divided", "the other units; `continues` keeps this one")
        states = (
            tuple(await changes.unit_timeline(conn, code))
            if body.continues
            else await keeping.cut_unit(conn, code, days)
        )
        versions = await _arrive(conn, act, body, body.into)
        await let_follow(leaving, body.follow, default=None, continues=body.continues)
        payload = events.UnitSplit(
            unit=code,
            into=tuple(map(_code, body.into)),
            continues=body.continues,
            effective_on=body.effective_on,
            open_work_to=body.follow.open_work_to,
            document=body.document,
            states=telling.unit_states(states),
        )
        versions[code] = await telling.tell(conn, act, payload, code, "unit")
        resulting = [*map(_code, body.into), *([code] if body.continues else [])]
        await _remember(conn, body, "split", [code], resulting)
        left = [] if body.continues else _left_work([leaving], body.follow.open_work_to)
        return leaving.effects, left, versions

    return await _organise(conn, act, body, "split-unit", work)


async def retire(conn: Connection, act: Act, code: str, body: RetireUnit) -> Outcome:
    """Let a unit be no more; what it has goes by the rules, each of which must be given."""

    async def work() -> tuple[list[Effect], list[Warned], dict[str, int]]:
        leaving = await _leave(conn, act, body, code, None)
        version = await keeping.end_unit(
            conn,
            act,
            code,
            body.effective_on,
            open_work_to=body.follow.open_work_to,
            document=body.document,
        )
        await let_follow(leaving, body.follow, default=None, continues=False)
        await _remember(conn, body, "retire", [code], [])
        return leaving.effects, _left_work([leaving], body.follow.open_work_to), {code: version}

    return await _organise(conn, act, body, "retire-unit", work)


async def rename(conn: Connection, act: Act, code: str, body: RenameUnit) -> Outcome:
    """Call a unit otherwise from a day on, up to its next change that is known already."""
    stated = {"name": body.name, "short_name": body.short_name, "aliases": body.aliases}
    return await _restate(conn, act, code, body, "rename", stated)


async def move(conn: Connection, act: Act, code: str, body: MoveUnit) -> Outcome:
    """Put a unit under another from a day on, up to its next change that is known already."""
    return await _restate(conn, act, code, body, "move", {"parent": body.parent})


async def _restate(
    conn: Connection, act: Act, code: str, body: RenameUnit | MoveUnit, kind: ChangeKind, stated: dict[str, Any]
) -> Outcome:
    async def work() -> tuple[list[Effect], list[Warned], dict[str, int]]:
        unit = await _standing(conn, act, code, body.effective_on)
        days = unit.days.since(body.effective_on) or unit.days
        changed = replace(unit.on(days), document=body.document, **stated)
        if all(getattr(unit, name) == value for name, value in stated.items()):
            raise invalid(next(iter(stated)), f"is so already: {unit.name}, {unit.days}", "what is otherwise")
        if isinstance(body, MoveUnit):
            await _check_parent(conn, code, body)
        await _refuse_others_names(conn, changed)
        version = await keeping.amend_unit(
            conn, act, changed, change="renamed" if kind == "rename" else "moved", document=body.document
        )
        await _remember(conn, body, kind, [code], [code])
        return [], [], {code: version}

    return await _organise(conn, act, body, f"{kind}-unit", work)


async def _organise(conn: Connection, act: Act, body: Organising, action: str, work: Work) -> Outcome:
    """Do the work in one change; keep it if every warning is confirmed, take it back if it is only tried."""
    act.principal.require(Role.OFFICE)
    savepoint = conn.transaction()
    await savepoint.start()
    try:
        async with changing(conn, act, action, document=body.document) as change:
            before = await _coverage(conn, body.effective_on)
            effects, left, versions = await work()
            await changes.check_references(conn)
            warnings = [*new_findings(before, await _coverage(conn, body.effective_on)), *left]
        outcome = Outcome(body.dry_run, None if body.dry_run else change.id, tuple(effects), tuple(warnings), versions)
        _refuse_unconfirmed(outcome, body)
    except BaseException:
        await savepoint.rollback()
        raise
    if body.dry_run:
        await savepoint.rollback()
    else:
        await savepoint.commit()
    return outcome


def _refuse_unconfirmed(outcome: Outcome, body: Organising) -> None:
    open_ = [warning for warning in outcome.warnings if warning.code not in body.confirm]
    if open_ and not body.dry_run:
        raise UnconfirmedError(
            "nothing was changed; these follow and are not confirmed: " + "; ".join(each.remark for each in open_),
            [each.code for each in open_],
        )


async def _coverage(conn: Connection, day: date) -> coverage.Coverage:
    at = Viewpoint(day)
    return coverage.find_coverage(
        await store.list_duties(conn, at),
        await store.list_memberships(conn, at, body=MEETING, role="member"),
        await store.list_sectors(conn, at),
    )


async def _leave(conn: Connection, act: Act, body: Organising, code: str, field: str | None) -> Leaving:
    """Return the unit as one that is left; refuse one that is not there before and on the day."""
    unit = await _standing(conn, act, code, body.effective_on, field)
    if body.effective_on <= unit.valid_from and len(await changes.unit_timeline(conn, code)) == 1:
        raise invalid("effective_on", f"{code} begins on {unit.valid_from}", f"a day after {unit.valid_from}")
    known = await store.list_units(conn, Viewpoint(body.effective_on))
    names = {each.code: each.name for each in known} | {each.code: each.name for each in _new_units(body)}
    called = await what_is_called(conn, Viewpoint(body.effective_on), names)
    return Leaving(conn, act, code, body.effective_on, body.document, names, called)


def _new_units(body: Organising) -> list[NewUnit]:
    into: Sequence[str | NewUnit] = ()
    if isinstance(body, MergeUnits | SplitUnit):
        into = (body.into,) if isinstance(body, MergeUnits) else body.into
    return [each for each in into if isinstance(each, NewUnit)]


async def _standing(conn: Connection, act: Act, code: str, day: date, field: str | None = None) -> Unit:
    """Return the unit as it is known now on a day; without `field` it is the one that the path names."""
    timeline = await changes.unit_timeline(conn, code)
    if not timeline and field is None:
        raise UnitNotFoundError(f"there is no unit {code}")
    if field is None:
        act.expect(timeline[0].version)
    for unit in timeline:
        if unit.holds_on(day):
            return unit
    if field is None:
        said = "; ".join(f"{unit.name}, {unit.days}" for unit in timeline)
        raise invalid("effective_on", f"{code} does not exist on {day}", f"a day on which it does: {said}")
    raise not_on_these_days(field, code, await store.unit_codes(conn))


async def _arrive(
    conn: Connection, act: Act, body: MergeUnits | SplitUnit, into: Sequence[str | NewUnit]
) -> dict[str, int]:
    """Set up the units that are new; refuse an existing one that is not there on the day."""
    versions = {}
    for index, each in enumerate(into):
        field = "into" if isinstance(body, MergeUnits) else f"into.{index}"
        if isinstance(each, str):
            await _standing(conn, act, each, body.effective_on, field)
        else:
            unit = each.as_unit(body.effective_on, body.document)
            await units.expect_parent(conn, unit, f"{field}.parent")
            await units.refuse_taken_names(conn, unit)
            versions[unit.code] = await keeping.enter_unit(conn, act, unit)
    return versions


def _code(into: str | NewUnit) -> str:
    return into if isinstance(into, str) else into.code


async def _check_parent(conn: Connection, code: str, body: MoveUnit) -> None:
    """Refuse a parent that is not there, or that stands under the unit itself."""
    at, above = Viewpoint(body.effective_on), body.parent
    seen = [code]
    while above is not None:
        if above in seen:
            raise ConflictError(f"{above} stands under {code} itself: {' → '.join([*seen, above])}", ["another parent"])
        seen.append(above)
        found = await store.list_units(conn, at, code=above)
        if not found:
            raise not_on_these_days("parent", above, await store.unit_codes(conn))
        above = found[0].parent


async def _refuse_others_names(conn: Connection, unit: Unit) -> None:
    for other in await store.units_overlapping(conn, unit):
        if other.code != unit.code:
            raise units.unit_overlap(unit, other)


async def _remember(
    conn: Connection, body: Organising, kind: ChangeKind, original: Sequence[str], resulting: Sequence[str]
) -> None:
    change: Change | None = await changes.begun_change(conn)
    assert change is not None  # noqa: S101 - the work is done in a change
    await lineage.add_organisation_change(
        conn, change.id, kind, body.effective_on, body.document, (original, resulting)
    )


def _left_work(leaving: Sequence[Leaving], open_work_to: str | None) -> list[Warned]:
    """Say that open assignments end, if nobody takes them over."""
    if open_work_to is not None:
        return []
    return [
        Warned(
            f"open_work_ends:{each.unit}",
            "medium",
            f"{each.name(each.unit)}未办结的任务没有指定承接单位，将随之终止或退回",
        )
        for each in leaving
    ]
