"""Routes of problems (port 8102). A unit sees its own; the office, leaders, auditors and platforms see all."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from services.tasks.problems import export, operations, store
from services.tasks.problems.domain import ProblemState
from services.tasks.problems.errors import ProblemNotFoundError
from services.tasks.problems.schemas import (
    Escalate,
    ProblemDetail,
    ProblemView,
    RaiseProblem,
    Resolve,
    TaskOfProblem,
    Withdraw,
)
from services.tasks.problems.store import ProblemFilter
from services.tasks.schemas import TaskView
from shared.auth import Principal, Role
from shared.commands import OfficeEdge, UnitEdge, answer
from shared.downloads import XLSX, download
from shared.errors import ForbiddenError
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["problems"])

_PROBLEM = "/v1/problems/{problem_id}"
_REFUSALS = refusals(403, 404, 409, 412)


async def _filter(
    caller: Caller,
    unit: Annotated[str | None, Query(max_length=64, description="Who raised it.")] = None,
    state: Annotated[ProblemState | None, Query()] = None,
    sector: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of the title.")] = None,
) -> ProblemFilter:
    wanted = ProblemFilter(unit=unit, state=state, sector=sector, q=q or None)
    return replace(wanted, unit=_own(caller, unit)) if caller.role is Role.UNIT else wanted


def _own(caller: Principal, unit: str | None) -> str | None:
    if unit not in {None, caller.unit}:
        raise ForbiddenError(f"unit {caller.unit} sees its own problems only")
    return caller.unit


Wanted = Annotated[ProblemFilter, Depends(_filter)]


@router.get("/v1/problems", responses=refusals(403))
async def list_problems(wanted: Wanted, page: PageQuery, conn: ReadConnection) -> Page[ProblemView]:
    """List problems, newest first."""
    found = await store.page_of_problems(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, ProblemView.of, lambda problem: [str(problem.id)])


@router.get("/v1/problems/export", responses=refusals(403), response_class=Response)
async def export_problems(wanted: Wanted, request: Request, conn: ReadConnection) -> Response:
    """Give out the list of problems as xlsx (突出问题清单), at most 5,000, newest first."""
    content = await export.problem_list(conn, wanted, runtime_of(request).clock())
    return download(content, "突出问题清单.xlsx", XLSX)


@router.post("/v1/problems", status_code=201, response_model=ProblemView, responses=refusals(403))
async def raise_problem(body: RaiseProblem, edge: UnitEdge) -> Response:
    """Bring a problem to the office: a unit its own, or the office for it."""
    return await edge.run(
        "raise-problem",
        "problems",
        lambda conn, act: operations.raise_problem(conn, act, body.draft()),
        view=ProblemView.of,
        body=body,
        status=201,
    )


@router.get(_PROBLEM, response_model=ProblemDetail, responses=refusals(403, 404))
async def read_problem(problem_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Show a problem with its history."""
    problem = await store.find_problem(conn, problem_id)
    if problem is None:
        raise ProblemNotFoundError(problem_id)
    if caller.role is Role.UNIT:
        caller.require_unit(problem.unit)
    return answer(ProblemDetail.with_history(problem, await store.history_of_problem(conn, problem_id)))


@router.post(_PROBLEM + "/escalate", response_model=ProblemView, responses=_REFUSALS)
async def escalate(
    problem_id: UUID, edge: OfficeEdge, body: Annotated[Escalate, Body(default_factory=Escalate)]
) -> Response:
    """Bring a problem to a special meeting (提请专题会议, office)."""
    return await edge.run(
        "escalate-problem",
        f"problems/{problem_id}",
        lambda conn, act: operations.escalate(conn, act, problem_id, body.note),
        view=ProblemView.of,
        body=body,
    )


@router.post(_PROBLEM + "/resolve", response_model=ProblemView, responses=_REFUSALS)
async def resolve(problem_id: UUID, body: Resolve, edge: OfficeEdge) -> Response:
    """Settle a problem by the office's word."""
    return await edge.run(
        "resolve-problem",
        f"problems/{problem_id}",
        lambda conn, act: operations.resolve(conn, act, problem_id, body.resolution),
        view=ProblemView.of,
        body=body,
    )


@router.post(_PROBLEM + "/withdraw", response_model=ProblemView, responses=_REFUSALS)
async def withdraw(problem_id: UUID, body: Withdraw, edge: UnitEdge) -> Response:
    """Take a problem back: who raised it, or the office."""
    return await edge.run(
        "withdraw-problem",
        f"problems/{problem_id}",
        lambda conn, act: operations.withdraw(conn, act, problem_id, body.reason),
        view=ProblemView.of,
        body=body,
    )


@router.post(_PROBLEM + "/task", status_code=201, response_model=TaskView, responses=refusals(403, 404, 409))
async def make_task(problem_id: UUID, body: TaskOfProblem, edge: OfficeEdge) -> Response:
    """Make the problem's task, once (office)."""
    return await edge.run(
        "make-task-of-problem",
        f"problems/{problem_id}",
        lambda conn, act: operations.make_task(conn, act, problem_id, body.draft()),
        view=TaskView.of,
        body=body,
        status=201,
    )
