"""`kill -9` at random moments of every process, broker and database too, under load: exact tallies afterwards.

Each kill is followed by the time until a command that is given after it has become visible in the tallies.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import pytest

from tests.chaos.comparison import compare, compare_effects, quiet
from tests.chaos.conftest import KILLS, long_form
from tests.chaos.load import Load
from tests.chaos.servers import OwnServers, own_servers
from tests.chaos.stack import (
    CHAINS,
    KINDS,
    Stack,
    chain_of,
    more_commands,
    refused_with_503,
    resumed,
    running_stack,
    told,
    visible,
)
from tests.support.eventually import eventually

SECONDS_AWAY = float(os.environ.get("XIETIAO_CHAOS_AWAY", "2"))
"""How long broker and database are away; 60 in the long form."""


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[OwnServers]:
    async with own_servers() as servers:
        yield servers


@pytest.fixture
async def running(own: OwnServers, tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(own, tmp_path) as stack:
        yield stack


async def killed_once(stack: Stack, load: Load, kind: str, away: float) -> float:
    await stack.kill(kind)
    await asyncio.sleep(away)
    if kind == "database":
        await eventually(lambda: told(stack, "database"))
    if kind == "broker":
        await eventually(lambda: told(stack, "relay"))
    await stack.revive(kind)
    return await resumed(stack, load, chain_of(kind))


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
            print(f"{sum(map(len, seconds.values()))}: {kind} resumed after {seconds[kind][-1]:.1f} s")  # noqa: T201 - seen only when it fails
        load.stopping.set()
    await quiet(stack.ground, load.model)
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
        before = load.model.commanded
        await asyncio.sleep(SECONDS_AWAY)
        await eventually(lambda: more_commands(load, before + 1), 20)
        await eventually(lambda: told(running, "relay"), 60)
        assert load.answered_503 == 0
        await running.revive("broker")
        await resumed(running, load)
        load.stopping.set()
    await quiet(running.ground, load.model)
    await compare(running.ground, load.model)


@long_form
async def test_a_database_that_is_away_is_refused_with_503_and_told(running: Stack) -> None:
    load = Load(running.ground)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(0.1))
        await visible(running.ground, 2)
        await running.kill("database")
        await eventually(lambda: told(running, "database"), 20)
        await asyncio.sleep(SECONDS_AWAY)
        await eventually(lambda: refused_with_503(load), 20)
        await running.revive("database")
        await resumed(running, load)
        load.stopping.set()
    await quiet(running.ground, load.model)
    await compare(running.ground, load.model)
