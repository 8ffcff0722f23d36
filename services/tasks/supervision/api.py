"""Routes of slips, reminders and dated targets (port 8102)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from services.tasks.errors import TaskNotFoundError
from services.tasks.schemas import Occurrence
from services.tasks.store import find_task
from services.tasks.supervision import operations, store
from services.tasks.supervision.domain import Occasion, SlipState
from services.tasks.supervision.errors import SlipNotFoundError
from services.tasks.supervision.schemas import (
    AnswerSlip,
    IssueSlip,
    ReminderView,
    SetTargets,
    SlipView,
    TargetsView,
)
from services.tasks.supervision.store import SlipFilter
from services.tasks.supervision.watch import rules_of
from shared.auth import Principal, Role
from shared.commands import OfficeEdge, UnitEdge
from shared.contracts.tasks import SlipColour
from shared.errors import ForbiddenError
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["supervision"])

UnitPath = Annotated[str, Path(max_length=64, description="Code of the unit whose assignment it is.")]
_PART = "/v1/tasks/{task_id}/assignments/{unit}"
_REFUSALS = refusals(403, 404, 409, 412)


@router.post(_PART + "/slips", status_code=201, response_model=SlipView, responses=_REFUSALS)
async def issue_slip(task_id: UUID, unit: UnitPath, body: IssueSlip, request: Request, edge: OfficeEdge) -> Response:
    """Send a supervision slip by hand (督办, office); its colour follows from the slip before."""
    rule = rules_of(runtime_of(request)).slips
    return await edge.run(
        "issue-slip",
        f"tasks/{task_id}/assignments/{unit}",
        lambda conn, act: operations.issue(
            conn, act, task_id, unit, rule, text=body.text, answer_due_on=body.answer_due_on
        ),
        view=SlipView.of,
        body=body,
        status=201,
    )


@router.post(_PART + "/remind", response_model=ReminderView, responses=_REFUSALS)
async def remind(
    task_id: UUID, unit: UnitPath, edge: OfficeEdge, body: Annotated[Occurrence, Body(default_factory=Occurrence)]
) -> Response:
    """Remind a unit of its part (催办, office)."""
    return await edge.run(
        "remind-assignment",
        f"tasks/{task_id}/assignments/{unit}",
        lambda conn, act: operations.remind(conn, act, task_id, unit),
        view=ReminderView.of,
        body=body,
    )


@router.put(_PART + "/targets", response_model=TargetsView, responses=_REFUSALS)
async def set_targets(task_id: UUID, unit: UnitPath, body: SetTargets, edge: OfficeEdge) -> Response:
    """Set the dated milestones or monthly targets of a part (office); behind one, its light is yellow."""
    return await edge.run(
        "set-targets",
        f"tasks/{task_id}/assignments/{unit}",
        lambda conn, act: operations.set_targets(conn, act, task_id, unit, body.dated()),
        view=TargetsView.of,
        body=body,
    )


@router.get(_PART + "/targets", responses=refusals(404))
async def read_targets(task_id: UUID, unit: UnitPath, conn: ReadConnection, _caller: Caller) -> TargetsView:
    """Show the dated targets of a part."""
    if await find_task(conn, task_id) is None:
        raise TaskNotFoundError(task_id)
    return TargetsView.of((await store.targets_of(conn, [task_id])).get((task_id, unit), []))


def _own(caller: Principal, unit: str | None) -> str | None:
    if caller.role is not Role.UNIT:
        return unit
    if unit not in {None, caller.unit}:
        raise ForbiddenError(f"unit {caller.unit} sees its own slips and reminders only")
    return caller.unit


async def _filter(
    caller: Caller,
    unit: Annotated[str | None, Query(max_length=64, description="Who is pressed.")] = None,
    state: Annotated[SlipState | None, Query()] = None,
    colour: Annotated[SlipColour | None, Query()] = None,
    task_id: Annotated[UUID | None, Query()] = None,
) -> SlipFilter:
    return SlipFilter(unit=_own(caller, unit), state=state, colour=colour, task_id=task_id)


@router.get("/v1/slips", responses=refusals(403))
async def list_slips(
    wanted: Annotated[SlipFilter, Depends(_filter)], page: PageQuery, conn: ReadConnection
) -> Page[SlipView]:
    """List supervision slips, newest first; a unit sees its own."""
    found = await store.page_of_slips(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, SlipView.of, lambda slip: [str(slip.id)])


@router.get("/v1/slips/{slip_id}", responses=refusals(403, 404))
async def read_slip(slip_id: UUID, conn: ReadConnection, caller: Caller) -> SlipView:
    """Show a supervision slip."""
    slip = await store.find_slip(conn, slip_id)
    if slip is None:
        raise SlipNotFoundError(slip_id)
    _own(caller, slip.unit)
    return SlipView.of(slip)


@router.post("/v1/slips/{slip_id}/answer", response_model=SlipView, responses=refusals(403, 404, 409))
async def answer_slip(slip_id: UUID, body: AnswerSlip, edge: UnitEdge) -> Response:
    """Answer a slip: the unit itself, or the office for it."""
    return await edge.run(
        "answer-slip",
        f"slips/{slip_id}",
        lambda conn, act: operations.answer(conn, act, slip_id, body.answer),
        view=SlipView.of,
        body=body,
    )


@router.get("/v1/reminders", responses=refusals(403))
async def list_reminders(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    unit: Annotated[str | None, Query(max_length=64)] = None,
    occasion: Annotated[Occasion | None, Query()] = None,
) -> Page[ReminderView]:
    """List reminders of parts and reports, newest first; a unit sees its own."""
    found = await store.page_of_reminders(conn, _own(caller, unit), occasion, id_bound(page), page.fetch)
    return page.cut(found, ReminderView.of, lambda reminder: [str(reminder.id)])
