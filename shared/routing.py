"""How a request finds its route, and what it may ask there.

FastAPI tries a service's routes one after another (a hundred of them, those of an included router twice), reads each
declared parameter also when none is given, and ignores what was not declared. Here a route is found by the beginning of
its path, a request without a query spares the reading, and one with a misspelt parameter is refused: an answer to
another question than the caller's would look like one to it.
"""

import copy
import inspect
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, request_response
from pydantic.fields import FieldInfo
from starlette.datastructures import URLPath
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.errors import FieldFault, InvalidError


def routes_of(declared: Sequence[BaseRoute]) -> list[BaseRoute]:
    """Return an application's routes: those declared, each strict, behind the index by which they are found."""
    routes = [strict(route) if isinstance(route, APIRoute) else route for route in declared]
    return [RouteIndex(routes), *routes]


def strict(route: APIRoute) -> APIRoute:
    """Return the route as one that refuses a query parameter which it has not declared."""
    made, known = copy.copy(route), query_parameters(route)
    asked, unasked = route.app, _without_reading(route)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        query: bytes = scope["query_string"]
        if query:
            _refuse_unknown(query, known)
        await (asked if query else unasked)(scope, receive, send)

    made.app = app
    return made


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
        expected = f"of {', '.join(sorted(known))}" if known else "no query parameter"
        raise InvalidError(
            *(
                FieldFault(field=name, reason="is no query parameter of this route", expected=expected)
                for name in unknown
            )
        )


def _without_reading(route: APIRoute) -> ASGIApp:
    """Return the application of a route for requests without a query, in which every parameter has its default."""
    made = copy.copy(route)
    made.dependant = _unasked(route.dependant)
    return request_response(made.get_route_handler())


def _unasked(dependant: Dependant) -> Dependant:
    call = dependant.call
    read = [each for each in dependant.query_params if call is None or not _has_own_default(call, each.name)]
    return replace(dependant, query_params=read, dependencies=[_unasked(each) for each in dependant.dependencies])


def _has_own_default(call: Callable[..., Any], name: str) -> bool:
    """Return whether a function gives the parameter the same value by itself; a mutable one FastAPI has to copy."""
    default = inspect.signature(call).parameters[name].default
    return (
        default is not inspect.Parameter.empty and isinstance(default, Hashable) and not isinstance(default, FieldInfo)
    )


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
