"""The tasks database: one function per query of `queries.sql`, and the saving of changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import Any
from uuid import UUID

from services.tasks.changes import TaskChange
from services.tasks.domain import Assignment, HistoryEntry, NamedUnit, Task, TaskDraft
from services.tasks.states import State
from shared import outbox
from shared.contracts.registry import UnitChanged, UnitRegistered
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))

_ASSIGNMENT_COLUMNS = itemgetter(*Assignment.__match_args__)
_TASK_NAMES = tuple(name for name in Task.__match_args__ if name != "assignments")
_TASK_COLUMNS = itemgetter(*_TASK_NAMES)
_TAGS = Task.__match_args__.index("tags")


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks a list shows; None means any."""

    state: State | None = None
    source_id: str | None = None
    q: str | None = None
    unit: str | None = None
    role: str | None = None


def _task(row: Record, assignments: Sequence[Assignment] = ()) -> Task:
    members = [*_TASK_COLUMNS(row), tuple(assignments)]
    members[_TAGS] = tuple(members[_TAGS])
    return Task(*members)


def _task_row(task: Task) -> dict[str, Any]:
    """Return the row of a new task, as JSON has it."""
    return {name: getattr(task, name) for name in _TASK_NAMES} | {"owed_from": task.owed_from}


def _state_row(task: Task) -> dict[str, Any]:
    """Return what a change makes of a task's row; what follows from its parts is kept to search by."""
    return {
        "id": task.id,
        "version": task.version,
        "state": task.state,
        "due_on": task.due_on,
        "assigned_at": task.assigned_at,
        "owed_from": task.owed_from,
    }


def _entry(row: Record) -> HistoryEntry:
    return HistoryEntry(**{**row, "attachments": tuple(row["attachments"])})


async def learn_unit(conn: Connection, unit: UnitRegistered | UnitChanged, version: int) -> None:
    """Take a unit as the registry states it."""
    await conn.execute(Q["learn_unit"], unit.unit, unit.name, unit.short_name, unit.kind, version, list(unit.aliases))


async def faulty_units(conn: Connection, codes: Sequence[str], day: date) -> list[NamedUnit]:
    """Return those of some units that a command may not name on a day: unknown here, or no more."""
    return [NamedUnit(**row) for row in await conn.fetch(Q["faulty_units"], list(codes), day)]


async def all_unit_codes(conn: Connection) -> list[str]:
    """Return every known unit code."""
    return [row["code"] for row in await conn.fetch(Q["all_unit_codes"])]


async def insert_tasks(conn: Connection, changes: Sequence[TaskChange]) -> list[Task]:
    """Insert new tasks as they became, and append their events; return those that were made.

    A task that comes from what has one already is not made, and nothing is told of it.
    """
    rows = await conn.fetch(
        Q["insert_tasks"],
        [_task_row(change.task) for change in changes],
        [part for change in changes for part in change.task.assignments],
        [entry for change in changes for entry in change.entries],
        *outbox.columns([event for change in changes for event in change.events]),
    )
    made = {row["id"] for row in rows}
    return [change.task for change in changes if change.task.id in made]


async def insert_assignments(conn: Connection, assignments: Sequence[Assignment]) -> None:
    """Insert new assignments."""
    await conn.execute(Q["insert_assignments"], assignments)


async def lock_task(conn: Connection, task_id: UUID) -> Task | None:
    """Return the task with its assignments, locked until the transaction ends."""
    return await _whole(conn, await conn.fetchrow(Q["lock_task"], task_id))


async def find_task(conn: Connection, task_id: UUID) -> Task | None:
    """Return the task with its assignments."""
    return await _whole(conn, await conn.fetchrow(Q["find_task"], task_id))


async def tasks_among(conn: Connection, ids: Sequence[UUID]) -> list[Task]:
    """Return several tasks with their assignments."""
    return await with_assignments(conn, await conn.fetch(Q["tasks_among"], list(ids)))


async def children_of(conn: Connection, task_id: UUID) -> list[Task]:
    """Return the sub-tasks of a task."""
    return await with_assignments(conn, await conn.fetch(Q["children_of"], task_id))


async def rewrite_draft(conn: Connection, task_id: UUID, draft: TaskDraft) -> Task:
    """Give a draft other words, day and kind; its parts are gone."""
    row = await conn.fetchrow(
        Q["rewrite_draft"],
        task_id,
        draft.source_kind,
        draft.source_id,
        draft.title,
        draft.text,
        draft.text_digest,
        draft.leader_post,
        draft.weight,
        list(draft.tags),
        draft.due_on,
        draft.parent_id,
        draft.kind,
    )
    if row is None:
        raise AssertionError("a draft that is locked is there")
    return _task(row)


async def delete_draft(conn: Connection, task_id: UUID) -> None:
    """Throw a draft away."""
    await conn.execute(Q["delete_draft"], task_id)


async def lock_live_tasks_of(conn: Connection, unit: str) -> list[Task]:
    """Return the tasks in which a unit has a part that is not ended, locked.

    The rows are read once more after the lock is held, so that what another command did in between is seen.
    """
    ids = [row["id"] for row in await conn.fetch(Q["lock_live_tasks_of"], unit)]
    return await with_assignments(conn, await conn.fetch(Q["tasks_among"], ids))


async def _whole(conn: Connection, row: Record | None) -> Task | None:
    return None if row is None else (await with_assignments(conn, [row]))[0]


async def with_assignments(conn: Connection, rows: Sequence[Record]) -> list[Task]:
    """Return tasks with their assignments: one more query, however many tasks."""
    parts: dict[UUID, list[Assignment]] = {row["id"]: [] for row in rows}
    for row in await conn.fetch(Q["assignments_of"], list(parts)):
        parts[row["task_id"]].append(Assignment(*_ASSIGNMENT_COLUMNS(row)))
    return [_task(row, parts[row["id"]]) for row in rows]


async def page_of_tasks(conn: Connection, wanted: TaskFilter, before: UUID | None, limit: int) -> list[Task]:
    """Return tasks with their assignments, newest first."""
    common = (before, wanted.state and wanted.state.value, wanted.source_id, wanted.q, limit, wanted.role)
    if wanted.unit is None:
        rows = await conn.fetch(Q["page_of_tasks"], *common)
    else:
        rows = await conn.fetch(Q["page_of_tasks_of_unit"], *common, wanted.unit)
    return await with_assignments(conn, rows)


async def save_changes(conn: Connection, changes: Sequence[TaskChange]) -> None:
    """Save what became of tasks, and append their events, in as many statements as for one task."""
    await conn.execute(
        Q["save_changes"],
        [_state_row(change.task) for change in changes],
        [part for change in changes for part in change.touched],
        [entry for change in changes for entry in change.entries],
        *outbox.columns([event for change in changes for event in change.events]),
    )


async def save_content(conn: Connection, task: Task) -> None:
    """Save a task's words and weight as an amendment made them."""
    await conn.execute(
        Q["save_task_content"],
        task.id,
        task.title,
        task.text,
        task.text_digest,
        task.weight,
        list(task.tags),
        task.leader_post,
    )


async def page_of_history(conn: Connection, task_id: UUID, after: int, limit: int) -> list[HistoryEntry]:
    """Return a task's history, oldest first, from after an entry's id."""
    return [_entry(row) for row in await conn.fetch(Q["page_of_history"], task_id, after, limit)]


async def latest_history(conn: Connection, task_id: UUID, limit: int) -> list[HistoryEntry]:
    """Return the newest lines of a task's history, oldest of them first."""
    rows = await conn.fetch(Q["latest_history"], task_id, limit)
    return [_entry(row) for row in reversed(rows)]


async def latest_notes(conn: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the newest note of each task's lead on its progress."""
    return {row["task_id"]: row["note"] for row in await conn.fetch(Q["latest_notes"], list(ids))}


async def lock_lapsing_tasks(conn: Connection, today: date, limit: int) -> list[Task]:
    """Return tasks with a part overdue and not noted, longest overdue first, locked; busy ones are left out.

    The rows are read after the lock is held, so that what another process noted in between is seen.
    """
    ids = [row["id"] for row in await conn.fetch(Q["lapsing_tasks"], today, limit)]
    tasks = {task.id: task for task in await with_assignments(conn, await conn.fetch(Q["tasks_among"], ids))}
    return [tasks[task_id] for task_id in dict.fromkeys(ids)]
