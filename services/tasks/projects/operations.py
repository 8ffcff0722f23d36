"""What can be done with major projects: one command each, in its caller's transaction; none commits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from services.tasks import units as unit_checks
from services.tasks.projects import store
from services.tasks.projects.domain import MonthStatement, Project, ProjectDraft, ProjectYear
from services.tasks.projects.errors import (
    MonthStatedError,
    ProjectExistsError,
    ProjectNotFoundError,
    YearNotPlannedError,
)
from shared import outbox
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.payload import Payload
from shared.errors import InvalidError, invalid
from shared.postgres import Connection


async def plan(conn: Connection, act: Act, draft: ProjectDraft) -> ProjectYear:
    """Put a new project into a year's plan (office)."""
    act.principal.require(Role.OFFICE)
    await _require_unit(conn, draft.unit)
    project = await store.insert_project(conn, draft, act.occurred_at, act.correlation_id)
    if project is None:
        raise ProjectExistsError(draft.code)
    return await _planned(conn, act, project, draft)


async def plan_again(
    conn: Connection, act: Act, project_id: UUID, draft: Callable[[Project], ProjectDraft]
) -> ProjectYear:
    """Put a known project into another year's plan, or change its plan (office)."""
    act.principal.require(Role.OFFICE)
    project = await _locked(conn, act, project_id)
    return await _planned(conn, act, project, draft(project))


async def _planned(conn: Connection, act: Act, project: Project, draft: ProjectDraft) -> ProjectYear:
    await store.plan_year(conn, project.id, draft.year, draft.planned, draft.goal)
    project = replace(project, total_investment=draft.total_investment)
    await _tell(
        conn,
        act,
        project,
        facts.ProjectPlanned(
            project_id=project.id,
            title=project.title,
            unit=project.unit,
            year=draft.year,
            planned_in_year=draft.planned,
            total_investment=draft.total_investment,
            sectors=project.sectors,
        ),
    )
    return await _year(conn, project.id, draft.year)


@dataclass(frozen=True, slots=True)
class Progress:
    """A month's figures as they are stated."""

    year: int
    month: int
    invested: Decimal
    node: str | None
    note: str | None
    reason: str | None
    """Why the month is stated again."""


async def progress(conn: Connection, act: Act, project_id: UUID, stated: Progress) -> ProjectYear:
    """State a month's investment and node: the project's unit, or the office for it.

    A month that was stated before needs a reason; what was stated is kept. A month that has not begun is refused.
    """
    act.principal.require(Role.UNIT, Role.OFFICE)
    project = await _locked(conn, act, project_id)
    act.principal.require_unit(project.unit)
    today = county_date(act.occurred_at)
    if date(stated.year, stated.month, 1) > today:
        raise invalid("month", f"{stated.year}-{stated.month:02} has not begun", f"{today:%Y-%m} or earlier")
    year = await _year(conn, project.id, stated.year)
    earlier = next((each for each in year.months if each.month == stated.month), None)
    if earlier is not None and stated.reason is None:
        raise MonthStatedError(project.title, stated.year, stated.month, earlier)
    new = MonthStatement(
        stated.month,
        1 if earlier is None else earlier.edition + 1,
        stated.invested,
        stated.node,
        stated.note,
        act.occurred_at,
        act.principal.subject,
        stated.reason,
    )
    stands = year.with_month(new)
    if stands.invested < 0:
        raise invalid("invested", f"leaves {stands.invested} for {stated.year}", "a year's total of 0 or more")
    await store.insert_month(conn, project.id, stated.year, new)
    await _tell(conn, act, project, _progressed(stands, new))
    return await _year(conn, project.id, stated.year)


def _progressed(year: ProjectYear, new: MonthStatement) -> facts.ProjectProgressed:
    return facts.ProjectProgressed(
        project_id=year.project.id,
        title=year.project.title,
        unit=year.project.unit,
        month=f"{year.year}-{new.month:02}",
        invested=new.invested,
        invested_to_date=year.invested_to(new.month),
        planned_in_year=year.planned,
        node=new.node,
        completion_rate=year.completion_rate,
    )


async def _tell(conn: Connection, act: Act, project: Project, payload: Payload) -> None:
    newer = replace(project, version=project.version + 1)
    await store.save_project(conn, newer)
    await outbox.append(conn, act.event(payload, subject=str(newer.id), version=newer.version))


async def _locked(conn: Connection, act: Act, project_id: UUID) -> Project:
    project = await store.lock_project(conn, project_id)
    if project is None:
        raise ProjectNotFoundError(project_id)
    act.expect(project.version)
    return project


async def _year(conn: Connection, project_id: UUID, year: int) -> ProjectYear:
    project = await store.find_project(conn, project_id)
    if project is None:
        raise ProjectNotFoundError(project_id)
    years = await store.years_of(conn, project)
    found = next((each for each in years if each.year == year), None)
    if found is None:
        raise YearNotPlannedError(project.title, year, [each.year for each in years])
    return found


async def _require_unit(conn: Connection, unit: str) -> None:
    faults = await unit_checks.unknown(conn, {"unit": unit})
    if faults:
        raise InvalidError(*faults)
