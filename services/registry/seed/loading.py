"""Loading a seed into the registry, in the caller's transaction: all of it or nothing.

A fact that is there with the same content is passed over; a new one is entered with its event; one that is there with
other content is refused, because a change needs a day and a document of its own, by a command. What the registry has
beyond the file stays. So a seed can be loaded again at any time, also after commands, and a longer file adds its new
rows.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

import asyncpg

from services.registry import assigning, domain, keeping, store
from services.registry.changes import operations as changes
from services.registry.domain import Viewpoint
from services.registry.posts import store as posts
from services.registry.seed import facts
from services.registry.seed.document import SeedError, SeedFile
from shared.commands import Act
from shared.errors import RefusalError
from shared.postgres import Connection

Row = TypeVar("Row")
Find = Callable[[Connection, Any], Awaitable[Any]]
Fact = TypeVar("Fact")
Enter = Callable[[Connection, Act, Any], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Section:
    """How one section of the file is loaded: row to fact, the fact as the registry has it, entering it."""

    name: str
    fact: Callable[[SeedFile, Any], Any]
    find: Find
    enter: Enter


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did: rows entered by section, and how many were there already."""

    entered: dict[str, int]
    present: int

    def __str__(self) -> str:
        """Return one line for the operator."""
        if not any(self.entered.values()):
            return f"nothing to do: all {self.present} facts are in the registry"
        counts = ", ".join(f"{name} {count}" for name, count in self.entered.items() if count)
        return f"entered {counts}; {self.present} facts were there already"


async def load(conn: Connection, act: Act, seed: SeedFile) -> Outcome:
    """Enter what is new; raise `SeedError` naming every row that contradicts the registry."""
    await changes.wait_for_others(conn)
    entered: dict[str, int] = {}
    present, contradictions = 0, list[str]()
    for section in SECTIONS:
        entered[section.name] = 0
        for path, fact in _facts(section, seed):
            known = await section.find(conn, fact)
            if known is None:
                await _enter(conn, act, section, path, fact)
                entered[section.name] += 1
            elif known == fact:
                present += 1
            else:
                contradictions.append(f"{path}: {_difference(known, fact)}")
    if contradictions:
        raise SeedError("the registry says otherwise, nothing was loaded\n  " + "\n  ".join(contradictions))
    return Outcome(entered, present)


def _facts(section: Section, seed: SeedFile) -> Iterator[tuple[str, Any]]:
    for index, row in enumerate(getattr(seed, section.name)):
        yield f"{section.name}.{index}", section.fact(seed, row)


async def _enter(conn: Connection, act: Act, section: Section, path: str, fact: object) -> None:
    await changes.begin(conn, act, "load-seed", hold=False)
    try:
        await section.enter(conn, act, fact)
    except asyncpg.IntegrityConstraintViolationError as error:
        raise SeedError(f"{path}: nothing was loaded: {error.detail or error}") from error
    except RefusalError as refusal:
        raise SeedError(f"{path}: nothing was loaded: {refusal.detail}") from refusal


def _difference(known: Any, fact: Any) -> str:  # noqa: ANN401 - two rows of the same kind, whichever it is
    names = [field.name for field in fields(fact) if field.compare]
    return "; ".join(
        f"{name} is {getattr(known, name)!s} in the registry, {getattr(fact, name)!s} in the file"
        for name in names
        if getattr(known, name) != getattr(fact, name)
    )


def _first(found: Sequence[Fact]) -> Fact | None:
    return found[0] if found else None


async def _find_document(conn: Connection, document: domain.Document) -> domain.Document | None:
    return _first(await store.list_documents(conn, Viewpoint(date.max), number=document.number))


async def _find_unit(conn: Connection, unit: domain.Unit) -> domain.Unit | None:
    return _first(await store.list_units(conn, Viewpoint(unit.valid_from), code=unit.code))


async def _find_post(conn: Connection, post: domain.Post) -> domain.Post | None:
    return _first(await store.list_posts(conn, Viewpoint(post.valid_from), code=post.code))


async def _find_body(conn: Connection, body: domain.Body) -> domain.Body | None:
    return _first(await store.list_bodies(conn, Viewpoint(body.valid_from), code=body.code))


async def _find_obligation(conn: Connection, obligation: domain.Obligation) -> domain.Obligation | None:
    owed = await store.list_obligations(conn, Viewpoint(obligation.valid_from), body=obligation.body)
    return _first([each for each in owed if each.kind == obligation.kind])


async def _find_sector(conn: Connection, sector: domain.Sector) -> domain.Sector | None:
    return _first(await store.list_sectors(conn, Viewpoint(sector.valid_from), code=sector.code))


async def _find_portfolio(conn: Connection, portfolio: domain.Portfolio) -> domain.Portfolio | None:
    held = await posts.list_portfolios(conn, Viewpoint(portfolio.valid_from), posts=[portfolio.post])
    return _first([each for each in held if each.scope == portfolio.scope])


async def _find_duty(conn: Connection, duty: domain.Duty) -> domain.Duty | None:
    return _first(await store.list_duties(conn, Viewpoint(duty.valid_from), domain.DutyFilter(code=duty.code)))


SECTIONS = (
    Section("documents", facts.document_of, _find_document, keeping.enter_document),
    Section("units", facts.unit_of, _find_unit, keeping.enter_unit),
    Section("posts", facts.post_of, _find_post, keeping.enter_post),
    Section("bodies", facts.body_of, _find_body, keeping.enter_body),
    Section("obligations", facts.obligation_of, _find_obligation, keeping.enter_obligation),
    Section("memberships", facts.membership_of, store.membership_overlapping, assigning.enter_membership),
    Section("sectors", facts.sector_of, _find_sector, keeping.enter_sector),
    Section("duties", facts.duty_of, _find_duty, assigning.enter_duty),
    Section("portfolios", facts.portfolio_of, _find_portfolio, assigning.enter_portfolio),
)
"""In the order in which rows refer to each other."""
