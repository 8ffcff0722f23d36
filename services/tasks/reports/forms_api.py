"""Routes of report forms: download a prepared one, upload it filled in; the body of an upload is the file itself."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.tasks.reports import form_operations as operations
from services.tasks.reports.schemas import MOST_ATTACHMENTS, ReportDetail
from shared.commands import UnitEdge
from shared.downloads import XLSX, download
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals
from shared.workbook import MEDIA_TYPE

router = APIRouter(tags=["reports"])

_CSV = "text/csv; charset=utf-8"
_REFUSALS = refusals(403, 404, 409, 412)
FilesQuery = Annotated[tuple[UUID, ...], Query(max_length=MOST_ATTACHMENTS, description="Ids of uploaded files.")]
_FILE = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD = {"requestBody": {"required": True, "content": {MEDIA_TYPE: _FILE, "text/csv": _FILE}}}


@router.get("/v1/reports/{report_id}/form", responses=refusals(403, 404), response_class=Response)
async def download_form(
    report_id: UUID,
    request: Request,
    conn: ReadConnection,
    caller: Caller,
    file_format: Annotated[Literal["xlsx", "csv"], Query(alias="format")] = "xlsx",
) -> Response:
    """Give out a report's form (填报表), prepared with what is known; a unit gets its own."""
    now = runtime_of(request).clock()
    form = await operations.prepared(conn, caller, report_id, now, as_csv=file_format == "csv")
    name = f"{form.title}-{form.report.period.replace('/', '-')}.{file_format}"
    return download(form.content, name, _CSV if file_format == "csv" else XLSX)


@router.post(
    "/v1/reports/{report_id}/submit-form", response_model=ReportDetail, responses=_REFUSALS, openapi_extra=_UPLOAD
)
async def submit_form(report_id: UUID, request: Request, edge: UnitEdge, attachments: FilesQuery = ()) -> Response:
    """Submit a report by its form, xlsx or csv: the unit itself. Each fault names its cell."""
    content = await request.body()
    return await edge.run(
        "submit-report-form",
        f"reports/{report_id}",
        lambda conn, act: operations.submit_form(conn, act, report_id, content, attachments),
        view=ReportDetail.with_submissions,
    )


@router.post(
    "/v1/reports/{report_id}/correct-form", response_model=ReportDetail, responses=_REFUSALS, openapi_extra=_UPLOAD
)
async def correct_form(report_id: UUID, request: Request, edge: UnitEdge, attachments: FilesQuery = ()) -> Response:
    """Correct a report by its form: the unit itself; the form says why in its row #reason."""
    content = await request.body()
    return await edge.run(
        "correct-report-form",
        f"reports/{report_id}",
        lambda conn, act: operations.correct_form(conn, act, report_id, content, attachments),
        view=ReportDetail.with_submissions,
    )
