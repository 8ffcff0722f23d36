"""What holds of every route of every service."""

import importlib
import inspect
from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from deploy.local.databases import SERVICES
from shared.process import Service


def api_routes(service: str) -> list[APIRoute]:
    found: Service = importlib.import_module(f"services.{service}.app").SERVICE
    return [route for router in found.all_routers for route in router.routes if isinstance(route, APIRoute)]


def calls_of(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from calls_of(each)


@pytest.mark.parametrize("service", SERVICES)
def test_no_route_leaves_the_loop_for_a_thread(service: str) -> None:
    """FastAPI hands each dependency that is no coroutine function to a thread, which costs more than a query."""
    routes = api_routes(service)
    assert routes
    threaded = {call for route in routes for call in calls_of(route.dependant) if not _is_asynchronous(call)}
    assert threaded == set(), "write `async def`"


def _is_asynchronous(call: object) -> bool:
    called = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)
