"""Files put to tasks, in the tasks database: what they are and where their content is kept."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from services.tasks.attachments.domain import Attachment, NewFile
from shared.commands import Act
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


async def insert_attachment(conn: Connection, act: Act, task_id: UUID, new: NewFile, storage: str) -> Attachment:
    """Note a file that was put to a task."""
    who = act.principal
    row = await conn.fetchrow(
        Q["insert_attachment"],
        task_id,
        new.name,
        new.media_type,
        len(new.content),
        new.digest,
        storage,
        who.unit,
        who.subject,
        act.occurred_at,
    )
    assert row is not None  # noqa: S101 - an insert returns its row
    return Attachment(**row)


async def find_attachment(conn: Connection, attachment_id: UUID) -> Attachment | None:
    """Return a file."""
    row = await conn.fetchrow(Q["find_attachment"], attachment_id)
    return None if row is None else Attachment(**row)


async def attachments_of(conn: Connection, task_id: UUID) -> list[Attachment]:
    """Return the files of a task, oldest first."""
    return [Attachment(**row) for row in await conn.fetch(Q["attachments_of"], task_id)]


async def strangers_among(conn: Connection, ids: Sequence[UUID], task_id: UUID) -> list[UUID]:
    """Return which of these ids are no files of the task."""
    return [row["id"] for row in await conn.fetch(Q["strangers_among"], list(ids), task_id)]
