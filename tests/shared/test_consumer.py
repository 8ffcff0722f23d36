"""The consumer loop on a real bus: once in effect, patient with failures of the moment, loud about the rest."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord

from shared.consumer import EventConsumer, Subscription
from shared.contracts.envelope import Event
from shared.contracts.meetings import MeetingHeld
from shared.dead_letters import DeadLetterBox, TooManyDeadLettersError
from shared.observability import Progress
from shared.postgres import Connection
from tests.shared.conftest import Heard, held
from tests.support.api import NOW, ServiceUnderTest, make_settings, record_of
from tests.support.bus import producer_on, put, read_topic, running
from tests.support.eventually import PATIENCE_SECONDS, eventually
from tests.support.stack import Servers

AGGREGATE = UUID("019bbf2a-6c00-7d3e-9a51-0d4f6b1c2e30")


def event(version: int = 1, **given: object) -> bytes:
    """Return a record's value; `given` overrides attributes."""
    whole = Event.of(held(AGGREGATE), subject=str(AGGREGATE), version=version, time=NOW)
    return orjson.dumps({**orjson.loads(whole.to_bytes()), **given})


class Ear:
    """A consumer whose handler writes a row, and fails as often as it is told to."""

    def __init__(self, plain: ServiceUnderTest, bootstrap: str, prefix: str, **settings: int) -> None:
        self.plain = plain
        self.heard = Heard()
        self.progress = Progress()
        self.settings = make_settings(
            jwks_file=plain.keys.path, kafka_bootstrap=bootstrap, topic_prefix=prefix, **settings
        )
        self.woken = 0
        self.consumer = self.fresh()

    def fresh(self) -> EventConsumer:
        """Return the consumer of a process that has just started."""
        subscription = Subscription(("tasks",), {MeetingHeld.event_type: self._on_held})
        return EventConsumer(
            "meetings", subscription, self.plain.pool, self.settings, self.progress, after_commit=self._wake
        )

    async def _on_held(self, conn: Connection, told: Event) -> None:
        self.heard.tries += 1
        await conn.execute(
            "insert into known_unit (code, name, version) values ($1, 'x', 1)", f"{told.id}#{self.heard.tries}"
        )
        if self.heard.failures:
            raise self.heard.failures.pop(0)
        self.heard.ids.append(told.id)

    def _wake(self) -> None:
        self.woken += 1

    async def effects(self) -> int:
        """Return how often the handler's work was committed."""
        return int(await self.plain.pool.fetchval("select count(*) from known_unit"))

    async def notes(self) -> list[asyncpg.Record]:
        """Return the noted dead letters."""
        return await self.plain.pool.fetch("select * from dead_letter order by record_offset")


@pytest.fixture
def ear(plain: ServiceUnderTest) -> Ear:
    return Ear(plain, "127.0.0.1:9", "xietiao")


class Box(DeadLetterBox):
    """A box that keeps what is put."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, bool]] = []

    async def put(
        self,
        _conn: object,
        _record: object,
        reason: str,
        *,
        parked: bool = False,
        readable: bool = False,  # noqa: ARG002 - as the box's
    ) -> None:
        self.kept.append((reason, parked))


@pytest.fixture
def box() -> Box:
    return Box()


async def test_an_event_takes_effect_and_wakes_the_relay(ear: Ear, box: Box) -> None:
    assert await ear.consumer.take(record_of(event()), box) == "handled"
    assert (await ear.effects(), ear.woken) == (1, 1)


async def test_a_duplicate_at_a_new_offset_changes_nothing(ear: Ear, box: Box) -> None:
    results = [await ear.consumer.take(record_of(event(), offset=offset), box) for offset in range(3)]
    assert results == ["handled", "duplicate", "duplicate"]
    assert await ear.effects() == 1


async def test_the_same_id_from_another_source_is_another_event(ear: Ear, box: Box) -> None:
    await ear.consumer.take(record_of(event()), box)
    assert await ear.consumer.take(record_of(event(source="/elsewhere")), box) == "handled"


async def test_an_event_that_nobody_asked_for_is_skipped(ear: Ear, box: Box) -> None:
    convened = {**orjson.loads(event()), "type": "cn.xietiao.meetings.meeting-cancelled.v1"}
    assert await ear.consumer.take(record_of(orjson.dumps(convened)), box) == "skipped"
    assert (await ear.effects(), box.kept) == (0, [])


async def test_an_unknown_type_is_counted_and_passed_over(ear: Ear, box: Box) -> None:
    unknown = event(type="cn.xietiao.meetings.tea-served.v1")
    assert await ear.consumer.take(record_of(unknown), box) == "unknown"
    assert box.kept == []


async def test_an_unknown_version_is_parked_and_counts_for_no_limit(plain: ServiceUnderTest, box: Box) -> None:
    ear = Ear(plain, "127.0.0.1:9", "xietiao", dead_letter_limit=2)
    later = record_of(event(type="cn.xietiao.meetings.meeting-held.v2"))
    assert [await ear.consumer.take(later, box) for _ in range(5)] == ["parked"] * 5
    assert {parked for _, parked in box.kept} == {True}


@pytest.mark.parametrize("value", [None, b"junk", b"{}", event(aggregateversion=0), event(data={"body": "x"})])
async def test_junk_is_a_dead_letter_with_its_reason(ear: Ear, box: Box, value: bytes | None) -> None:
    assert await ear.consumer.take(record_of(value), box) == "dead_letter"
    ((reason, parked),) = box.kept
    assert (bool(reason), parked) == (True, False)


async def test_a_run_of_junk_stops_the_consumer_at_the_limit(plain: ServiceUnderTest, box: Box) -> None:
    ear = Ear(plain, "127.0.0.1:9", "xietiao", dead_letter_limit=3)
    junk, good = record_of(b"junk", offset=7), record_of(event())
    for record in (junk, junk, good, junk, junk):
        await ear.consumer.take(record, box)
    with pytest.raises(TooManyDeadLettersError, match=r"3 unreadable records in a row on xietiao\.tasks/0"):
        await ear.consumer.take(junk, box)


async def test_a_handler_that_fails_for_a_while_is_tried_again(ear: Ear, box: Box) -> None:
    ear.heard.failures = [ValueError("a"), ValueError("b")]
    assert await ear.consumer.take(record_of(event()), box) == "handled"
    assert (ear.heard.tries, await ear.effects(), box.kept) == (3, 1, [])


async def test_a_handler_that_fails_five_times_leaves_a_dead_letter_and_no_effect(ear: Ear, box: Box) -> None:
    ear.heard.failures = [ValueError(f"failure {number}") for number in range(1, 7)]
    assert await ear.consumer.take(record_of(event()), box) == "dead_letter"
    assert (ear.heard.tries, await ear.effects()) == (5, 0)
    assert box.kept == [("handler failed 5 times: ValueError: failure 5", False)]
    assert await ear.plain.pool.fetchval("select count(*) from inbox") == 0


async def test_failing_handlers_count_for_no_limit(plain: ServiceUnderTest, box: Box) -> None:
    ear = Ear(plain, "127.0.0.1:9", "xietiao", dead_letter_limit=1, handler_attempts=1)
    ear.heard.failures = [ValueError("a"), ValueError("b")]
    results = [await ear.consumer.take(record_of(event(version)), box) for version in (1, 2, 3)]
    assert results == ["dead_letter", "dead_letter", "handled"]


async def test_a_failure_of_the_moment_is_no_attempt(ear: Ear, box: Box) -> None:
    ear.heard.failures = [asyncpg.SerializationError("again") for _ in range(9)]
    for _ in range(9):
        with pytest.raises(asyncpg.SerializationError):
            await ear.consumer.take(record_of(event()), box)
    assert await ear.consumer.take(record_of(event()), box) == "handled"
    assert (await ear.effects(), box.kept) == (1, [])


@pytest.fixture
async def listening(plain: ServiceUnderTest, stack: Servers, topics: str) -> AsyncIterator[Ear]:
    ear = Ear(plain, stack.kafka_bootstrap, topics)
    async with running(ear.consumer.run()):
        yield ear


async def _reaches(ear: Ear, count: int) -> None:
    async def reached() -> bool:
        return len(ear.heard.ids) >= count

    await eventually(reached)


async def _commits(ear: Ear, count: int) -> None:
    """Wait for what a consumer that ends now has left behind; the handler has heard a little earlier."""

    async def committed() -> bool:
        return await ear.effects() >= count

    await eventually(committed)


async def test_everything_on_the_topic_is_taken_in_order(listening: Ear, stack: Servers, topics: str) -> None:
    await put(stack.kafka_bootstrap, f"{topics}.tasks", *(event(version) for version in range(1, 21)))
    await _reaches(listening, 20)
    assert listening.heard.ids == [f"{AGGREGATE}@{version}" for version in range(1, 21)]


async def test_a_database_error_of_the_moment_is_waited_for_at_its_record(
    listening: Ear, stack: Servers, topics: str
) -> None:
    listening.heard.failures = [asyncpg.DeadlockDetectedError("a"), ConnectionResetError("b")]
    await put(stack.kafka_bootstrap, f"{topics}.tasks", event(1), event(2))
    await _reaches(listening, 2)
    assert listening.heard.ids == [f"{AGGREGATE}@1", f"{AGGREGATE}@2"]
    assert await listening.notes() == []


async def test_poison_goes_to_the_dead_letter_topic_with_reason_and_origin_and_the_rest_goes_on(
    listening: Ear, stack: Servers, topics: str
) -> None:
    await put(stack.kafka_bootstrap, f"{topics}.tasks", event(1), b"junk", event(type="x"), event(2), key="k")
    await _reaches(listening, 2)
    (note,) = await listening.notes()
    assert (note["consumer"], note["topic"], note["record_offset"]) == ("meetings", f"{topics}.tasks", 1)
    (letter,) = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings.dead-letters")
    headers = _headers(letter)
    assert (letter.value, letter.key) == (b"junk", b"k")
    assert headers["xietiao-origin"] == f"{topics}.tasks/{note['partition']}/1"
    assert headers["xietiao-reason"] == note["reason"]
    assert headers["xietiao-consumer"] == "meetings"


async def test_a_restarted_consumer_goes_on_where_it_stood(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    ear = Ear(plain, stack.kafka_bootstrap, topics)
    for count in (3, 6):
        await put(
            stack.kafka_bootstrap, f"{topics}.tasks", *(event(version) for version in range(count - 2, count + 1))
        )
        async with running(ear.fresh().run()):
            await _commits(ear, count)
    assert (ear.heard.tries, await ear.effects()) == (6, 6)


async def test_a_run_of_junk_ends_the_loop_so_that_the_process_ends(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    ear = Ear(plain, stack.kafka_bootstrap, topics, dead_letter_limit=3)
    await put(stack.kafka_bootstrap, f"{topics}.tasks", b"1", b"2", b"3", event(1))
    async with running(ear.consumer.run()) as loop:
        with pytest.raises(TooManyDeadLettersError):
            await asyncio.wait_for(asyncio.shield(loop), PATIENCE_SECONDS)
    assert len(await ear.notes()) == 3
    assert ear.heard.ids == []


async def test_behind_a_run_of_junk_a_restarted_loop_waits_and_goes_on_when_it_is_dealt_with(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    ear = Ear(plain, stack.kafka_bootstrap, topics, dead_letter_limit=3)
    await put(stack.kafka_bootstrap, f"{topics}.tasks", b"1", b"2", b"3", event(1))
    async with running(ear.consumer.run()) as loop:
        await asyncio.wait([loop])
    async with running(ear.fresh().run()) as loop:

        async def waiting() -> bool:
            shown = ear.progress.loops.get("consumer")
            return shown is not None and "xietiao dead-letters" in shown.detail

        await eventually(waiting)
        assert (loop.done(), ear.progress.loops["consumer"].ok, ear.heard.ids) == (False, False, [])
        await plain.pool.execute("update dead_letter set dismissed_at = now()")
        await _reaches(ear, 1)


async def test_a_bus_that_is_away_is_waited_for_and_shown(ear: Ear) -> None:
    async with running(ear.consumer.run()) as loop:

        async def waiting() -> bool:
            return "consumer" in ear.progress.loops and not ear.progress.loops["consumer"].ok

        await eventually(waiting)
        assert not loop.done()
    assert ear.progress.loops["consumer"].detail.startswith("waiting")


async def test_a_dead_letter_put_twice_is_noted_once(plain: ServiceUnderTest, stack: Servers, topics: str) -> None:
    async with producer_on(stack.kafka_bootstrap) as producer, plain.pool.acquire() as conn:
        box = DeadLetterBox("meetings", f"{topics}.meetings.dead-letters", producer)
        record = record_of(b"junk", offset=4, headers=(("ce_id", b"7"),))
        await box.put(conn, record, "first")
        await box.put(conn, record, "second")
    (note,) = await plain.pool.fetch("select * from dead_letter")
    assert (note["reason"], note["parked"], note["replayed_at"]) == ("second", False, None)
    letters = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings.dead-letters")
    assert {_headers(letter)["ce_id"] for letter in letters} == {"7"}


def _headers(record: ConsumerRecord) -> Mapping[str, Any]:
    return {name: value.decode() for name, value in record.headers}


async def test_a_client_that_hangs_is_made_anew(
    plain: ServiceUnderTest, stack: Servers, topics: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ear, hung, commit = Ear(plain, stack.kafka_bootstrap, topics), asyncio.Event(), AIOKafkaConsumer.commit

    async def hang_once(self: AIOKafkaConsumer, offsets: Any = None) -> None:  # noqa: ANN401 - aiokafka's
        if not hung.is_set():
            hung.set()
            await asyncio.Event().wait()
        await commit(self, offsets)

    async def two() -> bool:
        return await ear.effects() == 2

    monkeypatch.setattr(AIOKafkaConsumer, "commit", hang_once)
    monkeypatch.setattr("shared.consumer._BUS_SECONDS", 3)
    async with running(ear.consumer.run()):
        await put(stack.kafka_bootstrap, f"{topics}.tasks", event(1))
        await asyncio.wait_for(hung.wait(), PATIENCE_SECONDS)
        await put(stack.kafka_bootstrap, f"{topics}.tasks", event(2))
        await eventually(two)
