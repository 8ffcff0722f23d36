"""The whole stack as `up` runs it: `python -m tests.benchmarks.api [--seconds N] [--rounds N] [--tasks N]`.

Start-up first and second time (cached jars); requests per second and latency of three reads and a command, each beside
a bare FastAPI + asyncpg route with the same statements and the same answer (`bare.py`), in turns, over keep-alive
connections; the command from one client; command to visible tally over HTTP; memory per process.
"""

import argparse
import asyncio
import contextlib
import os
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
from tests.benchmarks.machine import introduce, median_and_99th, options_of, positive, run, say
from tests.support.stack import remove

CLIENTS = 8
ROUTES = {
    "tasks": ("tasks", "GET", "/v1/tasks"),
    "standings": ("scoring", "GET", "/v1/standings"),
    "duties": ("registry", "GET", "/v1/duties"),
    "command": ("tasks", "POST", "/v1/tasks"),
}
BARE_PATHS = {"tasks": "/tasks", "standings": "/standings", "duties": "/duties", "command": "/tasks"}
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


async def load(url: str, route: str, path: str, headers: Mapping[str, str], seconds: float) -> list[float]:
    """Ask over several connections at once; return each request's seconds."""
    took: list[float] = []
    method, body = (ROUTES[route][1], _task(0) if ROUTES[route][1] == "POST" else b"")

    async def ask() -> None:
        async with Caller(url, headers) as caller:
            while time.monotonic() < until:
                begun = time.monotonic()
                await caller.ask(method, path, body)
                took.append(time.monotonic() - begun)

    until = time.monotonic() + seconds
    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    return took


async def compare_routes(stack: Stack, bare: Process, headers: Mapping[str, str], options: argparse.Namespace) -> None:
    """Let the real route and the bare one take turns, a round each; print the medians of the rounds.

    Beside the rates stands what a request costs its API process in processor time: on a machine that others use too,
    the rates say little, that says more. With the bare command goes what the real service's process spends meanwhile:
    its relay publishes that command's events as well as its own.
    """
    say(f"  routes, real and bare in turns: medians of {options.rounds} rounds of {options.seconds} s; target 80%")
    for name, (service, method, path) in ROUTES.items():
        url, asking = stack.services.url(service), {**headers, "content-type": "application/json"}
        await compare_answers(name, url, bare.url, asking)
        process = _process_of(stack, service)
        owners = {"real": [process], "bare": [bare.handle, process] if method == "POST" else [bare.handle]}
        rates: dict[str, list[float]] = {"real": [], "bare": []}
        costs: dict[str, list[float]] = {"real": [], "bare": []}
        latencies: list[float] = []
        relaying: list[float] = []
        for number in range(options.rounds):
            for arm in ("real", "bare") if number % 2 == 0 else ("bare", "real"):
                target, at = (url, path) if arm == "real" else (bare.url, BARE_PATHS[name])
                before = [_processor_ms(each) for each in owners[arm]]
                took = await load(target, name, at, asking, options.seconds)
                spent = [_processor_ms(each) - was for each, was in zip(owners[arm], before, strict=True)]
                costs[arm].append(sum(spent) / len(took))
                relaying += [each / len(took) for each in spent[1:]]
                rates[arm].append(len(took) / options.seconds)
                latencies += took if arm == "real" else []
        median, late = median_and_99th(latencies)
        ours, theirs = statistics.median(rates["real"]), statistics.median(rates["bare"])
        shares = sorted(mine / other for mine, other in zip(rates["real"], rates["bare"], strict=True))
        say(
            f"  {method:<4} {path:<14} {ours:>6,.0f}/s (bare {theirs:,.0f}/s: {statistics.median(shares):.0%}, rounds "
            f"{shares[0]:.0%} to {shares[-1]:.0%}), {CLIENTS} clients: median {median:.1f} ms, 99th {late:.1f} ms"
        )
        cost, bare_cost = statistics.median(costs["real"]), statistics.median(costs["bare"])
        within = f", {statistics.median(relaying):.2f} ms of it the relay's" if relaying else ""
        say(f"    processor per request: {cost:.2f} ms (bare {bare_cost:.2f} ms{within}: {bare_cost / cost:.0%})")


def _process_of(stack: Stack, service: str) -> psutil.Process:
    running = processes.find(stack.layout, service)
    assert running is not None
    return psutil.Process(running.pid)


def _processor_ms(process: psutil.Process) -> float:
    times = process.cpu_times()
    return (times.user + times.system) * 1000


async def compare_answers(route: str, url: str, bare_url: str, headers: Mapping[str, str]) -> None:
    """Check that both sides answer alike: reads byte for byte, the command but for id and time."""
    method, path = ROUTES[route][1:]
    body = _task(0) if method == "POST" else b""
    async with Caller(url, headers) as real, Caller(bare_url, headers) as bare:
        answers = [await real.ask(method, path, body), await bare.ask(method, BARE_PATHS[route], body)]
    if method == "POST":
        told = [orjson.loads(answer) | {"id": None, "assigned_at": None} for answer in answers]
        assert told[0] == told[1], f"{route}: {told}"
    else:
        assert answers[0] == answers[1], f"{route}: {_first_difference(*answers)}"


def _first_difference(ours: bytes, theirs: bytes) -> str:
    at = next((n for n, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), 0)
    return f"{ours[max(0, at - 60) : at + 60]!r} and {theirs[max(0, at - 60) : at + 60]!r}"


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


async def command_to_tally(
    stack: Stack, headers: Mapping[str, str], made: list[str]
) -> tuple[list[float], list[float]]:
    """Complete assignments one by one; return the seconds until `GET /v1/tallies` shows it.

    Counted twice: from sending the command, and from its answer.
    """
    sent, answered = [], []
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
            sent.append(time.monotonic())
            await tasks.ask("POST", f"{path}/complete")
            answered.append(time.monotonic())
            while await _points(scoring) == before:  # noqa: ASYNC110 - another process moves it
                await asyncio.sleep(0.002)
            shown = time.monotonic()
            sent[-1], answered[-1] = shown - sent[-1], shown - answered[-1]
    return sent, answered


async def _points(scoring: Caller) -> object:
    page = orjson.loads(await scoring.ask("GET", "/v1/tallies?unit=330324-fgj&limit=200"))
    return [tally["points"] for tally in page["items"] if tally["criterion"] == "key-tasks"]


def say_memory(stack: Stack) -> None:
    """Print what each process has in RAM for itself; PostgreSQL's is the sum over its processes."""
    for name in COMPONENTS:
        running = processes.find(stack.layout, name)
        assert running is not None
        used = 0
        for each in (psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # a worker of PostgreSQL has ended meanwhile
                used += each.memory_full_info().uss
        say(f"  memory of {name}, its own (USS): {used / 1e6:,.0f} MB")


def start_bare(stack: Stack) -> Process:
    """Run the bare application on the stack's databases."""
    port = any_free_port()
    urls = {
        f"BARE_{name.upper()}_URL": stack.postgres.url(role(name), f"xietiao_{name}")
        for name in ("tasks", "scoring", "registry")
    }
    argv = [sys.executable, "-m", "uvicorn", "tests.benchmarks.bare:app", "--port", str(port)]
    argv += ["--no-access-log", "--log-level", "error"]
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
    taken = await command_to_tally(stack, headers, made[: options.commands])
    for since, seconds in zip(("its sending", "its answer"), taken, strict=True):
        median, late = median_and_99th(seconds)
        counted = f"{len(seconds)} one after another: median {median:.0f} ms, 99th percentile {late:.0f} ms"
        say(f"  command to tally visible over HTTP, from {since}, {counted}")
    bare = start_bare(stack)
    try:
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=5)) as client:
            while not await _answers(client, bare.url):  # noqa: ASYNC110 - another process starts
                await asyncio.sleep(0.2)
        await compare_routes(stack, bare, headers, options)
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
        say(f"  start-up: first {first:.1f} s, second {second:.1f} s (target second 10 s)")
        await measure(stack, options)
        stack.down()
    finally:
        await asyncio.get_running_loop().shutdown_default_executor()  # a thread may be starting a server still
        remove(layout)


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("--seconds", type=positive, default=5, help="how long each arm of a round is asked")
    parser.add_argument("--rounds", type=positive, default=3, help="rounds, in each of which both arms run once")
    parser.add_argument("--tasks", type=positive, default=300, help="tasks made beforehand")
    parser.add_argument("--commands", type=positive, default=100, help="of these, how many are completed")
    run(main(parser.parse_args()))
