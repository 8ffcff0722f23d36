"""No event stops the stream or a consumer, whatever a stranger writes into it; and what is refused is refused at once.

Every event type, every member of it in turn: texts that PostgreSQL cannot hold, texts longer than an index takes,
numbers beyond any column, days without a neighbour, lists of 10,000.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka import ConsumerRecord

from services.meetings.app import SERVICE as MEETINGS
from services.meetings.settings import MeetingsSettings
from services.scoring.projector import Projector
from services.scoring.rules.completion import Completion
from services.tasks.app import SERVICE as TASKS
from services.tasks.settings import TasksSettings
from shared.consumer import EventConsumer
from shared.contracts.envelope import UnreadableEventError, read_event
from shared.dead_letters import DeadLetterBox
from shared.observability import Progress
from tests.chaos.conftest import KILLS
from tests.chaos.hostile import NUL, hostile_events
from tests.conftest import DatabaseFactory
from tests.scoring.builders import TaskStory, record
from tests.scoring.conftest import adopted, live, scoring
from tests.support.api import ServiceUnderTest, service_under_test

__all__ = ["live", "scoring"]  # fixtures

EVENTS = list(hostile_events())
CHOSEN = EVENTS if KILLS else random.Random(7).sample(EVENTS, 1200)  # noqa: S311 - a choice, no secret
NO_LIMIT = 10**6


class _Nowhere:
    """A producer to whom nothing matters."""

    async def send_and_wait(self, *_args: object, **_options: object) -> None:
        """Take it."""


def box(consumer: str) -> DeadLetterBox:
    """Return a box whose notes are real."""
    return DeadLetterBox(consumer, "dead-letters", _Nowhere())


@pytest.fixture
async def tasks(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    (tmp_path / "tasks").mkdir()
    async with service_under_test(TASKS, await database("tasks"), tmp_path / "tasks", TasksSettings) as service:
        yield service


@pytest.fixture
async def meetings(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    (tmp_path / "meetings").mkdir()
    where = tmp_path / "meetings"
    async with service_under_test(MEETINGS, await database("meetings"), where, MeetingsSettings) as service:
        yield service


async def taken(service: ServiceUnderTest, events: Sequence[bytes]) -> Counter[str]:
    """Hand events to a service's consumer; return what became of them. What it raises would have stopped it."""
    settings = service.runtime.settings.model_copy(update={"handler_attempts": 1, "dead_letter_limit": NO_LIMIT})
    name, progress = service.service.name, service.runtime.progress
    consumer = EventConsumer(name, service.service.subscription, service.pool, settings, progress, lambda: None)
    found: Counter[str] = Counter()
    for offset, event in enumerate(events):
        found[await consumer.take(record(event, offset), box(name))] += 1
    return found


@pytest.mark.parametrize("number", range(3), ids=["tasks", "meetings", "scoring"])
async def test_no_event_stops_a_consumer(
    tasks: ServiceUnderTest, meetings: ServiceUnderTest, scoring: ServiceUnderTest, number: int
) -> None:
    service = (tasks, meetings, scoring)[number]
    handled = set(service.service.subscription.handlers)
    events = [event for event in CHOSEN if orjson.loads(event)["type"] in handled]
    found = await taken(service, events)
    assert found["dead_letter"] > len(events) / 4
    assert found["handled"] + found["duplicate"] > 0
    assert await service.pool.fetchval("select count(*) from dead_letter") == found["dead_letter"]


async def test_no_event_stops_the_stream(live: ServiceUnderTest) -> None:
    records = [record(event, offset) for offset, event in enumerate(CHOSEN)]
    good = TaskStory(number=77).assigned()
    results = await folded(live, [*records, record(good, len(records))])
    assert results["dead_letter"] > len(records) / 4
    lines = await live.pool.fetchval("select count(*) from ledger_line where aggregate = $1", good.subject)
    assert lines == 2


async def folded(service: ServiceUnderTest, records: Sequence[ConsumerRecord]) -> Counter[str]:
    """Fold records in group commits of 300; return what became of them."""
    projector = Projector(service.pool, box("scoring-stream"), Progress(), NO_LIMIT)
    found: Counter[str] = Counter()
    for start in range(0, len(records), 300):
        async with service.pool.acquire() as conn, conn.transaction():
            found.update(await projector._write(conn, [records[start : start + 300]]))
    return found


BAD_METHODS: dict[str, dict[str, Any]] = {
    "no method": {"body": {"criteria": []}},
    "another version": {"method_version": 7},
    "another interval": {"assessed_to": "2027-12-31"},
    "days without a neighbour": {"body": adopted().body | {"assessed": {"from": "2026-01-01", "to": "9999-12-31"}}},
}


@pytest.mark.parametrize("name", BAD_METHODS)
async def test_a_method_that_cannot_be_followed_is_put_aside_and_no_generation_of_it_is_built(
    scoring: ServiceUnderTest, live: ServiceUnderTest, name: str
) -> None:
    content = orjson.loads(TaskStory().assigned().to_bytes()) | {
        "type": "cn.xietiao.scoring.method-adopted.v1",
        "subject": "departments-2026",
        "data": adopted().model_dump(mode="json") | {"method_version": 2} | BAD_METHODS[name],
    }
    before = await live.pool.fetchval("select count(*) from generation")
    found = await folded(live, [record(orjson.dumps(content), 0), record(TaskStory().assigned(), 1)])
    assert found["dead_letter"] == 1
    assert await live.pool.fetchval("select count(*) from generation") == before
    assert await live.pool.fetchval("select readable from dead_letter")


async def test_an_event_that_a_rule_stumbles_over_is_put_aside_and_the_rest_goes_on(
    live: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbled = TaskStory(number=5).assigned()
    real = Completion.evidence

    def evidence(self: Completion, event: Any) -> Any:  # noqa: ANN401 - as the rule's
        if event.subject == stumbled.subject:
            raise ZeroDivisionError("no weight")
        return real(self, event)

    monkeypatch.setattr("services.scoring.rules.completion.Completion.evidence", evidence)
    found = await folded(live, [record(stumbled, 0), record(TaskStory(number=6).assigned(), 1)])
    assert (found["dead_letter"], found["handled"]) == (1, 1)
    reason = await live.pool.fetchval("select reason from dead_letter")
    assert reason == "the fold by departments-2026 fails: ZeroDivisionError: no weight"


@pytest.mark.parametrize("member", ["title", "source_id", "tags"])
def test_a_text_with_nul_is_refused_with_its_reason(member: str) -> None:
    event = orjson.loads(TaskStory().assigned().to_bytes())
    event["data"][member] = [NUL] if member == "tags" else NUL
    with pytest.raises(UnreadableEventError, match=r"U\+0000"):
        read_event(orjson.dumps(event))


def test_a_backslash_before_u0000_is_no_nul() -> None:
    event = orjson.loads(TaskStory().assigned().to_bytes())
    event["data"]["title"] = r"\u0000"
    assert read_event(orjson.dumps(event)).data.title == r"\u0000"
