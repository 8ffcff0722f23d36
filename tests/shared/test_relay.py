"""The relay on a real bus: in order, at least once, one at a time, patient."""

import asyncio
import functools
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection

from shared import outbox
from shared.contracts.envelope import STRUCTURED, Event, read_event
from shared.kafka import make_producer
from shared.observability import Progress
from shared.postgres import Pool
from shared.relay import Relay
from tests.shared.conftest import held
from tests.support.api import NOW, ServiceUnderTest, make_settings
from tests.support.bus import read_topic, running
from tests.support.eventually import eventually
from tests.support.stack import Servers


def _event(aggregate: UUID, version: int) -> Event:
    return Event.of(held(aggregate), subject=str(aggregate), version=version, time=NOW)


async def _append(pool: Pool, events: Sequence[Event]) -> None:
    async with pool.acquire() as conn, conn.transaction():
        await outbox.append_all(conn, events)


def _relay(plain: ServiceUnderTest, bootstrap: str, prefix: str, progress: Progress | None = None) -> Relay:
    settings = make_settings(jwks_file=plain.keys.path, kafka_bootstrap=bootstrap, topic_prefix=prefix)
    return Relay(plain.pool, settings, progress or Progress())


async def _unsent(pool: Pool) -> int:
    return int(await pool.fetchval("select count(*) from outbox where sent_at is null"))


async def _all_sent(plain: ServiceUnderTest) -> None:
    async def none_unsent() -> bool:
        return await _unsent(plain.pool) == 0

    await eventually(none_unsent)


async def test_events_arrive_whole_and_in_the_order_of_their_aggregate(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    aggregates = [uuid4() for _ in range(5)]
    await _append(plain.pool, [_event(each, version) for version in range(1, 41) for each in aggregates])
    async with running(_relay(plain, stack.kafka_bootstrap, topics).run()):
        await _all_sent(plain)
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    events = [read_event(record.value, record.headers) for record in records]
    assert {record.key.decode() == event.subject for record, event in zip(records, events, strict=True)} == {True}
    assert {dict(record.headers)["content-type"] for record in records} == {STRUCTURED}
    for aggregate in aggregates:
        versions = [event.aggregateversion for event in events if event.subject == str(aggregate)]
        assert versions == list(range(1, 41))


async def test_a_woken_relay_does_not_wait_for_its_poll(plain: ServiceUnderTest, stack: Servers, topics: str) -> None:
    settings = make_settings(
        jwks_file=plain.keys.path, kafka_bootstrap=stack.kafka_bootstrap, topic_prefix=topics, relay_poll_seconds=3600
    )
    progress = Progress()
    relay = Relay(plain.pool, settings, progress)
    async with running(relay.run()):
        await eventually(lambda: _beaten(progress))
        await _append(plain.pool, [_event(uuid4(), 1)])
        assert await _unsent(plain.pool) == 1
        relay.wake()
        await _all_sent(plain)


async def _beaten(progress: Progress) -> bool:
    return "relay" in progress.loops and progress.loops["relay"].ok


async def test_what_a_crash_left_unmarked_is_sent_again_as_the_same_event(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    aggregate = uuid4()
    await _append(plain.pool, [_event(aggregate, version) for version in (1, 2)])
    for _ in range(2):
        async with running(_relay(plain, stack.kafka_bootstrap, topics).run()):
            await _all_sent(plain)
        await plain.pool.execute("update outbox set sent_at = null where version = 2")  # as if killed before marking
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    events = [read_event(record.value) for record in records]
    assert [event.aggregateversion for event in events] == [1, 2, 2]
    assert len({event.id for event in events}) == 2


async def test_a_late_commit_is_not_passed_over(plain: ServiceUnderTest, stack: Servers, topics: str) -> None:
    late, prompt = uuid4(), uuid4()
    async with running(_relay(plain, stack.kafka_bootstrap, topics).run()), plain.pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        await outbox.append(conn, _event(late, 1))  # takes the lower position
        await _append(plain.pool, [_event(prompt, 1)])
        await _all_sent(plain)
        await transaction.commit()
        await _all_sent(plain)
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    assert {record.key.decode() for record in records} == {str(late), str(prompt)}


async def test_of_two_relays_one_is_active_and_the_other_takes_over(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    aggregate, first_seen, second_seen = uuid4(), Progress(), Progress()

    async def standing_by() -> bool:
        return "standing by" in second_seen.loops["relay"].detail if second_seen.loops else False

    async with running(_relay(plain, stack.kafka_bootstrap, topics, second_seen).run()) as second:
        async with running(_relay(plain, stack.kafka_bootstrap, topics, first_seen).run()):
            await eventually(lambda: _one_of(first_seen, second_seen))
            await _append(plain.pool, [_event(aggregate, version) for version in range(1, 101)])
            await _all_sent(plain)
            assert sum("standing by" in seen.loops["relay"].detail for seen in (first_seen, second_seen)) == 1
        await _append(plain.pool, [_event(aggregate, version) for version in range(101, 201)])
        await _all_sent(plain)
        assert not second.done()
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    assert [read_event(record.value).aggregateversion for record in records] == list(range(1, 201))


async def _one_of(first: Progress, second: Progress) -> bool:
    details = [seen.loops["relay"].detail if seen.loops else "" for seen in (first, second)]
    return "running" in details and any("standing by" in detail for detail in details)


async def test_the_active_relays_connection_may_break(plain: ServiceUnderTest, stack: Servers, topics: str) -> None:
    aggregate, progress = uuid4(), Progress()
    async with running(_relay(plain, stack.kafka_bootstrap, topics, progress).run()) as task:
        await _append(plain.pool, [_event(aggregate, 1)])
        await _all_sent(plain)
        await plain.pool.execute(
            "select pg_terminate_backend(pid) from pg_locks join pg_database on pg_database.oid = database "
            "where locktype = 'advisory' and datname = current_database() and pid <> pg_backend_pid()"
        )
        await _append(plain.pool, [_event(aggregate, 2)])
        await _all_sent(plain)
        assert not task.done()
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    assert [read_event(record.value).aggregateversion for record in records][:2] == [1, 2]


async def test_a_bus_that_is_away_is_waited_for_and_shown(plain: ServiceUnderTest) -> None:
    progress = Progress()
    await _append(plain.pool, [_event(uuid4(), 1)])
    await asyncio.sleep(0.05)
    async with running(_relay(plain, "127.0.0.1:9", "away", progress).run()) as task:

        async def age() -> float:
            return progress.outbox_age_seconds or 0

        assert await eventually(age) > 0
        assert not progress.loops["relay"].ok
        assert progress.loops["relay"].detail.startswith("waiting")
        assert not task.done()
    assert await _unsent(plain.pool) == 1


async def test_a_burst_that_meets_a_silent_bus_is_waited_for_and_sent_once(
    plain: ServiceUnderTest, stack: Servers, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, send, progress = asyncio.Event(), AIOKafkaClient.send, Progress()

    async def send_when_it_answers(self: AIOKafkaClient, node: int, request: object, **options: object) -> object:
        if type(request).__name__.startswith("Produce"):
            await answers.wait()
        return await send(self, node, request, **options)

    async def waiting() -> bool:
        loop = progress.loops.get("relay")
        return loop is not None and loop.detail == "waiting: the bus does not acknowledge"

    monkeypatch.setattr(AIOKafkaClient, "send", send_when_it_answers)
    monkeypatch.setattr("shared.relay.make_producer", functools.partial(make_producer, request_timeout_ms=1000))
    aggregate = uuid4()
    await _append(plain.pool, [_event(aggregate, version) for version in range(1, 101)])  # more than one batch holds
    async with running(_relay(plain, stack.kafka_bootstrap, topics, progress).run()):
        await eventually(waiting)
        answers.set()
        await _all_sent(plain)
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    assert [read_event(record.value).aggregateversion for record in records] == list(range(1, 101))


async def test_a_relay_with_nothing_to_send_notices_that_the_bus_is_silent(
    plain: ServiceUnderTest, stack: Servers, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_arguments: object, **_options: object) -> None:
        await asyncio.Event().wait()

    async def noticed() -> bool:
        return not progress.loops["relay"].ok

    progress = Progress()
    monkeypatch.setattr("shared.relay._ASK_SECONDS", 0.1)
    for module in ("kafka", "relay"):
        monkeypatch.setattr(f"shared.{module}.PROBE_SECONDS", 2)
    monkeypatch.setattr("shared.kafka.CLOSING_SECONDS", 0.5)
    async with running(_relay(plain, stack.kafka_bootstrap, topics, progress).run()):
        await eventually(lambda: _beaten(progress))
        with monkeypatch.context() as silent:
            silent.setattr(AIOKafkaConnection, "send", never)
            await eventually(noticed)
        assert progress.loops["relay"].detail == "waiting: TimeoutError: no answer from the bus within 2 s"
        await eventually(lambda: _beaten(progress))


_OLD = """
insert into outbox (topic, aggregate, version, event, sent_at)
select 'meetings', 'a', n, '', now() - case when n <= 1500 then interval '8 days' else interval '6 days' end
from generate_series(1, 1501) as n
"""
_KEYS = """
insert into idempotency (subject, key, request_digest, created_at)
select 'office', n, '', now() - case when n <= 2100 then interval '31 days' else interval '29 days' end
from generate_series(1, 2101) as n
"""
_FOR_EVER = """
insert into inbox (consumer, source, event_id, taken_at) values ('meetings', 's', 'e', now() - interval '9 years')
"""


async def test_what_is_old_is_pruned_by_and_by_but_nothing_that_may_be_asked_for_again(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    for rows in (_OLD, _KEYS, _FOR_EVER):
        await plain.pool.execute(rows)

    async def pruned() -> bool:
        counts = "select (select count(*) from outbox), (select count(*) from idempotency)"
        return tuple(await plain.pool.fetchrow(counts) or ()) == (1, 1)

    async with running(_relay(plain, stack.kafka_bootstrap, topics).run()):
        await eventually(pruned)
    assert await plain.pool.fetchval("select count(*) from inbox") == 1
