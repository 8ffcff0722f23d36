"""Extensions, in the tasks database."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from services.tasks.domain import Assignment
from services.tasks.extensions.domain import Asked, Extension, ExtensionState, Granted, Level, level_of
from shared.commands import Act
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class ExtensionFilter:
    """Which questions a list shows; None means any."""

    task_id: UUID | None = None
    unit: str | None = None
    state: ExtensionState | None = None
    level: Level | None = None


def _extension(row: Record) -> Extension:
    return Extension(**{**row, "attachments": tuple(row["attachments"])})


async def insert_extension(conn: Connection, act: Act, part: Assignment, number: int, asked: Asked) -> Extension | None:
    """Note a question; None if the part has one that waits for its answer."""
    row = await conn.fetchrow(
        Q["insert_extension"],
        part.task_id,
        part.unit,
        number,
        level_of(number),
        part.due_on,
        asked.due_on,
        asked.reason,
        list(asked.attachments),
        act.principal.subject,
        act.occurred_at,
    )
    return None if row is None else _extension(row)


async def count_approved(conn: Connection, task_id: UUID, unit: str) -> int:
    """Return how many extensions a part had."""
    return int(await conn.fetchval(Q["count_approved"], task_id, unit))


async def lock_extension(conn: Connection, extension_id: UUID) -> Extension | None:
    """Return a question, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_extension"], extension_id)
    return None if row is None else _extension(row)


async def find_extension(conn: Connection, extension_id: UUID) -> Extension | None:
    """Return a question."""
    row = await conn.fetchrow(Q["find_extension"], extension_id)
    return None if row is None else _extension(row)


async def decide_extension(
    conn: Connection, act: Act, extension_id: UUID, state: ExtensionState, granted: Granted
) -> Extension:
    """Note what was decided."""
    row = await conn.fetchrow(
        Q["decide_extension"],
        extension_id,
        state,
        granted.due_on,
        act.principal.subject,
        act.principal.role,
        act.occurred_at,
        granted.note,
        None if granted.basis is None else granted.basis.kind,
        None if granted.basis is None else granted.basis.reference,
    )
    assert row is not None  # noqa: S101 - its row is locked
    return _extension(row)


async def page_of_extensions(
    conn: Connection, wanted: ExtensionFilter, before: UUID | None, limit: int
) -> list[Extension]:
    """Return questions, newest first."""
    rows = await conn.fetch(
        Q["page_of_extensions"], before, wanted.task_id, wanted.unit, wanted.state, wanted.level, limit
    )
    return [_extension(row) for row in rows]
