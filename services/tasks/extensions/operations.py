"""What can be done with extensions: ask, approve, refuse, withdraw; each one command in its caller's transaction."""

from dataclasses import replace
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks import store as task_store
from services.tasks.attachments import operations as attachments
from services.tasks.domain import Assignment, Words
from services.tasks.errors import AlreadyAskedError, AssignmentNotFoundError, DecidedError, ExtensionNotFoundError
from services.tasks.extensions import store
from services.tasks.extensions.domain import APPROVERS, Asked, Extension, Granted, day_faults, require_in_time
from shared.auth import Role
from shared.commands import Act
from shared.errors import InvalidError, invalid
from shared.postgres import Connection

_NOTHING = Granted(due_on=None, note=None, basis=None)


async def ask(conn: Connection, act: Act, task_id: UUID, unit: str, asked: Asked) -> Extension:
    """Ask for a later due date, before the present one has ended: the unit, or the office for it."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    act.principal.require_unit(unit)
    change = await tasks.locked(conn, act, task_id)
    part = change.task.of_unit(unit)
    if part is None:
        raise AssignmentNotFoundError(task_id, unit, [each.unit for each in change.task.assignments])
    require_in_time(part, act.occurred_at, act.principal.role)
    faults = day_faults(part, asked.due_on, act.occurred_at)
    if faults:
        raise InvalidError(*faults)
    await attachments.require_of_task(conn, task_id, asked.attachments)
    number = await store.count_approved(conn, task_id, unit) + 1
    made = await store.insert_extension(conn, act, part, number, asked)
    if made is None:
        raise AlreadyAskedError(f"the assignment of {unit} has an extension that waits to be decided")
    return made


async def approve(conn: Connection, act: Act, extension_id: UUID, granted: Granted) -> Extension:
    """Grant the day that was asked for, or another; the part's due date moves (assignment-extended)."""
    act.principal.require(Role.OFFICE, Role.LEADER)
    question = await _open(conn, extension_id)
    act.principal.require(*sorted(APPROVERS[question.level]))
    if question.level == "leader" and granted.basis is None:
        raise invalid("basis", "is missing", "the document or leader's instruction on which a further extension rests")
    change = await tasks.locked(conn, replace(act, expected_version=None), question.task_id)
    part = _part(change.task.of_unit(question.unit), question)
    due_on = granted.due_on or question.asked_due_on
    faults = day_faults(part, due_on, act.occurred_at)
    if faults:
        raise InvalidError(*faults)
    words = Words(reason=question.reason, note=granted.note, basis=granted.basis, on_behalf_of=question.unit)
    change.extend(part.unit, due_on, replace(words, attachments=question.attachments))
    await task_store.save_changes(conn, [change])
    return await store.decide_extension(conn, act, extension_id, "approved", replace(granted, due_on=due_on))


def _part(part: Assignment | None, question: Extension) -> Assignment:
    """Return the part if it is owed still; what was done meanwhile needs no later day."""
    if part is None or not tasks.passes_on(part):
        state = "gone" if part is None else part.state
        raise DecidedError(f"the assignment of {question.unit} is {state}: it needs no later due date", ("refuse",))
    return part


async def refuse(conn: Connection, act: Act, extension_id: UUID, reason: str) -> Extension:
    """Refuse a later due date: who may approve it, or the office that hands the leader's word on."""
    act.principal.require(Role.OFFICE, Role.LEADER)
    await _open(conn, extension_id)
    return await store.decide_extension(conn, act, extension_id, "refused", replace(_NOTHING, note=reason))


async def withdraw(conn: Connection, act: Act, extension_id: UUID) -> Extension:
    """Take the question back: the unit that asked."""
    act.principal.require(Role.UNIT)
    question = await _open(conn, extension_id)
    act.principal.require_unit(question.unit)
    return await store.decide_extension(conn, act, extension_id, "withdrawn", _NOTHING)


async def _open(conn: Connection, extension_id: UUID) -> Extension:
    question = await store.lock_extension(conn, extension_id)
    if question is None:
        raise ExtensionNotFoundError(extension_id)
    if question.state != "asked":
        raise DecidedError(f"the extension is {question.state} already", ())
    return question
