"""Routes of report definitions and reports (port 8102)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Path, Query, Response

from services.tasks.cursors import code_after, id_before
from services.tasks.errors import DefinitionNotFoundError, ReportNotFoundError
from services.tasks.reports import operations, store
from services.tasks.reports.domain import Reported, ReportState
from services.tasks.reports.schemas import (
    DefineReport,
    DefinitionView,
    OpenedView,
    OpenPeriod,
    Reason,
    ReportDetail,
    ReportView,
    SubmitReport,
)
from services.tasks.reports.store import ReportFilter
from services.tasks.schemas import Occurrence
from shared.commands import OfficeEdge, UnitEdge, answer
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["reports"])

CodePath = Annotated[str, Path(max_length=64, description="Code of the report definition.")]

_REFUSALS = refusals(403, 404, 409, 412)


@router.get("/v1/report-definitions", responses=refusals())
async def list_definitions(page: PageQuery, conn: ReadConnection, _caller: Caller) -> Page[DefinitionView]:
    """List report definitions by code."""
    found = await store.page_of_definitions(conn, code_after(page), page.fetch)
    return page.cut(found, DefinitionView.of, lambda definition: [definition.code])


@router.post("/v1/report-definitions", status_code=201, response_model=DefinitionView, responses=refusals(403, 409))
async def define_report(body: DefineReport, edge: OfficeEdge) -> Response:
    """Define a report (office)."""
    return await edge.run(
        "define-report",
        f"report-definitions/{body.code}",
        lambda conn, act: operations.define(conn, act, body.definition()),
        view=DefinitionView.of,
        body=body,
        status=201,
    )


@router.get("/v1/report-definitions/{code}", responses=refusals(404))
async def read_definition(code: CodePath, conn: ReadConnection, _caller: Caller) -> DefinitionView:
    """Show a report definition."""
    definition = await store.find_definition(conn, code)
    if definition is None:
        raise DefinitionNotFoundError(code)
    return DefinitionView.of(definition)


@router.post("/v1/report-definitions/{code}/open", response_model=OpenedView, responses=refusals(403, 404))
async def open_period(code: CodePath, body: OpenPeriod, edge: OfficeEdge) -> Response:
    """Expect a report of units for a period (office); opening twice changes nothing and says so."""
    return await edge.run(
        "open-reports",
        f"report-definitions/{code}",
        lambda conn, act: operations.open_period(conn, act, code, body.period, body.units),
        view=OpenedView.of,
        body=body,
    )


async def _filter(
    unit: Annotated[str | None, Query(max_length=64, description="Whose report it is.")] = None,
    definition: Annotated[str | None, Query(max_length=64, description="Code of the definition.")] = None,
    period: Annotated[str | None, Query(max_length=10, description="E.g. 2026-Q1.")] = None,
    state: Annotated[ReportState | None, Query(description="The report's state.")] = None,
) -> ReportFilter:
    return ReportFilter(unit=unit, definition=definition, period=period, state=state)


@router.get("/v1/reports", responses=refusals())
async def list_reports(
    wanted: Annotated[ReportFilter, Depends(_filter)], page: PageQuery, conn: ReadConnection, _caller: Caller
) -> Page[ReportView]:
    """List expected reports, newest first."""
    found = await store.page_of_reports(conn, wanted, id_before(page), page.fetch)
    return page.cut(found, ReportView.of, lambda report: [str(report.id)])


@router.get("/v1/reports/{report_id}", response_model=ReportDetail, responses=refusals(404))
async def read_report(report_id: UUID, conn: ReadConnection, _caller: Caller) -> Response:
    """Show a report with every submission."""
    report = await store.find_report(conn, report_id)
    if report is None:
        raise ReportNotFoundError(report_id)
    submissions = await store.submissions_of(conn, report_id)
    return answer(ReportDetail.with_submissions(Reported(report, submissions)))


@router.post("/v1/reports/{report_id}/submit", response_model=ReportDetail, responses=_REFUSALS)
async def submit(report_id: UUID, body: SubmitReport, edge: UnitEdge) -> Response:
    """Submit a report (报送): the unit itself. After a send-back this is the next submission; each is kept."""
    return await edge.run(
        "submit-report",
        f"reports/{report_id}",
        lambda conn, act: operations.submit(conn, act, report_id, body.values),
        view=ReportDetail.with_submissions,
        body=body,
    )


@router.post("/v1/reports/{report_id}/accept", response_model=ReportDetail, responses=_REFUSALS)
async def accept(
    report_id: UUID, edge: OfficeEdge, body: Annotated[Occurrence, Body(default_factory=Occurrence)]
) -> Response:
    """Accept the submission (office)."""
    return await edge.run(
        "accept-report",
        f"reports/{report_id}",
        lambda conn, act: operations.accept(conn, act, report_id),
        view=ReportDetail.with_submissions,
        body=body,
    )


@router.post("/v1/reports/{report_id}/send-back", response_model=ReportDetail, responses=_REFUSALS)
async def send_back(report_id: UUID, body: Reason, edge: OfficeEdge) -> Response:
    """Refuse the submission (office); the unit submits again."""
    return await edge.run(
        "send-back-report",
        f"reports/{report_id}",
        lambda conn, act: operations.send_back(conn, act, report_id, body.reason),
        view=ReportDetail.with_submissions,
        body=body,
    )
