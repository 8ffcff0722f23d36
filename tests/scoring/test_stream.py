"""The stream on the real bus: faust hands batches over, generations are built, compared and swapped."""

import asyncio
import contextlib
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from faust.agents.actor import AwaitableActor

from services.scoring import store, stream
from services.scoring.app import SERVICE
from services.scoring.domain import Rebuild
from services.scoring.fold import Fold
from services.scoring.generations import LogReader
from services.scoring.ledger import Partition
from services.scoring.settings import ScoringSettings
from shared.contracts.envelope import Event
from shared.kafka import make_producer
from tests.conftest import DatabaseFactory
from tests.scoring.builders import CO, LEAD, METHOD, TaskStory, method
from tests.scoring.conftest import adopted
from tests.support.api import ServiceUnderTest, service_under_test
from tests.support.bus import read_topic
from tests.support.eventually import eventually
from tests.support.stack import Servers

TASKS = 40


@pytest.fixture
async def scoring(
    stack: Servers, database: DatabaseFactory, topics: str, tmp_path: Path
) -> AsyncIterator[ServiceUnderTest]:
    """Scoring on the real bus, under a topic prefix of the test's own."""
    chosen = {"kafka_bootstrap": stack.kafka_bootstrap, "topic_prefix": topics}
    async with service_under_test(SERVICE, await database("scoring"), tmp_path, ScoringSettings, **chosen) as service:
        yield service


@contextlib.asynccontextmanager
async def streaming(service: ServiceUnderTest, instance: str = "one") -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a stream worker, a process of its own, while the block runs; it must still run at the end."""
    settings = service.runtime.settings
    environment = {
        "XIETIAO_DATABASE_URL": settings.database_url.get_secret_value(),
        "XIETIAO_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "XIETIAO_TOPIC_PREFIX": settings.topic_prefix,
        "XIETIAO_JWKS_FILE": str(settings.jwks_file),
        "XIETIAO_INSTANCE": instance,
        "XIETIAO_PORT": "0",
        "XIETIAO_LOG_LEVEL": "warning",
    }
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.scoring", "--stream", env={**os.environ, **environment}
    )
    try:
        yield worker
        assert worker.returncode is None, "the worker has ended by itself"
    finally:
        with contextlib.suppress(ProcessLookupError):
            worker.terminate()
        await worker.wait()


async def publish(service: ServiceUnderTest, events: Sequence[Event]) -> None:
    settings = service.runtime.settings
    producer = make_producer(settings.kafka_bootstrap, "test")
    await producer.start()
    try:
        sent = [
            await producer.send(settings.topic(event.producer), key=event.subject.encode(), value=event.to_bytes())
            for event in events
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


def adoption() -> Event:
    fact = adopted()
    return Event.of(fact, subject=fact.method, version=1, time=TaskStory().assigned().time)


def completed_tasks(first: int = 0) -> list[Event]:
    stories = [TaskStory(number) for number in range(first, first + TASKS)]
    for story in stories:
        story.assigned()
        story.progressed()
        story.completed()
        story.completed(CO)
    return [event for story in stories for event in story.events]


async def points(service: ServiceUnderTest, unit: str = LEAD) -> Decimal | None:
    """Return the points of the live generation."""
    found: Decimal | None = await service.pool.fetchval(
        "select points from tally join generation as g on g.id = generation "
        "where g.state = 'live' and unit = $1 and criterion = 'key-tasks'",
        unit,
    )
    return found


async def reached(service: ServiceUnderTest, wanted: Decimal) -> None:
    """Wait until the lead unit has so many points; more would be an event counted twice."""

    async def there() -> bool:
        found = await points(service)
        assert found is None or found <= wanted
        return found == wanted

    await eventually(there)


async def rebuilt(service: ServiceUnderTest) -> Rebuild:
    """Have the live generation rebuilt and return what was found."""
    async with service.pool.acquire() as conn:
        live = await store.live_generation_of(conn, "departments-2026")
        rebuild = await store.open_rebuild_generation(conn, live)

    async def finished() -> Rebuild | None:
        async with service.pool.acquire() as conn:
            found = await store.find_generation(conn, rebuild)
        return found if found is not None and found.state != "building" else None

    found = await eventually(finished)
    assert found is not None
    return found


async def test_a_target_that_moves_on_is_reached_without_a_gap(scoring: ServiceUnderTest) -> None:
    settings = scoring.runtime.settings
    await publish(scoring, completed_tasks())
    records = await read_topic(settings.kafka_bootstrap, settings.topic("tasks"))
    ends = Counter(Partition(record.topic, record.partition) for record in records)
    async with LogReader(settings, Fold.of(1, method())) as reader, asyncio.timeout(60):
        for tenths in range(1, 11):
            target = {partition: end * tenths // 10 for partition, end in ends.items()}
            while reader.behind(target):
                await reader.read_towards(target)
    assert reader.folded == len(records)


async def test_events_before_and_after_an_adoption_are_folded_by_it(scoring: ServiceUnderTest) -> None:
    await publish(scoring, completed_tasks())
    async with streaming(scoring):
        await publish(scoring, [adoption()])
        await reached(scoring, Decimal(3 * TASKS))
        await publish(scoring, completed_tasks(TASKS))
        await reached(scoring, Decimal(6 * TASKS))
    assert await points(scoring, CO) == Decimal("1.5") * 2 * TASKS


def test_an_agent_that_begins_anew_is_told_as_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    told = AwaitableActor.logger
    told.addFilter(stream._is_failure)
    for failure in (asyncio.CancelledError(), ValueError("broken")):
        told.error("Crashed reason=%r", failure, exc_info=failure)
    told.warning("slow")
    assert caplog.messages == ["Crashed reason=ValueError('broken')", "slow"]


async def test_faust_keeps_no_account_of_what_is_never_committed(scoring: ServiceUnderTest, tmp_path: Path) -> None:
    nobody: Any = None
    (agent,) = stream.make_app(scoring.runtime, nobody, tmp_path).agents.values()
    topic: Any = agent.channel
    assert set(topic.topics) == {scoring.runtime.settings.topic(name) for name in stream.FOLDED_TOPICS}
    assert not topic.acks


async def test_two_workers_share_the_partitions_and_count_each_event_once(scoring: ServiceUnderTest) -> None:
    async with streaming(scoring, "one"):
        await publish(scoring, [adoption(), *completed_tasks()])
        await reached(scoring, Decimal(3 * TASKS))
        async with streaming(scoring, "two"):
            await publish(scoring, completed_tasks(TASKS))
            await reached(scoring, Decimal(6 * TASKS))
        await publish(scoring, completed_tasks(2 * TASKS))
        await reached(scoring, Decimal(9 * TASKS))


async def test_a_rebuild_equals_the_live_projection_and_takes_its_place(scoring: ServiceUnderTest) -> None:
    async with streaming(scoring):
        await publish(scoring, [adoption(), *completed_tasks()])
        await reached(scoring, Decimal(3 * TASKS))
        found = await rebuilt(scoring)
        assert (found.state, found.difference) == ("live", None)
        assert found.checksum == found.live_checksum
        await publish(scoring, completed_tasks(TASKS))
        await reached(scoring, Decimal(6 * TASKS))


async def test_a_rebuild_that_differs_says_where_and_changes_nothing(scoring: ServiceUnderTest) -> None:
    async with streaming(scoring):
        await publish(scoring, [adoption(), *completed_tasks()])
        await reached(scoring, Decimal(3 * TASKS))
        await scoring.pool.execute(
            "update tally set points = points + 1 where unit = $1 and criterion = 'key-tasks'", LEAD
        )
        found = await rebuilt(scoring)
        assert found.state == "different"
        assert found.checksum != found.live_checksum
        assert found.difference is not None
        assert f"{LEAD}\tkey-tasks" in found.difference
        assert await points(scoring) == Decimal(3 * TASKS) + 1


async def test_junk_on_the_bus_does_not_stop_the_fold(scoring: ServiceUnderTest) -> None:
    settings = scoring.runtime.settings
    async with streaming(scoring):
        producer = make_producer(settings.kafka_bootstrap, "junk")
        await producer.start()
        for partition in range(4):
            await producer.send_and_wait(settings.topic("tasks"), b"\x00junk", partition=partition)
        await producer.stop()
        await publish(scoring, [adoption(), *completed_tasks()])
        await reached(scoring, Decimal(3 * TASKS))
    rows = await scoring.pool.fetch("select consumer, partition, record_offset, reason from dead_letter")
    assert {(row["partition"], row["record_offset"]) for row in rows} == {(number, 0) for number in range(4)}
    assert all(row["consumer"] == "scoring-stream" and "not JSON" in row["reason"] for row in rows)


async def test_a_draft_is_simulated_over_the_log_and_changes_nothing(scoring: ServiceUnderTest) -> None:
    await publish(scoring, [adoption(), *completed_tasks()])
    draft = METHOD | {"criteria": METHOD["criteria"][:1], "total": "60", "title": "草案", "version": 2}
    async with streaming(scoring):
        await reached(scoring, Decimal(120))
        async with scoring.client("office") as client:
            body = yaml.safe_dump(draft, allow_unicode=True).encode()
            begun = await client.post("/v1/simulations", content=body)
            assert begun.status_code == 202, begun.text
            path = f"/v1/simulations/{begun.json()['simulation']}"

            async def simulated() -> bool:
                return bool((await client.get(path)).json()["state"] == "simulated")

            await eventually(simulated)
            shown = (await client.get(path)).json()
            explained = await client.get("/v1/standings", params={"simulation": shown["simulation"]})
            given_up = await client.delete(path)
    assert shown["folded"] == shown["to_fold"] > 0
    assert shown["differences"] == []  # the registry has told of no members here
    assert explained.status_code == 200
    assert given_up.json()["state"] == "retired"
    assert await points(scoring) == Decimal(120)
    assert await scoring.pool.fetchval("select count(*) from generation where state = 'live'") == 1
