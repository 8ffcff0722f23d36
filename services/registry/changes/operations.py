"""How a change begins: one at a time, so that what is known at an instant never changes afterwards."""

import contextlib
from collections.abc import AsyncIterator

import asyncpg

from services.registry.changes import store
from services.registry.changes.domain import Change
from services.registry.errors import DanglingError, OverlapError
from shared.commands import Act
from shared.postgres import Connection


async def wait_for_others(conn: Connection) -> None:
    """Let no other change be made until this transaction ends."""
    await store.one_change_at_a_time(conn)


async def begin(
    conn: Connection,
    act: Act,
    action: str,
    *,
    correction: bool = False,
    document: str | None = None,
    reason: str | None = None,
    hold: bool = True,
) -> Change:
    """Begin a change, or go on with the one that this transaction has begun; every fact it writes is stamped with it.

    With `hold`, references between facts are looked at only when it is complete, at the latest at the commit.
    """
    begun = await store.begun_change(conn)
    if begun is not None:
        return begun
    await store.one_change_at_a_time(conn)
    if hold:
        await store.hold_references(conn)
    return await store.begin_change(conn, act, action, correction=correction, document=document, reason=reason)


@contextlib.asynccontextmanager
async def changing(
    conn: Connection,
    act: Act,
    action: str,
    *,
    correction: bool = False,
    document: str | None = None,
    reason: str | None = None,
) -> AsyncIterator[Change]:
    """Begin a change and look at its references at the end; what the database refuses is a conflict that names why."""
    change = await begin(conn, act, action, correction=correction, document=document, reason=reason)
    try:
        yield change
        await store.check_references(conn)
        await store.hold_references(conn)
    except asyncpg.ExclusionViolationError as overlap:
        raise OverlapError(f"another row says otherwise of some of these days: {overlap.detail}") from overlap
    except asyncpg.ForeignKeyViolationError as missing:
        raise DanglingError(f"a reference would lead to nothing on some days: {missing.detail}") from missing
