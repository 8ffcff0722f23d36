"""How fast the log is replayed into ledger and tallies: `python -m tests.benchmarks.stream [--events N] [--runs N]`.

With `--method full` an event matches two criteria on average, of the 17 of the complete method; else about one of four.

The arms take turns on the same topic (4 partitions), each into an empty database: the real stream process with one and
two workers; the ceiling, plain aiokafka and asyncpg that decode, fold and write the same with no framework, no second
worker, no notices and no dead letters; Kafka Streams with two stores, exactly_once_v2 and one or two threads (needs a
JDK; leave these arms out with `--arms`); a rebuild of the live generation, with its comparison.
The clock runs from the first moved position (so, without the start of the process) to the last.
"""

import argparse
import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.scoring import store
from services.scoring.fold import Fold, Line
from services.scoring.folding import Folded, fold_records
from services.scoring.ledger import Partition, apply_lines, ensure_positions, move_positions
from services.scoring.method import Method
from shared.kafka import make_consumer
from shared.postgres import Pool, open_pool
from tests.benchmarks.ground import METHODS, Ground, Process, benchmark_ground, cpu_of_servers
from tests.benchmarks.kafka_streams import replay_in_kafka_streams
from tests.benchmarks.machine import introduce, say, say_medians
from tests.benchmarks.task_events import interleaved, publish

_STANDS = "select coalesce(sum(next_offset), 0)::bigint from stream_position where topic = $1"
_RESULT = "select (select count(*) from ledger_line), (select count(*) from tally), (select sum(points) from tally)"
_STATE = "select state from generation where id = $1"
_POLL_SECONDS = 0.02
_COMMIT_RECORDS = 20_000


class Outcome(NamedTuple):
    """One run of one arm."""

    rate: float
    cpu: dict[str, float]
    rows: tuple[int, ...]


async def replay(ground: Ground, count: int, workers: int, method: Method) -> Outcome:
    """Run the real stream processes over the whole topic."""
    await ground.renew("scoring")
    await ground.adopt(method)
    running = [ground.start("scoring", "stream", instance=f"worker-{number}") for number in range(workers)]
    try:
        rate, used = await _clocked(ground, count, running)
        say(f"    memory per worker: {', '.join(f'{worker.resident_mb:.0f} MB' for worker in running)}")
        return Outcome(rate, used, await _rows(ground))
    finally:
        ground.stop()


async def _clocked(ground: Ground, count: int, running: list[Process]) -> tuple[float, dict[str, float]]:
    conn = await ground.connect("scoring")
    begun_at, begun_with, cpu = 0.0, 0, cpu_of_servers(ground.layout)
    while (stands := await conn.fetchval(_STANDS, ground.topic("tasks"))) < count:
        if stands and not begun_at:
            begun_at, begun_with = time.monotonic(), stands
        await asyncio.sleep(_POLL_SECONDS)
    seconds = time.monotonic() - begun_at
    await conn.close()
    used = {name: after - cpu[name] for name, after in cpu_of_servers(ground.layout).items()}
    used["workers"] = sum(worker.cpu_seconds for worker in running)
    return (count - begun_with) / seconds, used


async def rebuild(ground: Ground, count: int, method: Method) -> Outcome:
    """Fold the topic, then time a rebuild: from asking until it is compared with the live one and swapped in."""
    await ground.renew("scoring")
    await ground.adopt(method)
    worker = ground.start("scoring", "stream", instance="worker-0")
    conn = await ground.connect("scoring")
    try:
        await _clocked(ground, count, [worker])
        before = cpu_of_servers(ground.layout) | {"workers": worker.cpu_seconds}
        begun = time.monotonic()
        asked = await store.open_rebuild_generation(conn, 1)
        while (state := await conn.fetchval(_STATE, asked)) == "building":  # noqa: ASYNC110 - another process moves it
            await asyncio.sleep(_POLL_SECONDS)
        assert state == "live", f"the rebuild is {state}"
        seconds = time.monotonic() - begun
        after = cpu_of_servers(ground.layout) | {"workers": worker.cpu_seconds}
        return Outcome(count / seconds, {name: after[name] - before[name] for name in after}, await _rows(ground))
    finally:
        await conn.close()
        ground.stop()


async def ceiling(ground: Ground, count: int, method: Method) -> Outcome:
    """Do the same work with nothing around it, in this process."""
    await ground.renew("scoring")
    await ground.adopt(method)
    pool = await open_pool(ground.databases["scoring"].url, 2, "ceiling")
    consumer = make_consumer(ground.servers.kafka_bootstrap, "ceiling", None, max_partition_fetch_bytes=4 * 1024 * 1024)
    await consumer.start()
    consumer.assign([TopicPartition(ground.topic("tasks"), number) for number in range(4)])
    begun, cpu = time.monotonic(), time.process_time()
    try:
        await _drain(consumer, pool, count, method)
    finally:
        await consumer.stop()
        await pool.close()
    used = {"workers": time.process_time() - cpu}
    return Outcome(count / (time.monotonic() - begun), used, await _rows(ground))


async def _drain(consumer: AIOKafkaConsumer, pool: Pool, count: int, method: Method) -> None:
    fold = Fold.of(1, method)
    done = 0
    writing: asyncio.Task[None] | None = None
    while done < count:
        folded = Folded()
        moved: dict[Partition, int] = {}
        for partition, records in (await consumer.getmany(timeout_ms=200, max_records=_COMMIT_RECORDS)).items():
            fold_records(records, [fold], folded)
            moved[Partition(*partition)] = records[-1].offset + 1
            done += len(records)
        if writing is not None:
            await writing
        writing = asyncio.create_task(_write(pool, folded.lines, moved)) if moved else None
    if writing is not None:
        await writing


async def _write(pool: Pool, lines: Sequence[Line], moved: Mapping[Partition, int]) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await ensure_positions(conn, list(moved))
        await apply_lines(conn, lines)
        await move_positions(conn, moved)


async def _rows(ground: Ground) -> tuple[int, ...]:
    conn = await ground.connect("scoring")
    try:
        return tuple(await conn.fetchrow(_RESULT) or ())
    finally:
        await conn.close()


async def main(options: argparse.Namespace) -> None:
    """Publish once, then let the arms take turns."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.stream", ground.servers.superuser_url)
        begun = time.monotonic()
        await publish(ground.servers.kafka_bootstrap, ground.topic("tasks"), interleaved(options.events))
        say(f"published {options.events:,} events in {time.monotonic() - begun:.0f} s")
        rates: dict[str, list[float]] = {}
        for run in range(options.runs):
            for arm in options.arms.split(","):
                outcome = await _arm(ground, options.events, arm, options.method)
                rates.setdefault(arm, []).append(outcome.rate)
                used = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in outcome.cpu.items())
                say(f"  run {run + 1}, {arm}: {outcome.rate:,.0f} events/s; processor: {used}; rows {outcome.rows}")
        say_medians(f"replay of {options.events:,} events, method {options.method}", rates, "events/s")


async def _arm(ground: Ground, count: int, arm: str, chosen: str) -> Outcome:
    method = METHODS[chosen]()
    if arm == "ceiling":
        return await ceiling(ground, count, method)
    if arm == "rebuild":
        return await rebuild(ground, count, method)
    if arm.startswith("kafka-streams-"):
        rate = await replay_in_kafka_streams(ground, count, int(arm.removeprefix("kafka-streams-")), chosen)
        return Outcome(rate, {}, ())
    return await replay(ground, count, int(arm.removeprefix("workers-")), method)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--method", choices=sorted(METHODS), default="illustrative")
    parser.add_argument("--arms", default="workers-1,workers-2,ceiling,kafka-streams-1,kafka-streams-2,rebuild")
    asyncio.run(main(parser.parse_args()))
