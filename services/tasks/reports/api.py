"""Routes of reports (port 8102)."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Request, Response

from services.tasks.reports import operations, store
from services.tasks.reports.domain import Reported, ReportState
from services.tasks.reports.schemas import (
    CorrectReport,
    PreviewView,
    Reason,
    ReportDetail,
    ReportView,
    RescheduleReport,
    SubmitReport,
    TimelinessTable,
    TimelinessView,
)
from services.tasks.reports.store import ReportFilter
from services.tasks.reports.timeliness import Grouping, TimelinessCount
from services.tasks.schemas import Occurrence
from shared.clock import Instant
from shared.commands import CommandBody, CommandEdge, OfficeEdge, Operation, UnitEdge, answer
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["reports"])

_REFUSALS = refusals(403, 404, 409, 412)
_REPORT = "/v1/reports/{report_id}"
NothingSaid = Annotated[Occurrence, Body(default_factory=Occurrence)]


async def _filter(
    unit: Annotated[str | None, Query(max_length=64, description="Whose report it is.")] = None,
    definition: Annotated[str | None, Query(max_length=64, description="Code of the definition.")] = None,
    period: Annotated[str | None, Query(max_length=100, description="E.g. 2026-Q1.")] = None,
    state: Annotated[ReportState | None, Query(description="The report's state.")] = None,
    due_from: Annotated[Instant | None, Query(description="Due at this moment or later.")] = None,
    due_before: Annotated[Instant | None, Query(description="Due before this moment.")] = None,
    on_time: Annotated[bool | None, Query(description="Whether the first submission was in time.")] = None,
) -> ReportFilter:
    return ReportFilter(
        unit=unit,
        definition=definition,
        period=period,
        state=state,
        due_before=due_before,
        due_from=due_from,
        on_time=on_time,
    )


Wanted = Annotated[ReportFilter, Depends(_filter)]


@router.get("/v1/reports", responses=refusals())
async def list_reports(wanted: Wanted, page: PageQuery, conn: ReadConnection, _caller: Caller) -> Page[ReportView]:
    """List expected reports, newest first."""
    found = await store.page_of_reports(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, ReportView.of, lambda report: [str(report.id)])


async def _grouping(
    by: Annotated[list[Literal["unit", "definition", "period"]] | None, Query(description="How it is divided.")] = None,
) -> Grouping:
    parts = by or ()
    return Grouping("unit" in parts, "definition" in parts, "period" in parts)


@router.get("/v1/reports/timeliness", responses=refusals())
async def read_timeliness(
    request: Request,
    wanted: Wanted,
    grouping: Annotated[Grouping, Depends(_grouping)],
    conn: ReadConnection,
    _caller: Caller,
    year: Annotated[int | None, Query(ge=2000, le=2199, description="Only periods of this year.")] = None,
) -> TimelinessTable:
    """Show how many reports came in time; one that is missing after its due moment counts as not (报送及时率)."""
    now = runtime_of(request).clock()
    span = (None, None) if year is None else (str(year), f"{year}-~")
    groups = await store.timeliness(conn, grouping, wanted, span, now)
    total = (await store.timeliness(conn, Grouping(), wanted, span, now) or [_NOTHING])[0]
    return TimelinessTable(
        as_of=now, total=TimelinessView.of(total), groups=[TimelinessView.of(each) for each in groups]
    )


_NOTHING = TimelinessCount(None, None, None, 0, 0, 0, 0, 0)


@router.get(_REPORT, response_model=ReportDetail, responses=refusals(403, 404))
async def read_report(report_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Show a report with every version of its content; a unit sees that of its own ones."""
    report = await operations.readable(conn, caller, report_id)
    return answer(ReportDetail.with_submissions(await operations.reported(conn, report)))


@router.post(_REPORT + "/check", responses=refusals(403, 404))
async def check_values(report_id: UUID, body: SubmitReport, conn: ReadConnection, caller: Caller) -> PreviewView:
    """Say which warnings these values raise, and refuse them as a submission would; nothing is kept."""
    return PreviewView.of(await operations.check(conn, caller, report_id, body.content()))


async def _run(
    edge: CommandEdge, action: str, report_id: UUID, body: CommandBody, operation: Operation[Reported]
) -> Response:
    return await edge.run(
        f"{action}-report", f"reports/{report_id}", operation, view=ReportDetail.with_submissions, body=body
    )


@router.post(_REPORT + "/submit", response_model=ReportDetail, responses=_REFUSALS)
async def submit(report_id: UUID, body: SubmitReport, edge: UnitEdge) -> Response:
    """Submit a report (报送): the unit itself. After a send-back this is the next submission; each is kept."""
    return await _run(
        edge, "submit", report_id, body, lambda conn, act: operations.submit(conn, act, report_id, body.content())
    )


@router.post(_REPORT + "/correct", response_model=ReportDetail, responses=_REFUSALS)
async def correct(report_id: UUID, body: CorrectReport, edge: UnitEdge) -> Response:
    """Correct what was submitted (更正): the unit itself, until it is locked. The correction waits to be accepted."""
    return await _run(
        edge,
        "correct",
        report_id,
        body,
        lambda conn, act: operations.correct(conn, act, report_id, body.content(), body.reason),
    )


@router.post(_REPORT + "/accept", response_model=ReportDetail, responses=_REFUSALS)
async def accept(report_id: UUID, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Accept the submission (office)."""
    return await _run(edge, "accept", report_id, body, lambda conn, act: operations.accept(conn, act, report_id))


@router.post(_REPORT + "/send-back", response_model=ReportDetail, responses=_REFUSALS)
async def send_back(report_id: UUID, body: Reason, edge: OfficeEdge) -> Response:
    """Refuse the submission (退回重报, office); the unit submits again."""
    return await _run(
        edge, "send-back", report_id, body, lambda conn, act: operations.send_back(conn, act, report_id, body.reason)
    )


@router.post(_REPORT + "/lock", response_model=ReportDetail, responses=_REFUSALS)
async def lock(report_id: UUID, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Make an accepted report final (锁定, office)."""
    return await _run(edge, "lock", report_id, body, lambda conn, act: operations.lock(conn, act, report_id))


@router.post(_REPORT + "/reopen", response_model=ReportDetail, responses=_REFUSALS)
async def reopen(report_id: UUID, body: Reason, edge: OfficeEdge) -> Response:
    """Open an accepted or locked report for a correction (解锁, office)."""
    return await _run(
        edge, "reopen", report_id, body, lambda conn, act: operations.reopen(conn, act, report_id, body.reason)
    )


@router.post(_REPORT + "/reschedule", response_model=ReportDetail, responses=_REFUSALS)
async def reschedule(report_id: UUID, body: RescheduleReport, edge: OfficeEdge) -> Response:
    """Let a missing report fall due at another moment (office); one that was overdue is open again."""
    return await _run(
        edge,
        "reschedule",
        report_id,
        body,
        lambda conn, act: operations.reschedule(conn, act, report_id, body.due_at, body.reason),
    )


@router.post(_REPORT + "/withdraw", response_model=ReportDetail, responses=_REFUSALS)
async def withdraw(report_id: UUID, body: Reason, edge: OfficeEdge) -> Response:
    """Expect a missing report no longer (免报, office); it counts neither way."""
    return await _run(
        edge, "withdraw", report_id, body, lambda conn, act: operations.withdraw(conn, act, report_id, body.reason)
    )


@router.post(_REPORT + "/remind", response_model=ReportDetail, responses=_REFUSALS)
async def remind(report_id: UUID, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Remind the unit of a missing report (催报, office)."""
    return await _run(edge, "remind", report_id, body, lambda conn, act: operations.remind(conn, act, report_id))
