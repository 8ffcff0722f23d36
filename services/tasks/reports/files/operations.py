"""What can be done with files of reports, in the caller's transaction."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from services.tasks.attachments.domain import NewFile
from services.tasks.attachments.files import FileStore
from services.tasks.errors import AttachmentDamagedError, AttachmentNotFoundError, ReportNotFoundError
from services.tasks.reports import store as reports_store
from services.tasks.reports.domain import AttachedFile, Report
from services.tasks.reports.files import store
from services.tasks.reports.files.store import ReportFile
from shared.auth import Principal, Role
from shared.commands import Act
from shared.errors import FieldFault, ForbiddenError, InvalidError
from shared.postgres import Connection

_READ_ALL = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR})


def require_concerned(principal: Principal, report: Report) -> None:
    """Refuse who is neither office, leader nor auditor, nor the unit whose report it is."""
    if principal.role in _READ_ALL or (principal.role is Role.UNIT and principal.unit == report.unit):
        return
    raise ForbiddenError(f"only the office, leaders, auditors and {report.unit} may see the files of this report")


async def upload(conn: Connection, act: Act, files: FileStore, report_id: UUID, new: NewFile) -> ReportFile:
    """Put a file to a report: its unit, or the office for it; a submission names it afterwards."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    report = await of_report(conn, report_id)
    act.principal.require_unit(report.unit)
    return await store.insert_file(conn, act, report_id, new, await files.put(new.content))


async def of_report(conn: Connection, report_id: UUID) -> Report:
    """Return the report whose files are asked for."""
    report = await reports_store.find_report(conn, report_id)
    if report is None:
        raise ReportNotFoundError(report_id)
    return report


async def found(conn: Connection, principal: Principal, file_id: UUID) -> ReportFile:
    """Return a file that the caller may read."""
    file = await store.find_file(conn, file_id)
    if file is None:
        raise AttachmentNotFoundError(file_id)
    require_concerned(principal, await of_report(conn, file.report_id))
    return file


async def content(files: FileStore, file: ReportFile) -> bytes:
    """Return a file's content; one that is not what was put in is not given out."""
    try:
        kept = await files.get(file.storage)
    except FileNotFoundError as error:
        raise AttachmentDamagedError(file.id, "the file store has it no more") from error
    if hashlib.sha256(kept).hexdigest() != file.digest:
        raise AttachmentDamagedError(file.id, "its content is not what was uploaded")
    return kept


async def attached(conn: Connection, report_id: UUID, ids: Sequence[UUID]) -> tuple[AttachedFile, ...]:
    """Return the files that a submission names; refuse one that was not put to this report, or is named twice."""
    if not ids:
        return ()
    known = await store.files_among(conn, ids, report_id)
    faults = [
        FieldFault(field=f"attachments.{index}", reason=f"{each} is no file of this report", expected="upload it first")
        for index, each in enumerate(ids)
        if each not in known
    ]
    faults += [
        FieldFault(field=f"attachments.{index}", reason=f"{each} is named before", expected="each file once")
        for index, each in enumerate(ids)
        if each in ids[:index]
    ]
    if faults:
        raise InvalidError(*faults)
    return tuple(known[each].attached for each in ids)
