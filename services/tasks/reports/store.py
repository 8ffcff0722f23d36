"""The reports' tables: one function per query of `queries.sql`, and the saving of changes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from services.tasks.reports.changes import ReportChange
from services.tasks.reports.domain import (
    Decided,
    Expected,
    Report,
    ReportDefinition,
    ReportField,
    ReportState,
    Submission,
)
from services.tasks.reports.periods import DueRule
from shared import outbox
from shared.contracts.tasks import Observation
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports a list shows; None means any."""

    unit: str | None = None
    definition: str | None = None
    period: str | None = None
    state: ReportState | None = None


def _definition(row: Record) -> ReportDefinition:
    return ReportDefinition(
        code=row["code"],
        version=row["version"],
        title=row["title"],
        period_kind=row["period_kind"],
        due_rule=DueRule(row["due_offset_days"], row["due_hour"]),
        fields=tuple(ReportField(**field) for field in row["fields"]),
    )


async def insert_definition(conn: Connection, new: ReportDefinition, at: datetime) -> ReportDefinition | None:
    """Insert a definition; None if its code is taken."""
    row = await conn.fetchrow(
        Q["insert_definition"],
        new.code,
        new.title,
        new.period_kind,
        new.due_rule.offset_days,
        new.due_rule.hour,
        [asdict(field) for field in new.fields],
        at,
    )
    return None if row is None else _definition(row)


async def find_definition(conn: Connection, code: str) -> ReportDefinition | None:
    """Return a definition."""
    row = await conn.fetchrow(Q["find_definition"], code)
    return None if row is None else _definition(row)


async def page_of_definitions(conn: Connection, after: str | None, limit: int) -> list[ReportDefinition]:
    """Return definitions by code."""
    return [_definition(row) for row in await conn.fetch(Q["page_of_definitions"], after, limit)]


async def insert_reports(conn: Connection, expected: Expected, units: Sequence[str]) -> list[Report]:
    """Insert what is expected of each of the units that has none yet; return the new ones, by unit."""
    rows = await conn.fetch(
        Q["insert_reports"],
        expected.definition,
        expected.definition_version,
        expected.period,
        expected.due_at,
        list(units),
        expected.correlation_id,
        expected.opened_at,
    )
    return sorted((Report(**row) for row in rows), key=lambda report: report.unit)


async def reports_of_period(conn: Connection, definition: str, period: str, units: Sequence[str]) -> list[Report]:
    """Return the reports that these units owe for a period, by unit."""
    return [Report(**row) for row in await conn.fetch(Q["reports_of_period"], definition, period, list(units))]


async def lock_report(conn: Connection, report_id: UUID) -> Report | None:
    """Return the report, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_report"], report_id)
    return None if row is None else Report(**row)


async def find_report(conn: Connection, report_id: UUID) -> Report | None:
    """Return the report."""
    row = await conn.fetchrow(Q["find_report"], report_id)
    return None if row is None else Report(**row)


async def page_of_reports(conn: Connection, wanted: ReportFilter, before: UUID | None, limit: int) -> list[Report]:
    """Return reports, newest first."""
    state = wanted.state and wanted.state.value
    rows = await conn.fetch(Q["page_of_reports"], before, wanted.unit, wanted.definition, wanted.period, state, limit)
    return [Report(**row) for row in rows]


async def save_changes(conn: Connection, changes: Sequence[ReportChange]) -> None:
    """Save what became of reports, and append their events."""
    reports = [change.report for change in changes]
    await conn.execute(
        Q["save_reports"],
        [each.id for each in reports],
        [each.version for each in reports],
        [str(each.state) for each in reports],
        [each.submissions for each in reports],
        [each.on_time for each in reports],
        [each.days_late for each in reports],
    )
    await outbox.append_all(conn, [event for change in changes for event in change.events])


async def insert_submission(conn: Connection, new: Submission) -> None:
    """Keep a submission."""
    observations = [each.model_dump(mode="json") for each in new.observations]
    await conn.execute(
        Q["insert_submission"], new.report_id, new.submission, new.submitted_at, new.submitted_by, observations
    )


async def decide_submission(conn: Connection, decided: Decided) -> None:
    """Keep what the office decided on a submission."""
    await conn.execute(
        Q["decide_submission"],
        decided.report_id,
        decided.submission,
        decided.decision,
        decided.decided_at,
        decided.decided_by,
        decided.reason,
    )


async def submissions_of(conn: Connection, report_id: UUID) -> list[Submission]:
    """Return all submissions of a report, the first first."""
    return [_submission(row) for row in await conn.fetch(Q["submissions_of"], report_id)]


def _submission(row: Record) -> Submission:
    return Submission(**{**row, "observations": tuple(Observation(**each) for each in row["observations"])})


async def lock_lapsing_reports(conn: Connection, now: datetime, limit: int) -> list[Report]:
    """Return reports missing after their due moment, longest overdue first, locked; busy ones are left out."""
    return [Report(**row) for row in await conn.fetch(Q["lapsing_reports"], now, limit)]
