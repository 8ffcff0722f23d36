"""Routes of tasks and their assignments (port 8102)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Response

from services.tasks import operations, store
from services.tasks.cursors import id_before, number_after
from services.tasks.domain import State, Task, Words
from services.tasks.errors import TaskNotFoundError
from services.tasks.schemas import (
    CreateTask,
    HistoryView,
    Occurrence,
    Reasoned,
    Remark,
    ReopenTask,
    ReportProgress,
    TaskDetail,
    TaskView,
)
from services.tasks.store import TaskFilter
from shared.commands import CommandBody, CommandEdge, OfficeEdge, UnitEdge, answer
from shared.contracts import tasks as facts
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["tasks"])

SHOWN_HISTORY = 200
"""Lines of history that a task is shown with."""

UnitPath = Annotated[str, Path(max_length=64, description="Code of the unit whose assignment it is.")]

_REFUSALS = refusals(403, 404, 409, 412)

NothingSaid = Annotated[Occurrence, Body(default_factory=Occurrence)]
PerhapsRemark = Annotated[Remark, Body(default_factory=Remark)]


def _filter(
    state: Annotated[State | None, Query(description="The task's derived state.")] = None,
    unit: Annotated[str | None, Query(max_length=64, description="A unit that has an assignment.")] = None,
    role: Annotated[facts.Role | None, Query(description="The role of `unit`'s (or of some) assignment.")] = None,
    source_id: Annotated[str | None, Query(max_length=200, description="What the task comes from.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of the title.")] = None,
) -> TaskFilter:
    return TaskFilter(state=state, source_id=source_id, q=q or None, unit=unit, role=role)


@router.get("/v1/tasks", responses=refusals())
async def list_tasks(
    wanted: Annotated[TaskFilter, Depends(_filter)], page: PageQuery, conn: ReadConnection, _caller: Caller
) -> Page[TaskView]:
    """List tasks with their assignments, newest first."""
    tasks = await store.page_of_tasks(conn, wanted, id_before(page), page.fetch)
    return page.cut(tasks, TaskView.of, lambda task: [str(task.id)])


@router.post("/v1/tasks", status_code=201, response_model=TaskView, responses=refusals(403))
async def create_task(body: CreateTask, edge: OfficeEdge) -> Response:
    """Give a task to its units (office); the same Idempotency-Key twice makes one task."""
    return await edge.run(
        "create-task",
        "tasks",
        lambda conn, act: operations.assign(conn, act, body.draft()),
        view=TaskView.of,
        body=body,
        status=201,
    )


@router.get("/v1/tasks/{task_id}", response_model=TaskDetail, responses=refusals(404))
async def read_task(task_id: UUID, conn: ReadConnection, _caller: Caller) -> Response:
    """Show a task with its assignments, progress and history."""
    task = await _found(conn, task_id)
    return answer(TaskDetail.with_history(task, await store.latest_history(conn, task_id, SHOWN_HISTORY)))


@router.get("/v1/tasks/{task_id}/history", responses=refusals(404))
async def list_history(task_id: UUID, page: PageQuery, conn: ReadConnection, _caller: Caller) -> Page[HistoryView]:
    """List what happened to a task, oldest first: each transition with who, when and why."""
    await _found(conn, task_id)
    entries = await store.page_of_history(conn, task_id, number_after(page), page.fetch)
    return page.cut(entries, HistoryView.of, lambda entry: [entry.id])


async def _found(conn: ReadConnection, task_id: UUID) -> Task:
    task = await store.find_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    return task


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


@router.post(_ASSIGNMENT + "/reopen", response_model=TaskView, responses=_REFUSALS)
async def reopen_assignment(task_id: UUID, unit: UnitPath, body: Reasoned, edge: OfficeEdge) -> Response:
    """Open one completed assignment again (office)."""
    return await _move(edge, task_id, unit, "reopen", body, body.words())


@router.post("/v1/tasks/{task_id}/reopen", response_model=TaskView, responses=_REFUSALS)
async def reopen_task(task_id: UUID, body: ReopenTask, edge: OfficeEdge) -> Response:
    """Open completed assignments again (office): those of `units`, or all; what they earned no longer stands."""
    return await edge.run(
        "reopen-task",
        f"tasks/{task_id}",
        lambda conn, act: operations.reopen(conn, act, task_id, body.units, body.words()),
        view=TaskView.of,
        body=body,
    )


@router.post("/v1/tasks/{task_id}/cancel", response_model=TaskView, responses=_REFUSALS)
async def cancel_task(task_id: UUID, body: Reasoned, edge: OfficeEdge) -> Response:
    """Make a task void (office): its assignments count neither as done nor as open."""
    return await edge.run(
        "cancel-task",
        f"tasks/{task_id}",
        lambda conn, act: operations.cancel(conn, act, task_id, body.words()),
        view=TaskView.of,
        body=body,
    )
