"""Kafka clients end when they are told to, and end nobody else."""

import asyncio

from shared.kafka import make_consumer
from tests.support.stack import Servers


async def test_closing_a_consumer_whose_fetch_waits_for_a_broker_does_not_cancel_who_closes_it(
    stack: Servers, topics: str
) -> None:
    consumer = make_consumer(stack.kafka_bootstrap, "test", None)
    consumer.subscribe([f"{topics}.tasks"])
    await consumer.start()
    waits_for_a_broker = asyncio.create_task(asyncio.sleep(60))
    consumer._fetcher._pending_tasks.add(waits_for_a_broker)
    await consumer.stop()
    assert waits_for_a_broker.cancelled()
    assert consumer._client._sync_task is None, "the client's own loop ends too"
