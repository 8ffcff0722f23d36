"""`kill -9` at random moments of every process, broker and database too, under load: exact tallies afterwards.

Each kill is followed by the time until a command that is given after it has become visible in the tallies.
"""

import asyncio
import contextlib
import os
import random
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
import pytest

from deploy.local import processes
from tests.chaos.comparison import AWAY, FOLLOWED, compare, compare_effects, quiet, value
from tests.chaos.conftest import KILLS, long_form
from tests.chaos.ground import Ground, Part, Stopwatch
from tests.chaos.load import Load, Model
from tests.chaos.servers import OwnServers, own_servers
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
KINDS = (*PROCESSES, *SERVERS)
SECONDS_AWAY = float(os.environ.get("XIETIAO_CHAOS_AWAY", "2"))
"""How long broker and database are away; 60 in the long form."""

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


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[OwnServers]:
    async with own_servers() as servers:
        yield servers


@pytest.fixture
async def running(own: OwnServers, tmp_path: Path) -> AsyncIterator[Stack]:
    servers, prefix = own.servers(), f"t-{uuid.uuid4().hex[:10]}"
    await servers.create_topics(prefix)
    ground = await Ground.prepared(own.kafka.bootstrap, prefix, servers.fresh_database, tmp_path)
    stack = Stack(own, ground)
    for kind in PROCESSES:
        await stack.start(kind)
    yield stack
    await ground.clear()
    for name in SERVERS.values():  # a test that failed may have left one away
        if not processes.find(own.layout, name):
            await own.start(name)


async def visible(ground: Ground, wanted: int, chain: Chain = CHAINS["tasks"]) -> None:
    """Wait until so many commands are seen at the end of their chain."""

    async def there() -> bool:
        with contextlib.suppress(*AWAY):
            return bool(await value(ground.databases[chain.service].url, chain.query) >= wanted)
        return False

    await eventually(there, 90)


async def resumed(stack: Stack, load: Load, watch: Stopwatch, chain: Chain = CHAINS["tasks"]) -> float:
    """Wait until what is acknowledged from now on is seen; return the seconds since the restart."""
    before = chain.commands(load.model)

    async def more() -> bool:
        await stack.revive_ended()
        return chain.commands(load.model) > before

    await eventually(more, 90)
    await visible(stack.ground, chain.acknowledged(load.model), chain)
    return watch.seconds


async def killed_once(stack: Stack, load: Load, kind: str, away: float) -> float:
    await stack.kill(kind)
    await asyncio.sleep(away)
    if kind == "database":
        await eventually(lambda: _told(stack, "database"), 30)
    if kind == "broker":
        await eventually(lambda: _told(stack, "relay"), 30)
    await stack.revive(kind)
    return await resumed(stack, load, Stopwatch(), chain_of(kind))


async def loaded(stack: Stack, kills: list[str], chance: random.Random) -> tuple[Load, dict[str, list[float]]]:
    """Kill in turn under load; return the load and the resume times by kind."""
    load, seconds = Load(stack.ground), {kind: list[float]() for kind in KINDS}
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(0.05))
        group.create_task(load.resolve(0.1))
        group.create_task(load.register())
        group.create_task(load.meet())
        for chain in CHAINS.values():
            await visible(stack.ground, 2, chain)
        for kind in kills:
            await asyncio.sleep(chance.uniform(0.05, 1))
            seconds[kind].append(await killed_once(stack, load, kind, chance.uniform(0, 0.3)))
        load.stopping.set()
    await quiet(stack.ground, load.model, 90)
    return load, seconds


async def test_kills_at_random_moments_leave_exact_tallies(running: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(os.environ.get("XIETIAO_CHAOS_SEED", "1"))  # noqa: S311 - a schedule, no secret
    kills = list(KINDS) if not KILLS else [KINDS[number % len(KINDS)] for number in range(KILLS)]
    chance.shuffle(kills)
    load, seconds = await loaded(running, kills, chance)
    await compare(running.ground, load.model)
    await compare_effects(running.ground, load.model)
    with capsys.disabled():
        print(f"\n{len(kills)} kills, no fault: at 95 % less than {min(1, 3 / len(kills)):.1%} of kills do harm")  # noqa: T201 - figures
        print(f"  {load.model}; asked again {load.away} times, 503 {load.answered_503} times")  # noqa: T201
        for kind, found in seconds.items():
            figures = f"{median(found):.1f} s (median of {len(found)}, most {max(found):.1f} s)" if found else "-"
            print(f"  {kind}: resumed after {figures}")  # noqa: T201


@long_form
async def test_a_broker_that_is_away_stops_no_command_and_is_told(running: Stack) -> None:
    load = Load(running.ground)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(0.1))
        await visible(running.ground, 2)
        await running.kill("broker")
        before = load.model.tasks
        await asyncio.sleep(SECONDS_AWAY)
        await eventually(lambda: _more(load, before + 1), 20)
        await eventually(lambda: _told(running, "relay"), 60)
        assert load.answered_503 == 0
        await running.revive("broker")
        await resumed(running, load, Stopwatch())
        load.stopping.set()
    await quiet(running.ground, load.model, 90)
    await compare(running.ground, load.model)


@long_form
async def test_a_database_that_is_away_is_refused_with_503_and_told(running: Stack) -> None:
    load = Load(running.ground)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(0.1))
        await visible(running.ground, 2)
        await running.kill("database")
        await eventually(lambda: _told(running, "database"), 20)
        await asyncio.sleep(SECONDS_AWAY)
        await eventually(lambda: _refused(load), 20)
        await running.revive("database")
        await resumed(running, load, Stopwatch())
        load.stopping.set()
    await quiet(running.ground, load.model, 90)
    await compare(running.ground, load.model)


async def _more(load: Load, wanted: int) -> bool:
    return load.model.tasks >= wanted


async def _refused(load: Load) -> bool:
    return load.answered_503 > 0


async def _told(stack: Stack, check: str) -> bool:
    """Say whether `/readyz` says 503 and names the check; the process that answers must not have ended."""
    assert stack.parts["tasks: API and relay"].process.returncode is None, stack.ground.log.read_text()[-4000:]
    status, content = await stack.readiness()
    checks = content["checks"]
    assert isinstance(checks, dict)
    return status == 503 and not checks.get(check, {"ok": True})["ok"]
