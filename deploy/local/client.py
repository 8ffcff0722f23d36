"""The stack's public APIs, asked as any role: what `demo` and `rebuild` do, any other program can do."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import httpx

from deploy.local import tokens
from deploy.local.errors import StackError, StartError
from deploy.local.services import NAMES, Services
from shared.auth import Role

TIMEOUT_SECONDS = 45.0
"""Longer than a service takes to say that its database is silent."""


class Client:
    """One stack's APIs; a refusal is a `StackError` that says who was asked what, and the answer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._http = httpx.Client(timeout=TIMEOUT_SECONDS)
        self._tokens: dict[tuple[Role, str | None], str] = {}

    def get(self, service: str, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Read as the office."""
        return self._ask("GET", service, path, params=query).json()

    def has(self, service: str, path: str, **query: str | int) -> bool:
        """Say whether there is such a thing, or not (yet)."""
        return self._answer("GET", service, path, params=query).status_code != HTTPStatus.NOT_FOUND

    def download(self, service: str, path: str, **query: str | int) -> bytes:
        """Read a file as the office."""
        return self._ask("GET", service, path, params=query).content

    def post(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any],
        *,
        role: Role = Role.OFFICE,
        unit: str | None = None,
        key: str | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Command as a role; `key` is the Idempotency-Key."""
        headers = {} if key is None else {"idempotency-key": key}
        return self._ask("POST", service, path, role=role, unit=unit, json=body, headers=headers).json()

    def put(self, service: str, path: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Command as the office that something be so."""
        return self._ask("PUT", service, path, json=body).json()

    def send(self, service: str, path: str, content: bytes, **query: str) -> Any:  # noqa: ANN401 - JSON
        """Hand a file in as the office."""
        return self._ask("POST", service, path, content=content, params=query).json()

    def is_caught_up(self) -> bool:
        """Say whether every outbox is empty and the stream has folded the whole log; False if one cannot tell."""
        states = [self._services.health(name) for name in NAMES]
        return all(
            state is not None and state.get("ready") and not state["outbox_age_seconds"] and not state["lag"]
            for state in states
        )

    def _ask(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - as below
        answer = self._answer(method, service, path, **options)
        if answer.is_error:
            raise StackError(f"{method} {path} was refused by {service}: {answer.status_code} {answer.text[:400]}")
        return answer

    def _answer(
        self,
        method: str,
        service: str,
        path: str,
        role: Role = Role.OFFICE,
        unit: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        authorization = {"authorization": f"Bearer {self._token(role, unit)}"}
        url = f"{self._services.url(service)}{path}"
        try:
            return self._http.request(method, url, headers={**authorization, **(headers or {})}, **options)
        except httpx.TransportError as error:
            raise StartError(f"{service} does not answer: {error}; is the stack up? `xietiao status` tells") from error

    def _token(self, role: Role, unit: str | None) -> str:
        known = self._tokens.get((role, unit))
        if known is None:
            known = self._tokens[role, unit] = tokens.issue(self._services.layout, role, unit=unit)
        return known
