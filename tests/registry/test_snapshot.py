"""A new consumer begins with a snapshot and follows the topic: without a gap, also while changes run."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.registry.app import SERVICE
from services.registry.seed.document import read_seed
from services.registry.settings import RegistrySettings
from shared.contracts.envelope import Event, read_event
from shared.relay import Relay
from tests.conftest import DatabaseFactory
from tests.registry.conftest import SEED, loaded
from tests.registry.replaying import Copy
from tests.support.api import ServiceUnderTest, service_under_test
from tests.support.bus import read_topic, running
from tests.support.eventually import eventually
from tests.support.stack import Servers

DAYS = [date(2009, 7, 6), date(2026, 2, 28), date(2026, 3, 1), date(2027, 1, 1)]


@pytest.fixture
async def on_the_bus(
    database: DatabaseFactory, stack: Servers, topics: str, tmp_path: Path
) -> AsyncIterator[ServiceUnderTest]:
    """Serve the seed with a relay that publishes."""
    settings = {"kafka_bootstrap": stack.kafka_bootstrap, "topic_prefix": topics}
    async with service_under_test(
        SERVICE, await database("registry"), tmp_path, RegistrySettings, **settings
    ) as registry:
        relay = Relay(registry.pool, registry.runtime.settings, registry.runtime.progress)
        registry.runtime.wake_relay = relay.wake
        async with running(relay.run()):
            await loaded(registry, read_seed(SEED))
            yield registry


async def published(registry: ServiceUnderTest) -> list[tuple[int, int, Event]]:
    """Wait until the relay has published everything, and return partition, offset and event of each."""

    async def all_sent() -> bool:
        unsent = await registry.pool.fetchval("select count(*) from outbox where sent_at is null")
        return bool(unsent == 0)

    await eventually(all_sent)
    records = await read_topic(registry.runtime.settings.kafka_bootstrap, registry.runtime.settings.topic("registry"))
    return [(record.partition, record.offset, read_event(record.value)) for record in records]


def follow(copy: Copy, snapshot: dict[str, Any], records: list[tuple[int, int, Event]]) -> Copy:
    offsets = {int(partition): offset for partition, offset in snapshot["position"]["offsets"].items()}
    return copy.hear(event for partition, offset, event in records if offset >= offsets[partition])


def same(one: Copy, other: Copy) -> None:
    for day in DAYS:
        assert one.names_on(day) == other.names_on(day)
        assert one.seats_on(day) == other.seats_on(day)
        assert one.duties_on(day) == other.duties_on(day)


async def changes(office: httpx.AsyncClient, chance: random.Random) -> None:
    """Rename, add and revoke at random, as fast as the office can."""
    units = [unit["code"] for unit in (await office.get("/v1/units", params={"limit": 200})).json()["items"]]
    duties = [duty["code"] for duty in (await office.get("/v1/duties", params={"limit": 200})).json()["items"]]
    for count in range(40):
        dated = {"effective_on": f"2026-03-{1 + count % 28:02}", "document": "永政办发〔2026〕12号"}
        name = {"name": f"县第{count}局", "short_name": f"{count}局"}
        await office.post(f"/v1/units/{chance.choice(units)}/rename", json={**dated, **name})
        await office.post(
            f"/v1/duties/{chance.choice(duties)}/amend", json={**dated, "holder": {"unit": chance.choice(units)}}
        )
        new = {"code": f"330324-new{count}", "kind": "department", "valid_from": "2026-03-01", **name}
        await office.post("/v1/units", json={**new, "name": f"县新{count}局", "short_name": f"新{count}局"})
        await asyncio.sleep(0)


async def test_a_consumer_begins_while_changes_run(on_the_bus: ServiceUnderTest) -> None:
    async with on_the_bus.client("office") as office, on_the_bus.client("integration") as platform:
        running_changes = asyncio.create_task(changes(office, random.Random(5)))  # noqa: S311 - a test's choice
        snapshots = []
        while not running_changes.done():
            answer = await platform.get("/v1/snapshot")
            assert answer.status_code == 200, answer.text
            snapshots.append(answer.json())
            await asyncio.sleep(0.05)
        await running_changes
        snapshots.append((await platform.get("/v1/snapshot")).json())
    records = await published(on_the_bus)
    everything = Copy().hear(event for _, _, event in records)
    assert len({snapshot["change"] for snapshot in snapshots}) > 3, "no snapshot was taken while changes ran"
    for snapshot in snapshots:
        same(follow(Copy().begin(snapshot["items"]), snapshot, records), everything)
    assert len(everything.names_on(date(2027, 1, 1))) > 60


async def test_order_and_repetition_change_nothing(on_the_bus: ServiceUnderTest) -> None:
    async with on_the_bus.client("office") as office:
        await changes(office, random.Random(7))  # noqa: S311 - a test's choice
    records = [event for _, _, event in await published(on_the_bus)]
    shuffled = records * 2
    random.Random(11).shuffle(shuffled)  # noqa: S311 - a test's choice
    same(Copy().hear(shuffled), Copy().hear(records))


async def test_without_the_bus_nobody_can_say_from_where_to_follow(registry: ServiceUnderTest) -> None:
    async with registry.client("integration") as platform:
        answer = await platform.get("/v1/snapshot")
    assert (answer.status_code, answer.json()["code"]) == (503, "bus-away")


async def test_a_snapshot_names_no_person(on_the_bus: ServiceUnderTest) -> None:
    async with on_the_bus.client("office") as office:
        body = {"person": "张三", "effective_on": "2026-01-01", "document": "永政〔2026〕3号"}
        assert (await office.post("/v1/posts/330324-fgj-head/appoint", json=body)).status_code == 200
        answer = await office.get("/v1/snapshot")
    assert "张三" not in answer.text
    assert any(item["type"].endswith("incumbency-changed.v1") for item in answer.json()["items"])
