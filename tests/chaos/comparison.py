"""The comparison at the end of a run: what the services hold against what was acknowledged."""

import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka import TopicPartition

from services.scoring.stream import FOLDED_TOPICS
from shared.contracts.envelope import Event, read_event
from shared.kafka import make_consumer
from tests.chaos.ground import Ground
from tests.chaos.load import UNITS, Model, Tallies
from tests.support.bus import read_topic
from tests.support.eventually import eventually

AWAY: tuple[type[Exception], ...] = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
_TALLIES = """
select unit, criterion, lines, weight, points from tally join generation as g on g.id = generation
where g.state = 'live' and lines <> 0
"""


async def rows(url: str, query: str) -> Sequence[asyncpg.Record]:
    """Ask a database."""
    conn = await asyncpg.connect(url, timeout=5)
    try:
        return await conn.fetch(query)
    finally:
        await conn.close()


async def value(url: str, query: str) -> Any:  # noqa: ANN401 - a column
    """Ask a database for one value."""
    return (await rows(url, query))[0][0]


async def positions(ground: Ground) -> dict[tuple[str, int], int]:
    """Return where the fold stands."""
    found = await rows(ground.scoring.url, "select topic, partition, next_offset from stream_position")
    return {(row["topic"], row["partition"]): row["next_offset"] for row in found}


async def ends(ground: Ground) -> dict[tuple[str, int], int]:
    """Return where the log ends."""
    consumer = make_consumer(ground.bootstrap, "chaos-ends", None)
    await consumer.start()
    try:
        wanted = [TopicPartition(ground.topic(name), number) for name in FOLDED_TOPICS for number in range(4)]
        return {(each.topic, each.partition): end for each, end in (await consumer.end_offsets(wanted)).items()}
    finally:
        await consumer.stop()


async def quiet(ground: Ground, model: Model, seconds: float = 60) -> None:
    """Wait until everything acknowledged has been through the outbox, the consumer and the fold."""

    async def done() -> bool:
        with contextlib.suppress(*AWAY):
            made = await value(ground.tasks.url, "select count(*) from task")
            taken = await value(ground.tasks.url, "select count(distinct event_id) from chaos_effect")
            unsent = await value(ground.tasks.url, "select count(*) from outbox where sent_at is null")
            return made >= model.tasks and taken >= model.resolutions + UNITS and not unsent
        return False

    await eventually(done, seconds)
    end = await ends(ground)

    async def folded() -> bool:
        return await positions(ground) == end

    await eventually(folded, seconds)


async def tallies(ground: Ground) -> Tallies:
    """Return the live generation's tallies."""
    return {
        (row["unit"], row["criterion"]): (row["lines"], row["weight"], row["points"])
        for row in await rows(ground.scoring.url, _TALLIES)
    }


async def published(ground: Ground) -> list[Event]:
    """Return the events of the tasks topic, in the order of the log per partition."""
    return [read_event(record.value) for record in await read_topic(ground.bootstrap, ground.topic("tasks"))]


async def compare(ground: Ground, model: Model) -> None:
    """Fail if a command was lost, an event was published without its commit, or anything was counted twice."""
    committed = {row["id"] for row in await rows(
        ground.tasks.url, "select convert_from(event, 'UTF8')::jsonb ->> 'id' as id from outbox"
    )}  # fmt: skip
    log = await published(ground)
    assert {event.id for event in log} - committed == set(), "events without their commit"
    assert committed - {event.id for event in log} == set(), "commits without their event"
    _check_order(log)
    assert await value(ground.tasks.url, "select count(*) from task") == model.tasks
    assert await tallies(ground) == model.tallies()
    assert await positions(ground) == await ends(ground)


async def compare_effects(ground: Ground, model: Model) -> None:
    """Fail if an event that was consumed had no effect, or more than one."""
    found = Counter(row["event_id"] for row in await rows(ground.tasks.url, "select event_id from chaos_effect"))
    twice = [event for event, times in found.items() if times > 1]
    assert twice == [], f"{len(twice)} of {len(found)} events took effect more than once"
    assert len(found) == model.resolutions + UNITS


def _check_order(log: Sequence[Event]) -> None:
    """An aggregate's versions first appear in order, without a gap."""
    seen: dict[str, int] = {}
    for event in log:
        assert event.aggregateversion <= seen.get(event.subject, 0) + 1, f"{event.id} came before its predecessor"
        seen[event.subject] = max(event.aggregateversion, seen.get(event.subject, 0))
