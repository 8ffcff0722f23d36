"""A report's form: prepared for whoever asks, and taken as a submission or correction when it comes back filled."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.tasks.errors import ReportNotFoundError
from services.tasks.reports import operations, store
from services.tasks.reports.calendar.reporters import table_units
from services.tasks.reports.domain import Report, Reported
from services.tasks.reports.form_parts import FilledForm, FormContext
from services.tasks.reports.forms import form_csv, form_workbook, read_form
from shared.auth import Principal
from shared.commands import Act
from shared.errors import InvalidError, invalid
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class PreparedForm:
    """A form to download."""

    report: Report
    title: str
    content: bytes


async def prepared(conn: Connection, reader: Principal, report_id: UUID, at: datetime, *, as_csv: bool) -> PreparedForm:
    """Return the form of a report: with what stands now, and what the unit stated for the period before."""
    report = await operations.readable(conn, reader, report_id)
    definition = await store.edition_of(conn, report)
    submissions = await store.submissions_of(conn, report_id)
    table = await table_units(conn, definition, report.period)
    units = [] if table is None else [*table.must, *table.may]
    names = await store.unit_names(conn, [report.unit, *units])
    context = FormContext(
        unit_name=names.get(report.unit, report.unit),
        now=submissions[-1].rows if submissions else {},
        before=await operations.stated_before(conn, report, definition),
        units=None if table is None else {unit: names.get(unit, unit) for unit in units},
    )
    if as_csv:
        content = await asyncio.to_thread(form_csv, report, definition, context)
    else:
        content = await asyncio.to_thread(form_workbook, report, definition, context, at)
    return PreparedForm(report, report.title or definition.title, content)


async def submit_form(
    conn: Connection, act: Act, report_id: UUID, content: bytes, attachments: tuple[UUID, ...]
) -> Reported:
    """Take a filled form as the unit's submission."""
    filled = await _read(conn, report_id, content)
    stated = replace(filled.content, attachments=attachments)
    try:
        return await operations.submit(conn, act, report_id, stated)
    except InvalidError as refusal:
        raise filled.at_cells(refusal) from refusal


async def correct_form(
    conn: Connection, act: Act, report_id: UUID, content: bytes, attachments: tuple[UUID, ...]
) -> Reported:
    """Take a filled form as the unit's correction; it says why in its own row."""
    filled = await _read(conn, report_id, content)
    if filled.reason is None:
        raise invalid("file", "the row #reason is empty", "why the report is corrected, in the row #reason")
    try:
        stated = replace(filled.content, attachments=attachments)
        return await operations.correct(conn, act, report_id, stated, filled.reason)
    except InvalidError as refusal:
        raise filled.at_cells(refusal) from refusal


async def _read(conn: Connection, report_id: UUID, content: bytes) -> FilledForm:
    report = await _found(conn, report_id)
    definition = await store.edition_of(conn, report)
    return await asyncio.to_thread(read_form, content, report, definition)


async def _found(conn: Connection, report_id: UUID) -> Report:
    report = await store.find_report(conn, report_id)
    if report is None:
        raise ReportNotFoundError(report_id)
    return report
