"""What can be done with requests for transitions: each one command in its caller's transaction."""

from dataclasses import dataclass, replace
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks import store as task_store
from services.tasks import units
from services.tasks.attachments import operations as attachments
from services.tasks.domain import Basis, Words
from services.tasks.errors import AlreadyAskedError, DecidedError, RequestNotFoundError, TaskNotFoundError
from services.tasks.requests import store
from services.tasks.requests.domain import (
    TransitionRequest,
    Wanted,
    require_may_ask,
    require_possible,
    to_unit_faults,
)
from shared.auth import Role
from shared.commands import Act
from shared.errors import InvalidError, invalid
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Grant:
    """What the office says with a grant; to whom a part goes, if the request does not say."""

    note: str | None
    basis: Basis | None
    to_unit: str | None


async def ask(conn: Connection, act: Act, task_id: UUID, wanted: Wanted) -> TransitionRequest:
    """Ask the office for a transition: a unit for its own part or the task it leads, a leader for any."""
    act.principal.require(Role.UNIT, Role.LEADER)
    task = await task_store.lock_task(conn, task_id)
    if task is None:
        raise TaskNotFoundError(task_id)
    require_may_ask(act.principal, task, wanted)
    require_possible(task, wanted)
    faults = to_unit_faults(wanted)
    faults += await units.unknown(conn, {} if wanted.to_unit is None else {"to_unit": wanted.to_unit})
    if faults:
        raise InvalidError(*faults)
    await attachments.require_of_task(conn, task_id, wanted.attachments)
    made = await store.insert_request(conn, act, task_id, wanted)
    if made is None:
        raise AlreadyAskedError(f"a request to {wanted.transition} waits for the office's decision")
    return made


async def grant(conn: Connection, act: Act, request_id: UUID, said: Grant) -> TransitionRequest:
    """Make the transition that was asked for, on behalf of who asked (office)."""
    act.principal.require(Role.OFFICE)
    request = await _open(conn, request_id)
    words = Words(
        reason=request.reason,
        note=said.note,
        on_behalf_of=request.asked_unit,
        basis=said.basis,
        attachments=request.attachments,
    )
    await _make(conn, replace(act, expected_version=None), request, words, said.to_unit or request.to_unit)
    return await store.decide_request(conn, act, request_id, "granted", said.note)


async def _make(conn: Connection, act: Act, request: TransitionRequest, words: Words, to_unit: str | None) -> None:
    if request.unit is None:
        await tasks.move_all(conn, act, request.task_id, request.transition, words)
    elif request.transition == "reassign":
        if to_unit is None:
            raise invalid("to_unit", "is missing", "the unit that is to have the part")
        await tasks.reassign(conn, act, request.task_id, request.unit, to_unit, None, words)
    else:
        await tasks.move(conn, act, request.task_id, request.unit, request.transition, words)


async def refuse(conn: Connection, act: Act, request_id: UUID, reason: str) -> TransitionRequest:
    """Refuse a request (office)."""
    act.principal.require(Role.OFFICE)
    await _open(conn, request_id)
    return await store.decide_request(conn, act, request_id, "refused", reason)


async def withdraw(conn: Connection, act: Act, request_id: UUID) -> TransitionRequest:
    """Take a request back: who made it, or another of the same unit."""
    act.principal.require(Role.UNIT, Role.LEADER)
    request = await _open(conn, request_id)
    if act.principal.role is Role.UNIT and request.asked_unit is not None:
        act.principal.require_unit(request.asked_unit)
    else:
        act.principal.require(Role(request.asked_role))
    return await store.decide_request(conn, act, request_id, "withdrawn", None)


async def _open(conn: Connection, request_id: UUID) -> TransitionRequest:
    request = await store.lock_request(conn, request_id)
    if request is None:
        raise RequestNotFoundError(request_id)
    if request.state != "asked":
        raise DecidedError(f"the request is {request.state} already")
    return request
