"""How fast the log is replayed into ledger and tallies: `python -m tests.benchmarks.stream [--events N] [--runs N]`.

With `--method full` an event matches two criteria on average, of the 17 of the complete method; else about one of four.

The arms take turns on the same topic (4 partitions), each into an empty database: the real stream process with one and
two workers; the ceiling, plain aiokafka and asyncpg that decode, fold and write the same with no framework, no second
worker, no notices and no dead letters; Kafka Streams with two stores, exactly_once_v2 and one or two threads (left out,
with a word, where there is no JDK); a rebuild of the live generation, with its comparison.
No start of a process is timed: the workers' clock runs from the first committed position to the last, that of Kafka
Streams from the first event to the last committed offset, that of the ceiling from its first fetch to its last commit,
that of the rebuild from asking for it until it is swapped in. After each run the number of ledger lines and the lines,
weight and points of every unit's criterion must be those of the first.
"""

import argparse
import asyncio
import re
import statistics
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition

from deploy.local.errors import StackError
from services.scoring import store
from services.scoring.fold import Fold, Line
from services.scoring.folding import Folded, fold_records
from services.scoring.ledger import Partition, apply_lines, ensure_positions, move_positions
from services.scoring.method import Method
from shared.kafka import make_consumer
from shared.postgres import Pool, open_pool
from tests.benchmarks.ground import METHODS, Ground, Process, benchmark_ground, cpu_of_servers
from tests.benchmarks.kafka_streams import KafkaStreams, NotHereError
from tests.benchmarks.machine import introduce, options_of, positive, run, say, say_medians
from tests.benchmarks.task_events import interleaved, publish

_STANDS = "select coalesce(sum(next_offset), 0)::bigint from stream_position where topic = $1"
_LINES = "select count(*) from ledger_line where generation = $1"
_TALLIES = """
select unit, criterion, sum(lines), sum(weight), sum(points) from tally where generation = $1
group by unit, criterion
"""
_STATE = "select state from generation where id = $1"
_KAFKA_STREAMS = "kafka-streams-"
_ALL_ARMS = "workers-1,workers-2,ceiling,kafka-streams-1,kafka-streams-2,rebuild"
_ARM = r"(workers|kafka-streams)-[1-4]|ceiling|rebuild"
_TARGET = 50_000
_POLL_SECONDS = 0.02
_COMMIT_RECORDS = 20_000


class Result(NamedTuple):
    """What a run has made: how many lines, and the lines, weight and points by unit and criterion."""

    lines: int
    tallies: dict[tuple[str, str], tuple[Decimal, ...]]


class Outcome(NamedTuple):
    """One run of one arm."""

    rate: float
    cpu: dict[str, float]
    result: Result


async def replay(ground: Ground, count: int, workers: int, method: Method) -> Outcome:
    """Run the real stream processes over the whole topic."""
    await ground.renew("scoring")
    await ground.adopt(method)
    running = [ground.start("scoring", "stream", instance=f"worker-{number}") for number in range(workers)]
    try:
        rate, used = await _clocked(ground, count, running)
        say(f"    memory per worker: {', '.join(f'{worker.resident_mb:.0f} MB' for worker in running)}")
        return Outcome(rate, used, await _result(ground))
    finally:
        ground.stop()


async def _clocked(ground: Ground, count: int, running: list[Process]) -> tuple[float, dict[str, float]]:
    conn = await ground.connect("scoring")
    begun_at, begun_with, cpu = 0.0, 0, cpu_of_servers(ground.layout)
    while (stands := await conn.fetchval(_STANDS, ground.topic("tasks"))) < count:
        if stands and not begun_at:
            begun_at, begun_with = time.monotonic(), stands
        for worker in running:
            worker.check()
        await asyncio.sleep(_POLL_SECONDS)
    await conn.close()
    if not begun_at:
        raise StackError(f"{count:,} events were taken at once, which gives no rate: ask for more")
    seconds = time.monotonic() - begun_at
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
        while (state := await conn.fetchval(_STATE, asked)) == "building":
            worker.check()
            await asyncio.sleep(_POLL_SECONDS)
        assert state == "live", f"the rebuild is {state}"
        seconds = time.monotonic() - begun
        after = cpu_of_servers(ground.layout) | {"workers": worker.cpu_seconds}
        used = {name: after[name] - before[name] for name in after}
        return Outcome(count / seconds, used, await _result(ground, asked))
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
    cpu = cpu_of_servers(ground.layout) | {"process": time.process_time()}
    begun = time.monotonic()
    try:
        await _drain(consumer, pool, count, method)
        seconds = time.monotonic() - begun
        after = cpu_of_servers(ground.layout) | {"process": time.process_time()}
    finally:
        await consumer.stop()
        await pool.close()
    return Outcome(count / seconds, {name: after[name] - cpu[name] for name in after}, await _result(ground))


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


async def _result(ground: Ground, generation: int = 1) -> Result:
    conn = await ground.connect("scoring")
    try:
        rows = await conn.fetch(_TALLIES, generation)
        tallies = {(unit, criterion): tuple(map(Decimal, sums)) for unit, criterion, *sums in rows}
        return Result(await conn.fetchval(_LINES, generation), tallies)
    finally:
        await conn.close()


async def in_kafka_streams(program: KafkaStreams, count: int, threads: int, method: str) -> Outcome:
    """Run the program of Kafka Streams over the whole topic."""
    cpu = cpu_of_servers(program.ground.layout)
    told = await program.replay(count, threads, method)
    used = {name: after - cpu[name] for name, after in cpu_of_servers(program.ground.layout).items()}
    return Outcome(told.rate, used | {"process": told.cpu_seconds}, Result(told.lines, told.tallies))


async def main(options: argparse.Namespace) -> None:
    """Publish once, then let the arms take turns."""
    async with benchmark_ground("scoring") as ground:
        await introduce("tests.benchmarks.stream", ground.servers.superuser_url)
        program, arms = await _possible(ground, options.arms)
        begun = time.monotonic()
        await publish(ground.servers.kafka_bootstrap, ground.topic("tasks"), interleaved(options.events))
        say(f"published {options.events:,} events in {time.monotonic() - begun:.0f} s")
        rates: dict[str, list[float]] = {}
        expected: Result | None = None
        for run_number in range(1, options.runs + 1):
            for arm in arms:
                outcome = await _arm(ground, options.events, arm, options.method, program)
                expected = expected or outcome.result
                _check(arm, outcome.result, expected)
                rates.setdefault(arm, []).append(outcome.rate)
                used = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in outcome.cpu.items())
                say(f"  run {run_number} of {options.runs}, {arm}: {outcome.rate:,.0f} events/s; processor: {used}")
        if expected is not None:
            say(f"every run made {expected.lines:,} ledger lines and the same {len(expected.tallies)} tallies")
            say_medians(f"replay of {options.events:,} events, method {options.method}", rates, "events/s")
            _say_targets(rates)


async def _possible(ground: Ground, wanted: Sequence[str]) -> tuple[KafkaStreams | None, Sequence[str]]:
    """Return the arms that can run here, with what those of Kafka Streams need; say which cannot, and why."""
    theirs = [arm for arm in wanted if arm.startswith(_KAFKA_STREAMS)]
    try:
        return await KafkaStreams.compiled(ground) if theirs else None, wanted
    except NotHereError as error:
        if theirs == list(wanted):
            raise
        say(f"LEFT OUT: {', '.join(theirs)}: {error}")
        return None, [arm for arm in wanted if arm not in theirs]


async def _arm(ground: Ground, count: int, arm: str, chosen: str, program: KafkaStreams | None) -> Outcome:
    method = METHODS[chosen]()
    if arm == "ceiling":
        return await ceiling(ground, count, method)
    if arm == "rebuild":
        return await rebuild(ground, count, method)
    if program is not None and arm.startswith(_KAFKA_STREAMS):
        return await in_kafka_streams(program, count, int(arm.removeprefix(_KAFKA_STREAMS)), chosen)
    return await replay(ground, count, int(arm.removeprefix("workers-")), method)


def _check(arm: str, found: Result, expected: Result) -> None:
    if found != expected:
        apart = [key for key in found.tallies | expected.tallies if found.tallies.get(key) != expected.tallies.get(key)]
        shown = "; ".join(f"{key}: {found.tallies.get(key)}, not {expected.tallies.get(key)}" for key in apart[:3])
        raise StackError(
            f"{arm} made {found.lines:,} lines, not {expected.lines:,}; {len(apart)} tallies differ {shown}"
        )


def _say_targets(rates: Mapping[str, Sequence[float]]) -> None:
    """Say what was asked for, beside what was reached."""
    medians = {arm: statistics.median(values) for arm, values in rates.items()}
    if "rebuild" in medians:
        say(f"rebuild, compared and swapped in: {1e6 / medians['rebuild']:.0f} s per million events")
    ours = {arm: rate for arm, rate in medians.items() if arm.startswith("workers-")}
    theirs = {arm: rate for arm, rate in medians.items() if arm.startswith(_KAFKA_STREAMS)}
    for arm, rate in ours.items():
        above = "".join(f"; {rate / other:.0%} of {name}" for name, other in theirs.items())
        say(f"target {_TARGET:,} events/s and above Kafka Streams: {arm} {rate / _TARGET:.0%} of {_TARGET:,}{above}")


def _arms(text: str) -> list[str]:
    wanted = text.split(",")
    if unknown := [arm for arm in wanted if not re.fullmatch(_ARM, arm)]:
        raise argparse.ArgumentTypeError(f"no such arm: {unknown[0]!r}; there are {_ALL_ARMS}, with up to 4 workers")
    return list(dict.fromkeys(wanted))


if __name__ == "__main__":
    parser = options_of(__doc__)
    parser.add_argument("--events", type=positive, default=1_000_000, help="events on the topic")
    parser.add_argument("--runs", type=positive, default=3, help="rounds, in each of which every arm runs once")
    parser.add_argument("--method", choices=sorted(METHODS), default="illustrative", help="method in force")
    parser.add_argument("--arms", type=_arms, default=_ALL_ARMS, help="arms that take turns, by commas")
    run(main(parser.parse_args()))
