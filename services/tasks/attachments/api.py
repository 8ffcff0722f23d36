"""Routes of files that belong to tasks: the body of an upload is the file itself."""

import hashlib
from datetime import datetime
from typing import Annotated, Self
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from services.tasks import store as tasks
from services.tasks.attachments import operations, store
from services.tasks.attachments.domain import Attachment, NewFile, file_name, require_concerned
from services.tasks.attachments.files import FileStore, FolderStore
from services.tasks.errors import AttachmentTooLargeError, TaskNotFoundError
from services.tasks.settings import TasksSettings
from shared.commands import UnitEdge
from shared.errors import invalid
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["attachments"])

_OCTETS = "application/octet-stream"
_LONGEST_MEDIA_TYPE = 100


class AttachmentView(BaseModel):
    """A file that belongs to a task."""

    id: UUID
    task_id: UUID
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    digest: str = Field(description="SHA-256 of the content.")
    unit: str | None = Field(description="The unit that uploaded it.")
    uploaded_by: str
    uploaded_at: datetime
    link: str = Field(description="Where the content can be read.")

    @classmethod
    def of(cls, attachment: Attachment) -> Self:
        """Show a file."""
        return cls(
            id=attachment.id,
            task_id=attachment.task_id,
            name=attachment.name,
            media_type=attachment.media_type,
            size=attachment.size,
            digest=attachment.digest,
            unit=attachment.unit,
            uploaded_by=attachment.uploaded_by,
            uploaded_at=attachment.uploaded_at,
            link=f"/v1/attachments/{attachment.id}/content",
        )


class AttachmentList(BaseModel):
    """All files of a task."""

    items: list[AttachmentView]


def _settings(request: Request) -> TasksSettings:
    settings = runtime_of(request).settings
    assert isinstance(settings, TasksSettings)  # noqa: S101 - this service's
    return settings


async def file_store(request: Request) -> FileStore:
    """Return where this process keeps contents."""
    return FolderStore(_settings(request).files_folder)


Files = Annotated[FileStore, Depends(file_store)]
Digest = Annotated[
    str | None, Query(pattern="^[0-9a-fA-F]{64}$", description="SHA-256 of the content, to check that all of it came.")
]


async def incoming(request: Request, name: str, digest: str | None) -> NewFile:
    """Return the content of a request, checked for size and digest."""
    largest = _settings(request).attachment_max_bytes
    if int(request.headers.get("content-length", "0")) > largest:
        raise AttachmentTooLargeError(largest)
    content = await request.body()
    if not content:
        raise invalid("body", "is empty", "the file's bytes")
    if len(content) > largest:
        raise AttachmentTooLargeError(largest)
    found = hashlib.sha256(content).hexdigest()
    if digest is not None and digest.lower() != found:
        raise invalid("digest", f"the content that came has {found}", "the digest of the whole file")
    media_type = request.headers.get("content-type", _OCTETS)[:_LONGEST_MEDIA_TYPE]
    return NewFile(file_name(name), media_type, content, found)


@router.post(
    "/v1/tasks/{task_id}/attachments",
    status_code=201,
    response_model=AttachmentView,
    responses=refusals(403, 404, 413),
    openapi_extra={
        "requestBody": {"required": True, "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def upload_attachment(
    task_id: UUID,
    request: Request,
    edge: UnitEdge,
    files: Files,
    name: Annotated[str, Query(max_length=1000, description="The file's name, e.g. 佐证材料.pdf.")],
    digest: Digest = None,
) -> Response:
    """Put a file to a task (office, or a unit with a part in it); its id can then be named in a transition."""
    new = await incoming(request, name, digest)
    return await edge.run(
        "upload-attachment",
        f"tasks/{task_id}/attachments",
        lambda conn, act: operations.upload(conn, act, files, task_id, new),
        view=AttachmentView.of,
        status=201,
    )


@router.get("/v1/tasks/{task_id}/attachments", responses=refusals(403, 404))
async def list_attachments(task_id: UUID, conn: ReadConnection, caller: Caller) -> AttachmentList:
    """List the files of a task, for those concerned."""
    task = await tasks.find_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    require_concerned(caller, task)
    return AttachmentList(items=[AttachmentView.of(each) for each in await store.attachments_of(conn, task_id)])


@router.get("/v1/attachments/{attachment_id}", responses=refusals(403, 404))
async def read_attachment(attachment_id: UUID, conn: ReadConnection, caller: Caller) -> AttachmentView:
    """Show what a file is, for those concerned."""
    return AttachmentView.of(await operations.found(conn, caller, attachment_id))


@router.get("/v1/attachments/{attachment_id}/content", responses=refusals(403, 404), response_class=Response)
async def download_attachment(attachment_id: UUID, conn: ReadConnection, caller: Caller, files: Files) -> Response:
    """Give a file out, for those concerned; its content is checked against the digest first."""
    attachment = await operations.found(conn, caller, attachment_id)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(attachment.name)}",
        "etag": f'"{attachment.digest}"',
        "x-content-type-options": "nosniff",
    }
    return Response(await operations.content(files, attachment), media_type=attachment.media_type, headers=headers)
