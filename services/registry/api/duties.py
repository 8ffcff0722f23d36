"""Sectors and duties, and what follows from them: the duty matrix and the coverage report."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.registry import coverage, store
from services.registry.api.asking import AsOf, position_after
from services.registry.domain import MEETING, DutyFilter, DutyKind, SectorKind
from services.registry.errors import BodyNotFoundError
from services.registry.matrix import matrix_of, narrowed, units_with
from services.registry.report_views import CoverageView, MatrixRowView
from services.registry.views import DutyView, SectorView, shown_duty
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["duties"])

SectorFilter = Annotated[str | None, Query(description="Code of a sector or theme.", max_length=64)]


@router.get("/duties", response_model=Page[DutyView], responses=refusals())
async def list_duties(
    page: PageQuery,
    at: AsOf,
    conn: ReadConnection,
    unit: Annotated[str | None, Query(description="Code of the unit that holds it, itself or by a post.")] = None,
    sector: SectorFilter = None,
    kind: Annotated[DutyKind | None, Query(description="Kind of a clause; with `sector`, of the same clause.")] = None,
    text: Annotated[
        str | None,
        Query(description="Text in its words, also part of a word, e.g. 商标.", min_length=1, max_length=100),
    ] = None,
) -> Response:
    """List duty items word for word, each with its clauses."""
    duties = await store.list_duties(
        conn,
        at,
        DutyFilter(unit=unit, sector=sector, kind=kind, text=text),
        after=position_after(page),
        limit=page.fetch,
    )
    return page.written(duties, shown_duty, lambda duty: [duty.position])


@router.get("/sectors", responses=refusals())
async def list_sectors(
    page: PageQuery, at: AsOf, conn: ReadConnection, _caller: Caller, kind: SectorKind | None = None
) -> Page[SectorView]:
    """List sectors and themes, with who guides and who counts them."""
    sectors = await store.list_sectors(conn, at, kind=kind, after=position_after(page), limit=page.fetch)
    rows = {row.sector.code: row for row in matrix_of(sectors, await store.list_duties(conn, at))}
    return page.cut(
        sectors,
        lambda sector: SectorView.of(
            sector, units_with(rows[sector.code], "guide_coordinate"), units_with(rows[sector.code], "statistics")
        ),
        lambda sector: [sector.position],
    )


@router.get("/matrix", responses=refusals())
async def show_matrix(
    page: PageQuery,
    at: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    kind: SectorKind | None = None,
    sector: SectorFilter = None,
    unit: Annotated[str | None, Query(description="Only this unit's cells.", max_length=64)] = None,
    duty: Annotated[DutyKind | None, Query(description="Only cells with this kind of duty.")] = None,
) -> Page[MatrixRowView]:
    """Show the duty matrix (sector × unit), a page of sectors at a time; with `unit` or `duty`, of those with any."""
    sectors = await store.list_sectors(conn, at, code=sector, kind=kind, after=position_after(page))
    rows = matrix_of(sectors, await store.list_duties(conn, at))
    shown = rows if unit is None and duty is None else narrowed(rows, unit, duty)
    return page.cut(shown[: page.fetch], MatrixRowView.of, lambda row: [row.sector.position])


@router.get("/coverage", responses=refusals(404))
async def show_coverage(
    at: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    body: Annotated[
        str | None,
        Query(description=f"The body whose members are compared with the duty holders; {MEETING} if left out."),
    ] = None,
) -> CoverageView:
    """Report gaps and overlaps: who has duties but no seat, which sectors nobody guides or counts."""
    if body is not None and await store.body_first_day(conn, body) is None:
        raise BodyNotFoundError(f"there is no body {body}")
    body = body or MEETING
    found = coverage.find_coverage(
        await store.list_duties(conn, at),
        await store.list_memberships(conn, at, body=body, role="member"),
        await store.list_sectors(conn, at),
    )
    return CoverageView.of(found, at.day, body)
