"""Requests for transitions, in the tasks database."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from services.tasks.requests.domain import RequestState, TransitionRequest, Wanted
from shared.commands import Act
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests a list shows; None means any."""

    task_id: UUID | None = None
    unit: str | None = None
    state: RequestState | None = None


def _request(row: Record) -> TransitionRequest:
    return TransitionRequest(**{**row, "attachments": tuple(row["attachments"])})


async def insert_request(conn: Connection, act: Act, task_id: UUID, wanted: Wanted) -> TransitionRequest | None:
    """Note a request; None if the same waits for its answer."""
    who = act.principal
    row = await conn.fetchrow(
        Q["insert_request"],
        task_id,
        wanted.unit,
        wanted.transition,
        wanted.to_unit,
        wanted.reason,
        list(wanted.attachments),
        who.subject,
        who.role,
        who.unit,
        act.occurred_at,
    )
    return None if row is None else _request(row)


async def lock_request(conn: Connection, request_id: UUID) -> TransitionRequest | None:
    """Return a request, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_request"], request_id)
    return None if row is None else _request(row)


async def find_request(conn: Connection, request_id: UUID) -> TransitionRequest | None:
    """Return a request."""
    row = await conn.fetchrow(Q["find_request"], request_id)
    return None if row is None else _request(row)


async def decide_request(
    conn: Connection, act: Act, request_id: UUID, state: RequestState, decision: str | None
) -> TransitionRequest:
    """Note what was decided."""
    row = await conn.fetchrow(Q["decide_request"], request_id, state, act.principal.subject, act.occurred_at, decision)
    assert row is not None  # noqa: S101 - its row is locked
    return _request(row)


async def page_of_requests(
    conn: Connection, wanted: RequestFilter, before: UUID | None, limit: int
) -> list[TransitionRequest]:
    """Return requests, newest first."""
    rows = await conn.fetch(Q["page_of_requests"], before, wanted.task_id, wanted.unit, wanted.state, limit)
    return [_request(row) for row in rows]
