"""What a running process of a service holds, and how a request gets at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.auth import Principal, TokenVerifier
from shared.clock import Clock
from shared.errors import UnauthenticatedError
from shared.observability import Progress
from shared.postgres import Connection, Pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from shared.settings import ServiceSettings


def _nobody_to_wake() -> None:
    """Do nothing: the relay runs in another process, which polls."""


@dataclass(slots=True)
class Runtime:
    """Settings, pool, clock and keys of one process."""

    service: str
    settings: "ServiceSettings"
    pool: Pool
    clock: Clock
    verifier: TokenVerifier
    progress: Progress = field(default_factory=Progress)
    wake_relay: Callable[[], None] = _nobody_to_wake


_bearer = HTTPBearer(auto_error=False, description="JWT with claims sub, role and, for role `unit`, unit.")


def runtime_of(request: Request) -> Runtime:
    """Return the process's runtime."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def correlation_id(request: Request) -> str:
    """Return the id under which this request is traced through all services."""
    found: str = request.state.correlation_id
    return found


async def current_principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal:
    """Return the verified caller or refuse."""
    if credentials is None:
        raise UnauthenticatedError("no bearer token; send `Authorization: Bearer <token>`")
    return await runtime_of(request).verifier.verify(credentials.credentials)


Caller = Annotated[Principal, Depends(current_principal)]


async def read_connection(request: Request, _caller: Caller) -> "AsyncIterator[Connection]":
    """Lend a connection for a read, to a verified caller only."""
    async with runtime_of(request).pool.acquire() as conn:
        yield conn


ReadConnection = Annotated[Connection, Depends(read_connection)]
