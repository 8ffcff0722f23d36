"""How soon and how fast events leave a service: `python -m tests.benchmarks.outbox [--commits N] [--rows N]`.

Latency: one event per transaction, from the moment its commit is acknowledged until a consumer on the broker has it;
the relay is woken in process as after a command. Rate: a full outbox is emptied; every aggregate's versions must arrive
as 1, 2, 3 …
"""

import argparse
import asyncio
import time
from collections import defaultdict

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
from tests.benchmarks.machine import introduce, median_and_99th, say
from tests.benchmarks.task_events import interleaved

_PAUSE_SECONDS = 0.01


async def commit_to_broker(ground: Ground, pool: Pool, relay: Relay, events: list[Event]) -> list[float]:
    """Commit one event after another; return how long each took to reach a consumer, in seconds."""
    consumer = await _consumer(ground)
    committed: dict[str, float] = {}
    arriving = asyncio.create_task(_arrivals(consumer, len(events)))
    for event in events:
        async with pool.acquire() as conn, conn.transaction():
            await outbox.append(conn, event)
        committed[event.id] = time.monotonic()
        relay.wake()
        await asyncio.sleep(_PAUSE_SECONDS)
    arrived = await arriving
    await consumer.stop()
    return [arrived[name] - at for name, at in committed.items()]


async def _consumer(ground: Ground) -> AIOKafkaConsumer:
    consumer = make_consumer(ground.servers.kafka_bootstrap, "bench", None)
    await consumer.start()
    partitions = [TopicPartition(ground.topic("tasks"), number) for number in range(4)]
    consumer.assign(partitions)
    await consumer.seek_to_end()
    for partition in partitions:
        await consumer.position(partition)
    return consumer


async def _arrivals(consumer: AIOKafkaConsumer, count: int) -> dict[str, float]:
    arrived: dict[str, float] = {}
    versions: dict[str, int] = defaultdict(int)
    while len(arrived) < count:
        for records in (await consumer.getmany(timeout_ms=500)).values():
            now = time.monotonic()
            for record in records:
                event = read_event(record.value, record.headers)
                assert event.aggregateversion == versions[event.subject] + 1, f"{event.id} is out of order"
                versions[event.subject] = event.aggregateversion
                arrived[event.id] = now
    return arrived


async def greatest_rate(ground: Ground, pool: Pool, relay: Relay, events: list[Event]) -> float:
    """Fill the outbox in transactions of 1,000, then let the relay empty it; return events per second."""
    consumer = await _consumer(ground)
    async with pool.acquire() as conn:
        for first in range(0, len(events), 1000):
            await outbox.append_all(conn, events[first : first + 1000])
    arriving = asyncio.create_task(_arrivals(consumer, len(events)))
    running, begun = asyncio.create_task(relay.run()), time.monotonic()
    while await pool.fetchval("select exists (select from outbox where sent_at is null)"):  # noqa: ASYNC110 - the database is asked
        await asyncio.sleep(0.02)
    seconds = time.monotonic() - begun
    await arriving
    running.cancel()
    await asyncio.wait([running])
    await consumer.stop()
    return len(events) / seconds


async def main(options: argparse.Namespace) -> None:
    """Measure the latency, then the rate."""
    async with benchmark_ground("tasks") as ground:
        await introduce("tests.benchmarks.outbox", ground.servers.superuser_url)
        url = ground.databases["tasks"].url
        settings = TasksSettings(
            database_url=SecretStr(url),
            kafka_bootstrap=ground.servers.kafka_bootstrap,
            topic_prefix=ground.prefix,
            jwks_file=ground.keys.path,
        )
        pool = await open_pool(url, 4, "bench")
        relay = Relay(pool, settings, Progress())
        events = [read_event(each.value) for each in interleaved(options.commits + options.rows)]
        running = asyncio.create_task(relay.run())
        await asyncio.sleep(2)
        median, late = median_and_99th(await commit_to_broker(ground, pool, relay, events[: options.commits]))
        running.cancel()
        await asyncio.wait([running])
        say(f"  commit to broker, {options.commits} commits: median {median:.1f} ms, 99th percentile {late:.1f} ms")
        # whole tasks only: the versions of each must begin at 1
        begun = {event.subject for event in events[: options.commits]}
        fresh = [event for event in events[options.commits :] if event.subject not in begun]
        rate = await greatest_rate(ground, pool, relay, fresh)
        say(f"  full outbox of {len(fresh):,} events: {rate:,.0f} events/s, in order")
        await pool.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--commits", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=60_000)
    asyncio.run(main(parser.parse_args()))
