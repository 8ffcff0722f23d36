"""The whole stack as `up` runs it: `python -m tests.benchmarks.api [--seconds N] [--rounds N] [--tasks N]`.

Start-up first and second time (cached jars); requests per second and latency of three reads, each beside a bare
FastAPI + asyncpg route doing the same queries, in turns, over keep-alive connections; one command; command to visible
tally over HTTP; memory per process.
"""

import argparse
import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import orjson
import psutil

from deploy.local import postgres, processes, tokens
from deploy.local.databases import role
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import PortWishes, any_free_port
from deploy.local.stack import COMPONENTS, Stack, prepare
from shared.auth import Role
from shared.clock import county_date, system_clock
from tests.benchmarks.ground import Process
from tests.benchmarks.machine import introduce, median_and_99th, say

CLIENTS = 8
READS = {
    "tasks": ("tasks", "/v1/tasks"),
    "standings": ("scoring", "/v1/standings"),
    "duties": ("registry", "/v1/duties"),
}
_OK = (200, 201)


class Caller:
    """One keep-alive connection that speaks just enough HTTP, so that the client costs little beside the server."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._host, _, port = url.removeprefix("http://").partition(":")
        self._port = int(port)
        self._head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection(self._host, self._port, limit=1 << 20)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._writer.close()

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Send one request and return the body of its answer, which must be a success."""
        head = f"{method} {path} HTTP/1.1\r\nhost: {self._host}\r\ncontent-length: {len(body)}\r\n{self._head}\r\n"
        self._writer.write(head.encode() + body)
        answered = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answered.split("content-length: ")[1].split("\r\n")[0])
        content = await self._reader.readexactly(length)
        assert int(answered.split()[1]) in _OK, f"{method} {path}: {answered[:60]} {content[:300]!r}"
        return content


async def load(url: str, path: str, headers: Mapping[str, str], seconds: float) -> tuple[float, list[float]]:
    """Ask over several connections at once; return requests per second and each request's seconds."""
    took: list[float] = []

    async def ask() -> None:
        async with Caller(url, headers) as caller:
            while time.monotonic() < until:
                begun = time.monotonic()
                await caller.ask("GET", path)
                took.append(time.monotonic() - begun)

    until = time.monotonic() + seconds
    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return len(took) / seconds, took


async def compare_reads(stack: Stack, bare: Process, headers: Mapping[str, str], options: argparse.Namespace) -> None:
    """Let the real route and the bare one take turns; print the medians."""
    for name, (service, path) in READS.items():
        real, plain = [], []
        latencies: list[float] = []
        for _ in range(options.rounds):
            rate, took = await load(stack.services.url(service), path, headers, options.seconds)
            real.append(rate)
            latencies += took
            plain.append((await load(bare.url, f"/{name}", {}, options.seconds))[0])
        median, late = median_and_99th(latencies)
        ours, theirs = statistics.median(real), statistics.median(plain)
        say(
            f"  GET {path:<14} {ours:>6,.0f}/s (bare {theirs:,.0f}/s: {ours / theirs:.0%}), "
            f"{CLIENTS} clients: median {median:.0f} ms, 99th percentile {late:.0f} ms"
        )


async def make_tasks(stack: Stack, headers: Mapping[str, str], count: int) -> list[str]:
    """Create tasks one after another on one connection; print the rate; return their ids."""
    made, took = [], []
    async with Caller(stack.services.url("tasks"), {**headers, "content-type": "application/json"}) as caller:
        for number in range(count):
            begun = time.monotonic()
            made.append(orjson.loads(await caller.ask("POST", "/v1/tasks", _task(number)))["id"])
            took.append(time.monotonic() - begun)
    median, late = median_and_99th(took)
    say(f"  POST /v1/tasks, one client: {count / sum(took):,.0f}/s, median {median:.1f} ms, 99th {late:.1f} ms")
    return made


def _task(number: int) -> bytes:
    year = county_date(system_clock()).year
    return orjson.dumps(
        {
            "title": f"推进服务业重点项目{number}", "source_kind": "document", "source_id": "永政办发〔2009〕106号",
            "lead_unit": "330324-fgj", "cooperating_units": ["330324-jtj"], "due_on": f"{year}-12-31",
        }
    )  # fmt: skip


async def command_to_tally(stack: Stack, headers: Mapping[str, str], made: list[str]) -> list[float]:
    """Complete assignments one by one; return the seconds from the answer until `GET /v1/tallies` shows it."""
    took = []
    asking = {**headers, "content-type": "application/json"}
    async with (
        Caller(stack.services.url("tasks"), asking) as tasks,
        Caller(stack.services.url("scoring"), headers) as scoring,
    ):
        for task in made:
            path = f"/v1/tasks/{task}/assignments/330324-fgj"
            await tasks.ask("POST", f"{path}/acknowledge")
            await tasks.ask("POST", f"{path}/request-completion")
            await asyncio.sleep(0.3)
            before = await _points(scoring)
            await tasks.ask("POST", f"{path}/complete")
            begun = time.monotonic()
            while await _points(scoring) == before:  # noqa: ASYNC110 - another process moves it
                await asyncio.sleep(0.002)
            took.append(time.monotonic() - begun)
    return took


async def _points(scoring: Caller) -> object:
    page = orjson.loads(await scoring.ask("GET", "/v1/tallies?unit=330324-fgj&limit=200"))
    return [tally["points"] for tally in page["items"] if tally["criterion"] == "key-tasks"]


def say_memory(stack: Stack) -> None:
    """Print what each process has in RAM for itself; PostgreSQL's is the sum over its processes."""
    for name in COMPONENTS:
        running = processes.find(stack.layout, name)
        assert running is not None
        family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
        say(f"  memory of {name}: {sum(each.memory_full_info().uss for each in family) / 1e6:,.0f} MB")


def start_bare(stack: Stack) -> Process:
    """Run the bare application on the stack's databases."""
    port = any_free_port()
    urls = {
        f"BARE_{name.upper()}_URL": stack.postgres.url(role(name), f"xietiao_{name}")
        for name in ("tasks", "scoring", "registry")
    }
    argv = [sys.executable, "-m", "uvicorn", "tests.benchmarks.bare:app", "--port", str(port), "--log-level", "error"]
    day = county_date(system_clock()).isoformat()
    return Process(psutil.Popen(argv, cwd=REPOSITORY, env={**os.environ, **urls, "BARE_DAY": day}), port)


async def bring_up(layout: Layout) -> tuple[Stack, float]:
    """Bring the stack up; return how many seconds it took."""
    begun = time.monotonic()
    stack = prepare(layout, PortWishes(**_free_ports()))
    await stack.up()
    return stack, time.monotonic() - begun


def _free_ports() -> dict[str, Any]:
    return {name: any_free_port() for name in PortWishes.__dataclass_fields__}


async def measure(stack: Stack, options: argparse.Namespace) -> None:
    """Measure everything on a running stack."""
    headers = {"authorization": f"Bearer {tokens.issue(stack.layout, Role.OFFICE)}"}
    made = await make_tasks(stack, headers, options.tasks)
    median, late = median_and_99th(await command_to_tally(stack, headers, made[: options.commands]))
    say(f"  completing command to tally visible over HTTP: median {median:.0f} ms, 99th percentile {late:.0f} ms")
    bare = start_bare(stack)
    try:
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=5)) as client:
            while not await _answers(client, bare.url):  # noqa: ASYNC110 - another process starts
                await asyncio.sleep(0.2)
        await compare_reads(stack, bare, headers, options)
    finally:
        bare.stop()
    say_memory(stack)


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/duties")).is_success
    except httpx.TransportError:
        return False


async def main(options: argparse.Namespace) -> None:
    """Bring the stack up twice, measure on the second."""
    layout = Layout.of(Path(tempfile.mkdtemp(prefix="xietiao-bench-")))
    layout.create()
    try:
        stack, first = await bring_up(layout)
        await introduce("tests.benchmarks.api", stack.postgres.url(postgres.SUPERUSER, "postgres"))
        stack.down()
        stack, second = await bring_up(layout)
        say(f"  start-up: first {first:.1f} s, second {second:.1f} s")
        await measure(stack, options)
        stack.down()
    finally:
        for name in COMPONENTS:
            processes.kill(layout, name)
        shutil.rmtree(layout.root, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--commands", type=int, default=100)
    asyncio.run(main(parser.parse_args()))
