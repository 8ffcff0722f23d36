"""Finding tasks in the tasks database: the statement follows from whether a unit is asked for, and the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from services.tasks import store as tasks
from services.tasks.domain import Task
from services.tasks.search.domain import Cursor, Facet, TaskSearch
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class PartCount:
    """How many parts of a unit are in a role and state."""

    role: str
    state: str
    count: int
    overdue: int
    near: int


@dataclass(frozen=True, slots=True)
class ReportCount:
    """How many expected reports of a unit are in a state."""

    state: str
    count: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a unit asked for, and slips that it has to answer."""

    extensions: int
    requests: int
    slips: int


FEW = 3000
"""Tasks with a text up to which they are found first; of more, a unit's are gone through until a page is full."""

_STATEMENTS = {
    ("all", "newest"): Q["search_newest"],
    ("all", "due"): Q["search_by_due"],
    ("unit", "newest"): Q["search_of_unit_newest"],
    ("unit", "due"): Q["search_of_unit_by_due"],
    ("rare", "newest"): Q["search_rare_text_of_unit_newest"],
    ("rare", "due"): Q["search_rare_text_of_unit_by_due"],
}
"""By who is asked for (all, a unit, a unit with a rare text), and the order."""


async def statement(conn: Connection, wanted: TaskSearch, cursor: Cursor, limit: int) -> tuple[str, list[Any]]:
    """Return the statement for a search and what is given to it."""
    of_unit = [] if wanted.unit is None else [_texts(wanted.part_states), wanted.unit]
    by_due = [cursor.due_on] if wanted.sort == "due" else []
    given = [cursor.id, *_filters(wanted), limit, *of_unit, *by_due]
    return _STATEMENTS[await _way(conn, wanted), wanted.sort], given


async def _way(conn: Connection, wanted: TaskSearch) -> str:
    if wanted.unit is None:
        return "all"
    if wanted.q is None:
        return "unit"
    return "rare" if await conn.fetchval(Q["count_matching"], wanted.q, FEW + 1) <= FEW else "unit"


def _filters(wanted: TaskSearch) -> list[Any]:
    return [
        _texts(wanted.states),
        wanted.source_kind,
        wanted.source_id,
        wanted.plan,
        wanted.tag,
        wanted.leader_post,
        wanted.parent,
        wanted.due_from,
        wanted.due_to,
        wanted.q,
        wanted.role,
        wanted.light,
        wanted.rule.today,
        wanted.rule.near_until,
    ]


def _texts(states: Sequence[str]) -> list[str] | None:
    return [str(state) for state in states] or None


async def search(conn: Connection, wanted: TaskSearch, cursor: Cursor, limit: int) -> list[Task]:
    """Return the tasks that are asked for, with their assignments, in order."""
    sql, given = await statement(conn, wanted, cursor, limit)
    return await tasks.with_assignments(conn, await conn.fetch(sql, *given))


async def count_facets(conn: Connection, wanted: TaskSearch) -> list[Facet]:
    """Return how many of the tasks that are asked for have which value."""
    rows = await conn.fetch(Q["count_facets"], None, *_filters(wanted), None, _texts(wanted.part_states), wanted.unit)
    return [Facet(**row) for row in rows]


async def unit_counts(conn: Connection, unit: str, today: date, near_until: date | None) -> list[PartCount]:
    """Return a unit's parts by role and state."""
    return [PartCount(**row) for row in await conn.fetch(Q["unit_counts"], unit, today, near_until)]


async def unit_reports(conn: Connection, unit: str) -> list[ReportCount]:
    """Return a unit's expected reports by state."""
    return [ReportCount(**row) for row in await conn.fetch(Q["unit_reports"], unit)]


async def unit_asked(conn: Connection, unit: str) -> Waiting:
    """Return what a unit asked for and has to answer."""
    row = await conn.fetchrow(Q["unit_asked"], unit)
    assert row is not None  # noqa: S101 - one row of three counts
    return Waiting(**row)
