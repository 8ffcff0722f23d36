"""How a request finds its route, and what it may ask there.

FastAPI tries a service's routes one after another (a hundred of them, those of an included router twice), reads each
declared parameter also when none is given, and ignores what was not declared. Here a route is found by the beginning of
its path, a request without a query spares the reading, and one with a misspelt parameter is refused: an answer to
another question than the caller's would look like one to it. Who is nobody is refused before the body is read, which
FastAPI reads first: a stranger would fill the process's memory.
"""

import copy
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast
from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, request_response
from pydantic.fields import FieldInfo
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.errors import FieldFault, InvalidError
from shared.runtime import BearerToken, current_principal


def routes_of(declared: Sequence[BaseRoute]) -> list[BaseRoute]:
    """Return an application's routes: those declared, each strict, behind the index by which they are found."""
    routes = [strict(route) if isinstance(route, APIRoute) else route for route in declared]
    return [RouteIndex(routes), *routes]


def strict(route: APIRoute) -> APIRoute:
    """Return the route as one that refuses who is nobody, then a query parameter which it has not declared."""
    made, known, guarded = copy.copy(route), query_parameters(route), _asks_who_calls(route.dependant)
    asked, unasked = route.app, _without_reading(route)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if guarded:
            await current_principal(Request(scope))
        query: bytes = scope["query_string"]
        if query:
            _refuse_unknown(query, known)
        await (asked if query else unasked)(scope, receive, send)

    made.app = app
    return made


def _asks_who_calls(dependant: Dependant) -> bool:
    return isinstance(dependant.call, BearerToken) or any(map(_asks_who_calls, dependant.dependencies))


def query_parameters(route: APIRoute) -> frozenset[str]:
    """Return the names of the query parameters that a route declares, itself or by what it depends on."""
    return frozenset(each.alias for each in get_flat_params(_query_alone(route.dependant)))


def _query_alone(dependant: Dependant) -> Dependant:
    parts = [_query_alone(each) for each in dependant.dependencies]
    return replace(dependant, path_params=[], header_params=[], cookie_params=[], dependencies=parts)


def _refuse_unknown(query: bytes, known: frozenset[str]) -> None:
    given = dict.fromkeys(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    unknown = [name for name in given if name not in known]
    if unknown:
        reason = "is no query parameter of this route"
        expected = f"one of {', '.join(sorted(known))}" if known else "none: the route has no query parameters"
        raise InvalidError(*(FieldFault(field=name, reason=reason, expected=expected) for name in unknown))


def _without_reading(route: APIRoute) -> ASGIApp:
    """Return the application of a route for requests without a query, in which every parameter has its default."""
    made = copy.copy(route)
    made.dependant = _unasked(route.dependant)
    if _needs_the_request_alone(made.dependant):
        made.dependant = Dependant(call=_called_in_order(made.dependant), request_param_name="request")
    return request_response(made.get_route_handler())


def _unasked(dependant: Dependant) -> Dependant:
    call = dependant.call
    read = [each for each in dependant.query_params if call is None or not _has_own_default(call, each.name)]
    return replace(dependant, query_params=read, dependencies=[_unasked(each) for each in dependant.dependencies])


def _has_own_default(call: Callable[..., Any], name: str) -> bool:
    """Return whether a function gives the parameter the same value by itself; a mutable one FastAPI has to copy."""
    default = inspect.signature(call).parameters[name].default
    stated = default is not inspect.Parameter.empty and not isinstance(default, FieldInfo)
    return stated and isinstance(default, Hashable)


def _needs_the_request_alone(dependant: Dependant) -> bool:
    """Return whether nothing is read of the request or answered besides, here and in what it depends on."""
    return (
        dependant.use_cache
        and _is_awaited(dependant.call)
        and not any(getattr(dependant, name) for name in _FURTHER)
        and all(_needs_the_request_alone(each) for each in dependant.dependencies)
    )


def _is_awaited(call: object) -> bool:
    """Return whether it is a coroutine function, or an object that is called as one."""
    return inspect.iscoroutinefunction(call if inspect.isroutine(call) else type(call).__call__)


_KNOWN = {"dependencies", "name", "call", "request_param_name", "own_oauth_scopes", "parent_oauth_scopes", "use_cache"}
_FURTHER = tuple(each.name for each in fields(Dependant) if each.name not in {*_KNOWN, "path", "scope"})


@dataclass(frozen=True, slots=True)
class _Step:
    """One function that is called for a request: what it takes of those called before, and as what the request."""

    call: Callable[..., Awaitable[Any]]
    takes: tuple[tuple[str, int], ...]
    request: str | None


def _called_in_order(dependant: Dependant) -> Callable[[Request], Awaitable[Any]]:
    """Return a function of the request that calls another one, before it each on which it depends, once.

    FastAPI finds that order anew for each request, at the price of a short query.
    """
    steps = tuple(_steps(dependant, {}))

    async def call(request: Request) -> Any:  # noqa: ANN401 - what the route returns
        found: list[Any] = []
        for step in steps:
            taken = {name: found[index] for name, index in step.takes}
            if step.request is not None:
                taken[step.request] = request
            found.append(await step.call(**taken))
        return found[-1]

    return call


def _steps(dependant: Dependant, place: dict[object, int]) -> Iterator[_Step]:
    """Give the steps that are not placed yet, the function itself last; `place` says where each is."""
    for each in dependant.dependencies:
        if each.call not in place:
            yield from _steps(each, place)
    takes = tuple((each.name, place[each.call]) for each in dependant.dependencies if each.name is not None)
    call = cast("Callable[..., Awaitable[Any]]", dependant.call)
    place[call] = len(place)
    yield _Step(call, takes, dependant.request_param_name)


class RouteIndex(BaseRoute):
    """The first of an application's routes: finds the others by the first two parts of their path.

    What it does not find (another method, one slash too many) is left to the routes behind it, as FastAPI answers that.
    """

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        """Take the routes, in the order in which they are tried."""
        self._beginning_with: defaultdict[str, list[APIRoute]] = defaultdict(list)
        for route in routes:
            if isinstance(route, APIRoute):
                self._beginning_with[_beginning(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return the match of the first route that takes path and method, with that route as `route`."""
        if scope["type"] == "http":
            for route in self._beginning_with.get(_beginning(scope["path"]), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    return match, found
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to the route that was found."""
        await scope["route"].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: object) -> URLPath:
        """Know no names: the routes behind it do."""
        raise NoMatchFound(name, path_params)


def _beginning(path: str) -> str:
    return "/".join(path.split("/", 3)[:3])
