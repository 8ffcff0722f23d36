"""Routes of files that belong to reports: the body of an upload is the file itself."""

from datetime import datetime
from typing import Annotated, Self
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from services.tasks.attachments.api import Digest, Files, incoming
from services.tasks.reports.files import operations, store
from services.tasks.reports.files.store import ReportFile
from shared.commands import UnitEdge
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["reports"])

_OCTETS = "application/octet-stream"


class ReportFileView(BaseModel):
    """A file that belongs to a report."""

    id: UUID
    report_id: UUID
    name: str
    media_type: str
    size: int = Field(description="Bytes.")
    digest: str = Field(description="SHA-256 of the content.")
    uploaded_by: str
    uploaded_at: datetime
    link: str = Field(description="Where the content can be read.")

    @classmethod
    def of(cls, file: ReportFile) -> Self:
        """Show a file."""
        return cls(
            id=file.id,
            report_id=file.report_id,
            name=file.name,
            media_type=file.media_type,
            size=file.size,
            digest=file.digest,
            uploaded_by=file.uploaded_by,
            uploaded_at=file.uploaded_at,
            link=f"/v1/report-attachments/{file.id}/content",
        )


@router.post(
    "/v1/reports/{report_id}/attachments",
    status_code=201,
    response_model=ReportFileView,
    responses=refusals(403, 404, 413),
    openapi_extra={
        "requestBody": {"required": True, "content": {_OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def upload_report_file(
    report_id: UUID,
    request: Request,
    edge: UnitEdge,
    files: Files,
    name: Annotated[str, Query(max_length=1000, description="The file's name, e.g. 半年工作总结.docx.")],
    digest: Digest = None,
) -> Response:
    """Put a file to a report: its unit, or the office for it; its id is then named when the report is submitted."""
    new = await incoming(request, name, digest)
    return await edge.run(
        "upload-report-file",
        f"reports/{report_id}/attachments",
        lambda conn, act: operations.upload(conn, act, files, report_id, new),
        view=ReportFileView.of,
        status=201,
    )


@router.get("/v1/reports/{report_id}/attachments", responses=refusals(403, 404))
async def list_report_files(report_id: UUID, conn: ReadConnection, caller: Caller) -> list[ReportFileView]:
    """List the files of a report, for those concerned."""
    operations.require_concerned(caller, await operations.of_report(conn, report_id))
    return [ReportFileView.of(each) for each in await store.files_of(conn, report_id)]


@router.get("/v1/report-attachments/{file_id}/content", responses=refusals(403, 404), response_class=Response)
async def download_report_file(file_id: UUID, conn: ReadConnection, caller: Caller, files: Files) -> Response:
    """Give a file out, for those concerned; its content is checked against the digest first."""
    file = await operations.found(conn, caller, file_id)
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "etag": f'"{file.digest}"',
        "x-content-type-options": "nosniff",
    }
    return Response(await operations.content(files, file), media_type=file.media_type, headers=headers)
