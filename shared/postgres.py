"""PostgreSQL: the pool, JSON and the SQL files.

A service's SQL stands in its `queries.sql`, in blocks that begin with `-- name: <query>`; store functions are 1:1
with them. `numeric` is read as Decimal, `jsonb` as Python values, `timestamptz` as aware UTC.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import orjson

from shared import exact_json

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Record: TypeAlias = asyncpg.Record
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
else:
    Record = asyncpg.Record
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

TRANSIENT: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # a connection that broke between two messages
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.DiskFullError,
    OSError,
    TimeoutError,
)
"""Failures of the moment: the same work may succeed when tried again."""

CERTAIN: tuple[type[Exception], ...] = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.DiskFullError,
)
"""Those of them by which the server itself says that the transaction was not committed."""

_FROZEN_SECONDS = 20
"""A process that stands still in mid-transaction for so long (stopped, swapped out) loses it, and with it its locks."""

STATEMENT_SECONDS = 20
"""How long a statement may take, and then its cancellation.

A server that is silent without being gone (stopped, cut off) must be noticed twice within the minute after which a
loop is taken to hang: whoever waits for it says so, and goes on waiting.
"""
LENDING_SECONDS = 10
"""How long a request waits for a connection, and a new connection for the server."""

_BLOCK = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load_queries(path: Path) -> Mapping[str, str]:
    """Return the statements of a `queries.sql` by name; a name that stands twice is an error."""
    parts = _BLOCK.split(path.read_text(encoding="utf-8"))
    names, statements = parts[1::2], parts[2::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{path}: a query name stands twice")
    return MappingProxyType(dict(zip(names, (s.strip() for s in statements), strict=True)))


def password_of(file: Path) -> str:
    """Return the password that stands in a file, without the space around it.

    Raises:
        ValueError: the file cannot be read or is empty.
    """
    try:
        password = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the password file cannot be read: {error}") from error
    if not password:
        raise ValueError(f"the password file {file} is empty")
    return password


def url_with_password(url: str, file: Path | None) -> str:
    """Return the URL with the password that stands in a file; without a file, the URL as it is.

    Raises:
        ValueError: the file cannot be read or is empty, or the URL names a password itself or no role.
    """
    if file is None:
        return url
    parts = urlsplit(url)
    if parts.password is not None or not parts.username:
        raise ValueError("with a password file the URL must name its role, and no password: postgresql://role@host/db")
    password = password_of(file)
    role, _, address = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{role.removesuffix(':')}:{quote(password, safe='')}@{address}"))


async def open_pool(url: str, size: int, application: str) -> Pool:
    """Open a pool; statements are prepared once per connection and kept.

    A connection that comes back is rolled back if need be, and otherwise used as it is: asyncpg's default asks the
    server each time to forget settings, LISTENs and locks of the session, which is another round trip per request.
    So whoever takes a lock of the session gives it back, or ends the connection.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=prepare_connection,
        reset=_nothing_to_forget,
        timeout=LENDING_SECONDS,
        command_timeout=STATEMENT_SECONDS,
        server_settings={
            "application_name": application,
            "timezone": "UTC",
            "idle_in_transaction_session_timeout": f"{_FROZEN_SECONDS}s",
        },
    )


async def lend(pool: Pool) -> "PoolConnectionProxy[Record]":
    """Return a connection, to be released by who takes it; asyncpg's own limit of time makes a task each time.

    Raises:
        TimeoutError: there is none for `LENDING_SECONDS`.
    """
    async with asyncio.timeout(LENDING_SECONDS):
        return await pool.acquire()


@contextlib.asynccontextmanager
async def lent(pool: Pool) -> AsyncIterator[Connection]:
    """Hold a connection for the block; raises as `lend`."""
    connection = await lend(pool)
    try:
        yield connection
    finally:
        await pool.release(connection)


def end_session(connection: Connection) -> None:
    """End a connection, and with it locks and settings of its session; one that broke has ended, and says so."""
    with contextlib.suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _nothing_to_forget(_connection: Connection) -> None:
    """Do nothing; asyncpg has rolled back already what was left open."""


async def prepare_connection(connection: Connection) -> None:
    """Teach a new connection our JSON."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=_dump_json, decoder=orjson.loads, schema="pg_catalog", format="text"
        )


def _dump_json(value: object) -> str:
    return exact_json.dumps(value).decode()
