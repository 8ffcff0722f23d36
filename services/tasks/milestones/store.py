"""Milestones, in the tasks database."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.tasks.milestones.domain import Milestone
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


async def insert_milestones(conn: Connection, milestones: Sequence[Milestone]) -> None:
    """Insert nodes."""
    await conn.execute(
        Q["insert_milestones"],
        [each.task_id for each in milestones],
        [each.number for each in milestones],
        [each.title for each in milestones],
        [each.due_on for each in milestones],
        [each.reached_at for each in milestones],
        [each.reached_by for each in milestones],
    )


async def replace_milestones(conn: Connection, task_id: UUID, milestones: Sequence[Milestone]) -> None:
    """Make these the nodes of a task."""
    await conn.execute(Q["drop_milestones"], task_id)
    await insert_milestones(conn, milestones)


async def milestones_of(conn: Connection, task_id: UUID) -> list[Milestone]:
    """Return the nodes of a task, in order."""
    return [Milestone(**row) for row in await conn.fetch(Q["milestones_of"], task_id)]


async def reach_milestone(conn: Connection, task_id: UUID, number: int, at: datetime, who: str) -> None:
    """Note that a node was reached."""
    await conn.execute(Q["reach_milestone"], task_id, number, at, who)
