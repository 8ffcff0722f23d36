"""How soon a tally shows it: `python -m tests.benchmarks.latency [--rates 1000,20000] [--seconds N] [--runs N]`.

Event to visible tally: from handing the event to the producer until a reader of the database sees the position behind
it (it moves in the transaction that moves the tally). Looked for every 2 ms, which is part of the figure. The broker's
time of each record cuts it in two: until it is in the log (the sender and the broker), and from there on (the stream).
Processor time is given as cores kept busy on average; together they cannot be more than the machine has.
The rates take turns on one worker, after a warm-up of 3 s each; the figures are the medians of the runs'.
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
from tests.benchmarks.machine import introduce, median_and_99th, options_of, positive, run, say, say_medians
from tests.benchmarks.task_events import Written, interleaved

_STANDS = "select partition, next_offset from stream_position where topic = $1"
_LOOK_SECONDS = 0.002
_TICK_SECONDS = 0.005
_WARM_UP_SECONDS = 3
_TARGETS = {1_000: (" (target 30)", " (target 100)")}


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
    while not all(seen[partition] and seen[partition][-1][0] > sends[-1].offset for partition, sends in sent.items()):
        for process in ground.processes:
            process.check()
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
    """Let the rates take turns on one worker; print each run and the medians."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.latency", ground.servers.superuser_url)
        await ground.adopt(illustrative_method())
        stream = ground.start("scoring", "stream")
        await stream.ready()
        events = interleaved(100_000_000)
        medians: dict[str, list[float]] = defaultdict(list)
        for run_number in range(1, options.runs + 1):
            for rate in options.rates:
                begun, used = time.monotonic(), _processor(ground, stream)
                took = await event_to_tally(ground, events, rate, options.seconds)
                passed = time.monotonic() - begun
                busy = {name: (now - used[name]) / passed for name, now in _processor(ground, stream).items()}
                sent = len(took) / options.seconds
                say(f"  run {run_number} of {options.runs}, {rate:,} events/s asked, {sent:,.0f} sent: {_said(took)}")
                say("    cores kept busy: " + ", ".join(f"{name} {cores:.2f}" for name, cores in busy.items()))
                median, late = median_and_99th([whole for _, whole in took])
                medians[f"{rate:,} events/s, median{_TARGETS.get(rate, ('', ''))[0]}"].append(median)
                medians[f"{rate:,} events/s, 99th percentile{_TARGETS.get(rate, ('', ''))[1]}"].append(late)
        say_medians("event to visible tally", medians, "ms")


def _said(took: list[tuple[float, float]]) -> str:
    parts = {"all": [b for _, b in took], "to the log": [a for a, _ in took], "from there": [b - a for a, b in took]}
    figures = {name: median_and_99th(seconds) for name, seconds in parts.items()}
    return "; ".join(f"{name}: median {m:.0f} ms, 99th percentile {late:.0f} ms" for name, (m, late) in figures.items())


def _processor(ground: Ground, stream: Process) -> dict[str, float]:
    return {"sender": time.process_time(), "stream": stream.cpu_seconds, **cpu_of_servers(ground.layout)}


def _rates(text: str) -> list[int]:
    return [positive(rate) for rate in text.split(",")]


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("--rates", type=_rates, default="1000,20000", help="events per second, by commas")
    parser.add_argument("--seconds", type=positive, default=20, help="how long a run sends, after its warm-up")
    parser.add_argument("--runs", type=positive, default=3, help="rounds, in each of which every rate runs once")
    run(main(parser.parse_args()))
