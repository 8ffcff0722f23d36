"""The projects' tables: one function per query of `queries.sql`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from services.tasks.projects.domain import MonthStatement, Project, ProjectDraft, ProjectYear, in_order, rate
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))

_MONTH = ("month", "edition", "invested", "node", "note", "stated_at", "stated_by", "reason")


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Which projects of a year a list shows; None means any. `missing_month`: nothing is stated of it."""

    year: int
    unit: str | None = None
    sector: str | None = None
    q: str | None = None
    missing_month: int | None = None


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """What a unit's projects come to in a year."""

    unit: str
    projects: int
    planned: Decimal
    invested: Decimal

    @property
    def completion_rate(self) -> Decimal | None:
        """Return the per cent of the plans that is invested."""
        return rate(self.invested, self.planned)


def _project(row: Record) -> Project:
    names: dict[str, Any] = {name: row[name] for name in Project.__dataclass_fields__}
    return Project(**{**names, "sectors": tuple(row["sectors"])})


def _month(row: Record) -> MonthStatement:
    return MonthStatement(*(row[name] for name in _MONTH))


async def insert_project(conn: Connection, draft: ProjectDraft, at: datetime, correlation_id: str) -> Project | None:
    """Insert a project; None if its code is taken."""
    row = await conn.fetchrow(
        Q["insert_project"],
        draft.code,
        draft.title,
        draft.unit,
        list(draft.sectors),
        draft.total_investment,
        at,
        correlation_id,
    )
    return None if row is None else _project(row)


async def lock_project(conn: Connection, project_id: UUID) -> Project | None:
    """Return the project, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_project"], project_id)
    return None if row is None else _project(row)


async def find_project(conn: Connection, project_id: UUID) -> Project | None:
    """Return the project."""
    row = await conn.fetchrow(Q["find_project"], project_id)
    return None if row is None else _project(row)


async def save_project(conn: Connection, project: Project) -> None:
    """Save a project's data and version."""
    await conn.execute(
        Q["save_project"],
        project.id,
        project.title,
        project.unit,
        list(project.sectors),
        project.total_investment,
        project.version,
    )


async def plan_year(conn: Connection, project_id: UUID, year: int, planned: Decimal, goal: str | None) -> None:
    """Keep a project's plan of a year."""
    await conn.execute(Q["plan_year"], project_id, year, planned, goal)


async def years_of(conn: Connection, project: Project) -> list[ProjectYear]:
    """Return a project's years, each with its months' newest statements."""
    months = await conn.fetch(Q["months_of"], [project.id], None)
    return [
        ProjectYear(
            project,
            row["year"],
            row["planned"],
            row["goal"],
            in_order([_month(each) for each in months if each["year"] == row["year"]]),
        )
        for row in await conn.fetch(Q["years_of"], project.id)
    ]


async def editions_of_month(conn: Connection, project_id: UUID, year: int) -> list[MonthStatement]:
    """Return every statement of a project's months in a year."""
    return [_month(row) for row in await conn.fetch(Q["editions_of_month"], project_id, year)]


async def insert_month(conn: Connection, project_id: UUID, year: int, new: MonthStatement) -> None:
    """Keep a statement of a month."""
    await conn.execute(
        Q["insert_month"],
        project_id,
        year,
        new.month,
        new.edition,
        new.invested,
        new.node,
        new.note,
        new.stated_at,
        new.stated_by,
        new.reason,
    )


async def page_of_projects(
    conn: Connection, wanted: ProjectFilter, before: UUID | None, limit: int
) -> list[ProjectYear]:
    """Return projects of a year's plan with their months, newest first."""
    rows = await conn.fetch(
        Q["page_of_projects"],
        before,
        wanted.year,
        wanted.unit,
        wanted.sector,
        wanted.q,
        wanted.missing_month,
        limit,
    )
    months = await _months_by_project(conn, [row["id"] for row in rows], wanted.year)
    return [
        ProjectYear(_project(row), wanted.year, row["planned"], row["goal"], in_order(months.get(row["id"], [])))
        for row in rows
    ]


async def _months_by_project(conn: Connection, ids: Sequence[UUID], year: int) -> dict[UUID, list[MonthStatement]]:
    found: dict[UUID, list[MonthStatement]] = {}
    for row in await conn.fetch(Q["months_of"], list(ids), year):
        found.setdefault(row["project_id"], []).append(_month(row))
    return found


async def totals_of_year(conn: Connection, year: int, unit: str | None) -> list[UnitTotal]:
    """Return what each unit's projects come to in a year."""
    return [UnitTotal(**row) for row in await conn.fetch(Q["totals_of_year"], year, unit)]
