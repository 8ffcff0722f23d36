"""Kafka clients whose unsafe defaults are overridden: full acknowledgement, idempotence, no auto-commit, earliest."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.lasting import was_cancelled

KAFKA_FAILURES: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)
"""What a bus that is away raises."""


METADATA_MAX_AGE_MS = 10_000
"""How old a client's picture of the cluster may be.

Who waits for a new picture while a broker goes and comes may be forgotten by aiokafka (`force_metadata_update`), and is
woken only by the next regular one; with the library's five minutes a consumer stood still for so long.
"""


def make_producer(bootstrap: str, client_id: str, **overrides: object) -> AIOKafkaProducer:
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
    return AIOKafkaProducer(bootstrap_servers=bootstrap, client_id=client_id, **(options | overrides))


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # aiokafka is untyped
    """aiokafka's consumer, whose end is not taken for the end of whoever ends it."""

    async def stop(self) -> None:
        """Close the client.

        aiokafka cancels its pending fetches, and lets that through to its caller when one of them was waiting for a
        broker that is away (`Fetcher.close`): a loop that only wanted a new client ended without a word.
        """
        try:
            await super().stop()
        except asyncio.CancelledError:
            if was_cancelled():
                raise
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


__all__ = ["KAFKA_FAILURES", "TopicPartition", "lag_of", "make_consumer", "make_producer"]
