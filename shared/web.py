"""The HTTP application of a service: routes, refusals as problem+json, health, readiness and metrics."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.commands import note_refused_write
from shared.dead_letters import count_open
from shared.errors import FieldFault, InvalidError, Problem, RefusalError, UnauthenticatedError
from shared.observability import HTTP_SECONDS
from shared.postgres import TRANSIENT
from shared.routing import routes_of
from shared.runtime import Runtime, runtime_of

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Largest body that is read as text: JSON, YAML."""
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
"""Largest body that is a file; what a route takes of that, it says itself."""
_PROBE_SECONDS = 3.0
"""How long `/readyz` waits for the database: less than those who ask wait for it."""
_RETRY_AFTER = "2"
"""Seconds."""
_WITH_RETRY_AFTER = {"Retry-After": {"description": "Seconds after which to ask again.", "schema": {"type": "integer"}}}
_TEXTS = (b"", b"application/json", b"application/yaml", b"text/plain", b"application/x-www-form-urlencoded")

Check = Callable[[], Awaitable[str]]


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses=` of a route that may refuse with these statuses.

    401, 422 and 503 always; whoever checks a role (403) writes, and a write may be more than one event holds (413).
    """
    too_large = [413] if HTTPStatus.FORBIDDEN in statuses else []
    return {status: _described(HTTPStatus(status)) for status in sorted({401, 422, 503, *statuses, *too_large})}


def _described(status: HTTPStatus) -> dict[str, Any]:
    said: dict[str, Any] = {"model": Problem, "content": {PROBLEM: {}}, "description": status.phrase}
    return said | ({"headers": _WITH_RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else {})


def create_app(title: str, description: str, routers: tuple[APIRouter, ...], runtime: Runtime) -> FastAPI:
    """Return the application; `routers` is empty in a process that runs no API."""
    app = FastAPIOffline(title=title, description=description, version="1", redoc_url=None)
    app.openapi_version = "3.1.0"
    app.state.runtime = runtime
    app.router.routes[:0] = routes_of([route for router in (*routers, _probes) for route in router.routes])
    app.add_middleware(RequestFrame)
    app.add_exception_handler(RefusalError, _refused)
    app.add_exception_handler(RequestValidationError, _payload_invalid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_exception_handler(asyncpg.DataError, _text_unstorable)
    for kind in TRANSIENT:
        app.add_exception_handler(kind, _unavailable)
    app.add_exception_handler(Exception, _failed)
    return app


class RequestFrame:
    """Around each request: a correlation id, a limit on the body, the return of what it was lent, its duration."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        correlation = _given_correlation_id(headers) or str(uuid4())
        give_back: list[Callable[[], Awaitable[None]]] = []
        scope.setdefault("state", {}).update(correlation_id=correlation, give_back=give_back)
        started, status = time.perf_counter(), 500
        received, largest = 0, _largest_body(headers)

        async def limited_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > largest:
                raise HTTPException(413, f"the body is larger than {largest} bytes")
            return message

        async def traced_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-correlation-id", correlation.encode()))
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation):
            try:
                await self._app(scope, limited_receive, traced_send)
            finally:
                for each in give_back:
                    await each()
                route = getattr(scope.get("route"), "path", "unmatched")
                _seconds_of(scope["method"], route, status).observe(time.perf_counter() - started)


@functools.lru_cache(maxsize=1000)
def _seconds_of(method: str, route: str, status: int) -> Histogram:
    return HTTP_SECONDS.labels(method, route, str(status))


def _largest_body(headers: Mapping[bytes, bytes]) -> int:
    stated = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    return MAX_BODY_BYTES if stated in _TEXTS or stated.endswith(b"+json") else MAX_UPLOAD_BYTES


def _given_correlation_id(headers: Mapping[bytes, bytes]) -> str | None:
    given = headers.get(b"x-correlation-id", b"").decode("latin-1")
    return given if 0 < len(given) <= 128 and given.isascii() and given.isprintable() else None  # noqa: PLR2004


def problem(
    request: Request, status: int, code: str, title: str, detail: str, members: Mapping[str, Any] | None = None
) -> Response:
    """Return a problem+json answer."""
    content = {
        "type": f"urn:xietiao:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": request.url.path,
        "correlation_id": request.state.correlation_id,
        **(members or {}),
    }
    return Response(orjson.dumps(content), status, media_type=PROBLEM)


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, RefusalError)  # noqa: S101 - registered for this class
    try:
        await note_refused_write(request, refusal)
    except TRANSIENT as error:
        return await _unavailable(request, error)
    answer = problem(request, refusal.status, refusal.code, refusal.title, refusal.detail, refusal.members())
    if isinstance(refusal, UnauthenticatedError):
        answer.headers["www-authenticate"] = "Bearer"
    if refusal.status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["retry-after"] = _RETRY_AFTER
    return answer


async def _payload_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    return await _refused(request, InvalidError(*(_fault(entry) for entry in error.errors())))


def _fault(entry: Mapping[str, Any]) -> FieldFault:
    location = [str(part) for part in entry["loc"]]
    path = location[1:] if location[0] in {"body", "query", "path", "header"} else location
    if entry["type"] == "json_invalid":
        path = []  # what follows is an offset in the text, no field
    if entry["type"] == "misfit":
        path.append(entry["ctx"]["field"])
    expected = entry.get("ctx", {}).get("expected") or entry.get("ctx", {}).get("pattern")
    return FieldFault(field=".".join(path) or location[0], reason=entry["msg"], expected=expected and str(expected))


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that it cannot parse
        return await _refused(
            request, InvalidError(FieldFault(field="body", reason="is no JSON", expected="JSON, UTF-8"))
        )
    phrase = HTTPStatus(error.status_code).phrase
    answer = problem(
        request,
        error.status_code,
        phrase.lower().replace(" ", "-"),
        phrase,
        f"{request.method} {request.url.path}: {error.detail}",
    )
    answer.headers.update(error.headers or {})
    return answer


async def _text_unstorable(request: Request, error: Exception) -> Response:
    field = "query" if request.method == "GET" else "body"
    fault = FieldFault(field=field, reason=f"a value cannot be stored: {error}", expected="text without U+0000")
    return await _refused(request, InvalidError(fault))


async def _unavailable(request: Request, error: Exception) -> Response:
    log.warning("database away", error=repr(error))
    detail = "the database does not answer: nothing was changed; try again shortly"
    answer = problem(request, 503, "unavailable", "The service cannot reach its database", detail)
    answer.headers["retry-after"] = _RETRY_AFTER
    return answer


async def _failed(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, exc_info=error)
    answer = problem(request, 500, "failed", "The service failed", "the correlation id finds the cause in the logs")
    answer.headers["x-correlation-id"] = request.state.correlation_id  # answered outside RequestFrame
    return answer


_probes = APIRouter(tags=["operations"])


@_probes.get("/healthz", responses={503: {"description": "One of its loops hangs."}})
async def healthz(request: Request) -> Response:
    """Say whether this process makes progress; 503 if one of its loops hangs."""
    stalled = runtime_of(request).progress.stalled()
    content = {"healthy": not stalled, "stalled": stalled}
    return Response(orjson.dumps(content), 503 if stalled else 200, media_type="application/json")


@_probes.get("/readyz", responses={503: {"description": "One of its checks is not ok."}})
async def readyz(request: Request) -> Response:
    """Say whether the service can keep its promises now: database, bus, each loop; with lag and outbox age."""
    runtime = runtime_of(request)
    checks = {name: {"ok": loop.ok, "detail": loop.detail} for name, loop in runtime.progress.loops.items()}
    dead_letters: int | None = None
    try:
        dead_letters = await _open_dead_letters(runtime)
        checks["database"] = {"ok": True, "detail": "reached"}
    except TRANSIENT as error:
        checks["database"] = {"ok": False, "detail": f"{type(error).__name__}: {error}"}
    ready = all(check["ok"] for check in checks.values())
    content = {
        "ready": ready,
        "service": runtime.service,
        "instance": runtime.settings.instance,
        "since": runtime.progress.since,
        "checks": checks,
        "lag": sum(runtime.progress.lag.values()) if runtime.progress.lag else None,
        "outbox_age_seconds": runtime.progress.outbox_age_seconds,
        "dead_letters": dead_letters,
    }
    return Response(orjson.dumps(content), 200 if ready else 503, media_type="application/json")


async def _open_dead_letters(runtime: Runtime) -> int:
    """Ask the database how many dead letters are open.

    Raises:
        TimeoutError: it is silent; the question is left to end by itself, which takes as long as a statement may.
    """
    asking = asyncio.create_task(count_open(runtime.pool))
    if not (await asyncio.wait({asking}, timeout=_PROBE_SECONDS))[0]:
        asking.add_done_callback(lambda asked: asked.cancelled() or asked.exception())
        asking.cancel()
        raise TimeoutError(f"no answer within {_PROBE_SECONDS:.0f} s")
    return asking.result()


@_probes.get("/metrics")
async def metrics() -> Response:
    """Return the process's metrics in the Prometheus text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
