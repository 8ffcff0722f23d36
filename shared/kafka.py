"""Kafka clients whose unsafe defaults are overridden: full acknowledgement, idempotence, no auto-commit, earliest."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, ProducerClosed

from shared.header_names import read_any_header_name
from shared.lasting import was_cancelled

read_any_header_name()

KAFKA_FAILURES: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)
"""What a bus that is away raises."""


METADATA_MAX_AGE_MS = 10_000
"""How old a client's picture of the cluster may be.

Who waits for a new picture while a broker goes and comes may be forgotten by aiokafka (`force_metadata_update`), and is
woken only by the next regular one; with the library's five minutes a consumer stood still for so long.
"""


ACKNOWLEDGED_SECONDS = 10.0
"""How long a `RenewedProducer` waits for the bus to take one record."""
PROBE_SECONDS = 10.0
"""How long who asks whether the bus is there waits for an answer."""
CLOSING_SECONDS = 5.0
"""How long a client may take to close in order; then it is closed as it stands."""


_Answer = TypeVar("_Answer")


async def in_time(call: Awaitable[_Answer], seconds: float) -> _Answer:
    """Return the bus's answer.

    Raises:
        TimeoutError: there was none for so long; its text says so, as `/readyz` shows it.
    """
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError as error:
        raise TimeoutError(f"no answer from the bus within {seconds:g} s") from error


async def _ends(closing: Awaitable[None]) -> bool:
    """Close a client, or a part of one; return whether that was done in time and to the end.

    aiokafka cancels what it awaits while it closes, and lets that through to its caller (`Fetcher.close`, say, when a
    fetch waits for a broker that is away): a loop that only wanted a new client ended without a word.
    """
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await closing
    except KAFKA_FAILURES:
        return False
    except asyncio.CancelledError:
        if was_cancelled():
            raise
        return False
    return True


class Producer(AIOKafkaProducer):  # type: ignore[misc]  # aiokafka is untyped
    """aiokafka's producer, which closes although the bus does not answer."""

    async def ask_bus(self) -> None:
        """Make sure that the bus is there: who has nothing to send would not notice; else one of `KAFKA_FAILURES`."""
        await in_time(self.client.fetch_all_metadata(), PROBE_SECONDS)

    async def stop(self) -> None:
        """Close the client; what the bus has not acknowledged in time is given up.

        aiokafka waits until everything is acknowledged, for ever while the broker is away (what an idempotent producer
        holds does not expire), and whoever stops waiting leaves a client that goes on sending.
        """
        if await _ends(super().stop()):
            return
        self._message_accumulator.fail_all(ProducerClosed())
        if (sender := self._sender.sender_task) is not None:
            while not sender.done():
                sender.cancel()  # first itself, then the requests that it waits for
                await asyncio.wait([sender], timeout=0.1)
        await self.client.close()


def make_producer(bootstrap: str, client_id: str, **overrides: object) -> Producer:
    """Return an idempotent producer that waits for all in-sync replicas; order per partition is kept on retries."""
    options: dict[str, Any] = {
        "acks": "all",
        "enable_idempotence": True,
        "linger_ms": 2,
        "max_request_size": 2 * 1024 * 1024,
        "request_timeout_ms": 20_000,
        "retry_backoff_ms": 100,
        "metadata_max_age_ms": METADATA_MAX_AGE_MS,
    }
    return Producer(bootstrap_servers=bootstrap, client_id=client_id, **(options | overrides))


class RenewedProducer:
    """A producer that is started when it is first needed, and made anew after a failure.

    aiokafka's own, once its sender has failed, never sends again; and what it holds when its caller gives up waiting it
    sends later, behind the caller's back.
    """

    def __init__(self, bootstrap: str, client_id: str) -> None:
        """Name the bus; nothing is asked of it yet."""
        self._bootstrap = bootstrap
        self._client_id = client_id
        self._producer: Producer | None = None

    async def send_and_wait(self, topic: str, **record: object) -> None:
        """Send a record; one of `KAFKA_FAILURES` if it is not acknowledged within `ACKNOWLEDGED_SECONDS`."""
        try:
            await in_time(self._send_and_wait(topic, record), ACKNOWLEDGED_SECONDS)
        except MessageSizeTooLargeError:
            raise
        except BaseException:
            await self.stop()
            raise

    async def _send_and_wait(self, topic: str, record: Mapping[str, object]) -> None:
        if self._producer is None:
            self._producer = make_producer(self._bootstrap, self._client_id)
            await self._producer.start()
        await self._producer.send_and_wait(topic, **record)

    async def stop(self) -> None:
        """Close the client, if there is one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """aiokafka's consumer, which closes although the bus does not answer, and ends nobody else."""

    async def stop(self) -> None:
        """Close the client, whole, whatever its parts wait for."""
        if await _ends(super().stop()):
            return
        if self._fetcher:
            await _ends(self._fetcher.close())
        await self._client.close()


def make_consumer(bootstrap: str, client_id: str, group: str | None, **overrides: object) -> Consumer:
    """Return a consumer that starts at the earliest record, commits only when told and reads committed records."""
    options: dict[str, Any] = {
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "isolation_level": "read_committed",
        "session_timeout_ms": 10_000,
        "heartbeat_interval_ms": 2_000,
        "fetch_max_wait_ms": 250,
        "metadata_max_age_ms": METADATA_MAX_AGE_MS,
    }
    return Consumer(bootstrap_servers=bootstrap, client_id=client_id, group_id=group, **(options | overrides))


async def lag_of(consumer: AIOKafkaConsumer) -> int:
    """Return how many records of its assigned partitions the consumer has not read yet, as last known."""
    total = 0
    for partition in consumer.assignment():
        end = consumer.highwater(partition)
        if end is not None:
            total += max(0, end - await consumer.position(partition))
    return total
