"""How fast scoring answers: `python -m tests.benchmarks.explain [--lines N] [--asks N]`.

The complete method over the demo's task events until the ledger holds N lines, 22 departments; then over HTTP, one
request after another: standings and an explanation now, and both at a past moment, where both ledger tables are read.
Targets at 1,000,000 lines: standings 50 ms, explain 50 ms.
"""

import argparse
import asyncio
import itertools
import time
from datetime import UTC, date, datetime

import httpx

from services.scoring import ledger, store
from services.scoring.fold import Fold, Line
from services.scoring.method import Method
from shared.contracts.envelope import read_event
from tests.benchmarks.ground import Ground, benchmark_ground, full_method
from tests.benchmarks.machine import introduce, median_and_99th, say
from tests.benchmarks.task_events import UNITS, interleaved

_CHUNK = 20_000
_RECORDED_AT = datetime(2026, 7, 1, tzinfo=UTC)
_SETUP = date(2009, 7, 6)


async def fill(ground: Ground, method: Method, wanted: int) -> tuple[int, int]:
    """Write events' lines until the ledger holds so many; return how many it holds, and how many its past."""
    conn = await ground.connect("scoring")
    (live,) = await store.list_live_generations(conn)
    fold, source, held = Fold.of(live.id, method), interleaved(10 * wanted), 0
    while held < wanted:
        lines: list[Line] = []
        for written in itertools.islice(source, _CHUNK):
            lines += fold.lines(read_event(written.value), _RECORDED_AT)
        async with conn.transaction():
            await ledger.apply_lines(conn, lines)
        held = int(await conn.fetchval("select count(*) from ledger_line"))
    past = int(await conn.fetchval("select count(*) from ledger_past"))
    await conn.execute("analyze")
    await conn.close()
    return held, past


async def know_members(ground: Ground) -> None:
    """Let scoring know the 22 members."""
    conn = await ground.connect("scoring")
    for number, unit in enumerate(UNITS, start=1):
        await store.upsert_unit(conn, unit, unit, "department", number)
        await store.upsert_membership(conn, unit, "coordination-meeting", "member", unit, _SETUP, None, number)
    await conn.close()


async def ask(client: httpx.AsyncClient, path: str, times: int) -> list[float]:
    """Return how long each answer took, in seconds; the first is not counted."""
    found = []
    for number in range(times + 1):
        begun = time.monotonic()
        answer = await client.get(path.format(unit=UNITS[number % len(UNITS)]))
        answer.raise_for_status()
        found.append(time.monotonic() - begun)
    return found[1:]


async def main(options: argparse.Namespace) -> None:
    """Fill, then ask."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.explain", ground.servers.superuser_url)
        method = full_method()
        await ground.adopt(method)
        await know_members(ground)
        held, past = await fill(ground, method, options.lines)
        say(f"{held:,} ledger lines, {past:,} past ones, {len(method.criteria)} criteria, {len(UNITS)} units")
        process = ground.start("scoring", "api")
        await process.ready()
        headers = {"authorization": f"Bearer {ground.keys.token('auditor')}"}
        explain = f"/v1/explanations?method={method.method}&unit={{unit}}&criterion="
        paths = {
            "standings": f"/v1/standings?limit=100&method={method.method}",
            "explain, completion": f"{explain}key-tasks",
            "explain, compared with peers": f"{explain}response",
            "explain at a past moment, completion": f"{explain}key-tasks&as_of=2026-04-01",
            "standings at a past moment": f"/v1/standings?limit=100&method={method.method}&as_of=2026-04-01",
        }
        async with httpx.AsyncClient(base_url=process.url, headers=headers, timeout=120) as client:
            for name, path in paths.items():
                few = options.asks if "past" not in name else max(3, options.asks // 10)
                median, worst = median_and_99th(await ask(client, path, few))
                say(f"  {name:<42} median {median:8.1f} ms   99th {worst:8.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--asks", type=int, default=100)
    asyncio.run(main(parser.parse_args()))
