"""Imports, exports and differences over HTTP."""

import asyncio
import hashlib
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Body, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from services.registry.api.asking import AsOf, KnownAt, parse_day
from services.registry.document_number import FORM, document_number_faults
from services.registry.exchange import comparing, operations, plans, store
from services.registry.exchange.exporting import LISTS_OF_REALM, as_csv, as_json, as_workbook
from services.registry.exchange.lists import LIST_NAMES, LISTS, ListName
from services.registry.exchange.planning import Action, Intent
from services.registry.exchange.plans import Upload
from services.registry.exchange.reading import FileContent, read_file
from services.registry.exchange.records import Holdings
from services.registry.exchange.running import make_plan
from services.registry.exchange.views import DifferenceView, DiffView, LineView, PlanView
from shared.auth import Role
from shared.clock import county_date
from shared.commands import CommandBody, OfficeEdge, answer
from shared.downloads import download
from shared.errors import invalid
from shared.pages import Page, PageQuery, bad_cursor, encode_cursor
from shared.postgres import TRANSIENT, lent
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.sheets import FileTooLargeError
from shared.web import refusals
from shared.workbook import MEDIA_TYPE

router = APIRouter(prefix="/v1", tags=["import and export"])

MAX_FILE_BYTES = 16 * 1024 * 1024
"""Of a file that is sent; what it may unpack to is bounded besides (`shared/workbook_archive.py`)."""

_WAIT_SECONDS = 20.0
"""A plan that is made within this is in the answer; else the answer says how far it is."""

ListFilter = Annotated[ListName | None, Query(alias="list", description="One list; all if left out.")]

_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}

_running: set[asyncio.Task[None]] = set()
"""Plans in the making; kept so that they are not collected."""


class ApplyImport(CommandBody):
    """Apply a plan."""


@router.post("/imports", status_code=201, response_model=PlanView, responses=refusals(403, 413), openapi_extra=_FILE)
async def plan_import(
    request: Request,
    edge: OfficeEdge,
    name: Annotated[str, Query(description="The file's name, if the body is the bare file.", max_length=200)] = "",
    only: ListFilter = None,
    effective_on: Annotated[
        str | None, Query(description="Day from which changes hold, YYYY-MM-DD; today if left out.")
    ] = None,
    document: Annotated[str | None, Query(description="发文字号 by which the changes are made.")] = None,
    complete: Annotated[  # noqa: FBT002 - a default of the query
        bool, Query(description="The file's lists are complete: what is missing from them ends on that day.")
    ] = False,
) -> Response:
    """Compare a file (xlsx, csv, YAML, JSON; office) with the registry: a plan, nothing is changed."""
    content, file_name = await _sent_file(request, name)
    intent = Intent(_effective_day(request, effective_on), _document(document), complete)
    file = await asyncio.to_thread(read_file, content, file_name, only)
    digest = hashlib.sha256(content).hexdigest()
    upload = Upload(file_name or "(unnamed)", digest, len(content), file.size, file.remarks, intent)
    opened = await edge.run(
        "plan-import",
        upload.name[:100],
        lambda conn, act: operations.open_plan(conn, act, upload),
        view=PlanView.of,
        status=201,
    )
    plan_id = orjson.loads(opened.body)["id"]
    if "idempotent-replayed" not in opened.headers:
        await _begin(request, plan_id, upload, file)
    try:
        async with lent(runtime_of(request).pool) as conn:
            return answer(PlanView.of(await operations.plan_named(conn, plan_id)), 201)
    except TRANSIENT:
        return opened  # it is not known how far the plan is, but that it was opened


@router.get("/imports", responses=refusals(403))
async def list_imports(page: PageQuery, conn: ReadConnection, caller: Caller) -> Page[PlanView]:
    """List imports, newest first."""
    caller.require(Role.OFFICE, Role.AUDITOR)
    (before,) = page.after_or(None)
    found = await plans.list_plans(conn, _uuid_text(before), page.fetch)
    return page.cut(found, PlanView.of, lambda plan: [plan.id])


@router.get("/imports/{plan}", responses=refusals(403, 404))
async def show_import(plan: UUID, conn: ReadConnection, caller: Caller) -> PlanView:
    """Show how far a plan is and what it comes to."""
    caller.require(Role.OFFICE, Role.AUDITOR)
    return PlanView.of(await operations.plan_named(conn, str(plan)))


@router.get("/imports/{plan}/lines", responses=refusals(403, 404))
async def list_import_lines(
    plan: UUID,
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    action: Action | None = None,
    of_list: ListFilter = None,
) -> Page[LineView]:
    """List what would become of each row; `action=bad` lists those that cannot be taken, with cell and reason."""
    caller.require(Role.OFFICE, Role.AUDITOR)
    await operations.plan_named(conn, str(plan))
    (after,) = page.after_or(-1)
    if not isinstance(after, int) or not -1 <= after < 2**31:
        raise bad_cursor()
    lines = await plans.plan_lines(conn, str(plan), action=action, of_list=of_list, after=after, limit=page.fetch)
    return page.cut(lines, LineView.of, lambda line: [line.number])


@router.post("/imports/{plan}/apply", response_model=PlanView, responses=refusals(403, 404, 409))
async def apply_import(
    plan: UUID,
    edge: OfficeEdge,
    body: Annotated[ApplyImport, Body()] = ApplyImport(),  # noqa: B008 - frozen
) -> Response:
    """Apply a plan (office), all or nothing; 409 if it has bad rows, or the registry changed since it was made."""
    return await edge.run(
        "apply-import",
        str(plan),
        lambda conn, act: operations.apply(conn, act, str(plan)),
        view=PlanView.of,
        body=body,
    )


@router.get("/export", responses=refusals())
async def export(
    request: Request,
    as_of: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    file_format: Annotated[Literal["xlsx", "csv", "json"], Query(alias="format")] = "xlsx",
    only: ListFilter = None,
) -> Response:
    """Export the registry of a day: a workbook ready to print, one list as csv, or JSON that loses nothing."""
    if file_format == "csv" and only is None:
        raise invalid("list", "a csv holds one list", f"one of {', '.join(LIST_NAMES)}")
    holdings = await store.all_records(conn, as_of.day, as_of.known_at)
    names = [only] if only is not None else [name for name in LIST_NAMES if holdings[name]]
    now = runtime_of(request).clock()
    if file_format == "csv" and only is not None:
        content, media = await asyncio.to_thread(as_csv, holdings, only), "text/csv; charset=utf-8"
    elif file_format == "json":
        content, media = await asyncio.to_thread(as_json, holdings, names, as_of.day, now), "application/json"
    else:
        county = _county(holdings)
        content = await asyncio.to_thread(as_workbook, holdings, names or ["units"], as_of.day, now, county)
        media = MEDIA_TYPE
    what = LISTS[only].title if only is not None else "登记册"
    return download(content, f"{what}-{as_of.day}.{file_format}", media)


@router.get("/diff", responses=refusals())
async def diff(
    request: Request,
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    first: Annotated[str, Query(alias="from", description="The earlier day, YYYY-MM-DD.")],
    second: Annotated[str | None, Query(alias="to", description="The later day; today if left out.")] = None,
    only: ListFilter = None,
    *,
    known_at: KnownAt,
) -> DiffView:
    """Show what is otherwise on the later day: new, ended, changed field by field, list by list."""
    from_day, to_day = _day(first, "from"), _effective_day(request, second, "to")
    names = LIST_NAMES if only is None else (only,)
    read = dict.fromkeys([*names, *LISTS_OF_REALM.values()])
    before = {name: await store.records(conn, name, from_day, known_at) for name in read}
    after = {name: await store.records(conn, name, to_day, known_at) for name in read}
    found = comparing.differences(before, after, names)
    (begin,) = page.after_or(0)
    if not isinstance(begin, int) or not 0 <= begin <= len(found):
        raise bad_cursor()
    shown = found[begin : begin + page.limit]
    end = begin + len(shown)
    return DiffView(
        from_day=from_day,
        to_day=to_day,
        counts=comparing.counts_of(found),
        items=[DifferenceView.of(each) for each in shown],
        next=encode_cursor([end]) if end < len(found) else None,
    )


async def _sent_file(request: Request, name: str) -> tuple[bytes, str]:
    """Return the file and its name: the part `file` of a form, or the body itself."""
    body = await request.body()
    if len(body) > MAX_FILE_BYTES:
        raise FileTooLargeError(f"{len(body)} bytes, larger than {MAX_FILE_BYTES} that are taken; divide the file")
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return body, name
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            part = form.get("file")
            if not isinstance(part, UploadFile):
                raise invalid("file", "the form has no file", "a part named `file`")
            return await part.read(), name or part.filename or ""
    except HTTPException as error:
        raise invalid("file", f"the form cannot be read: {error.detail}", "multipart/form-data") from error


async def _begin(request: Request, plan_id: str, upload: Upload, file: FileContent) -> None:
    task = asyncio.create_task(make_plan(runtime_of(request).pool, plan_id, upload, file))
    _running.add(task)
    task.add_done_callback(_running.discard)
    await asyncio.wait({task}, timeout=_WAIT_SECONDS)


def _effective_day(request: Request, text: str | None, field: str = "effective_on") -> date:
    return county_date(runtime_of(request).clock()) if text is None else _day(text, field)


def _day(text: str, field: str) -> date:
    try:
        return parse_day(text)
    except Exception as error:
        raise invalid(field, f"{text[:40]!r} is not a calendar day", "a day as YYYY-MM-DD, e.g. 2009-07-06") from error


def _document(number: str | None) -> str | None:
    faults = [] if number is None else document_number_faults(number)
    if faults:
        raise invalid("document", "; ".join(faults), FORM)
    return number


def _uuid_text(value: Any) -> str | None:  # noqa: ANN401 - what a cursor holds
    try:
        return None if value is None else str(UUID(str(value)))
    except ValueError as error:
        raise invalid("cursor", "not a cursor of this list", "the value of `next` of the page before") from error


def _county(holdings: Holdings) -> str:
    """Return the county's name as its documents' issuers begin with it; empty if none does."""
    for held in holdings["documents"]:
        head, found, _ = str(held.record["issuer"]).partition("县")
        if found and head:
            return f"{head}县"
    return ""
