"""The ports of a stack: remembered between starts, changeable by option, checked before anything is started."""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from deploy.local.errors import PortInUseError, StackError
from deploy.local.layout import Layout

DEFAULT_BASE = 8100
OFFSETS = {"registry": 1, "tasks": 2, "meetings": 3, "scoring": 4, "stream": 14}
"""Distance of each service's port from the base; `stream` is the scoring stream's health port."""

SERVER_OFFSETS = {"kafka": 20, "kafka_controller": 21, "postgres": 32}
"""Ports tried first for the servers; any free one is taken where these are not free."""

HIGHEST_PORT = 65535
NOT_GIVEN_TO_CONNECTIONS = range(20_000, 32_768)
"""Below what Linux (from 32768) and others (from 49152) give to outgoing connections."""


@dataclass(frozen=True)
class Ports:
    """One TCP port on 127.0.0.1 for each part of the stack."""

    registry: int
    tasks: int
    meetings: int
    scoring: int
    stream: int
    kafka: int
    kafka_controller: int
    postgres: int

    def save(self, layout: Layout) -> None:
        """Remember the ports for the next start and for the other commands."""
        draft = layout.state.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"ports": asdict(self)}, indent=2) + "\n")
        draft.replace(layout.state)

    @classmethod
    def load(cls, layout: Layout) -> "Ports":
        """Return the ports of a stack that was started before.

        Raises:
            StackError: the folder holds no stack, or its `stack.json` was damaged.
        """
        layout.require()
        try:
            return cls(**json.loads(layout.state.read_text())["ports"])
        except (ValueError, KeyError, TypeError) as error:
            raise StackError(
                f"{layout.state} cannot be read ({error}): remove it, and `xietiao up` makes it anew"
            ) from error


@dataclass(frozen=True)
class PortWishes:
    """What the operator asked for; None where nothing was said."""

    base: int | None = None
    registry: int | None = None
    tasks: int | None = None
    meetings: int | None = None
    scoring: int | None = None
    stream: int | None = None
    kafka: int | None = None
    postgres: int | None = None

    def of(self, component: str) -> int | None:
        """Return the port asked for by a component's own option."""
        value: int | None = getattr(self, component, None)
        return value


def option(component: str) -> str:
    """Return the options that move a component to another port."""
    own = f"--{component}-port"
    return f"{own} or --port-base" if component in OFFSETS else own


def is_free(port: int) -> bool:
    """Say whether this machine lets us listen on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def any_free_port() -> int:
    """Return a port that nobody listens on now, and that no connection is given before somebody does.

    A port that the system chooses is one of those that it gives to outgoing connections, also while a server that
    listened there is started again; its own clients, asking for it, have then taken it.
    """
    while not is_free(port := secrets.choice(NOT_GIVEN_TO_CONNECTIONS)):
        pass
    return port


def _remembered(layout: Layout) -> Mapping[str, int]:
    return asdict(Ports.load(layout)) if layout.state.is_file() else {}


def _service_port(component: str, wishes: PortWishes, remembered: Mapping[str, int]) -> int:
    wished = wishes.of(component)
    if wished is not None:
        return wished
    if wishes.base is None and component in remembered:
        return remembered[component]
    return (DEFAULT_BASE if wishes.base is None else wishes.base) + OFFSETS[component]


def _server_port(component: str, base: int, wishes: PortWishes, remembered: Mapping[str, int], taken: set[int]) -> int:
    wished = wishes.of(component)
    if wished is not None:
        return wished
    for candidate in (remembered.get(component), base + SERVER_OFFSETS[component]):
        if candidate is not None and candidate not in taken and is_free(candidate):
            return candidate
    while (port := any_free_port()) in taken:
        pass
    return port


def choose(layout: Layout, wishes: PortWishes) -> Ports:
    """Choose every port: the option's, else the last start's, else the default; servers fall back to any free port.

    Raises:
        StackError: two components would share a port, or a port number is impossible.
    """
    remembered = _remembered(layout)
    chosen = {name: _service_port(name, wishes, remembered) for name in OFFSETS}
    base = chosen["registry"] - OFFSETS["registry"]
    for name in SERVER_OFFSETS:
        chosen[name] = _server_port(name, base, wishes, remembered, set(chosen.values()))
    _check_plausible(chosen)
    return Ports(**chosen)


def _check_plausible(chosen: Mapping[str, int]) -> None:
    by_port: dict[int, str] = {}
    for name, port in chosen.items():
        if not 0 < port <= HIGHEST_PORT:
            raise StackError(
                f"port {port} ({name}) does not exist: choose one between 1 and {HIGHEST_PORT} with {option(name)}"
            )
        if port in by_port:
            raise StackError(
                f"port {port} was given to both {by_port[port]} and {name}: change one with {option(name)}"
            )
        by_port[port] = name


def keep_running(ports: Ports, current: Ports, running: set[str]) -> Ports:
    """Return `ports`, but with the present port of each component that is running and will not be restarted."""
    kept = {name: getattr(current, name) for name in (field.name for field in fields(current)) if name in running}
    return replace(ports, **kept)


def check_free(ports: Ports, running: set[str]) -> None:
    """Make sure that what has to be started can listen.

    Raises:
        PortInUseError: naming the port, the component and the option that changes it.
    """
    for name, port in asdict(ports).items():
        if name not in running and not is_free(port):
            raise PortInUseError(name, port, option(name))
