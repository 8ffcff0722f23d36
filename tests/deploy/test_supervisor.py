"""The supervisor on a stack of stand-in processes: what matters here is who is started again, and when."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from deploy.local import processes, supervisor
from deploy.local.layout import Layout
from deploy.local.ports import PortWishes, choose
from deploy.local.processes import Command
from deploy.local.stack import Stack
from deploy.local.supervisor import Supervisor
from tests.support.eventually import PATIENCE_SECONDS

SLEEPER = "import time; time.sleep(600)"


class StandIn(Stack):
    """A stack whose components only sleep."""

    def command(self, name: str) -> Command:
        return Command(name, (sys.executable, "-c", SLEEPER, name))


@pytest.fixture
def stand_in(layout: Layout) -> StandIn:
    ports = choose(layout, PortWishes(base=9300))
    return StandIn(layout, replace(ports, tasks=9))  # nobody listens on port 9


@contextlib.asynccontextmanager
async def watched(stack: Stack, *names: str) -> AsyncIterator[list[str]]:
    told: list[str] = []
    task = asyncio.create_task(Supervisor(stack, names, lambda name, text: told.append(f"{name} {text}")).run())
    yield told
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        await asyncio.sleep(0.05)


async def test_what_was_killed_is_started_again(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "ROUND_SECONDS", 0.1)
    stand_in.start("kafka")
    first = processes.find(stand_in.layout, "kafka")
    async with watched(stand_in, "kafka") as told:
        processes.kill(stand_in.layout, "kafka")
        await eventually(lambda: processes.find(stand_in.layout, "kafka") is not None)

    second = processes.find(stand_in.layout, "kafka")
    assert first is not None
    assert second is not None
    assert second.pid != first.pid
    assert told[0].startswith("kafka ended; starting it again")


async def test_what_dies_again_and_again_is_started_less_and_less_often(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(sys.modules[__name__], "SLEEPER", "")
    started: list[float] = []
    start = stand_in.start

    def noting(name: str) -> None:
        started.append(time.monotonic())
        start(name)

    monkeypatch.setattr(stand_in, "start", noting)
    async with watched(stand_in, "kafka"):
        await eventually(lambda: len(started) == 3)

    first, second, third = started
    assert second - first >= 2
    assert third - second >= 4


async def test_what_hangs_is_ended_and_started_again(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in (("ROUND_SECONDS", 0.1), ("ASK_SECONDS", 0.2), ("HANGING_SECONDS", 0.5)):
        monkeypatch.setattr(supervisor, name, seconds)
    stand_in.start("tasks")
    async with watched(stand_in, "tasks") as told:
        await eventually(lambda: len(told) >= 2)

    assert "tasks has made no progress" in told[0]
    assert "tasks ended; starting it again" in told[1]


async def test_what_cannot_be_started_does_not_stop_the_supervisor(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with watched(stand_in, "kafka") as told:
        await eventually(lambda: len(told) >= 2)

    assert "kafka cannot be started" in told[1]


async def test_what_answers_no_http_does_not_stop_the_supervisor(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("ROUND_SECONDS", 0.1), ("ASK_SECONDS", 0.2), ("HANGING_SECONDS", 0.5)):
        monkeypatch.setattr(supervisor, name, seconds)

    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"no HTTP at all\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    stack = StandIn(stand_in.layout, replace(stand_in.ports, tasks=server.sockets[0].getsockname()[1]))
    assert await asyncio.to_thread(stack.services.health, "tasks") is None
    stack.start("tasks")
    async with server, watched(stack, "tasks") as told:
        await eventually(lambda: len(told) >= 2)
    assert "tasks has made no progress" in told[0]
