"""Periods open by themselves when their moment comes; after an outage those that were missed, at their own moments.

A definition's head says which period opens next and when. Two processes may look: the head is locked while its period
is opened, and the report of a unit for a period is one by the database's own rule.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from services.tasks.reports import store
from services.tasks.reports.calendar import store as calendar_store
from services.tasks.reports.calendar.reporters import reporters_of
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.definitions import NextOpening, PeriodDecision, ReportDefinition
from services.tasks.reports.domain import Expected, Report, ReportState
from services.tasks.reports.errors import DueUnknownError
from services.tasks.reports.periods import last_day, next_period
from shared.auth import Principal, Role
from shared.commands import Act
from shared.postgres import Connection
from shared.workdays import UnknownYearError

log = structlog.get_logger(__name__)

_SERVICE = Principal(subject="service:tasks", role=Role.OFFICE)
BATCH = 50
"""Definitions, and periods, that one transaction deals with."""


def _act(at: datetime, code: str, period: str) -> Act:
    return Act(principal=_SERVICE, occurred_at=at, correlation_id=f"report-period/{code}/{period}")


async def due_moment(
    conn: Connection, definition: ReportDefinition, period: str, decided: PeriodDecision | None
) -> datetime:
    """Return when a period's reports fall due: as the office decided for it, or by the definition's rule.

    Raises:
        DueUnknownError: the rule counts working days of a year that is not known.
    """
    end = last_day(definition.period_kind, period)
    if decided is not None and decided.due_at is not None:
        return decided.due_at
    try:
        return definition.due_rule.due_at(end, await calendar_store.workdays(conn))
    except UnknownYearError as unknown:
        raise DueUnknownError(definition.code, period, str(unknown)) from unknown


async def expect_of(conn: Connection, act: Act, expected: Expected, units: Sequence[str]) -> list[Report]:
    """Expect a report of each of the units that owes it not yet; return the new ones."""
    changes = [ReportChange(report, act) for report in await store.insert_reports(conn, expected, units)]
    for change in changes:
        change.open()
    if changes:
        await store.save_changes(conn, changes)
    return [change.report for change in changes]


@dataclass(frozen=True, slots=True)
class OpenedPeriods:
    """How many periods were opened, and the definitions whose next period could not be."""

    count: int
    blocked: frozenset[str]


async def open_due(conn: Connection, now: datetime, tried: Collection[str] = ()) -> OpenedPeriods:
    """Open the next period of definitions whose moment has come, but for those that were tried in vain already."""
    heads = await calendar_store.due_openings(conn, now, tried, BATCH)
    opened = {head.code: await _open_next(conn, head) for head in heads}
    return OpenedPeriods(sum(opened.values()), frozenset(code for code, done in opened.items() if not done))


async def _open_next(conn: Connection, head: NextOpening) -> bool:
    definition = await store.find_edition(conn, head.code, head.version)
    if definition is None or head.next_period is None or head.next_opens_at is None:
        raise LookupError(f"the next period of {head.code} is not consistent")
    decided = await calendar_store.find_period(conn, head.code, head.next_period)
    try:
        await _open_period(conn, definition, head.next_period, head.next_opens_at, decided)
    except DueUnknownError as unknown:
        if head.blocked != unknown.detail:
            await store.save_head(conn, replace(head, blocked=unknown.detail))
            log.warning("period cannot be opened", definition=head.code, period=head.next_period, why=unknown.detail)
        return False
    following = next_period(definition.period_kind, head.next_period)
    moment = max(definition.opens_at(following), head.next_opens_at)
    await store.save_head(conn, NextOpening(head.code, head.version, following, moment))
    return True


async def _open_period(
    conn: Connection, definition: ReportDefinition, period: str, opens_at: datetime, decided: PeriodDecision | None
) -> None:
    if decided is not None and decided.exempt:
        await calendar_store.note_opening(conn, definition.code, period, opens_at, None)
        return
    act = _act(opens_at, definition.code, period)
    due_at = await due_moment(conn, definition, period, decided)
    expected = Expected(definition.code, definition.version, period, due_at, act.correlation_id, opens_at)
    await expect_of(conn, act, expected, await reporters_of(conn, definition, period))
    await calendar_store.note_opening(conn, definition.code, period, opens_at, due_at)


async def recheck_opened(conn: Connection, now: datetime) -> int:
    """Follow what the registry told only after a period was opened, while it is not due: expect more, or withdraw.

    Returns how many periods were held against the registry's present state.
    """
    periods = await calendar_store.lock_periods_to_recheck(conn, now, BATCH)
    for each in periods:
        await _recheck(conn, now, each)
    return len(periods)


async def _recheck(conn: Connection, now: datetime, opened: PeriodDecision) -> None:
    definition = await store.find_definition(conn, opened.definition)
    if definition is None or opened.opened_due_at is None or opened.opened_at is None:
        raise LookupError(f"period {opened.period} of {opened.definition} is not consistent")
    units = await reporters_of(conn, definition, opened.period)
    act = _act(now, opened.definition, opened.period)
    expected = Expected(
        definition.code, definition.version, opened.period, opened.opened_due_at, act.correlation_id, now
    )
    await expect_of(conn, act, expected, units)
    await _withdraw_from_others(conn, act, opened, units)
    await calendar_store.note_opening(conn, definition.code, opened.period, opened.opened_at, opened.opened_due_at)


async def _withdraw_from_others(conn: Connection, act: Act, opened: PeriodDecision, units: Sequence[str]) -> None:
    """Withdraw what opened by itself for units that, as it turns out, need not report; by hand it stays."""
    missing = [ReportState.OPEN, ReportState.OVERDUE]
    reports = await store.lock_reports_of_period(conn, opened.definition, opened.period, missing)
    changes = [
        ReportChange(report, act)
        for report in reports
        if report.unit not in units and report.correlation_id == act.correlation_id
    ]
    for change in changes:
        change.withdraw(None)
    if changes:
        await store.save_changes(conn, changes)
