"""The problems' tables: one function per query of `queries.sql`, and the saving of a change."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.tasks.problems.changes import ProblemChange
from services.tasks.problems.domain import Problem, ProblemDraft, ProblemEntry, ProblemState
from shared import outbox
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class ProblemFilter:
    """Which problems a list shows; None means any."""

    unit: str | None = None
    state: ProblemState | None = None
    sector: str | None = None
    q: str | None = None


def _problem(row: Record) -> Problem:
    return Problem(**{**row, "sectors": tuple(row["sectors"])})


async def insert_problem(conn: Connection, draft: ProblemDraft, at: datetime, correlation_id: str) -> Problem:
    """Insert a problem."""
    sectors = list(draft.sectors)
    row = await conn.fetchrow(Q["insert_problem"], draft.title, draft.text, draft.unit, sectors, at, correlation_id)
    if row is None:
        raise AssertionError("an insert that returns its row")
    return _problem(row)


async def lock_problem(conn: Connection, problem_id: UUID) -> Problem | None:
    """Return the problem, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_problem"], problem_id)
    return None if row is None else _problem(row)


async def find_problem(conn: Connection, problem_id: UUID) -> Problem | None:
    """Return the problem."""
    row = await conn.fetchrow(Q["find_problem"], problem_id)
    return None if row is None else _problem(row)


async def page_of_problems(conn: Connection, wanted: ProblemFilter, before: UUID | None, limit: int) -> list[Problem]:
    """Return problems, newest first."""
    state = wanted.state and wanted.state.value
    rows = await conn.fetch(Q["page_of_problems"], before, wanted.unit, state, wanted.sector, wanted.q, limit)
    return [_problem(row) for row in rows]


async def save_change(conn: Connection, change: ProblemChange) -> None:
    """Save what became of a problem, its history, and append its events."""
    await save_problem(conn, change.problem)
    for entry in change.entries:
        await conn.execute(
            Q["add_problem_history"],
            entry.problem_id,
            entry.version,
            entry.transition,
            entry.from_state,
            entry.to_state,
            entry.occurred_at,
            entry.subject,
            entry.role,
            entry.acting_unit,
            entry.note,
        )
    await outbox.append_all(conn, change.events)


async def save_problem(conn: Connection, problem: Problem) -> None:
    """Save what became of a problem."""
    await conn.execute(
        Q["save_problem"],
        problem.id,
        problem.version,
        str(problem.state),
        problem.escalated_at,
        problem.closed_at,
        problem.resolution,
        problem.resolution_link,
        problem.meeting_id,
        problem.last_decision,
        problem.task_id,
    )


async def history_of_problem(conn: Connection, problem_id: UUID) -> list[ProblemEntry]:
    """Return a problem's history, oldest first."""
    return [ProblemEntry(**row) for row in await conn.fetch(Q["history_of_problem"], problem_id)]
