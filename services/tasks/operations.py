"""What can be done with tasks: each function is one command in its caller's transaction; none commits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.tasks import store, units
from services.tasks.attachments import operations as attachments
from services.tasks.changes import TaskChange
from services.tasks.domain import Assignment, Task, TaskDraft, Words
from services.tasks.errors import IllegalTransitionError, TaskNotFoundError
from services.tasks.milestones import domain as milestones
from services.tasks.milestones import store as milestone_store
from services.tasks.states import ASSIGNMENT_TRANSITIONS, OPEN, TASK_TRANSITIONS, State
from services.tasks.transitions import Transition
from shared.auth import Principal, Role
from shared.clock import county_date
from shared.commands import Act
from shared.errors import FieldFault, InvalidError
from shared.ids import new_id
from shared.postgres import Connection


async def assign(conn: Connection, act: Act, draft: TaskDraft) -> Task:
    """Make a task of the office's draft; refuse units it does not know and a due date that has passed."""
    await _require_assignable(conn, act, draft)
    (task,) = await _insert(conn, [_assigned(act, draft)])
    return task


async def _require_assignable(conn: Connection, act: Act, draft: TaskDraft) -> None:
    act.principal.require(Role.OFFICE)
    named = {"lead_unit": draft.lead_unit, **units.named_in("cooperating_units", draft.cooperating_units)}
    faults = [*units.repeated(named), *past(act, draft.due_on)]
    faults += await units.faults(conn, named, county_date(act.occurred_at))
    faults += await _without_parent(conn, draft)
    if faults:
        raise InvalidError(*faults)


async def _without_parent(conn: Connection, draft: TaskDraft) -> list[FieldFault]:
    if draft.parent_id is None:
        return []
    parent = await store.find_task(conn, draft.parent_id)
    if parent is not None and parent.parent_id is None:
        return []
    reason = f"there is no task {draft.parent_id}" if parent is None else f"{draft.parent_id} is a sub-task itself"
    return [FieldFault(field="parent_id", reason=reason, expected="the id of a task that is no sub-task")]


async def assign_once(conn: Connection, act: Act, draft: TaskDraft) -> Task | None:
    """Make a task unless what it comes from has one; return it, or None.

    What comes from an event is a fact: its units are not held against the known ones (topics come in no common order,
    the unit may be heard of later), nor its due date against today.
    """
    made = await _insert(conn, [_assigned(act, draft)])
    return made[0] if made else None


async def assign_all(conn: Connection, act: Act, drafts: Sequence[TaskDraft]) -> list[Task]:
    """Make several new tasks in one act; what they come from has none yet, which their caller's lock ensures."""
    made = await _insert(conn, [_assigned(act, draft) for draft in drafts]) if drafts else []
    if len(made) < len(drafts):
        raise AssertionError("of what these come from, something has a task already")
    return made


async def put_down(conn: Connection, act: Act, draft: TaskDraft) -> Task:
    """Keep a draft of a task (office): no unit sees it and no event tells of it until it is assigned."""
    await _require_assignable(conn, act, draft)
    (task,) = await _insert(conn, [TaskChange(_new(act, draft, State.DRAFT), act)])
    return task


def _assigned(act: Act, draft: TaskDraft) -> TaskChange:
    change = TaskChange(_new(act, draft, State.ASSIGNED), act)
    change.assign()
    return change


def _new(act: Act, draft: TaskDraft, state: State) -> Task:
    return draft.at(new_id(), state, act.correlation_id, act.occurred_at)


async def _insert(conn: Connection, changes: Sequence[TaskChange]) -> list[Task]:
    made = await store.insert_tasks(conn, changes)
    nodes = [node for task in made for node in milestones.of_kind(task.id, task.kind)]
    if nodes:
        await milestone_store.insert_milestones(conn, nodes)
    return made


def past(act: Act, due_on: date, field: str = "due_on") -> list[FieldFault]:
    """Return a fault if a due date has passed already."""
    today = county_date(act.occurred_at)
    if due_on >= today:
        return []
    return [FieldFault(field=field, reason=f"{due_on} has passed", expected=f"{today} or later")]


async def assign_draft(conn: Connection, act: Act, task_id: UUID, words: Words) -> Task:
    """Give a drafted task to its units (交办)."""
    act.principal.require(*sorted(TASK_TRANSITIONS.named("assign").roles))
    change = await locked(conn, act, task_id)
    _require_draft(change.task, "assign", act)
    faults = past(act, change.task.due_on)
    if faults:
        raise InvalidError(*faults)
    change.assign(words)
    return await _saved(conn, change)


async def rewrite_draft(conn: Connection, act: Act, task_id: UUID, draft: TaskDraft) -> Task:
    """Write a draft anew (office): all of it, with the milestones of its kind."""
    await _require_assignable(conn, act, draft)
    change = await locked(conn, act, task_id)
    _require_draft(change.task, "rewrite", act)
    task = await store.rewrite_draft(conn, task_id, draft)
    await milestone_store.replace_milestones(conn, task_id, milestones.of_kind(task_id, draft.kind))
    parts = draft.parts(task_id, State.DRAFT)
    await store.insert_assignments(conn, parts)
    return replace(task, assignments=parts)


async def discard_draft(conn: Connection, act: Act, task_id: UUID) -> Task:
    """Throw a draft away: nobody was told of it."""
    act.principal.require(Role.OFFICE)
    change = await locked(conn, act, task_id)
    _require_draft(change.task, "discard", act)
    await store.delete_draft(conn, task_id)
    return change.task


def _require_draft(task: Task, name: str, act: Act) -> None:
    if task.state != State.DRAFT:
        raise IllegalTransitionError("the task", name, task.state, task.allowed(act.principal.role))


async def move(conn: Connection, act: Act, task_id: UUID, unit: str, transition: str, words: Words) -> Task:
    """Take a unit's assignment through a transition of the table."""
    authorise(act.principal, ASSIGNMENT_TRANSITIONS.named(transition), unit)
    change = await locked(conn, act, task_id)
    await attachments.require_of_task(conn, task_id, words.attachments)
    if transition == "request-completion":
        await _require_children_done(conn, change.task, unit)
    change.move(unit, transition, words)
    return await _saved(conn, change)


async def _require_children_done(conn: Connection, task: Task, unit: str) -> None:
    """Refuse the lead's request while sub-tasks of the task are under way."""
    if task.lead.unit != unit:
        return
    open_ones = [child for child in await store.children_of(conn, task.id) if child.state not in _FINISHED]
    if open_ones:
        titles = "、".join(f"“{child.title}”({child.state})" for child in open_ones)
        raise IllegalTransitionError(
            "the task", "request-completion", f"waiting for its sub-tasks {titles}", ["progress"]
        )


_FINISHED = frozenset({State.COMPLETED, State.CLOSED_OUT, State.CANCELLED, State.DRAFT})


def authorise(principal: Principal, transition: Transition, unit: str) -> None:
    """Refuse who may not make this transition of this unit's assignment."""
    principal.require(*sorted(transition.roles))
    if principal.role is Role.UNIT:
        principal.require_unit(unit)


async def move_all(
    conn: Connection, act: Act, task_id: UUID, name: str, words: Words, units_named: tuple[str, ...] = ()
) -> Task:
    """Take a whole task, or the named units' parts of it, through a transition."""
    act.principal.require(*sorted(TASK_TRANSITIONS.named(name).roles))
    change = await locked(conn, act, task_id)
    await attachments.require_of_task(conn, task_id, words.attachments)
    named = units.named_in("units", units_named)
    faults = [*units.repeated(named), *_without_part(change.task, named)]
    if faults:
        raise InvalidError(*faults)
    change.move_all(name, words, units_named)
    return await _saved(conn, change)


def _without_part(task: Task, named: dict[str, str]) -> list[FieldFault]:
    having = ", ".join(each.unit for each in task.assignments)
    return [
        FieldFault(field=field, reason=f"{unit} has no assignment of this task", expected=f"some of {having}")
        for field, unit in named.items()
        if task.of_unit(unit) is None
    ]


async def reassign(
    conn: Connection, act: Act, task_id: UUID, unit: str, to_unit: str, due_on: date | None, words: Words
) -> Task:
    """Give a unit's part to another unit (改派, office); a bounced one may also go back to the same unit."""
    act.principal.require(*sorted(ASSIGNMENT_TRANSITIONS.named("reassign").roles))
    change = await locked(conn, act, task_id)
    await attachments.require_of_task(conn, task_id, words.attachments)
    await _require_taker(conn, act, change.task, unit, to_unit, due_on)
    change.reassign(unit, to_unit, due_on, words)
    return await _saved(conn, change)


async def _require_taker(conn: Connection, act: Act, task: Task, unit: str, to_unit: str, due_on: date | None) -> None:
    named = {"to_unit": to_unit}
    faults = await units.faults(conn, named, county_date(act.occurred_at))
    part = task.of_unit(unit)
    if part is not None:
        faults += past(act, part.due_on if due_on is None else due_on)
        if unit == to_unit and part.state != State.BOUNCED:
            faults.append(FieldFault(field="to_unit", reason=f"{unit} has the part already", expected="another unit"))
        if task.lead.unit == to_unit != unit and task.lead.state == State.BOUNCED:
            reason = f"{to_unit} gave its lead back and awaits the office's decision"
            faults.append(
                FieldFault(field="to_unit", reason=reason, expected="another unit, or reassign the lead first")
            )
    if faults:
        raise InvalidError(*faults)


async def locked(conn: Connection, act: Act, task_id: UUID) -> TaskChange:
    """Return the task under change, locked until the transaction ends."""
    task = await store.lock_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    act.expect(task.version)
    return TaskChange(task, act)


async def _saved(conn: Connection, change: TaskChange) -> Task:
    await store.save_changes(conn, [change])
    return change.task


async def pass_on_open_work(conn: Connection, act: Act, unit: str, to_unit: str | None, words: Words) -> int:
    """Move all open parts of a unit that is no more to the unit that follows, or back to the office; return how many.

    A taker that this service has not heard of yet is taken as stated: topics come in no common order.
    """
    changes = [TaskChange(task, act) for task in await store.lock_live_tasks_of(conn, unit)]
    for change in changes:
        _pass_on(change, unit, to_unit, words)
    moved = [change for change in changes if change.events]
    if moved:
        await store.save_changes(conn, moved)
    return len(moved)


async def pass_on(conn: Connection, act: Act, task_id: UUID, unit: str, to_unit: str | None, words: Words) -> Task:
    """Move one open part of a unit that is no more to the unit that follows, or back to the office."""
    change = await locked(conn, act, task_id)
    _pass_on(change, unit, to_unit, words)
    return await _saved(conn, change)


def passes_on(part: Assignment) -> bool:
    """Return whether a part is still to be done, by the unit that follows; a bounced one is the office's."""
    return part.state in OPEN | {State.COMPLETION_REQUESTED, State.SUSPENDED}


def _pass_on(change: TaskChange, unit: str, to_unit: str | None, words: Words) -> None:
    part = change.task.of_unit(unit)
    if part is None or not passes_on(part):
        return
    if to_unit is None:
        change.give_back(unit, words)
    else:
        change.pass_on(unit, to_unit, words)
