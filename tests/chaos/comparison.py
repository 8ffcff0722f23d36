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
from tests.support.eventually import PATIENCE_SECONDS, eventually

AWAY: tuple[type[Exception], ...] = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
FOLLOWED = "select count(*)::int from resolution_task join resolution on resolution.id = resolution_id"
"""Resolutions of whose task the meetings service has heard."""
OUTBOXES = ("registry", "tasks", "meetings")
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


async def quiet(ground: Ground, model: Model, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until everything acknowledged has been through the outboxes, the consumers and the fold."""

    missing: list[str] = ["an answer of the databases"]

    async def done() -> bool:
        with contextlib.suppress(*AWAY):
            found = [await _shortfall(ground, *wanted) for wanted in _wanted(model)]
            missing[:] = [each for each in found if each is not None]
        return not missing

    try:
        await eventually(done, seconds)
    except AssertionError as late:
        raise AssertionError(f"after {seconds} s there is still missing: {'; '.join(missing)}") from late
    end = await ends(ground)

    async def folded() -> bool:
        return await positions(ground) == end

    await eventually(folded, seconds)


def _wanted(model: Model) -> list[tuple[str, str, int]]:
    """Return what must have come of the load, by service: a count, and how much it must be at least."""
    effects = "select count(distinct event_id) from chaos_effect"
    units = "select count(*) from known_unit"
    return [
        ("tasks", "select count(*) from task", model.tasks),
        ("tasks", effects, model.resolutions + model.adopted + UNITS + model.units),
        ("tasks", units, UNITS + model.units),
        ("meetings", FOLLOWED, model.adopted),
    ]


async def _shortfall(ground: Ground, service: str, query: str, least: int) -> str | None:
    """Return in words what a service has not published or heard yet; None if nothing is missing."""
    url = ground.databases[service].url
    unsent = await value(url, "select count(*) from outbox where sent_at is null")
    if unsent:
        return f"{service} has {unsent} events unsent"
    found = int(await value(url, query))
    return None if found >= least else f"{service}: {found} of {least} by {query}"


async def tallies(ground: Ground) -> Tallies:
    """Return the live generation's tallies."""
    return {
        (row["unit"], row["criterion"]): (row["lines"], row["weight"], row["points"])
        for row in await rows(ground.scoring.url, _TALLIES)
    }


async def published(ground: Ground, topic: str) -> list[Event]:
    """Return the events of a topic, in the order of the log per partition."""
    return [read_event(record.value) for record in await read_topic(ground.bootstrap, ground.topic(topic))]


async def compare(ground: Ground, model: Model) -> None:
    """Fail if a command was lost, an event was published without its commit, or anything was counted twice."""
    for service in OUTBOXES:
        await _compare_log(ground, model, service)
    assert await value(ground.tasks.url, "select count(*) from task") == model.tasks
    await _compare_acknowledged(ground, model)
    assert await tallies(ground) == model.tallies()
    assert await positions(ground) == await ends(ground)


async def _compare_log(ground: Ground, model: Model, service: str) -> None:
    written = "select convert_from(event, 'UTF8')::jsonb ->> 'id' as id from outbox"
    committed = {row["id"] for row in await rows(ground.databases[service].url, written)}
    log = [event for event in await published(ground, service) if event.id not in model.foreign]
    assert {event.id for event in log} - committed == set(), f"{service}: events without their commit"
    assert committed - {event.id for event in log} == set(), f"{service}: commits without their event"
    _check_order(log)


async def _compare_acknowledged(ground: Ground, model: Model) -> None:
    """Compare what the commands of registry and meetings have left."""
    registered = "select count(*) from unit where code like '330324-sy%'"
    assert await value(ground.databases["registry"].url, registered) == model.units
    assert await value(ground.databases["meetings"].url, "select count(*) from resolution") == model.adopted
    assert await value(ground.databases["meetings"].url, FOLLOWED) == model.adopted


async def compare_effects(ground: Ground, model: Model) -> None:
    """Fail if an event that was consumed had no effect, or more than one."""
    found = Counter(row["event_id"] for row in await rows(ground.tasks.url, "select event_id from chaos_effect"))
    twice = [event for event, times in found.items() if times > 1]
    assert twice == [], f"{len(twice)} of {len(found)} events took effect more than once"
    assert len(found) == model.resolutions + model.adopted + UNITS + model.units


def _check_order(log: Sequence[Event]) -> None:
    """An aggregate's versions first appear in order, without a gap."""
    seen: dict[str, int] = {}
    for event in log:
        assert event.aggregateversion <= seen.get(event.subject, 0) + 1, f"{event.id} came before its predecessor"
        seen[event.subject] = max(event.aggregateversion, seen.get(event.subject, 0))
