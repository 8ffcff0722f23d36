"""What can be done with reports: one command each, in its caller's transaction; none commits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.tasks.errors import ReportNotFoundError
from services.tasks.reports import store
from services.tasks.reports.calendar.reporters import table_units
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.content import Basis, ReadContent, StatedContent, preview, read_content
from services.tasks.reports.definitions import ReportDefinition
from services.tasks.reports.domain import (
    REPORT_TRANSITIONS,
    Decided,
    Decision,
    Report,
    Reported,
    ReportState,
    Rows,
    Submission,
)
from services.tasks.reports.files.operations import attached
from services.tasks.reports.periods import previous_period
from services.tasks.reports.rules import Checked
from shared.auth import Principal, Role
from shared.commands import Act
from shared.errors import ConflictError, ForbiddenError, invalid
from shared.postgres import Connection


async def submit(conn: Connection, act: Act, report_id: UUID, stated: StatedContent) -> Reported:
    """Submit a report: the unit itself. A submission after a send-back is the next one; each is kept."""
    change, definition = await _locked_of_own_unit(conn, act, report_id, "submit")
    content = await _read(conn, change.report, definition, stated)
    change.submit(content.observations, await store.observed_units(conn, report_id), content.digest)
    await _keep(conn, content, Submission(*_who(change), content.observations))
    return await _saved(conn, change, definition)


async def correct(conn: Connection, act: Act, report_id: UUID, stated: StatedContent, reason: str) -> Reported:
    """Correct what was submitted: the unit itself. The correction is the next version and waits to be accepted."""
    change, definition = await _locked_of_own_unit(conn, act, report_id, "correct")
    content = await _read(conn, change.report, definition, stated)
    change.correct(content.observations, await store.observed_units(conn, report_id), content.digest, reason)
    new = Submission(*_who(change), content.observations, kind="correction", correction_reason=reason)
    await _keep(conn, content, new)
    return await _saved(conn, change, definition)


async def _read(conn: Connection, report: Report, definition: ReportDefinition, stated: StatedContent) -> ReadContent:
    files = await attached(conn, report.id, stated.attachments)
    return read_content(await _basis(conn, report, definition), stated, files)


async def _basis(conn: Connection, report: Report, definition: ReportDefinition) -> Basis:
    table = await table_units(conn, definition, report.period)
    return Basis(definition, table, await stated_before(conn, report, definition))


async def _locked_of_own_unit(
    conn: Connection, act: Act, report_id: UUID, transition: str
) -> tuple[ReportChange, ReportDefinition]:
    act.principal.require(*REPORT_TRANSITIONS.named(transition).roles)
    change = await _locked(conn, act, report_id)
    act.principal.require_unit(change.report.unit)
    act.expect(change.report.version)
    change.check(transition)
    return change, await store.edition_of(conn, change.report)


async def stated_before(conn: Connection, report: Report, definition: ReportDefinition) -> Rows:
    """Return what the unit stated for the period before; nothing if there is no period before, or no report of it."""
    if definition.period_kind == "occasion":
        return {}
    earlier = previous_period(definition.period_kind, report.period)
    return await store.rows_of_period(conn, report.definition, earlier, report.unit)


def _who(change: ReportChange) -> tuple[UUID, int, datetime, str]:
    report, act = change.report, change.act
    return report.id, report.submissions, act.occurred_at, act.principal.subject


async def _keep(conn: Connection, content: ReadContent, new: Submission) -> None:
    whole = replace(
        new,
        channel=content.channel,
        rows=content.rows,
        confirmed=content.checked.findings,
        unchecked=content.checked.unchecked,
        attachments=content.attachments,
    )
    await store.insert_submission(conn, whole)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a submission of some values would say: nothing is kept."""

    report: Report
    checked: Checked


async def readable(conn: Connection, reader: Principal, report_id: UUID) -> Report:
    """Return a report whose content the reader may see: a unit that of its own ones, as with its files and slips."""
    report = await store.find_report(conn, report_id)
    if report is None:
        raise ReportNotFoundError(report_id)
    if reader.role is Role.UNIT and reader.unit != report.unit:
        raise ForbiddenError(f"unit {reader.unit} sees what its own reports state only; this one is {report.unit}'s")
    return report


async def check(conn: Connection, reader: Principal, report_id: UUID, stated: StatedContent) -> Preview:
    """Return which warnings some values would raise; refuse them as a submission would."""
    report = await readable(conn, reader, report_id)
    definition = await store.edition_of(conn, report)
    _, checked = preview(await _basis(conn, report, definition), stated.rows)
    return Preview(report, checked)


async def accept(conn: Connection, act: Act, report_id: UUID) -> Reported:
    """Accept the submission (office)."""
    change = await _locked_by_office(conn, act, report_id, "accept")
    change.accept()
    await store.decide_submission(conn, _decision(change, "accepted"))
    return await _saved(conn, change)


async def send_back(conn: Connection, act: Act, report_id: UUID, reason: str) -> Reported:
    """Refuse the submission (office); the unit submits again."""
    change = await _locked_by_office(conn, act, report_id, "send-back")
    change.send_back(await store.observed_units(conn, report_id), reason)
    await store.decide_submission(conn, _decision(change, "sent_back", reason))
    return await _saved(conn, change)


async def lock(conn: Connection, act: Act, report_id: UUID) -> Reported:
    """Make an accepted report final (office)."""
    return await _moved(conn, act, report_id, "lock", ReportChange.lock)


async def reopen(conn: Connection, act: Act, report_id: UUID, reason: str) -> Reported:
    """Open an accepted or locked report for a correction (office)."""
    return await _moved(conn, act, report_id, "reopen", lambda change: change.reopen(reason))


async def reschedule(conn: Connection, act: Act, report_id: UUID, due_at: datetime, reason: str) -> Reported:
    """Let one unit's report fall due at another moment (office)."""
    if due_at <= act.occurred_at:
        raise invalid("due_on", f"{due_at.isoformat()} has passed", "a later moment")
    return await _moved(conn, act, report_id, "reschedule", lambda change: change.reschedule(due_at, reason))


async def withdraw(conn: Connection, act: Act, report_id: UUID, reason: str) -> Reported:
    """Expect one unit's report no longer (office)."""
    return await _moved(conn, act, report_id, "withdraw", lambda change: change.withdraw(reason))


async def remind(conn: Connection, act: Act, report_id: UUID) -> Reported:
    """Remind the unit of a report that is missing (office)."""
    act.principal.require(Role.OFFICE)
    change = await _locked(conn, act, report_id)
    act.expect(change.report.version)
    if change.report.state not in {ReportState.OPEN, ReportState.OVERDUE, ReportState.SENT_BACK}:
        allowed = REPORT_TRANSITIONS.allowed(change.report.state, act.principal.role)
        raise ConflictError(f"the report is {change.report.state}: there is nothing to remind of", allowed)
    change.remind("office")
    return await _saved(conn, change)


async def _moved(
    conn: Connection, act: Act, report_id: UUID, transition: str, move: Callable[[ReportChange], None]
) -> Reported:
    change = await _locked_by_office(conn, act, report_id, transition)
    move(change)
    return await _saved(conn, change)


async def _locked_by_office(conn: Connection, act: Act, report_id: UUID, transition: str) -> ReportChange:
    act.principal.require(*REPORT_TRANSITIONS.named(transition).roles)
    change = await _locked(conn, act, report_id)
    act.expect(change.report.version)
    return change


async def _locked(conn: Connection, act: Act, report_id: UUID) -> ReportChange:
    report = await store.lock_report(conn, report_id)
    if report is None:
        raise ReportNotFoundError(report_id)
    return ReportChange(report, act)


def _decision(change: ReportChange, decision: Decision, reason: str | None = None) -> Decided:
    act, report = change.act, change.report
    return Decided(report.id, report.submissions, decision, act.occurred_at, act.principal.subject, reason)


async def _saved(conn: Connection, change: ReportChange, definition: ReportDefinition | None = None) -> Reported:
    await store.save_changes(conn, [change])
    return await reported(conn, change.report, definition)


async def reported(conn: Connection, report: Report, definition: ReportDefinition | None = None) -> Reported:
    """Return a report with every version of it and the edition under which it was opened."""
    edition = definition or await store.edition_of(conn, report)
    table = await table_units(conn, edition, report.period)
    return Reported(report, await store.submissions_of(conn, report.id), edition, table)
