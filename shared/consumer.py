"""The consumer loop of a service: inbox and effect in one transaction, then the offset.

A failure of the moment is waited for at the same record; a handler that keeps failing, and a record that cannot be
read, go to the dead letters with reason and position; a long run of unreadable records in a partition ends the
process loudly instead of draining the topic, and after the restart nothing is taken until someone has dealt with them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared import inbox
from shared.contracts.envelope import (
    Event,
    UnknownTypeError,
    UnreadableEventError,
    UnsupportedVersionError,
    read_event,
)
from shared.dead_letters import DeadLetterBox, TooManyDeadLettersError, run_before
from shared.kafka import KAFKA_FAILURES, PROBE_SECONDS, RenewedProducer, in_time, lag_of, make_consumer
from shared.observability import CONSUMER_LAG, EVENTS_TAKEN, Progress
from shared.postgres import TRANSIENT, Connection, Pool

if TYPE_CHECKING:
    from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

Handler = Callable[[Connection, Event], Awaitable[None]]

_RETRY_SECONDS = 0.5
_LAG_EVERY = 10
_BUS_SECONDS = 30
"""How long one call of the Kafka client may take: a client that a broker's end left hanging is made anew."""


@dataclass(frozen=True)
class Subscription:
    """What a service consumes: topics (without prefix) and a handler per event type; other types are skipped."""

    topics: tuple[str, ...]
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    generation: int = 1
    """Raised when handlers come for events that were skipped before: the topics are read again from their beginning,
    and the inbox takes for a duplicate what was handled."""

    def group(self, own_topic: str) -> str:
        """Return the consumer group's name; the first generation's is the service's own topic."""
        return own_topic if self.generation == 1 else f"{own_topic}.{self.generation}"


class EventConsumer:
    """Runs one service's subscription until cancelled."""

    name = "consumer"

    def __init__(
        self,
        service: str,
        subscription: Subscription,
        pool: Pool,
        settings: "ServiceSettings",
        progress: Progress,
        after_commit: Callable[[], None],
    ) -> None:
        """Consume as `service`; `after_commit` wakes the relay."""
        self._service = service
        self._subscription = subscription
        self._pool = pool
        self._settings = settings
        self._progress = progress
        self._after_commit = after_commit
        self._runs: dict[TopicPartition, int] = {}

    async def run(self) -> None:
        """Consume for ever; a bus that is away is waited for."""
        while True:
            try:
                await self._consume_until_failure()
            except KAFKA_FAILURES as error:
                await self._wait_for(error)

    async def _consume_until_failure(self) -> None:
        client = f"{self._settings.instance}-consumer"
        group = self._subscription.group(self._settings.topic(self._service))
        consumer = make_consumer(self._settings.kafka_bootstrap, client, group, group_instance_id=client)
        producer = RenewedProducer(self._settings.kafka_bootstrap, f"{client}-dead-letters")
        box = DeadLetterBox(self._service, self._settings.topic(f"{self._service}.dead-letters"), producer)
        consumer.subscribe([self._settings.topic(name) for name in self._subscription.topics])
        try:
            await in_time(consumer.start(), _BUS_SECONDS)
            await self._consume(consumer, box)
        finally:
            await producer.stop()
            await consumer.stop()

    async def _consume(self, consumer: AIOKafkaConsumer, box: DeadLetterBox) -> None:
        rounds = 0
        self._runs.clear()
        while True:
            batches = await in_time(consumer.getmany(timeout_ms=500, max_records=500), _BUS_SECONDS)
            await self._recall_runs(consumer, batches)
            for partition, records in batches.items():
                await self._take_partition(consumer, partition, records, box)
            self._progress.beat(self.name)
            rounds += 1
            if rounds % _LAG_EVERY == 0 and not batches:
                await self._ask_bus(consumer)
            if batches or rounds % _LAG_EVERY == 0:
                lag = await in_time(lag_of(consumer), _BUS_SECONDS)
                self._progress.lag[self.name] = lag
                CONSUMER_LAG.labels(self._service).set(lag)

    async def _ask_bus(self, consumer: AIOKafkaConsumer) -> None:
        """Make sure that silence is not a bus that is away: fetching alone would never tell."""
        await in_time(consumer.end_offsets(consumer.assignment()), PROBE_SECONDS)

    async def _recall_runs(
        self, consumer: AIOKafkaConsumer, batches: Mapping[TopicPartition, list[ConsumerRecord]]
    ) -> None:
        """Learn how long a run of unreadable records stands before each partition that was assigned just now.

        Behind a full one it waits, so that the service's API is there for who deals with it.
        """
        assigned = consumer.assignment()
        for partition in self._runs.keys() - assigned:
            del self._runs[partition]
        for partition in assigned - self._runs.keys():
            records = batches.get(partition)
            offset = records[0].offset if records else await in_time(consumer.position(partition), _BUS_SECONDS)
            self._runs[partition] = await self._run_before(partition, offset)

    async def _run_before(self, partition: TopicPartition, offset: int) -> int:
        limit = self._settings.dead_letter_limit
        stopped = False
        while True:
            try:
                async with self._pool.acquire() as conn:
                    run = await run_before(conn, self._service, partition.topic, partition.partition, offset, limit)
            except TRANSIENT as error:
                await self._wait_for(error)
            else:
                if not run or (run < limit and not stopped):
                    return run
                stopped = True  # until none of them is left: who deals with them does so one by one
                await self._wait_for(TooManyDeadLettersError(run, partition.topic, partition.partition, offset))

    async def _wait_for(self, error: Exception) -> None:
        self._progress.wait(self.name, error)
        log.warning("consumer waits", error=repr(error))
        await asyncio.sleep(_RETRY_SECONDS)

    async def _take_partition(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, records: list[ConsumerRecord], box: DeadLetterBox
    ) -> None:
        for record in records:
            try:
                await self._take_patiently(record, box)
            except TooManyDeadLettersError:
                await in_time(consumer.commit({partition: record.offset + 1}), _BUS_SECONDS)
                raise
        await in_time(consumer.commit({partition: records[-1].offset + 1}), _BUS_SECONDS)

    async def _take_patiently(self, record: ConsumerRecord, box: DeadLetterBox) -> None:
        """Take one record; a failure of the moment is waited for, at this record, however long it lasts."""
        while True:
            try:
                result = await self.take(record, box)
            except TRANSIENT as error:
                await self._wait_for(error)
            else:
                EVENTS_TAKEN.labels(self._service, result).inc()
                return

    async def take(self, record: ConsumerRecord, box: DeadLetterBox) -> str:
        """Take one record to its end: handled, duplicate, skipped, unknown, parked or dead_letter."""
        try:
            event = read_event(record.value, record.headers)
        except UnknownTypeError:
            return "unknown"
        except UnsupportedVersionError as error:
            await self._put(box, record, str(error), parked=True)
            return "parked"
        except UnreadableEventError as error:
            return await self._dead_letter(box, record, error.reason)
        self._runs[TopicPartition(record.topic, record.partition)] = 0
        handler = self._subscription.handlers.get(event.type)
        if handler is None:
            return "skipped"
        return await self._handle_with_attempts(handler, event, record, box)

    async def _handle_with_attempts(
        self, handler: Handler, event: Event, record: ConsumerRecord, box: DeadLetterBox
    ) -> str:
        reason = ""
        for attempt in range(1, self._settings.handler_attempts + 1):
            try:
                return await self._handle(handler, event)
            except TRANSIENT:
                raise
            except Exception as error:
                log.warning("handler failed", event_id=event.id, type=event.type, attempt=attempt, exc_info=True)
                reason = f"handler failed {attempt} times: {type(error).__name__}: {error}"
            await asyncio.sleep(_RETRY_SECONDS * attempt / 5)
        await self._put(box, record, reason, readable=True)
        return "dead_letter"

    async def _handle(self, handler: Handler, event: Event) -> str:
        with structlog.contextvars.bound_contextvars(correlation_id=event.correlationid, event_id=event.id):
            async with self._pool.acquire() as conn, conn.transaction():
                if not await inbox.claim(conn, self._service, event):
                    return "duplicate"
                await handler(conn, event)
        self._after_commit()
        return "handled"

    async def _dead_letter(self, box: DeadLetterBox, record: ConsumerRecord, reason: str) -> str:
        await self._put(box, record, reason)
        partition = TopicPartition(record.topic, record.partition)
        self._runs[partition] = self._runs.get(partition, 0) + 1
        if self._runs[partition] >= self._settings.dead_letter_limit:
            raise TooManyDeadLettersError(self._runs[partition], record.topic, record.partition, record.offset + 1)
        return "dead_letter"

    async def _put(
        self,
        box: DeadLetterBox,
        record: ConsumerRecord,
        reason: str,
        *,
        parked: bool = False,
        readable: bool = False,
    ) -> None:
        log.warning("dead letter", reason=reason, topic=record.topic, partition=record.partition, offset=record.offset)
        async with self._pool.acquire() as conn:
            await box.put(conn, record, reason, parked=parked, readable=readable)
