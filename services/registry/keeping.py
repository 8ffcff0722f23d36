"""How facts are kept: `enter_…` writes a new one, `amend_…` replaces what is known of its days, `end_…` takes days.

Each writes its events too. They compose: a command, a seed or a plan begins one change (`changes.operations`) and uses
as many as it needs; the database checks keys at once, references when the change is complete. What is taken away or
replaced stays known as it was known before.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from services.registry import store, telling
from services.registry.changes import store as changes
from services.registry.changes.domain import Cut, cut
from services.registry.domain import Body, Days, Document, Fact, Obligation, Post, Sector, Unit
from services.registry.telling import UnitChange, tell
from shared.commands import Act
from shared.contracts import registry as events
from shared.postgres import Connection

F = TypeVar("F", bound=Fact)


async def clear(
    conn: Connection,
    table: str,
    known: Sequence[F],
    days: Days,
    add: Callable[[Connection, F], Awaitable[object]],
) -> list[Cut[F]]:
    """Take days out of what is known; what remains after them is continued in the same place."""
    cuts = cut(known, days)
    for each in cuts:
        rest = each.before or each.after
        if rest is None:
            await changes.withdraw_fact(conn, table, each.fact.entry)
        else:
            await changes.restrict_fact(conn, table, each.fact.entry, rest)
        if each.before and each.after:
            await add(conn, each.fact.on(each.after))
    return cuts


def in_place(fact: F, cuts: Sequence[Cut[F]]) -> F:
    """Return the fact in the place of what it replaces."""
    return replace(fact, position=cuts[0].fact.position) if cuts else fact


async def enter_document(conn: Connection, act: Act, document: Document) -> None:
    """Enter a document and say so."""
    version = await store.next_version(conn, document.number, "document")
    await store.add_document(conn, document)
    await telling.append(conn, act, telling.document_recorded(document), document.number, version)


async def enter_unit(conn: Connection, act: Act, unit: Unit) -> int:
    """Enter a unit with all its names and say so; return its version. A code that comes again is told as changed."""
    version = await store.next_version(conn, unit.code, "unit")
    await store.add_unit(conn, unit)
    timeline = await changes.unit_timeline(conn, unit.code)
    payload = (
        telling.unit_registered(unit)
        if len(timeline) == 1
        else telling.unit_changed(timeline, "corrected", unit.document, unit.valid_from)
    )
    await telling.append(conn, act, payload, unit.code, version)
    return version


async def amend_unit(
    conn: Connection, act: Act, unit: Unit, *, change: UnitChange = "corrected", document: str | None = None
) -> int:
    """Let a unit be so on its days, whatever was known of them; return its version."""
    version = await store.next_version(conn, unit.code, "unit")
    cuts = await clear(conn, "unit", await changes.unit_timeline(conn, unit.code), unit.days, store.add_unit)
    await store.add_unit(conn, in_place(unit, cuts))
    timeline = await changes.unit_timeline(conn, unit.code)
    payload = telling.unit_changed(timeline, change, document or unit.document, unit.valid_from)
    await telling.append(conn, act, payload, unit.code, version)
    return version


async def cut_unit(conn: Connection, code: str, days: Days) -> tuple[Unit, ...]:
    """Take days from a unit without telling; return what it is on all its days. The caller's event says why."""
    await clear(conn, "unit", await changes.unit_timeline(conn, code), days, store.add_unit)
    return tuple(await changes.unit_timeline(conn, code))


async def tell_cut(conn: Connection, act: Act, code: str, left: Sequence[Unit], days: Days) -> int:
    """Tell that a unit did not exist on some days: retired if none follow, else corrected; return its version."""
    later = [unit for unit in left if unit.valid_from >= days.first]
    if later:
        return await tell(conn, act, telling.unit_changed(left, "corrected", None, days.first), code, "unit")
    payload = events.UnitRetired(unit=code, retired_on=days.first, states=telling.unit_states(left))
    return await tell(conn, act, payload, code, "unit")


async def end_unit(
    conn: Connection, act: Act, code: str, on: date, *, open_work_to: str | None = None, document: str | None = None
) -> int:
    """Let a unit be no more from a day on; return its version."""
    timeline = await cut_unit(conn, code, Days(on))
    payload = events.UnitRetired(
        unit=code, retired_on=on, open_work_to=open_work_to, document=document, states=telling.unit_states(timeline)
    )
    return await tell(conn, act, payload, code, "unit")


async def enter_post(conn: Connection, act: Act, post: Post, *, document: str | None = None) -> int:
    """Enter a post of a unit and say so."""
    await store.add_post(conn, post)
    return await _tell_post(conn, act, post.code, document)


async def amend_post(conn: Connection, act: Act, post: Post, *, document: str | None = None) -> int:
    """Let a post be so on its days: another title, or a post of another unit."""
    cuts = await clear(conn, "post", await changes.post_timeline(conn, post.code), post.days, store.add_post)
    await store.add_post(conn, in_place(post, cuts))
    return await _tell_post(conn, act, post.code, document)


async def end_post(conn: Connection, act: Act, code: str, on: date, *, document: str | None = None) -> int:
    """Let a post be no more from a day on."""
    return await cut_post(conn, act, code, Days(on), document=document)


async def cut_post(conn: Connection, act: Act, code: str, days: Days, *, document: str | None = None) -> int:
    """Take days from a post."""
    await clear(conn, "post", await changes.post_timeline(conn, code), days, store.add_post)
    return await _tell_post(conn, act, code, document)


async def _tell_post(conn: Connection, act: Act, code: str, document: str | None) -> int:
    payload = telling.post_changed(code, await changes.post_timeline(conn, code), document)
    return await tell(conn, act, payload, telling.post_aggregate(code), "post")


async def enter_sector(conn: Connection, act: Act, sector: Sector) -> int:
    """Enter a sector or theme and say so."""
    await store.add_sector(conn, sector)
    return await _tell_sector(conn, act, sector.code)


async def amend_sector(conn: Connection, act: Act, sector: Sector) -> int:
    """Let a sector or theme be so on its days."""
    known = await changes.sector_timeline(conn, sector.code)
    cuts = await clear(conn, "sector", known, sector.days, store.add_sector)
    await store.add_sector(conn, in_place(sector, cuts))
    return await _tell_sector(conn, act, sector.code)


async def end_sector(conn: Connection, act: Act, code: str, on: date) -> int:
    """Let a sector or theme be no more from a day on."""
    await clear(conn, "sector", await changes.sector_timeline(conn, code), Days(on), store.add_sector)
    return await _tell_sector(conn, act, code)


async def _tell_sector(conn: Connection, act: Act, code: str) -> int:
    payload = telling.sector_changed(code, await changes.sector_timeline(conn, code))
    return await tell(conn, act, payload, telling.sector_aggregate(code), "sector")


async def enter_body(conn: Connection, act: Act, body: Body) -> int:
    """Enter a body and say so."""
    version = await store.next_version(conn, body.code, "body")
    await store.add_body(conn, body)
    payload = telling.body_changed(await changes.body_timeline(conn, body.code))
    await telling.append(conn, act, payload, body.code, version)
    return version


async def amend_body(conn: Connection, act: Act, body: Body) -> int:
    """Let a body be so on its days: another name, or another unit that keeps its office."""
    version = await store.next_version(conn, body.code, "body")
    cuts = await clear(conn, "body", await changes.body_timeline(conn, body.code), body.days, store.add_body)
    await store.add_body(conn, in_place(body, cuts))
    payload = telling.body_changed(await changes.body_timeline(conn, body.code))
    await telling.append(conn, act, payload, body.code, version)
    return version


async def end_body(conn: Connection, act: Act, code: str, on: date) -> int:
    """Let a body be no more from a day on."""
    cuts = await clear(conn, "body", await changes.body_timeline(conn, code), Days(on), store.add_body)
    timeline = await changes.body_timeline(conn, code)
    if not timeline:
        timeline = [cuts[0].fact.on(Days(on, on))]
    return await tell(conn, act, telling.body_changed(timeline), code, "body")


async def enter_obligation(conn: Connection, _act: Act, obligation: Obligation) -> None:
    """Enter what a body owes in a year; no event tells of it."""
    await store.add_obligation(conn, obligation)
