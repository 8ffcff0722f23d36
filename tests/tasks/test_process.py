"""The service as a process of its own on the real bus: a resolution comes in, the task and its lapse go out."""

import asyncio
import os
import sys
from datetime import date
from pathlib import Path

from shared.contracts import tasks as facts
from shared.contracts.envelope import Event, read_event
from shared.kafka import make_consumer, make_producer
from tests.conftest import DatabaseFactory
from tests.support.api import NOW, SigningKey
from tests.support.stack import Servers
from tests.tasks.builders import LEAD, MEETING, a_resolution


async def test_a_resolution_on_the_bus_becomes_a_task_on_the_bus(
    stack: Servers, topics: str, database: DatabaseFactory, tmp_path: Path
) -> None:
    SigningKey(tmp_path / "jwks.json").publish()
    own = await database("tasks")
    environment = {
        **os.environ,
        "XIETIAO_DATABASE_URL": own.url,
        "XIETIAO_KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "XIETIAO_TOPIC_PREFIX": topics,
        "XIETIAO_JWKS_FILE": str(tmp_path / "jwks.json"),
        "XIETIAO_PORT": "0",
    }
    resolution = a_resolution(cooperating_units=(), due_on=date(2020, 1, 20))
    event = Event.of(resolution, subject=str(MEETING), version=3, time=NOW, correlation_id="c-1")
    log = (tmp_path / "log").open("wb")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.tasks", env=environment, stdout=log, stderr=log
    )
    try:
        await _publish(stack.kafka_bootstrap, f"{topics}.meetings", event, twice=True)
        async with asyncio.timeout(120):
            assigned, overdue = await _take(stack.kafka_bootstrap, f"{topics}.tasks", 2)
    finally:
        process.terminate()
        await process.wait()
        log.close()
    assert isinstance(assigned.data, facts.TaskAssigned)
    assert (assigned.data.source_id, assigned.correlationid) == (str(resolution.resolution_id), "c-1")
    assert isinstance(overdue.data, facts.AssignmentWentOverdue)
    assert (overdue.data.unit, overdue.time.isoformat()) == (LEAD, "2020-01-20T16:00:00+00:00")
    assert (assigned.aggregateversion, overdue.aggregateversion) == (1, 2)


async def _publish(bootstrap: str, topic: str, event: Event, *, twice: bool) -> None:
    async with make_producer(bootstrap, "test") as producer:
        for _ in range(1 + twice):
            await producer.send_and_wait(topic, key=event.subject.encode(), value=event.to_bytes())


async def _take(bootstrap: str, topic: str, count: int) -> list[Event]:
    consumer = make_consumer(bootstrap, "test", None)
    consumer.subscribe([topic])
    async with consumer:
        return [read_event((await consumer.getone()).value) for _ in range(count)]
