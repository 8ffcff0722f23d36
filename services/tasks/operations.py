"""What can be done with tasks: each function is one command in its caller's transaction; none commits."""

from dataclasses import replace
from uuid import UUID

from services.tasks import store, units
from services.tasks.changes import TaskChange
from services.tasks.domain import ASSIGNMENT_TRANSITIONS, TASK_TRANSITIONS, Assignment, Task, TaskDraft, Words
from services.tasks.errors import TaskNotFoundError
from services.tasks.transitions import Transition
from shared.auth import Principal, Role
from shared.clock import county_date
from shared.commands import Act
from shared.errors import FieldFault, InvalidError
from shared.postgres import Connection


async def assign(conn: Connection, act: Act, draft: TaskDraft) -> Task:
    """Make a task of the office's draft; refuse units it does not know and a due date that has passed."""
    act.principal.require(Role.OFFICE)
    named = {"lead_unit": draft.lead_unit, **units.named_in("cooperating_units", draft.cooperating_units)}
    faults = [*units.repeated(named), *await units.unknown(conn, named), *_past(act, draft)]
    if faults:
        raise InvalidError(*faults)
    task = await _insert(conn, act, draft)
    if task is None:
        raise AssertionError("only a resolution's task can exist already, and the office's draft is none")
    return task


async def assign_adopted(conn: Connection, act: Act, draft: TaskDraft) -> None:
    """Make the task of an adopted resolution, unless it has one.

    The resolution is a fact: its units are not held against the known ones (topics come in no common order, the unit
    may be heard of later), nor its due date against today.
    """
    await _insert(conn, act, draft)


async def _insert(conn: Connection, act: Act, draft: TaskDraft) -> Task | None:
    task = await store.insert_task(conn, draft, act.correlation_id, act.occurred_at)
    if task is None:
        return None
    lead = Assignment(task.id, draft.lead_unit, "lead", draft.due_on)
    others = (Assignment(task.id, unit, "cooperating", draft.due_on) for unit in draft.cooperating_units)
    parts = (lead, *others)
    await store.insert_assignments(conn, parts)
    change = TaskChange(replace(task, assignments=parts), act)
    change.assign()
    return await _saved(conn, change)


def _past(act: Act, draft: TaskDraft) -> list[FieldFault]:
    today = county_date(act.occurred_at)
    if draft.due_on >= today:
        return []
    return [FieldFault(field="due_on", reason=f"{draft.due_on} has passed", expected=f"{today} or later")]


async def move(conn: Connection, act: Act, task_id: UUID, unit: str, transition: str, words: Words) -> Task:
    """Take a unit's assignment through a transition of the table."""
    _authorise(act.principal, ASSIGNMENT_TRANSITIONS.named(transition), unit)
    change = await _locked(conn, act, task_id)
    change.move(unit, transition, words)
    return await _saved(conn, change)


def _authorise(principal: Principal, transition: Transition, unit: str) -> None:
    principal.require(*sorted(transition.roles))
    if principal.role is Role.UNIT:
        principal.require_unit(unit)


async def reopen(conn: Connection, act: Act, task_id: UUID, units_named: tuple[str, ...], words: Words) -> Task:
    """Open completed assignments of a task again: those named, or all."""
    act.principal.require(*sorted(ASSIGNMENT_TRANSITIONS.named("reopen").roles))
    change = await _locked(conn, act, task_id)
    named = units.named_in("units", units_named)
    faults = [*units.repeated(named), *_without_part(change.task, named)]
    if faults:
        raise InvalidError(*faults)
    change.reopen(units_named, words)
    return await _saved(conn, change)


def _without_part(task: Task, named: dict[str, str]) -> list[FieldFault]:
    having = ", ".join(each.unit for each in task.assignments)
    return [
        FieldFault(field=field, reason=f"{unit} has no assignment of this task", expected=f"some of {having}")
        for field, unit in named.items()
        if task.of_unit(unit) is None
    ]


async def cancel(conn: Connection, act: Act, task_id: UUID, words: Words) -> Task:
    """Make a task void."""
    act.principal.require(*sorted(TASK_TRANSITIONS.named("cancel").roles))
    change = await _locked(conn, act, task_id)
    change.cancel(words)
    return await _saved(conn, change)


async def _locked(conn: Connection, act: Act, task_id: UUID) -> TaskChange:
    task = await store.lock_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    act.expect(task.version)
    return TaskChange(task, act)


async def _saved(conn: Connection, change: TaskChange) -> Task:
    await store.save_changes(conn, [change])
    return change.task
