"""A consumer that hangs without crashing ends its process; the mark of a transaction behind an event ends none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from services.scoring import standstill, stream
from services.scoring.app import SERVICE
from services.scoring.batching import BatchScheduler
from services.scoring.ledger import Partition
from services.scoring.log_probe import first_record
from services.scoring.settings import ScoringSettings
from services.scoring.standstill import LOOKS, Standstill
from services.scoring.stream import StreamStalledError, folded_partitions, run_stream
from shared.kafka import make_consumer
from tests.conftest import DatabaseFactory
from tests.scoring.builders import TaskStory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.support.eventually import PATIENCE_SECONDS, eventually
from tests.support.stack import Servers

FIRST, SECOND = Partition("t", 0), Partition("t", 1)
EVENT = TaskStory().assigned()


@pytest.fixture
async def scoring(
    stack: Servers, database: DatabaseFactory, topics: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ServiceUnderTest]:
    """Scoring on the real bus, whose stream looks often at where it stands."""
    monkeypatch.setattr(stream, "_LAG_SECONDS", 0.2)
    chosen = {"kafka_bootstrap": stack.kafka_bootstrap, "topic_prefix": topics}
    async with service_under_test(SERVICE, await database("scoring"), tmp_path, ScoringSettings, **chosen) as service:
        yield service


async def _put(service: ServiceUnderTest, transaction: str | None = None) -> None:
    settings = service.runtime.settings
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap, transactional_id=transaction)
    async with producer, producer.transaction() if transaction else contextlib.nullcontext():
        await producer.send_and_wait(settings.topic("tasks"), EVENT.to_bytes(), key=EVENT.subject.encode())


@contextlib.asynccontextmanager
async def _streaming(service: ServiceUnderTest) -> AsyncIterator[Callable[[int], Awaitable[bool]]]:
    """Run the stream, which must not end of itself; give what says whether it stands at an offset."""

    async def stands_at(offset: int) -> bool:
        found = await service.pool.fetchval("select sum(next_offset)::integer from stream_position")
        assert not running.done()
        return bool(found == offset)

    running = asyncio.create_task(run_stream(service.runtime))
    try:
        yield stands_at
    finally:
        running.cancel()
        await asyncio.wait([running])


def test_only_what_stands_still_before_its_end_look_after_look_is_told() -> None:
    watch = Standstill()
    ends = {FIRST: 9, SECOND: 9}
    for _ in range(LOOKS - 1):
        assert watch.note({FIRST: 3, SECOND: 9}, ends, set()) == []
    assert watch.note({FIRST: 3, SECOND: 9}, ends, set()) == [FIRST]
    assert watch.note({FIRST: 4, SECOND: 9}, ends, set()) == []


@pytest.mark.parametrize("between", ["moved", "busy", "forgotten"])
def test_whatever_moves_it_begins_the_count_anew(between: str) -> None:
    watch = Standstill()
    for _ in range(LOOKS - 1):
        watch.note({FIRST: 3}, {FIRST: 9}, set())
    if between == "forgotten":
        watch.forget()
    else:
        watch.note({FIRST: 4 if between == "moved" else 3}, {FIRST: 9}, {FIRST} if between == "busy" else set())
    assert watch.note({FIRST: 4 if between == "moved" else 3}, {FIRST: 9}, set()) == []


async def test_a_record_is_told_from_the_mark_of_a_transaction(scoring: ServiceUnderTest) -> None:
    await _put(scoring, transaction="foreign")
    bootstrap = scoring.runtime.settings.kafka_bootstrap
    async with make_consumer(bootstrap, "test", None) as consumer:
        partitions = [TopicPartition(*each) for each in folded_partitions(scoring.runtime.settings)]
        ends = await consumer.end_offsets(partitions)
    (written,) = [Partition(*partition) for partition, end in ends.items() if end == 2]
    assert await first_record(bootstrap, "test", written, 0) == 0
    assert await first_record(bootstrap, "test", written, 1) is None
    await _put(scoring)
    assert await first_record(bootstrap, "test", written, 1) == 2


async def test_events_between_the_marks_of_transactions_are_folded_each_once(scoring: ServiceUnderTest) -> None:
    async with _streaming(scoring) as stands_at:
        for behind in (1, 3, 5):
            await _put(scoring, transaction="foreign")
            await eventually(partial(stands_at, behind))
        await _put(scoring)
        await eventually(partial(stands_at, 7))
    assert await scoring.pool.fetchval("select count(*) from dead_letter") == 0


async def test_a_stream_that_is_given_nothing_ends(scoring: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BatchScheduler, "iterate", lambda _self, _records: iter(()))
    monkeypatch.setattr(standstill, "LOOKS", 5)
    await _put(scoring)
    with pytest.RaisesGroup(pytest.RaisesExc(StreamStalledError, match="has stood at 0")):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await run_stream(scoring.runtime)


async def test_a_stream_behind_which_only_a_mark_stands_goes_on(
    scoring: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[int | None] = []

    async def noting(bootstrap: str, client_id: str, partition: Partition, offset: int) -> int | None:
        answers.append(await first_record(bootstrap, client_id, partition, offset))
        return answers[-1]

    async def asked_twice() -> bool:
        return len(answers) > 1

    monkeypatch.setattr(stream, "first_record", noting)
    async with _streaming(scoring) as stands_at:
        await _put(scoring, transaction="foreign")
        await eventually(partial(stands_at, 1))
        monkeypatch.setattr(standstill, "LOOKS", 5)  # not before: the event itself may take its time to come
        await eventually(asked_twice)
        assert set(answers) == {None}
        assert await stands_at(1)
