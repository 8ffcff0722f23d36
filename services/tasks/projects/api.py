"""Routes of major projects (port 8102). A unit sees its own; the office, leaders, auditors and platforms see all."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.tasks.projects import export, operations, store
from services.tasks.projects.errors import ProjectNotFoundError
from services.tasks.projects.schemas import (
    MonthView,
    PlanProject,
    PlanYear,
    ProjectDetail,
    ProjectView,
    StateMonth,
    UnitTotalView,
)
from services.tasks.projects.store import ProjectFilter
from shared.auth import Principal, Role
from shared.commands import OfficeEdge, UnitEdge, answer
from shared.downloads import XLSX, download
from shared.errors import ForbiddenError
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["projects"])

_PROJECT = "/v1/projects/{project_id}"
_REFUSALS = refusals(403, 404, 409, 412)
YearQuery = Annotated[int, Query(ge=2000, le=2199, description="Year of the plan.")]


async def _filter(
    caller: Caller,
    year: YearQuery,
    unit: Annotated[str | None, Query(max_length=64, description="Whose project it is.")] = None,
    sector: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of the title.")] = None,
    missing_month: Annotated[int | None, Query(ge=1, le=12, description="Nothing is stated of this month.")] = None,
) -> ProjectFilter:
    wanted = ProjectFilter(year=year, unit=unit, sector=sector, q=q or None, missing_month=missing_month)
    return replace(wanted, unit=_own(caller, unit))


def _own(caller: Principal, unit: str | None) -> str | None:
    if caller.role is not Role.UNIT:
        return unit
    if unit not in {None, caller.unit}:
        raise ForbiddenError(f"unit {caller.unit} sees its own projects only")
    return caller.unit


Wanted = Annotated[ProjectFilter, Depends(_filter)]


@router.get("/v1/projects", responses=refusals(403))
async def list_projects(wanted: Wanted, page: PageQuery, conn: ReadConnection) -> Page[ProjectView]:
    """List the projects of a year's plan with their months, newest first."""
    found = await store.page_of_projects(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, ProjectView.of, lambda year: [str(year.project.id)])


@router.get("/v1/projects/export", responses=refusals(403), response_class=Response)
async def export_projects(wanted: Wanted, request: Request, conn: ReadConnection) -> Response:
    """Give out the year's projects as xlsx (重大项目投资完成情况)."""
    content = await export.project_list(conn, wanted, runtime_of(request).clock())
    return download(content, "重大项目.xlsx", XLSX)


@router.get("/v1/projects/totals", responses=refusals(403))
async def read_totals(year: YearQuery, conn: ReadConnection, caller: Caller) -> list[UnitTotalView]:
    """Show plan, investment and rate of a year by unit."""
    return [UnitTotalView.of(each) for each in await store.totals_of_year(conn, year, _own(caller, None))]


@router.post("/v1/projects", status_code=201, response_model=ProjectView, responses=refusals(403, 409))
async def plan_project(body: PlanProject, edge: OfficeEdge) -> Response:
    """Put a new project into a year's plan (office)."""
    return await edge.run(
        "plan-project",
        "projects",
        lambda conn, act: operations.plan(conn, act, body.draft()),
        view=ProjectView.of,
        body=body,
        status=201,
    )


@router.get(_PROJECT, response_model=ProjectDetail, responses=refusals(403, 404))
async def read_project(project_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Show a project with all its years."""
    project = await store.find_project(conn, project_id)
    if project is None:
        raise ProjectNotFoundError(project_id)
    if caller.role is Role.UNIT:
        caller.require_unit(project.unit)
    return answer(ProjectDetail.of(project, await store.years_of(conn, project)))


@router.get(_PROJECT + "/months", responses=refusals(403, 404))
async def list_months(project_id: UUID, year: YearQuery, conn: ReadConnection, caller: Caller) -> list[MonthView]:
    """List every statement of a year's months, corrected ones too."""
    project = await store.find_project(conn, project_id)
    if project is None:
        raise ProjectNotFoundError(project_id)
    if caller.role is Role.UNIT:
        caller.require_unit(project.unit)
    return [MonthView.of(each) for each in await store.editions_of_month(conn, project_id, year)]


@router.put(_PROJECT + "/plan", response_model=ProjectView, responses=_REFUSALS)
async def plan_year(project_id: UUID, body: PlanYear, edge: OfficeEdge) -> Response:
    """Plan a year of a project, or change its plan (office)."""
    return await edge.run(
        "plan-project-year",
        f"projects/{project_id}",
        lambda conn, act: operations.plan_again(conn, act, project_id, body.of),
        view=ProjectView.of,
        body=body,
    )


@router.post(_PROJECT + "/months", response_model=ProjectView, responses=_REFUSALS)
async def state_month(project_id: UUID, body: StateMonth, edge: UnitEdge) -> Response:
    """State a month's investment and node: the project's unit, or the office for it; again only with a reason."""
    return await edge.run(
        "state-project-month",
        f"projects/{project_id}",
        lambda conn, act: operations.progress(conn, act, project_id, body.progress()),
        view=ProjectView.of,
        body=body,
    )
