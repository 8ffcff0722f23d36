"""What can be done with problems: one command each, in its caller's transaction; none commits."""

from dataclasses import replace
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks import store as task_store
from services.tasks import units as unit_checks
from services.tasks.domain import Task, TaskDraft
from services.tasks.problems import store
from services.tasks.problems.changes import ProblemChange
from services.tasks.problems.domain import PROBLEM_TRANSITIONS, Problem, ProblemDraft, ProblemState
from services.tasks.problems.errors import ProblemHasTaskError, ProblemNotFoundError
from shared.auth import Role
from shared.commands import Act
from shared.contracts.envelope import Event
from shared.contracts.meetings import DecisionTaken
from shared.errors import ConflictError, InvalidError
from shared.postgres import Connection


async def raise_problem(conn: Connection, act: Act, draft: ProblemDraft) -> Problem:
    """Bring a problem to the office: a unit its own, or the office for a unit."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    act.principal.require_unit(draft.unit)
    faults = await unit_checks.unknown(conn, {"unit": draft.unit})
    if faults:
        raise InvalidError(*faults)
    change = ProblemChange(await store.insert_problem(conn, draft, act.occurred_at, act.correlation_id), act)
    change.raise_()
    return await _saved(conn, change)


async def escalate(conn: Connection, act: Act, problem_id: UUID, note: str | None) -> Problem:
    """Bring a problem to a special meeting (office)."""
    act.principal.require(*PROBLEM_TRANSITIONS.named("escalate").roles)
    change = await _locked(conn, act, problem_id)
    change.escalate(note)
    return await _saved(conn, change)


async def resolve(conn: Connection, act: Act, problem_id: UUID, resolution: str) -> Problem:
    """Settle a problem by the office's word."""
    act.principal.require(*PROBLEM_TRANSITIONS.named("resolve").roles)
    change = await _locked(conn, act, problem_id)
    change.resolve(resolution)
    return await _saved(conn, change)


async def withdraw(conn: Connection, act: Act, problem_id: UUID, reason: str) -> Problem:
    """Take a problem back: who raised it, or the office."""
    act.principal.require(*sorted(PROBLEM_TRANSITIONS.named("withdraw").roles))
    change = await _locked(conn, act, problem_id)
    act.principal.require_unit(change.problem.unit)
    change.withdraw(reason)
    return await _saved(conn, change)


async def make_task(conn: Connection, act: Act, problem_id: UUID, draft: TaskDraft) -> Task:
    """Make the problem's task (office), once, whatever became of the problem short of a withdrawal."""
    act.principal.require(Role.OFFICE)
    problem = await store.lock_problem(conn, problem_id)
    if problem is None:
        raise ProblemNotFoundError(problem_id)
    if problem.task_id is not None:
        raise ProblemHasTaskError(problem.title, problem.task_id)
    if problem.state == ProblemState.WITHDRAWN:
        raise ConflictError("the problem is withdrawn: no task follows from it")
    task = await tasks.assign(
        conn,
        act,
        replace(draft, source_id=str(problem_id), meeting_id=problem.meeting_id, origin=f"problem:{problem_id}"),
    )
    await store.save_problem(conn, problem.with_task(task.id))
    return task


async def take_task(conn: Connection, act: Act, problem_id: UUID, task: Task) -> None:
    """Take a resolution's task as the problem's; if the office made one before, say in the history that there are two.

    Of a resolution of several tasks the first is the problem's.
    """
    problem = await store.lock_problem(conn, problem_id)
    if problem is None:
        return
    if problem.task_id is None:
        await store.save_problem(conn, problem.with_task(task.id))
        return
    present = await task_store.find_task(conn, problem.task_id)
    if present is not None and present.source_id != task.source_id:
        change = ProblemChange(problem, act)
        change.note_second_task(task.id)
        await store.save_change(conn, change)


async def on_decision_taken(conn: Connection, event: Event) -> None:
    """Follow a meeting's decision on a problem: adopted settles it, rejected returns it, deferred leaves it there.

    A decision on a problem that is settled already changes nothing.
    """
    decision: DecisionTaken = event.data
    if decision.problem_id is None:
        return
    problem = await store.lock_problem(conn, decision.problem_id)
    if problem is None or problem.state not in PROBLEM_TRANSITIONS.named("resolve").sources:
        return
    change = ProblemChange(problem, Act.because_of(event, "tasks"))
    change.note_decision(decision.decision)
    if decision.decision in {"adopted", "adopted_in_principle"}:
        link = decision.conditions_link or f"/v1/meetings/{decision.meeting_id}"
        change.resolve(None, decision.meeting_id, link)
    elif decision.decision == "rejected" and problem.state == ProblemState.ESCALATED:
        change.return_(decision.meeting_id)
    await store.save_change(conn, change)


HANDLERS = {DecisionTaken.event_type: on_decision_taken}


async def _locked(conn: Connection, act: Act, problem_id: UUID) -> ProblemChange:
    problem = await store.lock_problem(conn, problem_id)
    if problem is None:
        raise ProblemNotFoundError(problem_id)
    act.expect(problem.version)
    return ProblemChange(problem, act)


async def _saved(conn: Connection, change: ProblemChange) -> Problem:
    await store.save_change(conn, change)
    return change.problem
