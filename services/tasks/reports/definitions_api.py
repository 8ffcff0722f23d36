"""Routes of report definitions and their periods (port 8102)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.tasks.cursors import code_after
from services.tasks.errors import DefinitionNotFoundError
from services.tasks.reports import definition_operations as operations
from services.tasks.reports import store
from services.tasks.reports.calendar_view import periods_of_year
from services.tasks.reports.definition_schemas import (
    CalendarView,
    DecidePeriod,
    DefineReport,
    DefinitionBody,
    DefinitionView,
    EditionView,
    OpenedView,
    OpenPeriod,
    PeriodDecidedView,
    PeriodView,
)
from shared.commands import OfficeEdge
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["reports"])

CodePath = Annotated[str, Path(max_length=64, description="Code of the report definition.")]
PeriodPath = Annotated[str, Path(max_length=10, description="2026, 2026-H1, 2026-Q1 or 2026-01.")]

_DEFINITION = "/v1/report-definitions/{code}"


@router.get("/v1/report-definitions", responses=refusals())
async def list_definitions(page: PageQuery, conn: ReadConnection, _caller: Caller) -> Page[DefinitionView]:
    """List report definitions by code, each in its current edition."""
    found = await store.page_of_definitions(conn, code_after(page), page.fetch)
    return page.cut(found, DefinitionView.of, lambda definition: [definition.code])


@router.post("/v1/report-definitions", status_code=201, response_model=DefinitionView, responses=refusals(403, 409))
async def define_report(body: DefineReport, edge: OfficeEdge) -> Response:
    """Define a report (office); its rules are checked now."""
    return await edge.run(
        "define-report",
        f"report-definitions/{body.code}",
        lambda conn, act: operations.define(conn, act, body.definition()),
        view=DefinitionView.of,
        body=body,
        status=201,
    )


@router.get(_DEFINITION, responses=refusals(404))
async def read_definition(
    code: CodePath,
    conn: ReadConnection,
    _caller: Caller,
    edition: Annotated[int | None, Query(ge=1, le=100_000, description="By default the current one.")] = None,
) -> DefinitionView:
    """Show a report definition."""
    if edition is None:
        definition = await store.find_definition(conn, code)
    else:
        definition = await store.find_edition(conn, code, edition)
    if definition is None:
        raise DefinitionNotFoundError(code if edition is None else f"{code}, edition {edition}")
    return DefinitionView.of(definition)


@router.get(_DEFINITION + "/editions", responses=refusals(404))
async def list_editions(code: CodePath, conn: ReadConnection, _caller: Caller) -> list[EditionView]:
    """List every edition of a definition, the first first."""
    found = await store.editions_of(conn, code)
    if not found:
        raise DefinitionNotFoundError(code)
    return [EditionView.of_edition(each) for each in found]


@router.put(_DEFINITION, response_model=DefinitionView, responses=refusals(403, 404, 409, 412))
async def revise_definition(code: CodePath, body: DefinitionBody, edge: OfficeEdge) -> Response:
    """Make the next edition (office): for periods opened from now on; reports that are open keep theirs."""
    return await edge.run(
        "revise-report-definition",
        f"report-definitions/{code}",
        lambda conn, act: operations.revise(conn, act, body.edition(code)),
        view=DefinitionView.of,
        body=body,
    )


@router.post(_DEFINITION + "/open", response_model=OpenedView, responses=refusals(403, 404, 409))
async def open_period(code: CodePath, body: OpenPeriod, edge: OfficeEdge) -> Response:
    """Expect a report of units for a period (office); opening twice changes nothing and says so."""
    return await edge.run(
        "open-reports",
        f"report-definitions/{code}",
        lambda conn, act: operations.open_period(conn, act, code, body.period, body.units),
        view=OpenedView.of,
        body=body,
    )


@router.get(_DEFINITION + "/periods", responses=refusals(404))
async def list_periods(
    code: CodePath,
    year: Annotated[int, Query(ge=2000, le=2199, description="The year in which the periods end.")],
    conn: ReadConnection,
    _caller: Caller,
) -> CalendarView:
    """Show a definition's periods of a year: when each opens and falls due, and what the office decided."""
    head, rows = await periods_of_year(conn, code, year)
    return CalendarView(
        definition=code,
        next_period=head.next_period,
        next_opens_at=head.next_opens_at,
        blocked=head.blocked,
        periods=[PeriodView.of(row) for row in rows],
    )


@router.put(_DEFINITION + "/periods/{period}", response_model=PeriodDecidedView, responses=refusals(403, 404, 409))
async def decide_period(code: CodePath, period: PeriodPath, body: DecidePeriod, edge: OfficeEdge) -> Response:
    """Give a period its own due moment, or exempt it (office); its reports that are missing follow, with events."""
    return await edge.run(
        "decide-report-period",
        f"report-definitions/{code}/periods/{period}",
        lambda conn, act: operations.decide_period(
            conn, act, code, period, body.due_at, exempt=body.exempt, reason=body.reason
        ),
        view=PeriodDecidedView.of,
        body=body,
    )
