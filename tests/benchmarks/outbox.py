"""How soon and fast events leave a service: `python -m tests.benchmarks.outbox [--commits N] [--rows N] [--runs N]`.

Latency: one event per transaction, from the moment its commit is acknowledged until a consumer on the broker has it;
the relay is woken in process as after a command. Rate: a full outbox is emptied; every aggregate's versions must arrive
as 1, 2, 3 …, in both. The two take turns; the figures are the medians of the runs'.
"""

import argparse
import asyncio
import contextlib
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import SecretStr

from services.tasks.settings import TasksSettings
from shared import outbox
from shared.contracts.envelope import Event, read_event
from shared.kafka import make_consumer
from shared.observability import Progress
from shared.postgres import Pool, open_pool
from shared.relay import Relay
from tests.benchmarks.ground import Ground, benchmark_ground
from tests.benchmarks.machine import introduce, median_and_99th, options_of, positive, run, say, say_medians
from tests.benchmarks.task_events import Written, interleaved

_PAUSE_SECONDS = 0.01
_SETTLE_SECONDS = 2


@dataclass
class Arrivals:
    """Consumes what the relay publishes and checks that each aggregate's versions arrive as 1, 2, 3 …"""

    ground: Ground
    versions: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @contextlib.asynccontextmanager
    async def expect(self, count: int) -> AsyncIterator[asyncio.Task[dict[str, float]]]:
        """Give the task that returns when each of `count` events, published from now on, has come."""
        consumer = make_consumer(self.ground.servers.kafka_bootstrap, "bench", None)
        await consumer.start()
        try:
            partitions = [TopicPartition(self.ground.topic("tasks"), number) for number in range(4)]
            consumer.assign(partitions)
            await consumer.seek_to_end()
            for partition in partitions:
                await consumer.position(partition)
            yield asyncio.create_task(self._arrive(consumer, count))
        finally:
            await consumer.stop()

    async def _arrive(self, consumer: AIOKafkaConsumer, count: int) -> dict[str, float]:
        arrived: dict[str, float] = {}
        while len(arrived) < count:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                now = time.monotonic()
                for record in records:
                    event = read_event(record.value, record.headers)
                    assert event.aggregateversion == self.versions[event.subject] + 1, f"{event.id} is out of order"
                    self.versions[event.subject] = event.aggregateversion
                    arrived[event.id] = now
        return arrived


async def commit_to_broker(arrivals: Arrivals, pool: Pool, relay: Relay, events: list[Event]) -> list[float]:
    """Commit one event after another; return how long each took to reach a consumer, in seconds."""
    committed: dict[str, float] = {}
    running = asyncio.create_task(relay.run())
    await asyncio.sleep(_SETTLE_SECONDS)
    async with arrivals.expect(len(events)) as arriving:
        for event in events:
            async with pool.acquire() as conn, conn.transaction():
                await outbox.append(conn, event)
            committed[event.id] = time.monotonic()
            relay.wake()
            await asyncio.sleep(_PAUSE_SECONDS)
        arrived = await arriving
    await _end(running)
    return [arrived[name] - at for name, at in committed.items()]


async def greatest_rate(arrivals: Arrivals, pool: Pool, relay: Relay, events: list[Event]) -> float:
    """Fill the outbox in transactions of 1,000, then let the relay empty it; return events per second."""
    async with pool.acquire() as conn:
        for first in range(0, len(events), 1000):
            await outbox.append_all(conn, events[first : first + 1000])
    async with arrivals.expect(len(events)) as arriving:
        running, begun = asyncio.create_task(relay.run()), time.monotonic()
        while await pool.fetchval("select exists (select from outbox where sent_at is null)"):
            if running.done():
                running.result()
            await asyncio.sleep(0.02)
        seconds = time.monotonic() - begun
        await arriving
    await _end(running)
    return len(events) / seconds


async def _end(running: asyncio.Task[None]) -> None:
    running.cancel()
    await asyncio.wait([running])


async def main(options: argparse.Namespace) -> None:
    """Let latency and rate take turns; print each run and the medians."""
    async with benchmark_ground("tasks") as ground:
        await introduce("tests.benchmarks.outbox", ground.servers.superuser_url)
        url = ground.databases["tasks"].url
        settings = TasksSettings(
            database_url=SecretStr(url),
            kafka_bootstrap=ground.servers.kafka_bootstrap,
            topic_prefix=ground.prefix,
            jwks_file=ground.keys.path,
        )
        source = interleaved(options.runs * (options.commits + options.rows))
        arrivals = Arrivals(ground)
        latencies: dict[str, list[float]] = {"median": [], "99th percentile": []}
        rates: list[float] = []
        async with await open_pool(url, 4, "bench") as pool:
            for run_number in range(1, options.runs + 1):
                took = await commit_to_broker(arrivals, pool, _relay(pool, settings), _next(source, options.commits))
                median, late = median_and_99th(took)
                latencies["median"].append(median)
                latencies["99th percentile"].append(late)
                rate = await greatest_rate(arrivals, pool, _relay(pool, settings), _next(source, options.rows))
                rates.append(rate)
                say(
                    f"  run {run_number} of {options.runs}: commit to broker median {median:.1f} ms, 99th percentile "
                    f"{late:.1f} ms; a full outbox emptied at {rate:,.0f} events/s, in order"
                )
        say_medians(f"commit to broker, {options.commits:,} commits one after another", latencies, "ms", 1)
        title = f"greatest rate with order kept, a full outbox of {options.rows:,} events"
        say_medians(title, {"relay": rates}, "events/s")


def _relay(pool: Pool, settings: TasksSettings) -> Relay:
    return Relay(pool, settings, Progress())


def _next(source: Iterator[Written], count: int) -> list[Event]:
    return [read_event(each.value) for each in itertools.islice(source, count)]


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("--commits", type=positive, default=2000, help="commits per run, one after another")
    parser.add_argument("--rows", type=positive, default=60_000, help="events in the full outbox")
    parser.add_argument("--runs", type=positive, default=3, help="rounds of both")
    run(main(parser.parse_args()))
