"""How each component is: alive or not, since when, and how far behind.

A component is `up` when it can do its work, `starting` when its process lives but it cannot yet (or at present), and
`down` when it has no process.
"""

import asyncio
import sys
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from deploy.local import kafka, postgres, processes
from deploy.local.layout import Layout
from deploy.local.stack import COMPONENTS, SUPERVISOR, Stack
from shared.clock import COUNTY_ZONE

State = Literal["up", "starting", "down"]

DOWN_EXIT_CODE = 3
UNWATCHED = "No supervisor lives: what ends stays down, until `xietiao up` takes over."
PIPE_WIDTH = 160
_COLOURS: dict[State, str] = {"up": "green", "starting": "yellow", "down": "red"}


@dataclass(frozen=True)
class ComponentStatus:
    """One component; a figure that it does not have is None."""

    name: str
    state: State
    since: datetime | None = None
    pid: int | None = None
    address: str | None = None
    lag: int | None = None
    outbox_age_seconds: float | None = None
    dead_letters: int | None = None
    detail: str = ""


async def read(stack: Stack) -> list[ComponentStatus]:
    """Return the status of every component, asked side by side."""
    return list(await asyncio.gather(*(_component(stack, name) for name in COMPONENTS)))


async def _component(stack: Stack, name: str) -> ComponentStatus:
    running = processes.find(stack.layout, name)
    if running is None:
        return ComponentStatus(name, "down")
    health = await _health(stack, name)
    return ComponentStatus(
        name,
        "up" if health.get("ready") else "starting",
        running.since,
        running.pid,
        _address(stack, name),
        health.get("lag"),
        health.get("outbox_age_seconds"),
        health.get("dead_letters"),
        _complaints(health),
    )


async def _health(stack: Stack, name: str) -> dict[str, Any]:
    if name == kafka.NAME:
        return {"ready": await stack.kafka.answers()}
    if name == postgres.NAME:
        return {"ready": await stack.postgres.answers()}
    return await asyncio.to_thread(stack.services.health, name) or {"detail": "does not answer"}


def _address(stack: Stack, name: str) -> str:
    if name == kafka.NAME:
        return stack.kafka.bootstrap
    if name == postgres.NAME:
        return f"127.0.0.1:{stack.ports.postgres}"
    return stack.services.url(name)


def _complaints(health: dict[str, Any]) -> str:
    checks: dict[str, dict[str, Any]] = health.get("checks", {})
    failing = [f"{name}: {check.get('detail')}" for name, check in checks.items() if not check.get("ok")]
    return "; ".join(failing) or str(health.get("detail", ""))


def all_up(components: list[ComponentStatus]) -> bool:
    """Say whether everything can do its work."""
    return all(component.state == "up" for component in components)


def is_watched(layout: Layout) -> bool:
    """Say whether a supervisor lives, which starts again what ends."""
    return processes.find(layout, SUPERVISOR) is not None


def as_json(components: list[ComponentStatus], *, watched: bool) -> dict[str, Any]:
    """Return the status as programs read it; instants are ISO 8601 in UTC."""
    listed = [{**asdict(each), "since": each.since and each.since.isoformat()} for each in components]
    return {"components": listed, "watched": watched}


def show(components: list[ComponentStatus], *, watched: bool) -> None:
    """Print a table, and below it if what runs is left to itself."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("component", "state", "since", "pid", "address"):
        table.add_column(title, no_wrap=True)
    for title in ("lag", "outbox age", "dead letters"):
        table.add_column(title, justify="right")
    table.add_column("detail", overflow="fold")
    for each in components:
        table.add_row(*_row(each))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)
    if not watched and any(each.pid for each in components):
        sys.stdout.write(f"{UNWATCHED}\n")


def _row(each: ComponentStatus) -> tuple[str, ...]:
    since = each.since.astimezone(COUNTY_ZONE).strftime("%m-%d %H:%M:%S") if each.since else ""
    age = None if each.outbox_age_seconds is None else f"{each.outbox_age_seconds:.1f} s"
    figures = (each.pid, each.address, each.lag, age, each.dead_letters)
    texts = ("" if figure is None else str(figure) for figure in figures)
    return (each.name, f"[{_COLOURS[each.state]}]{each.state}[/]", since, *texts, each.detail)
