"""The bus in tests: put records on a topic, read a topic from its beginning."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence

from aiokafka import AIOKafkaProducer, ConsumerRecord

from shared.kafka import make_consumer, make_producer


@contextlib.asynccontextmanager
async def producer_on(bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer as the relay's."""
    producer = make_producer(bootstrap, "test-producer")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def put(bootstrap: str, topic: str, *values: bytes, key: str = "key") -> None:
    """Put records with one key, so into one partition, in order."""
    async with producer_on(bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(topic, value=value, key=key.encode())


async def read_topic(bootstrap: str, topic: str) -> Sequence[ConsumerRecord]:
    """Return all records of a topic, per partition in order."""
    consumer = make_consumer(bootstrap, "test-reader", None)
    consumer.subscribe([topic])
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        records: list[ConsumerRecord] = []
        for partition in sorted(ends):
            while await consumer.position(partition) < ends[partition]:
                records += (await consumer.getmany(partition, timeout_ms=500)).get(partition, [])
        return records
    finally:
        await consumer.stop()


@contextlib.asynccontextmanager
async def running(loop: Coroutine[None, None, None]) -> AsyncIterator["asyncio.Task[None]"]:
    """Run a service's loop beside the test; its failure is the test's to look at."""
    task = asyncio.create_task(loop)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
