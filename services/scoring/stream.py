"""The stream: a faust application whose agents only hand batches to the projector.

No exception may leave an agent's body (faust would acknowledge the batch and go on), and nothing is committed to
Kafka: the projection's own positions are the record.
"""

import asyncio
import contextlib
import gc
import logging
import tempfile
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faust
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from faust.agents.actor import AwaitableActor
from faust.types import StreamT
from yarl import URL

from services.scoring import ledger
from services.scoring.batching import BatchScheduler, PositionedTransport
from services.scoring.generations import GenerationBuilder
from services.scoring.ledger import Partition
from services.scoring.log_probe import first_record
from services.scoring.projector import CONSUMER, FirstRecord, Projector
from services.scoring.standstill import LOOKS, Standstill
from shared.dead_letters import DeadLetterBox
from shared.kafka import KAFKA_FAILURES, PROBE_SECONDS, RenewedProducer, in_time, make_consumer
from shared.lasting import lasting
from shared.observability import CONSUMER_LAG
from shared.relay import AWAY
from shared.runtime import Runtime
from shared.topics import declared_topics

if TYPE_CHECKING:
    from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

FOLDED_TOPICS = ("tasks", "meetings", "scoring")
"""Topics whose events are folded; registry facts are joined when scores are computed."""

_LAG_SECONDS = 1.0


class StreamCrashedError(Exception):
    """faust's consumer has died; faust itself would go on without it."""


class StreamStalledError(Exception):
    """The log has records that faust's consumer does not give, and nothing says why."""


class LogLostError(Exception):
    """The log is shorter than what was folded of it; going on would skip the next events."""


def folded_partitions(settings: "ServiceSettings") -> list[Partition]:
    """Return every partition that is folded."""
    return [
        Partition(settings.topic(topic.name), number)
        for topic in declared_topics()
        if topic.name in FOLDED_TOPICS
        for number in range(topic.partitions)
    ]


def _collect_rarely() -> None:
    """Let the cyclic collector run seldom: a batch is tens of thousands of tuples without cycles.

    With CPython's own thresholds the collector takes a fifth of the fold's time, looking at them again and again.
    """
    gc.set_threshold(50_000, 20, 100)


def _is_failure(line: logging.LogRecord) -> bool:
    """Return whether faust tells of more than an agent that begins anew, as it does whenever partitions are shared."""
    return line.exc_info is None or line.exc_info[0] is not asyncio.CancelledError


async def run_stream(runtime: Runtime) -> None:
    """Fold the log until cancelled."""
    _collect_rarely()
    AwaitableActor.logger.addFilter(_is_failure)
    settings = runtime.settings
    ends = make_consumer(settings.kafka_bootstrap, f"{settings.instance}-lag", None)
    producer = RenewedProducer(settings.kafka_bootstrap, f"{settings.instance}-stream")
    box = DeadLetterBox(CONSUMER, settings.topic("scoring.dead-letters"), producer)
    look = partial(first_record, settings.kafka_bootstrap, f"{settings.instance}-probe")
    projector = Projector(runtime.pool, box, runtime.progress, settings.dead_letter_limit, look)
    builder = GenerationBuilder(runtime.pool, settings, runtime.progress, wake_relay=runtime.wake_relay)
    partitions = folded_partitions(settings)
    try:
        await _start_patiently(ends, runtime)
        async with runtime.pool.acquire() as conn:
            await ledger.ensure_positions(conn, partitions)
        await projector.refuse_full_runs(partitions)
        async with _faust(runtime, projector) as app, asyncio.TaskGroup() as group:
            watch = _watch(app, ends, runtime, projector, partitions, look)
            for name, loop in {"projector": projector.run(), "builder": builder.run(), "lag": watch}.items():
                group.create_task(lasting(name, loop), name=name)
    finally:
        await producer.stop()
        await ends.stop()


async def _start_patiently(consumer: AIOKafkaConsumer, runtime: Runtime) -> None:
    while True:
        try:
            await consumer.start()
        except KAFKA_FAILURES as error:
            runtime.progress.wait("stream", error)
            await asyncio.sleep(1)
        else:
            return


@contextlib.asynccontextmanager
async def _faust(runtime: Runtime, projector: Projector) -> AsyncIterator[faust.App]:
    with tempfile.TemporaryDirectory(prefix="xietiao-stream-") as folder:
        app = make_app(runtime, projector, Path(folder))
        await app.start()
        try:
            yield app
        finally:
            await app.stop()


def make_app(runtime: Runtime, projector: Projector, folder: Path) -> faust.App:
    """Return the faust application; one agent over all folded topics hands batches to `projector`."""
    settings = runtime.settings
    app = faust.App(
        settings.topic("scoring-stream"),
        broker=[URL(f"kafka://{server}") for server in settings.kafka_bootstrap.split(",")],
        datadir=str(folder),
        autodiscover=False,
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_buffer_maxsize=16,
        stream_wait_empty=False,
        broker_max_poll_records=20_000,
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        broker_client_id=f"{settings.instance}-stream",
        consumer_group_instance_id=settings.instance,
        consumer_max_fetch_size=4 * 1024 * 1024,
        ConsumerScheduler=BatchScheduler,
    )
    app.transport = _transport(app, runtime)
    names = (settings.topic(name) for name in FOLDED_TOPICS)
    topic = app.topic(*names, key_serializer="raw", value_serializer="raw", internal=False, acks=False)

    async def hand_over(batches: StreamT[Any]) -> None:
        async for records in batches:
            await projector.offer(records)

    app.agent(topic, name="scoring-stream")(hand_over)
    return app


def _transport(app: faust.App, runtime: Runtime) -> PositionedTransport:
    transport = PositionedTransport(app.conf.broker_consumer, app, app.loop)

    async def read_positions() -> dict[Partition, int]:
        async with runtime.pool.acquire() as conn:
            return await ledger.positions(conn)

    transport.read_positions = read_positions
    return transport


async def _watch(
    app: faust.App,
    ends: AIOKafkaConsumer,
    runtime: Runtime,
    projector: Projector,
    partitions: list[Partition],
    look: FirstRecord,
) -> None:
    """Tell how far the fold is behind the log; a consumer that has crashed, or gives nothing, ends the process."""
    standstill = Standstill()
    while not app.crashed:
        try:
            held, found = await _compare(ends, runtime, partitions)
            stuck = standstill.note(held, found, projector.partitions_in_hand())
            await _refuse_to_stall(app, look, {partition: held[partition] for partition in stuck})
            if stuck:
                standstill.forget()
        except AWAY as error:
            standstill.forget()
            runtime.progress.wait("stream", error)
        await asyncio.sleep(_LAG_SECONDS)
    raise StreamCrashedError(f"the stream's consumer has crashed: {app.crash_reason!r}")


async def _compare(
    ends: AIOKafkaConsumer, runtime: Runtime, partitions: list[Partition]
) -> tuple[dict[Partition, int], dict[Partition, int]]:
    """Return the positions and the ends of the log, and tell the lag."""
    async with runtime.pool.acquire() as conn:
        held = await ledger.positions(conn)  # before the ends: the fold moves on meanwhile
    asked = await in_time(ends.end_offsets([TopicPartition(*each) for each in partitions]), PROBE_SECONDS)
    found = {Partition(*partition): end for partition, end in asked.items()}
    lost = [f"{partition.topic}/{partition.number}" for partition, end in found.items() if held[partition] > end]
    if lost:
        raise LogLostError(
            f"the fold stands beyond the end of the log ({', '.join(lost)}): the broker lost records or is another; "
            "restore log and database of the same moment"
        )
    lag = sum(end - held[partition] for partition, end in found.items())
    runtime.progress.lag["stream"] = lag
    CONSUMER_LAG.labels("scoring-stream").set(lag)
    runtime.progress.beat("stream")
    return held, found


async def _refuse_to_stall(app: faust.App, look: FirstRecord, stuck: Mapping[Partition, int]) -> None:
    """End the process if records stand where this worker's partitions stand still, or if it was given none at all."""
    mine = {Partition(*assigned) for assigned in app.consumer.assignment()}
    for partition, position in stuck.items():
        if (partition in mine or not mine) and await look(partition, position) is not None:
            raise StreamStalledError(
                f"{partition.topic}/{partition.number} has stood at {position} for {LOOKS} s although the log has more"
            )
