"""Routes that give a plan, and how far it is, as xlsx or docx."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.tasks import store as tasks
from services.tasks.plans import exports, store
from services.tasks.plans.api import Edition, whole
from services.tasks.plans.exports import Progress
from shared.downloads import DOCX, XLSX, download
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["plans"])

MEDIA_TYPES = {"xlsx": XLSX, "docx": DOCX}
Format = Annotated[Literal["xlsx", "docx"], Query(alias="format", description="Kind of file.")]


def _file(content: bytes, kind: str, title: str) -> Response:
    return download(content, f"{title}.{kind}", MEDIA_TYPES[kind])


@router.get("/v1/plans/{plan_id}/export", responses=refusals(404), response_class=Response)
async def export_plan(
    plan_id: UUID,
    request: Request,
    conn: ReadConnection,
    caller: Caller,
    kind: Format = "xlsx",
    edition: Edition = None,
) -> Response:
    """Give an edition of the plan as a file, in Chinese, as it is printed."""
    found = await whole(conn, plan_id, caller, edition)
    names = {unit.code: unit.short_name for unit in await store.unit_names(conn)}
    if kind == "docx":
        return _file(exports.plan_document(found.plan, found.items, names), kind, found.plan.title)
    at = runtime_of(request).clock()
    return _file(exports.plan_workbook(found.plan, found.items, names, at), kind, found.plan.title)


@router.get("/v1/plans/{plan_id}/progress", responses=refusals(404), response_class=Response)
async def export_progress(
    plan_id: UUID, request: Request, conn: ReadConnection, caller: Caller, kind: Format = "xlsx"
) -> Response:
    """Give the progress table (通报) of the edition in force as a file."""
    found = await whole(conn, plan_id, caller, None)
    ids = list({item.content.task_id for item in found.items if item.content.task_id is not None})
    progress = Progress(
        found.plan,
        found.items,
        {task.id: task for task in await tasks.tasks_among(conn, ids)},
        await tasks.latest_notes(conn, ids),
        {unit.code: unit.short_name for unit in await store.unit_names(conn)},
        runtime_of(request).clock(),
    )
    make = exports.progress_document if kind == "docx" else exports.progress_workbook
    return _file(make(progress), kind, f"{found.plan.title}进展情况通报表")
