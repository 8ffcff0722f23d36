"""How soon a tally shows what happened: `python -m tests.benchmarks.latency [--rates 1000,20000] [--seconds N]`.

Event to visible tally: from handing the event to the producer until a reader of the database sees the position behind
it (it moves in the transaction that moves the tally). Looked for every 2 ms, which is part of the figure.
"""

import argparse
import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Iterator

from shared.contracts.envelope import STRUCTURED
from shared.kafka import make_producer
from tests.benchmarks.ground import Ground, benchmark_ground, illustrative_method
from tests.benchmarks.machine import introduce, median_and_99th, say
from tests.benchmarks.task_events import Written, interleaved

_STANDS = "select partition, next_offset from stream_position where topic = $1"
_LOOK_SECONDS = 0.002
_TICK_SECONDS = 0.005
_WARM_UP_SECONDS = 3

Sent = dict[int, list[tuple[int, float]]]
"""Offset and moment of sending, per partition, in the order of the offsets."""


async def event_to_tally(ground: Ground, events: Iterator[Written], rate: int, seconds: int) -> list[float]:
    """Send at a steady rate and return how long each event took, in seconds."""
    seen: dict[int, list[tuple[int, float]]] = defaultdict(list)
    watching = asyncio.create_task(_watch(ground, seen))
    sent = await _send(ground, events, rate, seconds + _WARM_UP_SECONDS)
    while not all(seen[partition] and seen[partition][-1][0] > sends[-1][0] for partition, sends in sent.items()):  # noqa: ASYNC110 - another process moves it
        await asyncio.sleep(0.05)
    watching.cancel()
    begun = min(sends[0][1] for sends in sent.values()) + _WARM_UP_SECONDS
    return [
        visible - at
        for partition, sends in sent.items()
        for at, visible in _matched(sends, seen[partition])
        if at >= begun
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
    for at, done in pending:
        told = done.result()
        sent[told.partition].append((told.offset, at))  # type: ignore[attr-defined] # aiokafka is untyped
    return {partition: sorted(sends) for partition, sends in sent.items()}


async def _watch(ground: Ground, seen: dict[int, list[tuple[int, float]]]) -> None:
    conn = await ground.connect("scoring")
    while True:
        rows = await conn.fetch(_STANDS, ground.topic("tasks"))
        for partition, offset in rows:
            if not seen[partition] or seen[partition][-1][0] < offset:
                seen[partition].append((offset, time.monotonic()))
        await asyncio.sleep(_LOOK_SECONDS)


def _matched(sends: list[tuple[int, float]], seen: list[tuple[int, float]]) -> Iterator[tuple[float, float]]:
    steps = iter(seen)
    stands, visible = next(steps)
    for offset, at in sends:
        while stands <= offset:
            stands, visible = next(steps)
        yield at, visible


async def main(options: argparse.Namespace) -> None:
    """Measure each rate in turn, on one worker."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.latency", ground.servers.superuser_url)
        await ground.adopt(illustrative_method())
        await ground.start("scoring", "stream").ready()
        events = interleaved(100_000_000)
        for rate in map(int, options.rates.split(",")):
            took = await event_to_tally(ground, events, rate, options.seconds)
            median, late = median_and_99th(took)
            real = len(took) / options.seconds
            say(f"  {rate:,} events/s asked, {real:,.0f} sent: median {median:.0f} ms, 99th percentile {late:.0f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--rates", default="1000,20000")
    parser.add_argument("--seconds", type=int, default=20)
    asyncio.run(main(parser.parse_args()))
