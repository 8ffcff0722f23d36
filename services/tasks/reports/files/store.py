"""Files put to reports: what they are and where their content is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.tasks.attachments.domain import NewFile
from services.tasks.reports.domain import AttachedFile
from shared.commands import Act
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file that was put to a report; `storage` is the file store's reference."""

    id: UUID
    report_id: UUID
    name: str
    media_type: str
    size: int
    digest: str
    storage: str
    uploaded_by: str
    uploaded_at: datetime

    @property
    def attached(self) -> AttachedFile:
        """Return what a submission says of the file."""
        return AttachedFile(self.id, self.name, self.digest)


async def insert_file(conn: Connection, act: Act, report_id: UUID, new: NewFile, storage: str) -> ReportFile:
    """Note a file that was put to a report."""
    row = await conn.fetchrow(
        Q["insert_file"],
        report_id,
        new.name,
        new.media_type,
        len(new.content),
        new.digest,
        storage,
        act.principal.subject,
        act.occurred_at,
    )
    if row is None:
        raise AssertionError("an insert that returns its row")
    return ReportFile(**row)


async def find_file(conn: Connection, file_id: UUID) -> ReportFile | None:
    """Return a file."""
    row = await conn.fetchrow(Q["find_file"], file_id)
    return None if row is None else ReportFile(**row)


async def files_of(conn: Connection, report_id: UUID) -> list[ReportFile]:
    """Return the files of a report, oldest first."""
    return [ReportFile(**row) for row in await conn.fetch(Q["files_of"], report_id)]


async def files_among(conn: Connection, ids: Sequence[UUID], report_id: UUID) -> dict[UUID, ReportFile]:
    """Return those of some files that belong to a report."""
    return {row["id"]: ReportFile(**row) for row in await conn.fetch(Q["files_among"], list(ids), report_id)}
