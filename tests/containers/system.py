"""The composed system as a stranger uses it: by HTTP, with tokens from its own container."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.containers.engine import Compose

SERVICES = ("registry", "tasks", "meetings", "scoring")


@dataclass(frozen=True)
class System:
    """A running system: its compose project and the ports of its services."""

    compose: Compose
    ports: dict[str, int]
    tokens: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def token(self, role: str, unit: str | None = None) -> str:
        """Return a token that the project's own container prints."""
        if (role, unit) not in self.tokens:
            of_unit = ("--unit", unit) if unit else ()
            self.tokens[role, unit] = self.compose.run("run", "--rm", "-T", "token", "--role", role, *of_unit).strip()
        return self.tokens[role, unit]

    def ask(self, method: str, service: str, path: str, *who: str, **options: Any) -> Any:  # noqa: ANN401 - JSON
        """Ask as `office`, or as `unit` and its code; fail unless it succeeds."""
        url = f"http://127.0.0.1:{self.ports[service]}{path}"
        headers = {"authorization": f"Bearer {self.token(*who or ('office',))}", **options.pop("headers", {})}
        answer = httpx.request(method, url, headers=headers, timeout=30, **options)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def complete(self, task: str, unit: str) -> None:
        """Walk a unit's part of a task to its end."""
        part = f"/v1/tasks/{task}/assignments/{unit}"
        self.ask("POST", "tasks", f"{part}/acknowledge", "unit", unit)
        self.ask("POST", "tasks", f"{part}/request-completion", "unit", unit)
        self.ask("POST", "tasks", f"{part}/complete")

    def points(self, unit: str) -> str | None:
        """Return a unit's points for key tasks; None if it has none yet."""
        found = self.ask("GET", "scoring", "/v1/tallies", params={"unit": unit})["items"]
        return next((str(tally["points"]) for tally in found if tally["criterion"] == "key-tasks"), None)


def wait(holds: Callable[[], bool], seconds: float = 40) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"did not come true within {seconds} s"
        time.sleep(0.1)
