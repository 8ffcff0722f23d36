import signal

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy.local import kafka, processes
from deploy.local.errors import StackError, StartError
from deploy.local.kafka import Kafka
from deploy.local.kafka_jars import JarList, class_path
from deploy.local.layout import Layout
from deploy.local.ports import any_free_port


@pytest.fixture
def broker(layout: Layout) -> Kafka:
    return Kafka(layout, any_free_port(), any_free_port())


async def start(broker: Kafka) -> None:
    processes.start(broker.layout, broker.prepare(print))
    await broker.wait_ready()


async def write(broker: Kafka, value: bytes) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        await producer.send_and_wait("kept", value)


async def read(broker: Kafka) -> bytes | None:
    async with AIOKafkaConsumer("kept", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest") as consumer:
        record = await consumer.getone()
    value: bytes | None = record.value
    return value


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
async def test_keeps_its_records_over_a_restart_however_it_ended(broker: Kafka, end: signal.Signals) -> None:
    await start(broker)
    await write(broker, b"a fact")
    if end is signal.SIGTERM:
        assert processes.stop(broker.layout, [kafka.NAME]) == [kafka.NAME]
    else:
        processes.kill(broker.layout, kafka.NAME)
    assert not await broker.answers()

    await start(broker)

    assert await read(broker) == b"a fact"
    processes.stop(broker.layout, [kafka.NAME])


async def test_topics_are_never_made_by_accident(broker: Kafka) -> None:
    await start(broker)
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, request_timeout_ms=5000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("mistyped", b"")


async def test_a_broker_that_ends_at_once_is_reported_with_what_it_said(broker: Kafka) -> None:
    command = broker.prepare(print)
    broker.settings.write_text("process.roles=nonsense\n")
    processes.start(broker.layout, command)

    with pytest.raises(StartError, match=r"(?s)Kafka ended while it started.*process\.roles"):
        await broker.wait_ready()


def test_the_jars_listed_are_one_kafka_of_the_version_named() -> None:
    jars = JarList.shipped()

    assert f"kafka-clients-{jars.version}.jar" in jars.sha256
    assert all(len(digest) == 64 for digest in jars.sha256.values())


def test_jars_brought_by_other_means_must_be_a_kafka(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIETIAO_KAFKA_LIBS", str(layout.root))

    with pytest.raises(StackError, match="holds no Kafka"):
        class_path(print)


def test_jars_brought_by_other_means_are_used(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = layout.root / "kafka-clients-4.3.1.jar"
    jar.touch()
    monkeypatch.setenv("XIETIAO_KAFKA_LIBS", str(layout.root))

    assert class_path(print) == str(jar)


def test_no_cluster_id_is_mistaken_for_an_option() -> None:
    drawn = {kafka.new_cluster_id() for _ in range(500)}
    assert len(drawn) == 500
    assert all(len(cluster) == 22 and not cluster.startswith("-") for cluster in drawn)
