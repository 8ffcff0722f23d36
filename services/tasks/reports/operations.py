"""What can be done with report definitions and reports: one command each, in its caller's transaction."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from services.tasks import units as unit_checks
from services.tasks.errors import DefinitionExistsError, DefinitionNotFoundError, ReportNotFoundError
from services.tasks.reports import store
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.domain import (
    REPORT_TRANSITIONS,
    Decided,
    Decision,
    Expected,
    Opened,
    ReportDefinition,
    Reported,
    Submission,
)
from services.tasks.reports.periods import last_day
from shared.auth import Role
from shared.commands import Act
from shared.errors import InvalidError
from shared.postgres import Connection


async def define(conn: Connection, act: Act, new: ReportDefinition) -> ReportDefinition:
    """Define a report (office)."""
    act.principal.require(Role.OFFICE)
    made = await store.insert_definition(conn, new, act.occurred_at)
    if made is None:
        raise DefinitionExistsError(new.code)
    return made


async def open_period(conn: Connection, act: Act, code: str, period: str, units: tuple[str, ...]) -> Opened:
    """Expect a definition's report of units for a period (office); of whom it is expected already, nothing changes."""
    act.principal.require(Role.OFFICE)
    definition = await _definition(conn, code)
    due_at = definition.due_rule.due_at(last_day(definition.period_kind, period))
    named = unit_checks.named_in("units", units)
    faults = [*unit_checks.repeated(named), *await unit_checks.unknown(conn, named)]
    if faults:
        raise InvalidError(*faults)
    expected = Expected(code, definition.version, period, due_at, act.correlation_id, act.occurred_at)
    changes = [ReportChange(report, act) for report in await store.insert_reports(conn, expected, units)]
    for change in changes:
        change.open()
    await store.save_changes(conn, changes)
    opened = [change.report for change in changes]
    new = {report.id for report in opened}
    owed = await store.reports_of_period(conn, code, period, units)
    return Opened(definition, period, due_at, opened, [each for each in owed if each.id not in new])


async def submit(conn: Connection, act: Act, report_id: UUID, values: Mapping[str, Decimal]) -> Reported:
    """Submit a report: the unit itself. A submission after a send-back is the next one; each is kept."""
    act.principal.require(*REPORT_TRANSITIONS.named("submit").roles)
    change = await _locked(conn, act, report_id)
    act.principal.require_unit(change.report.unit)
    act.expect(change.report.version)
    change.check("submit")
    definition = await _definition(conn, change.report.definition)
    faults = definition.faults(values)
    if faults:
        raise InvalidError(*faults)
    observations = definition.observations(values)
    change.submit(observations)
    number, who = change.report.submissions, act.principal.subject
    await store.insert_submission(conn, Submission(report_id, number, act.occurred_at, who, observations))
    return await _saved(conn, change)


async def accept(conn: Connection, act: Act, report_id: UUID) -> Reported:
    """Accept the submission (office)."""
    act.principal.require(*REPORT_TRANSITIONS.named("accept").roles)
    change = await _locked(conn, act, report_id)
    act.expect(change.report.version)
    change.accept()
    await store.decide_submission(conn, _decision(change, "accepted"))
    return await _saved(conn, change)


async def send_back(conn: Connection, act: Act, report_id: UUID, reason: str) -> Reported:
    """Refuse the submission (office); the unit submits again."""
    act.principal.require(*REPORT_TRANSITIONS.named("send-back").roles)
    change = await _locked(conn, act, report_id)
    act.expect(change.report.version)
    change.send_back(reason)
    await store.decide_submission(conn, _decision(change, "sent_back", reason))
    return await _saved(conn, change)


async def _definition(conn: Connection, code: str) -> ReportDefinition:
    definition = await store.find_definition(conn, code)
    if definition is None:
        raise DefinitionNotFoundError(code)
    return definition


async def _locked(conn: Connection, act: Act, report_id: UUID) -> ReportChange:
    report = await store.lock_report(conn, report_id)
    if report is None:
        raise ReportNotFoundError(report_id)
    return ReportChange(report, act)


def _decision(change: ReportChange, decision: Decision, reason: str | None = None) -> Decided:
    act, report = change.act, change.report
    return Decided(report.id, report.submissions, decision, act.occurred_at, act.principal.subject, reason)


async def _saved(conn: Connection, change: ReportChange) -> Reported:
    await store.save_changes(conn, [change])
    return Reported(change.report, await store.submissions_of(conn, change.report.id))
