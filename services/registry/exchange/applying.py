"""Lines of a plan as changes of the registry, within a change that was begun: by the same operations as commands.

What ends is ended first, the last list first, so that nothing is left that refers to it; then the rest is entered in
the order in which lists refer to each other.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import asyncpg

from services.registry import assigning, keeping
from services.registry import store as registry_store
from services.registry.changes import store as changes
from services.registry.domain import Days, Obligation
from services.registry.errors import OverlapError
from services.registry.exchange import facts, plans
from services.registry.exchange.checking import content_of
from services.registry.exchange.lists import LISTS
from services.registry.exchange.plans import KeptLine
from services.registry.exchange.records import Record
from services.registry.registers import operations as register_operations
from services.registry.registers import store as register_store
from services.registry.registers.schemas import EntryContent
from shared.commands import Act
from shared.errors import RefusalError
from shared.postgres import Connection

Enter = Callable[[Connection, Act, Any], Awaitable[object]]
End = Callable[[Connection, Act, Record, date, str | None], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Way:
    """How lines of a list become changes."""

    fact: Callable[[Record], Any]
    enter: Enter
    amend: Enter
    end: End


async def apply_lines(conn: Connection, act: Act, lines: Sequence[KeptLine], document: str | None) -> None:
    """Apply the lines of a plan; whatever the registry refuses is said with sheet and row."""
    order = {name: place for place, name in enumerate(LISTS)}
    ended = sorted((line for line in lines if line.action == "ended"), key=lambda line: -order[line.list])  # type: ignore[index]
    for line in (*ended, *(line for line in lines if line.action in {"new", "changed"})):
        try:
            await _apply(conn, act, line, document)
        except asyncpg.IntegrityConstraintViolationError as refused:
            raise OverlapError(f"{_place(line)}: {refused.detail or refused}", _AGAIN) from refused
        except RefusalError as refused:
            raise OverlapError(f"{_place(line)}: {refused.detail}", _AGAIN) from refused


_AGAIN = ["correct the file and plan it again"]


def _place(line: KeptLine) -> str:
    row = "" if line.row_number is None else f" row {line.row_number}"
    return f"{line.sheet}{row} ({line.key})"


async def _apply(conn: Connection, act: Act, line: KeptLine, document: str | None) -> None:
    assert line.record is not None  # noqa: S101 - lines that change something have a record
    way = WAYS.get(line.list)
    if way is None:
        await _apply_entry(conn, act, line, document)
    elif line.action == "new":
        await way.enter(conn, act, way.fact(line.record))
    elif line.action == "changed":
        await way.amend(conn, act, way.fact(line.record))
    else:
        assert line.ends_on is not None  # noqa: S101 - what ends, ends on a day
        await way.end(conn, act, line.record, line.ends_on, document)


async def _apply_entry(conn: Connection, act: Act, line: KeptLine, document: str | None) -> None:
    record = line.record or {}
    known = [] if "id" not in record else await register_store.entry_days(conn, record["id"])
    if line.action == "ended" and line.ends_on is not None:
        await register_operations.finish_entry(conn, act, known, line.ends_on, document)
        return
    days = Days(date.fromisoformat(record["valid_from"]), _day(record.get("valid_to")))
    entry = register_operations.entry_of(line.list, EntryContent.model_validate(content_of(record)), days)
    if not known:
        await register_operations.enter_entry(conn, act, entry)
    else:
        entry = replace(entry, id=record["id"], position=known[0].position)
        await register_operations.continue_entry(conn, act, entry, known)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


async def _amend_unit(conn: Connection, act: Act, unit: Any) -> None:  # noqa: ANN401 - a fact, as `Enter` takes it
    known = [each for each in await changes.unit_timeline(conn, unit.code) if each.days.overlaps(unit.days)]
    change = "renamed" if known and known[0].name != unit.name else "corrected"
    if change == "corrected" and known and known[0].parent != unit.parent:
        change = "moved"
    await keeping.amend_unit(conn, act, unit, change=change, document=unit.document)  # type: ignore[arg-type]


async def _end_unit(conn: Connection, act: Act, record: Record, on: date, document: str | None) -> None:
    await keeping.end_unit(conn, act, record["code"], on, document=document)


async def _end_post(conn: Connection, act: Act, record: Record, on: date, document: str | None) -> None:
    await keeping.end_post(conn, act, record["code"], on, document=document)


async def _end_incumbency(conn: Connection, act: Act, record: Record, on: date, _document: str | None) -> None:
    await assigning.end_incumbency(conn, act, record["post"], Days(on))


async def _end_body(conn: Connection, act: Act, record: Record, on: date, _document: str | None) -> None:
    await keeping.end_body(conn, act, record["code"], on)


async def _end_sector(conn: Connection, act: Act, record: Record, on: date, _document: str | None) -> None:
    await keeping.end_sector(conn, act, record["code"], on)


async def _end_membership(conn: Connection, act: Act, record: Record, on: date, _document: str | None) -> None:
    membership = facts.membership_of({**record, "valid_from": on.isoformat()})
    await assigning.end_membership(conn, act, membership, Days(on))


async def _end_duty(conn: Connection, act: Act, record: Record, on: date, document: str | None) -> None:
    await assigning.end_duty(conn, act, record["code"], Days(on), document=document)


async def _end_portfolio(conn: Connection, act: Act, record: Record, on: date, _document: str | None) -> None:
    await assigning.end_portfolio(conn, act, record["post"], record["scope"], Days(on))


async def _amend_obligation(conn: Connection, _act: Act, obligation: Obligation) -> None:
    known = await plans.obligation_days(conn, obligation.body, obligation.kind)
    cuts = await keeping.clear(conn, "obligation", known, obligation.days, registry_store.add_obligation)
    await registry_store.add_obligation(conn, keeping.in_place(obligation, cuts))


async def _end_obligation(conn: Connection, _act: Act, record: Record, on: date, _document: str | None) -> None:
    known = await plans.obligation_days(conn, record["body"], record["kind"])
    await keeping.clear(conn, "obligation", known, Days(on), registry_store.add_obligation)


async def _no_end(_conn: Connection, _act: Act, _record: Record, _on: date, _document: str | None) -> None:
    raise AssertionError("a document has no end")


async def _no_change(_conn: Connection, _act: Act, _fact: object) -> None:
    raise AssertionError("a recorded document is not changed")


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "documents": Way(facts.document_of, keeping.enter_document, _no_change, _no_end),
        "units": Way(facts.unit_of, keeping.enter_unit, _amend_unit, _end_unit),
        "posts": Way(facts.post_of, keeping.enter_post, keeping.amend_post, _end_post),
        "incumbencies": Way(
            facts.incumbency_of, assigning.enter_incumbency, assigning.amend_incumbency, _end_incumbency
        ),
        "bodies": Way(facts.body_of, keeping.enter_body, keeping.amend_body, _end_body),
        "obligations": Way(facts.obligation_of, keeping.enter_obligation, _amend_obligation, _end_obligation),
        "memberships": Way(
            facts.membership_of, assigning.enter_membership, assigning.amend_membership, _end_membership
        ),
        "sectors": Way(facts.sector_of, keeping.enter_sector, keeping.amend_sector, _end_sector),
        "duties": Way(facts.duty_of, assigning.enter_duty, assigning.amend_duty, _end_duty),
        "portfolios": Way(facts.portfolio_of, assigning.enter_portfolio, assigning.amend_portfolio, _end_portfolio),
    }
)
"""Every list that is no register's."""
