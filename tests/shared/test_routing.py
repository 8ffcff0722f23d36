"""How a request finds its route, who may ask and what: only what that declares; over every route of every service."""

import importlib
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from deploy.local.databases import SERVICES
from shared.process import Service
from shared.routing import query_parameters, routes_of
from tests.conftest import DatabaseFactory
from tests.support.api import service_under_test


def service_named(name: str) -> Service:
    found: Service = importlib.import_module(f"services.{name}.app").SERVICE
    return found


def routes_with_paths(service: Service) -> Iterator[tuple[APIRoute, str]]:
    """Give each route with a path on which it is found, whatever there is."""
    for router in service.all_routers:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield route, re.sub(r"\{[^}]*\}", "1", route.path)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_parameter_that_no_route_declares_is_refused(
    name: str, database: DatabaseFactory, tmp_path: Path
) -> None:
    service = service_named(name)
    async with (
        service_under_test(service, await database(name), tmp_path) as under_test,
        under_test.client("office") as client,
    ):
        for route, path in routes_with_paths(service):
            for method in route.methods or ():
                refused = await client.request(method, path, params={"as_off": "2026-01-01", "limit": "1"})
                assert refused.status_code == 422, f"{method} {path}: {refused.text}"
                fault = refused.json()["errors"][0]
                assert fault["field"] == "as_off"
                known = ", ".join(sorted(query_parameters(route)))
                assert fault["expected"] == (f"one of {known}" if known else "none: the route has no query parameters")


@pytest.mark.parametrize("name", SERVICES)
async def test_who_is_nobody_is_refused_before_the_body_is_read(
    name: str, database: DatabaseFactory, tmp_path: Path
) -> None:
    service, sent = service_named(name), []

    async def body() -> AsyncIterator[bytes]:
        sent.append(name)
        yield b"{}"

    async with (
        service_under_test(service, await database(name), tmp_path) as under_test,
        under_test.client(None) as nobody,
        under_test.client(None, authorization="Bearer of.no.token") as forged,
    ):
        for route, path in routes_with_paths(service):
            for method in route.methods or ():
                for client in (nobody, forged):
                    refused = await client.request(method, path, params={"as_off": "1"}, content=body())
                    assert refused.status_code == 401, f"{method} {path}: {refused.text}"
    assert sent == []


@pytest.mark.parametrize("name", SERVICES)
async def test_a_list_without_a_query_is_the_list_with_the_defaults_stated(
    name: str, database: DatabaseFactory, tmp_path: Path
) -> None:
    service, compared = service_named(name), 0
    async with (
        service_under_test(service, await database(name), tmp_path) as under_test,
        under_test.client("office") as client,
    ):
        for route, path in routes_with_paths(service):
            if "GET" in (route.methods or ()) and "limit" in query_parameters(route):
                unasked, asked = await client.get(path), await client.get(path, params={"limit": "50"})
                assert _told(unasked) == _told(asked), path
                compared += 1
    assert compared > 3


def _told(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, {**answer.json(), "correlation_id": None}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("PUT", "/v1/tasks", 405), ("GET", "/v1/tasks/", 307), ("GET", "/v1/nothing", 404), ("GET", "/", 404)],
)
async def test_what_the_index_does_not_find_is_answered_as_ever(
    method: str, path: str, status: int, database: DatabaseFactory, tmp_path: Path
) -> None:
    async with (
        service_under_test(service_named("tasks"), await database("tasks"), tmp_path) as under_test,
        under_test.client("office") as client,
    ):
        assert (await client.request(method, path)).status_code == status


class Wanted(BaseModel):
    model_config = ConfigDict(frozen=True)

    tags: tuple[str, ...] = ()
    until: str | None = None


router = APIRouter()


@router.get("/v1/things/{thing}")
async def things(
    thing: int,
    kind: str,
    wanted: Annotated[Wanted, Query()] = Wanted(),  # noqa: B008 - frozen
    limit: Annotated[int, Query(ge=1)] = 5,
    old: int = Query(7),  # noqa: FAST002 - an older way, read as well
) -> dict[str, object]:
    return {"thing": thing, "kind": kind, "limit": limit, "old": old, **wanted.model_dump()}


@router.get("/v1/things")
async def all_things(limit: Annotated[int, Query(ge=1)] = 5) -> dict[str, object]:
    return {"limit": limit}


async def counted(request: Request) -> int:
    request.state.times = getattr(request.state, "times", 0) + 1
    return int(request.state.times)


async def left(times: Annotated[int, Depends(counted)], limit: Annotated[int, Query()] = 5) -> str:
    return f"left {times} {limit}"


async def right(times: Annotated[int, Depends(counted)]) -> str:
    return f"right {times}"


@router.get("/v1/pairs")
async def pair(one: Annotated[str, Depends(left)], other: Annotated[str, Depends(right)]) -> list[str]:
    return [one, other]


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/v1/pairs", 200, ["left 1 5", "right 1"]),
        ("/v1/pairs?limit=6", 200, ["left 1 6", "right 1"]),
        ("/v1/things", 200, {"limit": 5}),
        ("/v1/things?limit=2", 200, {"limit": 2}),
        ("/v1/things?limit=0", 422, None),
        ("/v1/things/1", 422, None),
        ("/v1/things/1?kind=a", 200, {"thing": 1, "kind": "a", "limit": 5, "old": 7, "tags": [], "until": None}),
        (
            "/v1/things/1?kind=a&tags=b&tags=c&until=",
            200,
            {"thing": 1, "kind": "a", "limit": 5, "old": 7, "tags": ["b", "c"], "until": ""},
        ),
        ("/v1/things/x?kind=a", 422, None),
    ],
)
async def test_a_route_reads_what_is_given_and_has_its_defaults(path: str, status: int, told: object) -> None:
    app = FastAPI()
    app.router.routes[:0] = routes_of(router.routes)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert told is None or answer.json() == told
    assert set(app.openapi()["paths"]) == {"/v1/pairs", "/v1/things", "/v1/things/{thing}"}
