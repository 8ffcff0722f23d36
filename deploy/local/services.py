"""How each service is run here: its command, its settings, its health address."""

import http.client
import json
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from deploy.local import tokens
from deploy.local.databases import OWNER, SERVICES, role
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import Ports
from deploy.local.postgres import Postgres
from deploy.local.processes import Command

STREAM = "scoring-stream"
NAMES = (*SERVICES, STREAM)
"""The service processes in the order in which they are started."""

HEALTH_TIMEOUT_SECONDS = 5.0

_PARTS: dict[str, tuple[str, ...]] = {"scoring": ("--api", "--relay", "--consumer"), STREAM: ("--stream",)}


@dataclass(frozen=True)
class Services:
    """The service processes of one stack."""

    layout: Layout
    ports: Ports

    def port(self, name: str) -> int:
        """Return the port of a process."""
        value: int = getattr(self.ports, "stream" if name == STREAM else name)
        return value

    def url(self, name: str) -> str:
        """Return the address of a process."""
        return f"http://127.0.0.1:{self.port(name)}"

    def settings(self, name: str) -> dict[str, str]:
        """Return the `XIETIAO_…` settings of a process; they hold its database password."""
        service = role_of(name)
        return {
            "XIETIAO_ENVIRONMENT": "embedded",
            "XIETIAO_INSTANCE": name,
            "XIETIAO_HOST": "127.0.0.1",
            "XIETIAO_PORT": str(self.port(name)),
            "XIETIAO_DATABASE_URL": self._postgres.url(role(service), role(service)),
            "XIETIAO_KAFKA_BOOTSTRAP": f"127.0.0.1:{self.ports.kafka}",
            "XIETIAO_TOPIC_PREFIX": "xietiao",
            "XIETIAO_JWKS_FILE": str(tokens.key_set_path(self.layout)),
            "XIETIAO_CLOCK_FILE": str(self.layout.clock),
            "XIETIAO_FILES_FOLDER": str(self.layout.files),
            "XIETIAO_LOG_FORMAT": "console",
        }

    def owner_settings(self, service: str) -> dict[str, str]:
        """Return the setting with which a service's migrations run."""
        return {"XIETIAO_OWNER_DATABASE_URL": self._postgres.url(OWNER, role(service))}

    def command(self, name: str) -> Command:
        """Return how a process is started and ended."""
        argv = (sys.executable, "-m", f"services.{role_of(name)}", *_PARTS.get(name, ()))
        environment = {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1", **self.settings(name)}
        return Command(name, argv, environment, working_folder=REPOSITORY)

    def health(self, name: str) -> dict[str, Any] | None:
        """Return what the process says of itself at `/readyz`; None if it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.url(name)}/readyz", timeout=HEALTH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own address
                return _object(answer.read())
        except urllib.error.HTTPError as answer:  # 503: it answers, and says that it is not ready
            return _object(answer.read())
        except (OSError, http.client.HTTPException):  # the latter: it was killed while it answered, or is no service
            return None

    @property
    def _postgres(self) -> Postgres:
        return Postgres(self.layout, self.ports.postgres)


def role_of(name: str) -> str:
    """Return the service that a process belongs to."""
    return "scoring" if name == STREAM else name


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
