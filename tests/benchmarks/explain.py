"""How fast scoring answers: `python -m tests.benchmarks.explain [--lines N] [--asks N]`.

The complete method over the demo's task events until the ledger holds N lines, 22 departments, beside it the complete
township method with 40 townships; then over HTTP, one request after another: standings and explanations now and at past
moments, by event time and by record time, where both ledger tables are read; why a total changed; a page of evidence.
The events happen one after another, evenly from January to November, and the log has each a minute later. Target at
1,000,000 lines: 50 ms each.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import httpx

from services.scoring import ledger, store
from services.scoring.fold import Fold, Line
from services.scoring.method import Method
from shared.contracts.envelope import Event, read_event
from tests.benchmarks import townships
from tests.benchmarks.ground import Ground, benchmark_ground, full_method
from tests.benchmarks.machine import introduce, median_and_99th, options_of, positive, run, say
from tests.benchmarks.task_events import UNITS, interleaved

_CHUNK = 20_000
_TOLD = 100_000
_TARGET_MS = 50
_LAG = timedelta(minutes=1)
_BEGUN, _YEAR = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=330)
_EVENTS_PER_LINE = 0.65
"""Roughly; so many events of the demo's shape make one line that is not a newer version of another."""
_SETUP = date(2009, 7, 6)


def recorded(fold: Fold, event: Event) -> list[Line]:
    """Return an event's lines, recorded a minute after it happened."""
    return list(fold.lines(event, event.time + _LAG))


async def fill(ground: Ground, method: Method, wanted: int) -> tuple[int, int]:
    """Write events' lines until the ledger holds so many; return how many it holds, and how many its past."""
    conn = await ground.connect("scoring")
    fold, source, held = await live_fold(ground, method), interleaved(10 * wanted), 0
    at, step = _BEGUN, _YEAR / (_EVENTS_PER_LINE * wanted)
    while held < wanted:
        lines: list[Line] = []
        for written in itertools.islice(source, _CHUNK):
            at += step
            lines += recorded(fold, read_event(written.value).model_copy(update={"time": at}))
        async with conn.transaction():
            await ledger.apply_lines(conn, lines)
        held = int(await conn.fetchval("select count(*) from ledger_line"))
        if held // _TOLD > (held - len(lines)) // _TOLD:
            say(f"  {held:,} lines written")
    past = int(await conn.fetchval("select count(*) from ledger_past"))
    await conn.close()
    return held, past


async def fill_townships(ground: Ground, method: Method) -> None:
    """Write what the townships' year makes."""
    conn, fold = await ground.connect("scoring"), await live_fold(ground, method)
    async with conn.transaction():
        await ledger.apply_lines(conn, [line for event in townships.events() for line in recorded(fold, event)])
    await conn.execute("vacuum analyze")
    await conn.close()


async def live_fold(ground: Ground, method: Method) -> Fold:
    """Return the fold of a method in force."""
    conn = await ground.connect("scoring")
    found = {each.method: each.id for each in await store.list_live_generations(conn)}
    await conn.close()
    return Fold.of(found[method.method], method)


async def know_members(ground: Ground) -> None:
    """Let scoring know the 22 members and 40 townships."""
    conn = await ground.connect("scoring")
    for number, unit in enumerate(UNITS, start=1):
        await store.upsert_unit(conn, unit, unit, "department", number)
        await store.upsert_membership(conn, unit, "coordination-meeting", "member", unit, _SETUP, None, number)
    for number, unit in enumerate(townships.UNITS, start=1):
        await store.upsert_unit(conn, unit, unit, "township", number)
    await conn.close()


def questions(departments: Method, of_townships: Method) -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """Return what is asked, by name: path and the units about which it is asked in turn."""
    explain = f"/v1/explanations?method={departments.method}&unit={{unit}}&criterion="
    standing = f"/v1/standings?limit=100&method={departments.method}"
    compare = f"/v1/comparisons?method={departments.method}&unit={{unit}}"
    township = f"/v1/explanations?method={of_townships.method}&unit={{unit}}&criterion="
    ledger_of = f"/v1/ledger?method={departments.method}&unit={{unit}}"
    of_all = f"/v1/standings?limit=100&method={of_townships.method}"
    found = {
        "standings": standing,
        "standings, as of a past day": f"{standing}&as_of=2026-04-01",
        "standings, as of the last month": f"{standing}&as_of=2026-10-31",
        "standings, as known in the last week": f"{standing}&known_at=2026-11-20",
        "explain, completion": f"{explain}key-tasks",
        "explain, completion, as of a past day": f"{explain}key-tasks&as_of=2026-04-01",
        "explain, completion, as known at a past day": f"{explain}key-tasks&known_at=2026-02-10",
        "explain, compared with peers": f"{explain}response",
        "explain, compared with peers, as of a past day": f"{explain}response&as_of=2026-04-01",
        "explain, compared with peers, as of last month": f"{explain}response&as_of=2026-10-31",
        "explain, compared with peers, as known in the last week": f"{explain}response&known_at=2026-11-20",
        "explain, incidents, as of and known at": f"{explain}discipline&as_of=2026-03-01&known_at=2026-04-01",
        "a page of the ledger of a unit's criterion": f"{ledger_of}&criterion=key-tasks",
        "why it changed in a week": f"{compare}&since=2026-03-25&until=2026-04-01",
    }
    of_forty = {
        "standings of 40 townships": of_all,
        "standings of 40 townships, as of a past day": f"{of_all}&as_of=2026-12-31",
        "explain a township's growth, by rank": f"{township}growth-rank",
        "explain a township's investment, composite": f"{township}investing&as_of=2026-12-31",
    }
    return {name: (path, UNITS) for name, path in found.items()} | {
        name: (path, townships.UNITS) for name, path in of_forty.items()
    }


async def ask(client: httpx.AsyncClient, path: str, units: Sequence[str], times: int) -> list[float]:
    """Return how long each answer took, in seconds; the first is not counted."""
    found = []
    for number in range(times + 1):
        begun = time.monotonic()
        answer = await client.get(path.format(unit=units[number % len(units)]))
        answer.raise_for_status()
        found.append(time.monotonic() - begun)
    return found[1:]


async def main(options: argparse.Namespace) -> None:
    """Fill, then ask."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.explain", ground.servers.superuser_url)
        departments, of_townships = full_method(), townships.townships_method()
        for method in (departments, of_townships):
            await ground.adopt(method)
        await know_members(ground)
        held, past = await fill(ground, departments, options.lines)
        await fill_townships(ground, of_townships)
        say(f"{held:,} ledger lines, {past:,} past ones, {len(departments.criteria)} criteria, {len(UNITS)} units")
        process = ground.start("scoring", "api")
        await process.ready()
        headers = {"authorization": f"Bearer {ground.keys.token('auditor')}"}
        async with httpx.AsyncClient(base_url=process.url, headers=headers, timeout=120) as client:
            say(f"one request after another, {options.asks} each; target {_TARGET_MS} ms at 1,000,000 lines")
            for name, (path, units) in questions(departments, of_townships).items():
                median, worst = median_and_99th(await ask(client, path, units, options.asks))
                missed = "   median above the target" if median > _TARGET_MS else ""
                say(f"  {name:<58} median {median:8.1f} ms   99th percentile {worst:8.1f} ms{missed}")
        if options.keep:
            say(f"database {ground.databases['scoring'].url}, API {process.url}; Ctrl-C ends them")
            await asyncio.Event().wait()


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("--lines", type=positive, default=1_000_000, help="lines in the ledger")
    parser.add_argument("--asks", type=positive, default=100, help="requests per question")
    parser.add_argument("--keep", action="store_true", help="leave the servers up until Ctrl-C")
    run(main(parser.parse_args()))
