"""The group commit: any order, duplicates, redelivery and junk give the tallies that a recomputation gives."""

import asyncio
import random
from collections.abc import Sequence
from decimal import Decimal

import pytest
from aiokafka import ConsumerRecord

from services.scoring import ledger, store
from services.scoring.folding import Folded, fold_records
from services.scoring.ledger import Partition
from services.scoring.projector import PositionGapError, Projector
from shared.contracts.envelope import Event, read_event
from shared.contracts.scoring import TallyUpdated
from shared.dead_letters import DeadLetterBox, TooManyDeadLettersError
from shared.observability import Progress
from shared.postgres import Connection
from tests.scoring.builders import CO, LEAD, TOPIC, ReportStory, TaskStory, record
from tests.support.api import NoBox, ServiceUnderTest


class NotingBox(DeadLetterBox):
    """A dead-letter box that needs no bus."""

    def __init__(self) -> None:
        self.reasons: list[tuple[int, str, bool]] = []

    async def put(
        self,
        _conn: Connection,
        record: ConsumerRecord,
        reason: str,
        *,
        parked: bool = False,
        readable: bool = False,  # noqa: ARG002 - as the box's
    ) -> None:
        self.reasons.append((record.offset, reason, parked))


class Running:
    """A projector that writes what it is given."""

    def __init__(self, service: ServiceUnderTest, box: DeadLetterBox | None = None, limit: int = 100) -> None:
        self._service = service
        self._projector = Projector(service.pool, box or NoBox(), Progress(), limit)

    async def write(self, *batches: Sequence[ConsumerRecord]) -> None:
        """Write batches in one transaction each."""
        for batch in batches:
            await self._projector.offer(batch)
            await self._projector._write_patiently(await self._projector._take_waiting())

    async def write_together(self, *batches: Sequence[ConsumerRecord]) -> None:
        """Write batches in one transaction."""
        for batch in batches:
            await self._projector.offer(batch)
        await self._projector._write_patiently(await self._projector._take_waiting())


def batch(events: Sequence[Event | bytes], first: int = 0, partition: int = 0) -> list[ConsumerRecord]:
    return [record(event, first + index, partition=partition) for index, event in enumerate(events)]


async def tallies(service: ServiceUnderTest) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    rows = await service.pool.fetch("select * from tally where lines <> 0 or weight <> 0 or points <> 0")
    return {(row["unit"], row["criterion"]): (row["lines"], row["weight"], row["points"]) for row in rows}


async def recomputed(service: ServiceUnderTest) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    """Return the tallies as the ledger's lines add up to."""
    rows = await service.pool.fetch(
        "select unit, criterion, count(*)::int as lines, sum(weight) as weight, sum(points) as points "
        "from ledger_line where counts group by unit, criterion"
    )
    return {(row["unit"], row["criterion"]): (row["lines"], row["weight"], row["points"]) for row in rows}


def a_year() -> list[Event]:
    """Return the events of several tasks and reports, each story in its own order."""
    first, second, third = TaskStory(1), TaskStory(2, "5"), TaskStory(3, "2")
    for story in (first, second, third):
        story.assigned()
        story.progressed()
    first.completed()
    first.completed(CO)
    first.reopened(LEAD)
    second.sent_back()
    second.completed()
    third.bounced(CO)
    third.completed()
    third.cancelled()
    chased, missing = ReportStory(1), ReportStory(2, CO)
    for report in (chased, missing):
        report.opened()
        report.went_overdue()
    chased.submitted(late=2)
    return [event for story in (first, second, third, chased, missing) for event in story.events]


EXPECTED = {
    (LEAD, "key-tasks"): (2, Decimal(8), Decimal(5)),
    (CO, "key-tasks"): (2, Decimal("4.0"), Decimal("1.5")),
    (LEAD, "discipline"): (1, Decimal(1), Decimal("-0.5")),
    (LEAD, "progress"): (3, Decimal(3), Decimal(3)),
    (LEAD, "reporting"): (1, Decimal(1), Decimal(-2)),
    (CO, "reporting"): (1, Decimal(1), Decimal(-5)),
}


async def test_events_in_order_give_the_year_s_tallies(live: ServiceUnderTest) -> None:
    await Running(live).write(batch(a_year()))
    assert await tallies(live) == EXPECTED


@pytest.mark.parametrize("seed", range(6))
async def test_any_order_and_duplicates_give_the_same_tallies(live: ServiceUnderTest, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a shuffle, no secret
    events = a_year() + chance.choices(a_year(), k=10)
    chance.shuffle(events)
    running, first = Running(live), 0
    while first < len(events):
        size = chance.randint(1, 7)
        await running.write(batch(events[first : first + size], first))
        first += size
    assert await tallies(live) == EXPECTED
    assert await recomputed(live) == EXPECTED


async def test_a_reopening_that_comes_before_its_completion_stands(live: ServiceUnderTest) -> None:
    story = TaskStory()
    story.assigned(), story.completed(), story.reopened(LEAD)
    await Running(live).write(batch([story.events[0], story.events[2]]), batch([story.events[1]], 2))
    assert (await tallies(live))[LEAD, "key-tasks"] == (1, Decimal(3), Decimal(0))


async def test_a_retraction_that_comes_before_its_line_leaves_a_tombstone(live: ServiceUnderTest) -> None:
    story = TaskStory()
    story.assigned(), story.cancelled()
    await Running(live).write(batch([story.events[1]]), batch([story.events[0]], 1))
    assert await tallies(live) == {}
    assert await live.pool.fetchval("select count(*) from ledger_line where not counts") == 2


async def test_redelivered_records_are_left_out(live: ServiceUnderTest) -> None:
    running, events = Running(live), batch(a_year())
    await running.write(events[:10], events, events[5:])
    assert await tallies(live) == EXPECTED
    async with live.pool.acquire() as conn:
        assert (await ledger.positions(conn))[Partition(TOPIC, 0)] == len(events)


async def test_a_gap_before_a_batch_ends_the_worker(live: ServiceUnderTest) -> None:
    with pytest.raises(PositionGapError, match="stands at 0, the batch begins at 3"):
        await Running(live).write(batch(a_year(), first=3))
    assert await tallies(live) == {}


async def test_two_workers_with_the_same_records_count_them_once(live: ServiceUnderTest) -> None:
    one, other, events = Running(live), Running(live), batch(a_year())
    await asyncio.gather(one.write(events), other.write(events))
    assert await tallies(live) == EXPECTED


async def test_partitions_written_by_two_workers_at_once_add_up(live: ServiceUnderTest) -> None:
    left = [TaskStory(number) for number in range(100)]
    right = [TaskStory(number) for number in range(100, 200)]
    for story in (*left, *right):
        story.assigned(), story.completed()
    sides = [[event for story in side for event in story.events] for side in (left, right)]
    chunks = [
        [batch(side[at : at + 20], at, partition) for at in range(0, 200, 20)] for partition, side in enumerate(sides)
    ]
    await asyncio.gather(*(Running(live).write(*side) for side in chunks))
    assert (await tallies(live))[LEAD, "key-tasks"] == (200, Decimal(600), Decimal(600))


async def test_junk_is_put_aside_with_its_reason_and_the_rest_is_folded(live: ServiceUnderTest) -> None:
    events = a_year()
    future = events[0].to_bytes().replace(b"task-assigned.v1", b"task-assigned.v2")
    unknown = events[0].to_bytes().replace(b"task-assigned.v1", b"task-painted.v1")
    broken = events[0].to_bytes().replace(b'"weight":"3"', b'"weight":"-3"')
    box = NotingBox()
    await Running(live, box).write(batch([b"\xff\xfe", b"[1]", b'{"a":1}', future, unknown, broken, *events]))
    assert await tallies(live) == EXPECTED
    assert [(offset, parked) for offset, _, parked in box.reasons] == [
        (0, False),
        (1, False),
        (2, False),
        (3, True),
        (5, False),
    ]
    assert "weight" in box.reasons[-1][1]


async def test_a_long_run_of_junk_stops_the_worker_after_it_is_noted(live: ServiceUnderTest) -> None:
    box = NotingBox()
    projector = Projector(live.pool, box, Progress(), dead_letter_limit=5)
    await projector.offer(batch([b"junk"] * 6))
    with pytest.raises(TooManyDeadLettersError, match="5 unreadable records in a row"):
        await asyncio.wait_for(projector.run(), 60)
    assert len(box.reasons) == 5
    assert await live.pool.fetchval("select next_offset from stream_position where partition = 0") == 5


async def test_events_outside_the_assessed_year_are_not_counted(live: ServiceUnderTest) -> None:
    story = TaskStory()
    event = story.assigned()
    early = event.model_copy(update={"time": event.time.replace(year=2025, month=12, day=31, hour=15, minute=59)})
    await Running(live).write(batch([early]))
    assert await tallies(live) == {}


async def test_the_county_s_year_begins_at_its_own_midnight(live: ServiceUnderTest) -> None:
    story = TaskStory()
    event = story.assigned()
    first = event.model_copy(update={"time": event.time.replace(year=2025, month=12, day=31, hour=16, minute=0)})
    await Running(live).write(batch([first]))
    assert (LEAD, "key-tasks") in await tallies(live)


async def test_what_was_done_in_the_year_counts_though_the_office_accepts_it_in_the_next(
    live: ServiceUnderTest,
) -> None:
    story = TaskStory()
    assigned, completed = story.assigned(), story.completed()
    january = completed.model_copy(update={"time": completed.time.replace(year=2027)})
    await Running(live).write(batch([assigned, january]))
    assert (await tallies(live))[LEAD, "key-tasks"] == (1, Decimal(3), Decimal(3))


async def test_a_notice_with_all_tallies_of_the_unit_goes_out_per_transaction(live: ServiceUnderTest) -> None:
    running, events = Running(live), batch(a_year())
    await running.write(events[:5], events[5:])
    rows = await live.pool.fetch("select topic, aggregate, version, event from outbox order by position")
    notices = [read_event(row["event"]).data for row in rows]
    last = {notice.unit: notice for notice in notices if isinstance(notice, TallyUpdated)}
    assert {row["topic"] for row in rows} == {"scoring.tallies"}
    assert {part.criterion: part.points for part in last[LEAD].tallies} == {
        "key-tasks": 5, "discipline": Decimal("-0.5"), "progress": 3, "reporting": -2,
    }  # fmt: skip
    assert [row["version"] for row in rows if row["aggregate"] == f"departments-2026/{LEAD}"] == [1, 2]


async def test_a_swap_is_noticed_by_the_next_transaction(live: ServiceUnderTest) -> None:
    running, events = Running(live), batch(a_year())
    await running.write(events[:4])
    async with live.pool.acquire() as conn, conn.transaction():
        old = (await store.list_live_generations(conn))[0]
        new = await store.open_rebuild_generation(conn, old.id)
        generation = await store.next_building_generation(conn)
        assert generation is not None
        folded = Folded()
        fold_records(events[:4], [generation.fold()], folded)
        await ledger.apply_lines(conn, folded.lines)
        await store.swap_in(conn, generation)
    await running.write(events[4:])
    assert await live.pool.fetchval("select count(distinct generation) from tally where generation = $1", new) == 1
    rows = await live.pool.fetch("select unit, criterion, points from tally where generation = $1 and lines <> 0", new)
    assert {(row["unit"], row["criterion"]): row["points"] for row in rows} == {
        key: value[2] for key, value in EXPECTED.items()
    }
