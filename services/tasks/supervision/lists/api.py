"""Routes of the lists an office works from, and of bulk actions (port 8102). A unit sees its own."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.tasks.reports import store as reports_store
from services.tasks.reports.calendar.store import workdays
from services.tasks.reports.schemas import ReportView
from services.tasks.reports.store import ReportFilter
from services.tasks.settings import TasksSettings
from services.tasks.supervision import store as supervision_store
from services.tasks.supervision.lights import LightRule, light_rule
from services.tasks.supervision.lists import bulk, store
from services.tasks.supervision.lists.schemas import (
    BulkBody,
    BulkView,
    OwedPartView,
    UnitOverdueView,
    WaitingCountView,
    WaitingView,
)
from services.tasks.supervision.lists.store import PartFilter, PlaceOfPart, PlaceOfWaiting, WaitingKind
from services.tasks.supervision.watch import rules_of
from shared.auth import Principal, Role
from shared.clock import county_date, end_of_county_day
from shared.commands import OfficeEdge
from shared.contracts import tasks as facts
from shared.errors import ForbiddenError
from shared.pages import Page, PageQuery, PageRequest, bad_cursor, id_bound
from shared.postgres import Connection
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["supervision"])

UnitQuery = Annotated[str | None, Query(max_length=64, description="Whose.")]
_DAYS_OF_WEEK = 7


def _own(caller: Principal, unit: str | None) -> str | None:
    if caller.role is not Role.UNIT:
        return unit
    if unit not in {None, caller.unit}:
        raise ForbiddenError(f"unit {caller.unit} sees its own lists only")
    return caller.unit


def week_of(day: date) -> tuple[date, date]:
    """Return Monday and Sunday of a day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=_DAYS_OF_WEEK - 1)


async def _filter(
    caller: Caller,
    unit: UnitQuery = None,
    role: Annotated[facts.Role | None, Query(description="In which role.")] = None,
    q: Annotated[str | None, Query(max_length=200, description="Part of the title.")] = None,
    slip: Annotated[facts.SlipColour | None, Query(description="Colour of the open slip.")] = None,
) -> PartFilter:
    return PartFilter(unit=_own(caller, unit), role=role, q=q or None, slip=slip)


Wanted = Annotated[PartFilter, Depends(_filter)]


@router.get("/v1/supervision/due-this-week", responses=refusals(403))
async def list_due_this_week(
    request: Request, wanted: Wanted, page: PageQuery, conn: ReadConnection
) -> Page[OwedPartView]:
    """List parts that are owed and due from Monday to Sunday of this week, soonest first."""
    monday, sunday = week_of(county_date(runtime_of(request).clock()))
    return await _parts(conn, request, page, replace(wanted, due_from=monday, due_to=sunday))


@router.get("/v1/supervision/overdue", responses=refusals(403))
async def list_overdue(request: Request, wanted: Wanted, page: PageQuery, conn: ReadConnection) -> Page[OwedPartView]:
    """List parts that are owed after their due date, longest first."""
    yesterday = county_date(runtime_of(request).clock()) - timedelta(days=1)
    return await _parts(conn, request, page, replace(wanted, due_to=yesterday))


@router.get("/v1/supervision/never-acknowledged", responses=refusals(403))
async def list_never_acknowledged(
    request: Request, wanted: Wanted, page: PageQuery, conn: ReadConnection
) -> Page[OwedPartView]:
    """List parts that their units never acknowledged (未签收), soonest due first."""
    return await _parts(conn, request, page, replace(wanted, never_acknowledged=True))


async def _parts(conn: Connection, request: Request, page: PageRequest, wanted: PartFilter) -> Page[OwedPartView]:
    rule = await _light_rule(conn, request)
    parts = await store.owed_parts(conn, wanted, _place_of_part(page), page.fetch)
    targets = await supervision_store.targets_of(conn, [each.part.task_id for each in parts])
    return page.cut(
        parts,
        lambda each: OwedPartView.of(each, targets.get((each.part.task_id, each.part.unit), []), rule),
        lambda each: [each.part.due_on.isoformat(), str(each.part.task_id), each.part.unit],
    )


async def _light_rule(conn: Connection, request: Request) -> LightRule:
    runtime = runtime_of(request)
    settings = runtime.settings
    assert isinstance(settings, TasksSettings)  # noqa: S101 - this service's
    return light_rule(runtime.clock(), settings.near_due_working_days, await workdays(conn))


def _place_of_part(page: PageRequest) -> PlaceOfPart | None:
    due_on, task_id, unit = page.after_or(None, None, None)
    if due_on is None:
        return None
    try:
        return date.fromisoformat(due_on), UUID(task_id), str(unit)
    except (ValueError, TypeError, AttributeError) as error:
        raise bad_cursor() from error


def _place_of_waiting(page: PageRequest) -> PlaceOfWaiting | None:
    since, found, unit = page.after_or(None, None, None)
    if since is None:
        return None
    try:
        return datetime.fromisoformat(since), UUID(found), str(unit)
    except (ValueError, TypeError, AttributeError) as error:
        raise bad_cursor() from error


@router.get("/v1/supervision/reports-due-this-week", responses=refusals(403))
async def list_reports_due_this_week(
    request: Request, page: PageQuery, conn: ReadConnection, caller: Caller, unit: UnitQuery = None
) -> Page[ReportView]:
    """List reports that fall due from Monday to Sunday of this week, newest first."""
    monday, sunday = week_of(county_date(runtime_of(request).clock()))
    wanted = ReportFilter(
        unit=_own(caller, unit),
        due_from=end_of_county_day(monday - timedelta(days=1)) + timedelta(microseconds=1),
        due_before=end_of_county_day(sunday) + timedelta(microseconds=1),
    )
    found = await reports_store.page_of_reports(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, ReportView.of, lambda report: [str(report.id)])


@router.get("/v1/supervision/overdue-by-unit", responses=refusals(403))
async def read_overdue_by_unit(
    request: Request, conn: ReadConnection, caller: Caller, unit: UnitQuery = None
) -> list[UnitOverdueView]:
    """Show how much each unit owes after its due date, most first: parts, reports, open slips."""
    now = runtime_of(request).clock()
    found = await store.overdue_by_unit(conn, county_date(now), now, _own(caller, unit))
    return [UnitOverdueView.of(each, now) for each in found]


_LEVELS = {Role.OFFICE: "office", Role.LEADER: "leader"}


@router.get("/v1/supervision/waiting", responses=refusals(403))
async def list_waiting(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    kind: Annotated[WaitingKind | None, Query()] = None,
    unit: UnitQuery = None,
) -> Page[WaitingView]:
    """List what waits for the caller's decision, longest first; auditors see all of it, a unit its own."""
    found = await store.waiting(
        conn, _LEVELS.get(caller.role), kind, _own(caller, unit), _place_of_waiting(page), page.fetch
    )
    return page.cut(found, WaitingView.of, lambda each: [each.since.isoformat(), str(each.id), each.unit])


@router.get("/v1/supervision/waiting-counts", responses=refusals(403))
async def read_waiting_counts(conn: ReadConnection, caller: Caller, unit: UnitQuery = None) -> list[WaitingCountView]:
    """Show how much waits for the caller's decision, by kind."""
    found = await store.waiting_counts(conn, _LEVELS.get(caller.role), _own(caller, unit))
    return [WaitingCountView.of(each) for each in found]


@router.post("/v1/supervision/bulk", response_model=BulkView, responses=refusals(403))
async def act_in_bulk(body: BulkBody, request: Request, edge: OfficeEdge) -> Response:
    """Do one thing with many (office); each item succeeds or is refused for itself, and the answer says which."""
    asked = bulk.Bulk(body.action, body.chosen(), body.reason or "", rules_of(runtime_of(request)).slips)
    return await edge.run(
        f"bulk-{body.action}",
        "supervision/bulk",
        lambda conn, act: bulk.run(conn, act, asked),
        view=lambda results: BulkView.of(body.action, results),
        body=body,
    )
