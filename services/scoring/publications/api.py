"""Routes of publications and appeals (port 8104)."""

import asyncio
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response

from services.scoring.errors import AppealNotFoundError, PublicationNotFoundError
from services.scoring.publications import operations, store
from services.scoring.publications.domain import AppealState, Publication
from services.scoring.publications.schemas import (
    AbandonClosing,
    AppealView,
    CloseAssessment,
    DecideAppeal,
    FileAppeal,
    LateView,
    PublicationSummary,
    PublicationView,
    Publish,
    WithdrawAppeal,
)
from shared.commands import OfficeEdge, UnitEdge
from shared.downloads import DOCX, XLSX, download
from shared.pages import Page, PageQuery, id_bound
from shared.postgres import Connection
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["publications"])

_DECISIONS = refusals(403, 404, 409, 412)
_NO_DOCUMENT = Publish()


@router.post("/v1/publications", status_code=201, response_model=PublicationSummary, responses=refusals(403, 404, 409))
async def close_assessment(body: CloseAssessment, edge: OfficeEdge) -> Response:
    """Close an assessment: what was counted is kept, the standings are preliminary, units may appeal. Role: office."""
    return await edge.run(
        "close-assessment",
        f"methods/{body.method}",
        lambda conn, act: operations.close(conn, act, body),
        view=PublicationSummary.of,
        body=body,
        status=201,
    )


@router.get("/v1/publications", responses=refusals())
async def list_publications(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    method: Annotated[str | None, Query(max_length=64, description="Code of a method.")] = None,
) -> Page[PublicationSummary]:
    """List closings and publications, oldest first."""
    rows = await store.page_of_publications(conn, id_bound(page), method, page.fetch)
    return page.cut(rows, PublicationSummary.of, lambda row: [str(row.id)])


@router.get("/v1/publications/{publication}", responses=refusals(404))
async def read_publication(publication: UUID, conn: ReadConnection, _caller: Caller) -> PublicationView:
    """Show a publication with its preliminary and published standings, and what became of its appeals."""
    found = await _found(conn, publication)
    missing, appeals = await operations.missing_in(conn, found), await store.appeals_of(conn, found.id)
    return PublicationView.of(found, missing, appeals)


@router.get("/v1/publications/{publication}/sheets", responses=refusals(404), response_class=Response)
async def read_sheets(
    request: Request,
    publication: UUID,
    conn: ReadConnection,
    _caller: Caller,
    kind: Annotated[Literal["xlsx", "docx"], Query(alias="format", description="Excel or Word.")] = "xlsx",
) -> Response:
    """Hand out the result sheets, one page per unit, in official Chinese."""
    found = await _found(conn, publication)
    sheets = await operations.result_sheets(conn, found)
    name = f"{sheets.title}结果单.{kind}"
    if kind == "docx":
        return download(await asyncio.to_thread(sheets.to_docx), name, DOCX)
    return download(await asyncio.to_thread(sheets.to_xlsx, runtime_of(request).clock()), name, XLSX)


@router.get("/v1/publications/{publication}/late", responses=refusals(404))
async def read_late(publication: UUID, conn: ReadConnection, _caller: Caller) -> LateView:
    """Show what has arrived since the closing would have changed; it changes nothing."""
    found = await _found(conn, publication)
    return LateView.of(found, *await operations.late(conn, found))


@router.post("/v1/publications/{publication}/publish", response_model=PublicationSummary, responses=_DECISIONS)
async def publish(publication: UUID, edge: OfficeEdge, body: Annotated[Publish, Body()] = _NO_DOCUMENT) -> Response:
    """Publish the result once the window is over and every appeal decided; it never changes again. Role: office."""
    return await edge.run(
        "publish-assessment",
        f"publications/{publication}",
        lambda conn, act: operations.publish(conn, act, publication, body.document),
        view=PublicationSummary.of,
        body=body,
    )


@router.post("/v1/publications/{publication}/abandon", response_model=PublicationSummary, responses=_DECISIONS)
async def abandon(publication: UUID, body: AbandonClosing, edge: OfficeEdge) -> Response:
    """Give a preliminary closing up, so that the assessment goes on. Role: office."""
    return await edge.run(
        "abandon-closing",
        f"publications/{publication}",
        lambda conn, act: operations.abandon(conn, act, publication, body.reason),
        view=PublicationSummary.of,
        body=body,
    )


@router.post(
    "/v1/publications/{publication}/appeals",
    status_code=201,
    response_model=AppealView,
    responses=refusals(403, 404, 409),
)
async def file_appeal(publication: UUID, body: FileAppeal, edge: UnitEdge) -> Response:
    """Contest the preliminary result while the window is open. Roles: the unit itself, office on its paper."""
    return await edge.run(
        "file-appeal",
        f"publications/{publication}/appeals",
        lambda conn, act: operations.file_appeal(conn, act, publication, body),
        view=AppealView.of,
        body=body,
        status=201,
    )


@router.get("/v1/appeals", responses=refusals())
async def list_appeals(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    publication: Annotated[UUID | None, Query(description="Against which closing.")] = None,
    unit: Annotated[str | None, Query(max_length=64, description="Whose appeals.")] = None,
    state: Annotated[AppealState | None, Query(description="The appeal's state.")] = None,
) -> Page[AppealView]:
    """List appeals, oldest first."""
    rows = await store.page_of_appeals(conn, id_bound(page), publication, unit, state, page.fetch)
    return page.cut(rows, AppealView.of, lambda row: [str(row.id)])


@router.get("/v1/appeals/{appeal}", responses=refusals(404))
async def read_appeal(appeal: UUID, conn: ReadConnection, _caller: Caller) -> AppealView:
    """Show an appeal."""
    found = await store.find_appeal(conn, appeal)
    if found is None:
        raise AppealNotFoundError(f"there is no appeal {appeal}")
    return AppealView.of(found)


@router.post("/v1/appeals/{appeal}/decide", response_model=AppealView, responses=_DECISIONS)
async def decide_appeal(appeal: UUID, body: DecideAppeal, edge: OfficeEdge) -> Response:
    """Decide an appeal with reason; what it gives is evidence of its own. Role: office."""
    return await edge.run(
        "decide-appeal",
        f"appeals/{appeal}",
        lambda conn, act: operations.decide_appeal(conn, act, appeal, body),
        view=AppealView.of,
        body=body,
    )


@router.post("/v1/appeals/{appeal}/withdraw", response_model=AppealView, responses=_DECISIONS)
async def withdraw_appeal(appeal: UUID, body: WithdrawAppeal, edge: UnitEdge) -> Response:
    """Take an appeal back before it is decided. Roles: the unit itself, who of the office filed it on its paper."""
    return await edge.run(
        "withdraw-appeal",
        f"appeals/{appeal}",
        lambda conn, act: operations.withdraw_appeal(conn, act, appeal, body.reason),
        view=AppealView.of,
        body=body,
    )


async def _found(conn: Connection, publication: UUID) -> Publication:
    found = await store.find_publication(conn, publication)
    if found is None:
        raise PublicationNotFoundError(f"there is no publication {publication}")
    return found
