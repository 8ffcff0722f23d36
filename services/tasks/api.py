"""Routes of tasks and their assignments (port 8102)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Response

from services.tasks import operations, store
from services.tasks.cursors import day_and_id_after, number_after
from services.tasks.domain import Task, Words
from services.tasks.errors import TaskNotFoundError
from services.tasks.plans import store as plans
from services.tasks.schemas import (
    CreateTask,
    HistoryView,
    Occurrence,
    Reasoned,
    ReasonedForUnits,
    Reassign,
    Remark,
    ReportProgress,
    TaskDetail,
    TaskView,
    UnitPath,
    shown,
)
from services.tasks.search import store as search
from services.tasks.search.api import Wanted
from services.tasks.search.domain import Cursor, TaskSearch, due_of
from services.tasks.states import State
from services.tasks.store import TaskFilter
from shared.auth import Principal, Role
from shared.commands import CommandBody, CommandEdge, OfficeEdge, UnitEdge, answer
from shared.pages import Page, PageQuery, PageRequest, id_bound
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["tasks"])

SHOWN_HISTORY = 200
"""Lines of history that a task is shown with."""

_REFUSALS = refusals(403, 404, 409, 412)

NothingSaid = Annotated[Occurrence, Body(default_factory=Occurrence)]
PerhapsRemark = Annotated[Remark, Body(default_factory=Remark)]


@router.get("/v1/tasks", response_model=Page[TaskView], responses=refusals())
async def list_tasks(wanted: Wanted, page: PageQuery, conn: ReadConnection, caller: Caller) -> Response:
    """List tasks with their assignments, newest first or by due date; drafts only for the office that asks for them."""
    if wanted.drafts and caller.role is not Role.OFFICE:
        return page.written([], shown, list)
    if not wanted.plain:
        return await _search(wanted, page, conn)
    state = wanted.states[0] if wanted.states else None
    narrow = TaskFilter(state, wanted.source_id, unit=wanted.unit, role=wanted.role)
    tasks = await store.page_of_tasks(conn, narrow, id_bound(page), page.fetch)
    return page.written(tasks, shown, lambda task: [str(task.id)])


async def _search(wanted: TaskSearch, page: PageRequest, conn: ReadConnection) -> Response:
    if wanted.sort == "newest":
        tasks = await search.search(conn, wanted, Cursor(id_bound(page)), page.fetch)
        return page.written(tasks, shown, lambda task: [str(task.id)])
    due_on, task_id = day_and_id_after(page)
    tasks = await search.search(conn, wanted, Cursor(task_id, due_on), page.fetch)
    return page.written(tasks, shown, lambda task: [due_of(task, wanted.unit).isoformat(), str(task.id)])


@router.post("/v1/tasks", status_code=201, response_model=TaskView, responses=refusals(403))
async def create_task(body: CreateTask, edge: OfficeEdge) -> Response:
    """Give a task to its units (office), or keep it as a draft; the same Idempotency-Key twice makes one task."""
    make = operations.put_down if body.draft else operations.assign
    return await edge.run(
        "create-task",
        "tasks",
        lambda conn, act: make(conn, act, body.drafted()),
        view=TaskView.of,
        body=body,
        status=201,
    )


@router.get("/v1/tasks/{task_id}", response_model=TaskDetail, responses=refusals(404))
async def read_task(task_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Show a task with its assignments, progress and history."""
    task = await _found(conn, task_id, caller)
    entries = await store.latest_history(conn, task_id, SHOWN_HISTORY)
    served = await plans.items_of_tasks(conn, [task_id])
    children = [child for child in await store.children_of(conn, task_id) if _visible(child, caller)]
    return answer(TaskDetail.whole(task, entries, served, children))


@router.get("/v1/tasks/{task_id}/history", responses=refusals(404))
async def list_history(task_id: UUID, page: PageQuery, conn: ReadConnection, caller: Caller) -> Page[HistoryView]:
    """List what happened to a task, oldest first: each transition with who, when and why."""
    await _found(conn, task_id, caller)
    entries = await store.page_of_history(conn, task_id, number_after(page), page.fetch)
    return page.cut(entries, HistoryView.of, lambda entry: [entry.id])


async def _found(conn: ReadConnection, task_id: UUID, caller: Principal) -> Task:
    task = await store.find_task(conn, task_id)
    if task is None or not _visible(task, caller):
        raise TaskNotFoundError(task_id)
    return task


def _visible(task: Task, caller: Principal) -> bool:
    return task.state != State.DRAFT or caller.role is Role.OFFICE


async def _move(
    edge: CommandEdge, task_id: UUID, unit: str, transition: str, body: CommandBody, words: Words
) -> Response:
    return await edge.run(
        f"{transition}-assignment",
        f"tasks/{task_id}/assignments/{unit}",
        lambda conn, act: operations.move(conn, act, task_id, unit, transition, words),
        view=TaskView.of,
        body=body,
    )


_ASSIGNMENT = "/v1/tasks/{task_id}/assignments/{unit}"


@router.post(_ASSIGNMENT + "/acknowledge", response_model=TaskView, responses=_REFUSALS)
async def acknowledge(task_id: UUID, unit: UnitPath, edge: UnitEdge, body: NothingSaid) -> Response:
    """Take note of an assignment (签收): the unit itself, or the office for it."""
    return await _move(edge, task_id, unit, "acknowledge", body, Words())


@router.post(_ASSIGNMENT + "/progress", response_model=TaskView, responses=_REFUSALS)
async def progress(task_id: UUID, unit: UnitPath, body: ReportProgress, edge: UnitEdge) -> Response:
    """Report progress (进展): the unit itself, or the office for it."""
    return await _move(edge, task_id, unit, "progress", body, body.words())


@router.post(_ASSIGNMENT + "/request-completion", response_model=TaskView, responses=_REFUSALS)
async def request_completion(task_id: UUID, unit: UnitPath, edge: UnitEdge, body: PerhapsRemark) -> Response:
    """Say that the part is done (申请办结): the unit itself, or the office for it. Lateness ends here."""
    return await _move(edge, task_id, unit, "request-completion", body, body.words())


@router.post(_ASSIGNMENT + "/complete", response_model=TaskView, responses=_REFUSALS)
async def complete(task_id: UUID, unit: UnitPath, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Accept the completion (办结, office)."""
    return await _move(edge, task_id, unit, "complete", body, Words())


@router.post(_ASSIGNMENT + "/send-back", response_model=TaskView, responses=_REFUSALS)
async def send_back(task_id: UUID, unit: UnitPath, body: Reasoned, edge: OfficeEdge) -> Response:
    """Refuse the completion (驳回重办, office)."""
    return await _move(edge, task_id, unit, "send-back", body, body.words())


@router.post(_ASSIGNMENT + "/bounce", response_model=TaskView, responses=_REFUSALS)
async def bounce(task_id: UUID, unit: UnitPath, body: Reasoned, edge: UnitEdge) -> Response:
    """Give an assignment back as not one's own (退回): the unit itself."""
    return await _move(edge, task_id, unit, "bounce", body, body.words())


@router.post(_ASSIGNMENT + "/reassign", response_model=TaskView, responses=_REFUSALS)
async def reassign(task_id: UUID, unit: UnitPath, body: Reassign, edge: OfficeEdge) -> Response:
    """Give the part to another unit (改派, office), or a bounced one back to the same unit."""
    return await edge.run(
        "reassign-assignment",
        f"tasks/{task_id}/assignments/{unit}",
        lambda conn, act: operations.reassign(conn, act, task_id, unit, body.to_unit, body.due_on, body.words()),
        view=TaskView.of,
        body=body,
    )


@router.post(_ASSIGNMENT + "/reopen", response_model=TaskView, responses=_REFUSALS)
async def reopen_assignment(task_id: UUID, unit: UnitPath, body: Reasoned, edge: OfficeEdge) -> Response:
    """Open one completed assignment again (office)."""
    return await _move(edge, task_id, unit, "reopen", body, body.words())


@router.post(_ASSIGNMENT + "/suspend", response_model=TaskView, responses=_REFUSALS)
async def suspend_assignment(task_id: UUID, unit: UnitPath, body: Reasoned, edge: OfficeEdge) -> Response:
    """Let one unit's work rest (中止, office): meanwhile it does not go overdue."""
    return await _move(edge, task_id, unit, "suspend", body, body.words())


@router.post(_ASSIGNMENT + "/resume", response_model=TaskView, responses=_REFUSALS)
async def resume_assignment(task_id: UUID, unit: UnitPath, edge: OfficeEdge, body: PerhapsRemark) -> Response:
    """Let one unit's work go on (恢复, office); its due date moves by the days of the rest."""
    return await _move(edge, task_id, unit, "resume", body, body.words())


async def _move_all(
    edge: CommandEdge, task_id: UUID, name: str, body: CommandBody, words: Words, units: tuple[str, ...] = ()
) -> Response:
    return await edge.run(
        f"{name}-task",
        f"tasks/{task_id}",
        lambda conn, act: operations.move_all(conn, act, task_id, name, words, units),
        view=TaskView.of,
        body=body,
    )


@router.post("/v1/tasks/{task_id}/reopen", response_model=TaskView, responses=_REFUSALS)
async def reopen_task(task_id: UUID, body: ReasonedForUnits, edge: OfficeEdge) -> Response:
    """Open completed assignments again (office): those of `units`, or all; what they earned no longer stands."""
    return await _move_all(edge, task_id, "reopen", body, body.words(), body.units)


@router.post("/v1/tasks/{task_id}/suspend", response_model=TaskView, responses=_REFUSALS)
async def suspend_task(task_id: UUID, body: ReasonedForUnits, edge: OfficeEdge) -> Response:
    """Let the work of `units`, or of all, rest (中止, office): meanwhile it does not go overdue."""
    return await _move_all(edge, task_id, "suspend", body, body.words(), body.units)


@router.post("/v1/tasks/{task_id}/resume", response_model=TaskView, responses=_REFUSALS)
async def resume_task(task_id: UUID, edge: OfficeEdge, body: PerhapsRemark) -> Response:
    """Let suspended work go on (恢复, office); due dates move by the days of the rest."""
    return await _move_all(edge, task_id, "resume", body, body.words())


@router.post("/v1/tasks/{task_id}/close-out", response_model=TaskView, responses=_REFUSALS)
async def close_out_task(task_id: UUID, edge: OfficeEdge, body: PerhapsRemark) -> Response:
    """Take a completed task off the list (销号, office)."""
    return await _move_all(edge, task_id, "close-out", body, body.words())


@router.post("/v1/tasks/{task_id}/cancel", response_model=TaskView, responses=_REFUSALS)
async def cancel_task(task_id: UUID, body: Reasoned, edge: OfficeEdge) -> Response:
    """Make a task void (office): its assignments count neither as done nor as open."""
    return await _move_all(edge, task_id, "cancel", body, body.words())


@router.post("/v1/tasks/{task_id}/assign", response_model=TaskView, responses=_REFUSALS)
async def assign_draft(task_id: UUID, edge: OfficeEdge, body: PerhapsRemark) -> Response:
    """Give a drafted task to its units (交办, office)."""
    return await edge.run(
        "assign-task",
        f"tasks/{task_id}",
        lambda conn, act: operations.assign_draft(conn, act, task_id, body.words()),
        view=TaskView.of,
        body=body,
    )


@router.put("/v1/tasks/{task_id}", response_model=TaskView, responses=_REFUSALS)
async def rewrite_draft(task_id: UUID, body: CreateTask, edge: OfficeEdge) -> Response:
    """Write a draft anew (office); what was assigned is changed by its transitions alone."""
    return await edge.run(
        "rewrite-draft",
        f"tasks/{task_id}",
        lambda conn, act: operations.rewrite_draft(conn, act, task_id, body.drafted()),
        view=TaskView.of,
        body=body,
    )


@router.delete("/v1/tasks/{task_id}", response_model=TaskView, responses=_REFUSALS)
async def discard_draft(task_id: UUID, edge: OfficeEdge) -> Response:
    """Throw a draft away (office); what was assigned can only be cancelled."""
    return await edge.run(
        "discard-draft",
        f"tasks/{task_id}",
        lambda conn, act: operations.discard_draft(conn, act, task_id),
        view=TaskView.of,
    )
