"""The processes of a run by kind, which a test kills and starts again, and the chains in which they work."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local import processes
from tests.chaos.comparison import AWAY, FOLLOWED, value
from tests.chaos.ground import Ground, Part, Stopwatch
from tests.chaos.load import Load, Model
from tests.chaos.servers import OwnServers
from tests.support.eventually import eventually

PROCESSES: dict[str, tuple[str, ...]] = {
    "tasks: API and relay": ("tasks", "api", "relay"),
    "tasks: consumer": ("tasks", "consumer"),
    "scoring: stream": ("scoring", "stream"),
    "meetings: API": ("meetings", "api"),
    "meetings: relay": ("meetings", "relay"),
    "meetings: consumer": ("meetings", "consumer"),
    "registry: API": ("registry", "api"),
    "registry: relay": ("registry", "relay"),
}
SERVERS = {"broker": "kafka", "database": "postgres"}
_LAST_LINES = 40
KINDS = (*PROCESSES, *SERVERS)
_TALLIED = """
select coalesce(sum(lines), 0)::int from tally join generation as g on g.id = generation
where g.state = 'live' and criterion = 'key-tasks' and unit = '330324-jmj'
"""
_HEARD_OF = "select count(*)::int from known_unit where code like '330324-sy%'"


@dataclass(frozen=True)
class Chain:
    """From a command to where it is seen at the end: who has to work for it, and how one sees it."""

    commands: Callable[[Model], int]
    acknowledged: Callable[[Model], int]
    service: str
    query: str


CHAINS = {
    "tasks": Chain(lambda model: model.commanded, lambda model: model.tasks, "scoring", _TALLIED),
    "meetings": Chain(lambda model: model.adopted, lambda model: model.adopted, "meetings", FOLLOWED),
    "registry": Chain(lambda model: model.units, lambda model: model.units, "tasks", _HEARD_OF),
}
"""A task in the tallies; a resolution whose task has become known to meetings; a unit of which tasks has heard."""


def chain_of(kind: str) -> Chain:
    """Return the chain in which a kind of process works."""
    return CHAINS.get(kind.partition(":")[0], CHAINS["tasks"])


class Stack:
    """The processes by kind."""

    def __init__(self, servers: OwnServers, ground: Ground) -> None:
        self.servers, self.ground = servers, ground
        self.parts: dict[str, Part] = {}

    async def start(self, kind: str) -> None:
        service, *parts = PROCESSES[kind]
        if parts == ["consumer"]:  # with effects that are counted
            self.parts[kind] = await self.ground.start_crashing(service, "consumer")
        else:
            self.parts[kind] = await self.ground.start(service, *parts)

    async def kill(self, kind: str) -> None:
        if kind in SERVERS:
            await asyncio.to_thread(self.servers.kill, SERVERS[kind])
        else:
            await self.parts[kind].kill()

    async def revive(self, kind: str) -> None:
        if kind in SERVERS:
            await self.servers.start(SERVERS[kind])
        else:
            await self.start(kind)

    async def revive_ended(self) -> list[str]:
        """Start again what ended by itself, as a supervisor does; return what it was."""
        ended = [kind for kind, part in self.parts.items() if part.process.returncode is not None]
        for kind in ended:
            await self.start(kind)
        return ended

    async def readiness(self) -> tuple[int, dict[str, object]]:
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.get(f"{self.ground.url()}/readyz")
        return answer.status_code, answer.json()


@contextlib.asynccontextmanager
async def running_stack(own: OwnServers, folder: Path) -> AsyncIterator[Stack]:
    """Run every kind of process on fresh databases and topics of own servers."""
    servers, prefix = own.servers(), f"t-{uuid.uuid4().hex[:10]}"
    await servers.create_topics(prefix)
    ground = await Ground.prepared(own.kafka.bootstrap, prefix, servers.fresh_database, folder)
    stack = Stack(own, ground)
    for kind in PROCESSES:
        await stack.start(kind)
    yield stack
    print(_last_words(stack))  # noqa: T201 - pytest shows it beside a failure
    await ground.clear()
    for name in SERVERS.values():  # a test that failed may have left one away
        if not processes.find(own.layout, name):
            await own.start(name)


def _last_words(stack: Stack) -> str:
    """Return what each process and the broker said last."""
    said = {f"{kind} ({part.process.returncode})": part.lines for kind, part in stack.parts.items()}
    for name in SERVERS.values():
        said[name] = processes.log_path(stack.servers.layout, name).read_text(errors="replace").splitlines()
    said["errors"] = stack.ground.log.read_text(errors="replace").splitlines()
    return "\n".join(f"== {who}\n" + "\n".join(lines[-_LAST_LINES:]) for who, lines in said.items())


async def is_visible(ground: Ground, wanted: int, chain: Chain) -> bool:
    """Say whether so many commands are seen at the end of their chain."""
    with contextlib.suppress(*AWAY):
        return bool(await value(ground.databases[chain.service].url, chain.query) >= wanted)
    return False


async def visible(ground: Ground, wanted: int, chain: Chain = CHAINS["tasks"]) -> None:
    """Wait until so many commands are seen at the end of their chain."""
    await eventually(lambda: is_visible(ground, wanted, chain))


async def resumed(stack: Stack, load: Load, chain: Chain = CHAINS["tasks"]) -> float:
    """Wait until what is acknowledged from now on is seen; return the seconds that it took."""
    watch = Stopwatch()
    before = chain.commands(load.model)

    async def more() -> bool:
        await stack.revive_ended()
        return chain.commands(load.model) > before

    await eventually(more)
    wanted = chain.acknowledged(load.model)

    async def seen() -> bool:
        await stack.revive_ended()  # who was hit by the end of another may end later
        return await is_visible(stack.ground, wanted, chain)

    await eventually(seen)
    return watch.seconds


async def more_commands(load: Load, wanted: int) -> bool:
    return load.model.commanded >= wanted


async def refused_with_503(load: Load) -> bool:
    return load.answered_503 > 0


async def told(stack: Stack, check: str) -> bool:
    """Say whether `/readyz` says 503 and names the check; the process that answers must not have ended."""
    assert stack.parts["tasks: API and relay"].process.returncode is None, stack.ground.log.read_text()[-4000:]
    try:
        status, content = await stack.readiness()
    except httpx.TransportError:  # it was started again a moment ago, as who was hit by the end of another may be
        return False
    checks = content["checks"]
    assert isinstance(checks, dict)
    return status == 503 and not checks.get(check, {"ok": True})["ok"]
