"""What a running process of a service holds, and how a request gets at it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from shared.auth import Principal, TokenVerifier
from shared.clock import Clock
from shared.errors import UnauthenticatedError
from shared.observability import Progress
from shared.postgres import Connection, Pool, lend

if TYPE_CHECKING:
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


def runtime_of(request: Request) -> Runtime:
    """Return the process's runtime."""
    runtime: Runtime = request.app.state.runtime
    return runtime


def correlation_id(request: Request) -> str:
    """Return the id under which this request is traced through all services."""
    found: str = request.state.correlation_id
    return found


class BearerToken(HTTPBearer):
    """The dependency that recognises the caller; of a class of FastAPI's, so that its document tells how to do it.

    What needs the caller and is a dependency itself derives from it: FastAPI spends more on a chain of dependencies
    than a short query takes.
    """

    def __init__(self) -> None:
        """Describe the scheme."""
        super().__init__(scheme_name="HTTPBearer", description="JWT with claims sub, role and, for role `unit`, unit.")

    async def __call__(self, request: Request) -> Principal:  # type: ignore[override] # a principal, no credentials
        """Return the verified caller or refuse; once per request, however many ask."""
        state: dict[str, Any] = request.scope["state"]
        if "principal" not in state:
            state["principal"] = await self._verified(request)
        principal: Principal = state["principal"]
        return principal

    async def _verified(self, request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise UnauthenticatedError("no bearer token; send `Authorization: Bearer <token>`")
        return await runtime_of(request).verifier.verify(token.strip())


current_principal = BearerToken()

Caller = Annotated[Principal, Depends(current_principal)]


class _LentConnection(BearerToken):
    """The dependency that lends a connection to a verified caller; `RequestFrame` takes it back after the answer."""

    async def __call__(self, request: Request) -> Connection:  # type: ignore[override] # a connection, no credentials
        """Lend a connection for a read."""
        await super().__call__(request)
        pool = runtime_of(request).pool
        connection = await lend(pool)
        request.state.give_back.append(lambda: pool.release(connection))
        return connection


ReadConnection = Annotated[Connection, Depends(_LentConnection())]
