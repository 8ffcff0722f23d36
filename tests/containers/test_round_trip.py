"""Outbox, relay, broker, consumer on the official images: once in, once out, also when sent twice."""

from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

from services.tasks.app import SERVICE as TASKS
from shared import outbox
from shared.consumer import EventConsumer
from shared.contracts.envelope import Event
from shared.observability import Progress
from shared.postgres import open_pool
from shared.relay import Relay
from tests.conftest import DatabaseFactory
from tests.support.api import NOW, make_settings
from tests.support.bus import read_topic, running
from tests.support.eventually import eventually
from tests.support.stack import Servers
from tests.tasks.builders import MEETING, a_resolution


async def test_an_event_takes_effect_once_although_it_is_sent_twice(
    stack: Servers, topics: str, database: DatabaseFactory, tmp_path: Path
) -> None:
    settings = make_settings(jwks_file=tmp_path / "jwks", kafka_bootstrap=stack.kafka_bootstrap, topic_prefix=topics)
    meetings, tasks = await database("meetings"), await database("tasks")
    async with await open_pool(meetings.url, 3, "test") as source, await open_pool(tasks.url, 3, "test") as target:
        relay = Relay(source, settings, Progress())
        consumer = EventConsumer("tasks", TASKS.subscription, target, settings, Progress(), after_commit=_nothing)

        async def adopt(resolution: UUID, version: int) -> None:
            payload = a_resolution(resolution_id=resolution, due_on=date(2030, 1, 20))
            async with source.acquire() as conn, conn.transaction():
                await outbox.append(conn, Event.of(payload, subject=str(MEETING), version=version, time=NOW))

        async def records(count: int) -> bool:
            return len(await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")) == count

        async def given_tasks(count: int) -> bool:
            return bool(await target.fetchval("select count(*) = $1 from task", count))

        async with running(relay.run()), running(consumer.run()):
            await adopt(uuid4(), 1)
            await eventually(lambda: given_tasks(1))
            await source.execute("update outbox set sent_at = null")  # as a relay that died before it noted the sending
            await eventually(lambda: records(2))
            await adopt(uuid4(), 2)  # the same key, so the consumer meets it after the duplicate
            await eventually(lambda: given_tasks(2))
        assert await target.fetchval("select count(*) from inbox") == 2


def _nothing() -> None:
    """Wake no relay: tasks' own events stay in its outbox."""
