"""How soon a tally shows what happened: `python -m tests.benchmarks.latency [--rates 1000,20000] [--seconds N]`.

Event to visible tally: from handing the event to the producer until a reader of the database sees the position behind
it (it moves in the transaction that moves the tally). Looked for every 2 ms, which is part of the figure. The broker's
time of each record cuts it in two: until it is in the log (the sender and the broker), and from there on (the stream).
Processor time is given as cores kept busy on average; together they cannot be more than the machine has.
"""

import argparse
import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from shared.contracts.envelope import STRUCTURED
from shared.kafka import make_producer
from tests.benchmarks.ground import Ground, Process, benchmark_ground, cpu_of_servers, illustrative_method
from tests.benchmarks.machine import introduce, median_and_99th, say
from tests.benchmarks.task_events import Written, interleaved

_STANDS = "select partition, next_offset from stream_position where topic = $1"
_LOOK_SECONDS = 0.002
_TICK_SECONDS = 0.005
_WARM_UP_SECONDS = 3


class Sending(NamedTuple):
    """An event on its way: its offset, when it was handed to the producer, when the broker had it (monotonic)."""

    offset: int
    at: float
    appended: float


Sent = dict[int, list[Sending]]
"""Per partition, in the order of the offsets."""


async def event_to_tally(
    ground: Ground, events: Iterator[Written], rate: int, seconds: int
) -> list[tuple[float, float]]:
    """Send at a steady rate and return how long each event took to the log and in all, in seconds."""
    seen: dict[int, list[tuple[int, float]]] = defaultdict(list)
    watching = asyncio.create_task(_watch(ground, seen))
    sent = await _send(ground, events, rate, seconds + _WARM_UP_SECONDS)
    while not all(seen[partition] and seen[partition][-1][0] > sends[-1].offset for partition, sends in sent.items()):  # noqa: ASYNC110 - another process moves it
        await asyncio.sleep(0.05)
    watching.cancel()
    begun = min(sends[0].at for sends in sent.values()) + _WARM_UP_SECONDS
    return [
        (event.appended - event.at, visible - event.at)
        for partition, sends in sent.items()
        for event, visible in _matched(sends, seen[partition])
        if event.at >= begun
    ]


async def _send(ground: Ground, events: Iterator[Written], rate: int, seconds: int) -> Sent:
    sent: Sent = defaultdict(list)
    producer = make_producer(ground.servers.kafka_bootstrap, "bench")
    await producer.start()
    begun, count = time.monotonic(), 0
    pending: list[tuple[float, asyncio.Future[object]]] = []
    while (passed := time.monotonic() - begun) < seconds:
        for event in itertools.islice(events, max(0, int(passed * rate) - count)):
            at = time.monotonic()
            headers = [("content-type", STRUCTURED)]
            pending.append((at, await producer.send(ground.topic("tasks"), event.value, event.key, headers=headers)))
            count += 1
        await asyncio.sleep(_TICK_SECONDS)
    await producer.stop()
    apart = time.time() - time.monotonic()
    for at, done in pending:
        told: Any = done.result()
        sent[told.partition].append(Sending(told.offset, at, told.timestamp / 1000 - apart))
    return {partition: sorted(sends) for partition, sends in sent.items()}


async def _watch(ground: Ground, seen: dict[int, list[tuple[int, float]]]) -> None:
    conn = await ground.connect("scoring")
    while True:
        rows = await conn.fetch(_STANDS, ground.topic("tasks"))
        for partition, offset in rows:
            if not seen[partition] or seen[partition][-1][0] < offset:
                seen[partition].append((offset, time.monotonic()))
        await asyncio.sleep(_LOOK_SECONDS)


def _matched(sends: list[Sending], seen: list[tuple[int, float]]) -> Iterator[tuple[Sending, float]]:
    steps = iter(seen)
    stands, visible = next(steps)
    for event in sends:
        while stands <= event.offset:
            stands, visible = next(steps)
        yield event, visible


async def main(options: argparse.Namespace) -> None:
    """Measure each rate in turn, on one worker."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.latency", ground.servers.superuser_url)
        await ground.adopt(illustrative_method())
        stream = ground.start("scoring", "stream")
        await stream.ready()
        events = interleaved(100_000_000)
        for rate in map(int, options.rates.split(",")):
            begun, used = time.monotonic(), _processor(ground, stream)
            took = await event_to_tally(ground, events, rate, options.seconds)
            passed = time.monotonic() - begun
            busy = {name: (now - used[name]) / passed for name, now in _processor(ground, stream).items()}
            say(f"  {rate:,} events/s asked, {len(took) / options.seconds:,.0f} sent: {_said(took)}")
            say("    cores kept busy: " + ", ".join(f"{name} {cores:.2f}" for name, cores in busy.items()))


def _said(took: list[tuple[float, float]]) -> str:
    parts = {"all": [b for _, b in took], "to the log": [a for a, _ in took], "from there": [b - a for a, b in took]}
    figures = {name: median_and_99th(seconds) for name, seconds in parts.items()}
    return "; ".join(f"{name}: median {m:.0f} ms, 99th percentile {late:.0f} ms" for name, (m, late) in figures.items())


def _processor(ground: Ground, stream: Process) -> dict[str, float]:
    return {"sender": time.process_time(), "stream": stream.cpu_seconds, **cpu_of_servers(ground.layout)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rates", default="1000,20000")
    parser.add_argument("--seconds", type=int, default=20)
    asyncio.run(main(parser.parse_args()))
