"""The reports' tables: one function per query of `queries.sql`, and the saving of changes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from services.tasks.reports.changes import ReportChange
from services.tasks.reports.definitions import NextOpening, ReportDefinition
from services.tasks.reports.domain import (
    AttachedFile,
    Decided,
    Expected,
    Report,
    ReportState,
    Rows,
    Submission,
)
from services.tasks.reports.rules import Finding, Unchecked
from services.tasks.reports.timeliness import Grouping, TimelinessCount
from shared import outbox
from shared.contracts.tasks import Observation
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))

_EDITION = TypeAdapter(ReportDefinition)


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports a list shows; None means any."""

    unit: str | None = None
    definition: str | None = None
    period: str | None = None
    state: ReportState | None = None
    due_before: datetime | None = None
    due_from: datetime | None = None
    on_time: bool | None = None


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a definition, with who made it when."""

    definition: ReportDefinition
    defined_at: datetime
    defined_by: str


def _definition(row: Record) -> ReportDefinition:
    return _EDITION.validate_python({**row["body"], "code": row["code"], "version": row["version"]})


def _body(definition: ReportDefinition) -> dict[str, Any]:
    whole: dict[str, Any] = _EDITION.dump_python(definition, mode="json")
    return {key: value for key, value in whole.items() if key not in {"code", "version"}}


async def insert_definition(conn: Connection, head: NextOpening) -> bool:
    """Insert a definition's head; return whether its code was free."""
    return bool(await conn.fetchval(Q["insert_definition"], head.code, head.next_period, head.next_opens_at))


async def insert_edition(conn: Connection, definition: ReportDefinition, at: datetime, by: str) -> None:
    """Keep an edition of a definition."""
    await conn.execute(Q["insert_edition"], definition.code, definition.version, _body(definition), at, by)


async def lock_definition(conn: Connection, code: str) -> NextOpening | None:
    """Return a definition's head, locked."""
    row = await conn.fetchrow(Q["lock_definition"], code)
    return None if row is None else NextOpening(**row)


async def find_head(conn: Connection, code: str) -> NextOpening | None:
    """Return a definition's head."""
    row = await conn.fetchrow(Q["find_head"], code)
    return None if row is None else NextOpening(**row)


async def save_head(conn: Connection, head: NextOpening) -> None:
    """Save a definition's current edition and next opening."""
    await conn.execute(Q["save_head"], head.code, head.version, head.next_period, head.next_opens_at, head.blocked)


async def find_definition(conn: Connection, code: str) -> ReportDefinition | None:
    """Return the current edition of a definition."""
    row = await conn.fetchrow(Q["find_definition"], code)
    return None if row is None else _definition(row)


async def find_edition(conn: Connection, code: str, version: int) -> ReportDefinition | None:
    """Return one edition of a definition."""
    row = await conn.fetchrow(Q["find_edition"], code, version)
    return None if row is None else _definition(row)


async def edition_of(conn: Connection, report: Report) -> ReportDefinition:
    """Return the edition under which a report was opened; the database keeps it as long as the report."""
    found = await find_edition(conn, report.definition, report.definition_version)
    if found is None:
        raise LookupError(f"no edition {report.definition_version} of {report.definition}")
    return found


async def editions_of(conn: Connection, code: str) -> list[Edition]:
    """Return all editions of a definition, the first first."""
    rows = await conn.fetch(Q["editions_of"], code)
    return [Edition(_definition(row), row["defined_at"], row["defined_by"]) for row in rows]


async def page_of_definitions(conn: Connection, after: str | None, limit: int) -> list[ReportDefinition]:
    """Return current editions by code."""
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
        expected.title,
        expected.source_id,
    )
    return sorted((Report(**row) for row in rows), key=lambda report: report.unit)


async def reports_of_period(conn: Connection, definition: str, period: str, units: Sequence[str]) -> list[Report]:
    """Return the reports that these units owe for a period, by unit."""
    return [Report(**row) for row in await conn.fetch(Q["reports_of_period"], definition, period, list(units))]


async def lock_reports_of_period(
    conn: Connection, definition: str, period: str, states: Sequence[ReportState]
) -> list[Report]:
    """Return the reports of a period in some states, locked, by unit."""
    wanted = [state.value for state in states]
    return [Report(**row) for row in await conn.fetch(Q["lock_reports_of_period"], definition, period, wanted)]


async def lock_report(conn: Connection, report_id: UUID) -> Report | None:
    """Return the report, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_report"], report_id)
    return None if row is None else Report(**row)


async def lock_report_of_source(conn: Connection, source_id: str) -> Report | None:
    """Return the report that something asked for, locked."""
    row = await conn.fetchrow(Q["lock_report_of_source"], source_id)
    return None if row is None else Report(**row)


async def note_source(conn: Connection, source_id: str, version: int) -> bool:
    """Note that what asked for a report has said something; return whether it is newer than what was known."""
    return bool(await conn.fetchval(Q["note_source"], source_id, version))


async def find_report(conn: Connection, report_id: UUID) -> Report | None:
    """Return the report."""
    row = await conn.fetchrow(Q["find_report"], report_id)
    return None if row is None else Report(**row)


async def page_of_reports(conn: Connection, wanted: ReportFilter, before: UUID | None, limit: int) -> list[Report]:
    """Return reports, newest first."""
    state = wanted.state and wanted.state.value
    rows = await conn.fetch(
        Q["page_of_reports"],
        before,
        wanted.unit,
        wanted.definition,
        wanted.period,
        state,
        limit,
        wanted.due_before,
        wanted.due_from,
        wanted.on_time,
    )
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
        [each.due_at for each in reports],
        [each.locked_at for each in reports],
        [each.locked_by for each in reports],
        [each.reminded_for for each in reports],
    )
    await outbox.append_all(conn, [event for change in changes for event in change.events])


async def insert_submission(conn: Connection, new: Submission) -> None:
    """Keep a version of a report's content."""
    await conn.execute(
        Q["insert_submission"],
        new.report_id,
        new.submission,
        new.submitted_at,
        new.submitted_by,
        [each.model_dump(mode="json") for each in new.observations],
        new.kind,
        new.channel,
        dict(new.rows.get(None, {})),
        [asdict(each) for each in new.confirmed],
        [asdict(each) for each in new.unchecked],
        [{**asdict(each), "id": str(each.id)} for each in new.attachments],
        new.correction_reason,
        None if None in new.rows else dict(new.rows),
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
    kept = {key: value for key, value in row.items() if key not in {"stated", "table_rows"}}
    return Submission(
        **{
            **kept,
            "rows": _rows(row),
            "observations": tuple(Observation(**each) for each in row["observations"]),
            "confirmed": tuple(Finding(**each) for each in row["confirmed"]),
            "unchecked": tuple(Unchecked(**each) for each in row["unchecked"]),
            "attachments": tuple(AttachedFile(**{**each, "id": UUID(each["id"])}) for each in row["attachments"]),
        }
    )


def _rows(row: Record) -> Rows:
    """Return the rows of a table, or what a report that is none states of its own unit."""
    return {None: row["stated"]} if row["table_rows"] is None else row["table_rows"]


async def rows_of_period(conn: Connection, definition: str, period: str, unit: str) -> Rows:
    """Return what a unit last stated for a period, unless that was sent back; no rows if there is nothing."""
    row = await conn.fetchrow(Q["rows_of_period"], definition, period, unit)
    return {} if row is None else _rows(row)


async def observed_units(conn: Connection, report_id: UUID) -> tuple[str, ...]:
    """Return the units of which any version of a report told values, in its table; by code."""
    return tuple(row["unit"] for row in await conn.fetch(Q["observed_units"], report_id))


async def lock_lapsing_reports(conn: Connection, now: datetime, limit: int) -> list[Report]:
    """Return reports missing after their due moment, longest overdue first, locked; busy ones are left out."""
    return [Report(**row) for row in await conn.fetch(Q["lapsing_reports"], now, limit)]


async def lock_reports_to_remind(conn: Connection, now: datetime, up_to: datetime, limit: int) -> list[Report]:
    """Return reports that fall due by a moment and were not reminded of, locked; busy ones are left out."""
    return [Report(**row) for row in await conn.fetch(Q["reports_to_remind"], now, up_to, limit)]


async def timeliness(
    conn: Connection, grouping: Grouping, wanted: ReportFilter, span: tuple[str | None, str | None], now: datetime
) -> list[TimelinessCount]:
    """Return how many reports there are in each group and how they stand."""
    rows = await conn.fetch(
        Q["timeliness"],
        grouping.unit,
        grouping.definition,
        grouping.period,
        now,
        wanted.unit,
        wanted.definition,
        wanted.period,
        *span,
    )
    return [TimelinessCount(**row) for row in rows]


async def unit_names(conn: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of those of these units that are known."""
    return {row["code"]: row["name"] for row in await conn.fetch(Q["unit_names"], list(codes))}
