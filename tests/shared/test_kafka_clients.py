"""Kafka clients end when they are told to, and end nobody else."""

import asyncio

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from shared.kafka import RenewedProducer, make_consumer, make_producer
from tests.support.bus import read_topic
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


async def _never(*_arguments: object, **_options: object) -> None:
    await asyncio.Event().wait()


async def test_a_producer_that_holds_what_nobody_acknowledges_closes_whole(
    stack: Servers, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asyncio.all_tasks()
    monkeypatch.setattr("shared.kafka.CLOSING_SECONDS", 0.5)
    producer = make_producer(stack.kafka_bootstrap, "test")
    await producer.start()
    await producer.send_and_wait(f"{topics}.tasks", b"before")
    monkeypatch.setattr(AIOKafkaClient, "send", _never)
    held = await producer.send(f"{topics}.tasks", b"held")
    async with asyncio.timeout(60):
        await producer.stop()
    assert isinstance(held.exception(), KafkaError)
    assert asyncio.all_tasks() <= before, "nothing goes on sending"


async def test_what_was_given_up_is_not_sent_later_and_a_new_producer_sends_on(
    stack: Servers, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.kafka.ACKNOWLEDGED_SECONDS", 5)
    monkeypatch.setattr("shared.kafka.CLOSING_SECONDS", 0.5)
    topic, producer = f"{topics}.tasks.dead-letters", RenewedProducer(stack.kafka_bootstrap, "test")
    await producer.send_and_wait(topic, value=b"first")
    with monkeypatch.context() as away:
        away.setattr(AIOKafkaClient, "send", _never)
        with pytest.raises(TimeoutError):
            await producer.send_and_wait(topic, value=b"given up")
    await producer.send_and_wait(topic, value=b"second")
    await producer.stop()
    assert [record.value for record in await read_topic(stack.kafka_bootstrap, topic)] == [b"first", b"second"]


async def test_a_producer_whose_sender_has_died_is_made_anew(stack: Servers, topics: str) -> None:
    topic, producer = f"{topics}.tasks.dead-letters", RenewedProducer(stack.kafka_bootstrap, "test")
    await producer.send_and_wait(topic, value=b"first")
    assert producer._producer is not None
    producer._producer._message_accumulator.fail_all(KafkaError("out of sequence"))  # as the sender's end does
    with pytest.raises(KafkaError):
        await producer.send_and_wait(topic, value=b"lost")
    await producer.send_and_wait(topic, value=b"second")
    await producer.stop()
    assert [record.value for record in await read_topic(stack.kafka_bootstrap, topic)] == [b"first", b"second"]


async def test_a_renewed_producer_waits_for_no_bus_longer_than_it_says() -> None:
    producer = RenewedProducer("127.0.0.1:9", "test")
    with pytest.raises(KafkaError):
        await producer.send_and_wait("topic", value=b"x")
    await producer.stop()
