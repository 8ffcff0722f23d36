"""Junk on the topics: put aside with reason and position; a run of it stops the worker until someone has looked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from services.scoring import projector
from services.scoring.app import SERVICE as SCORING
from services.scoring.settings import ScoringSettings
from services.tasks.app import SERVICE as TASKS
from services.tasks.settings import TasksSettings
from shared.contracts import envelope
from shared.contracts.catalogue import PAYLOADS
from tests.chaos.comparison import positions, rows, value
from tests.chaos.conftest import KILLS
from tests.chaos.ground import LEAD, Ground
from tests.scoring.builders import TaskStory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.support.bus import put
from tests.support.eventually import eventually

RUN = 10_000 if KILLS else 300
LIMIT = 100
RESTARTS = 5 if KILLS else 2
NOISE = bytes(range(256)) * 3900
"""Just below a million bytes: more, the broker itself refuses."""

STORY = TaskStory()
GOOD = STORY.assigned().to_bytes()
FUTURE = GOOD.replace(b"task-assigned.v1", b"task-assigned.v2")
UNKNOWN = GOOD.replace(b"task-assigned.v1", b"task-painted.v1")
JUNK = {
    b"\x00\xff no JSON": "not JSON",
    b'{"no": "CloudEvent"}': "no CloudEvent",
    b"[1, 2]": "no CloudEvent",
    GOOD.replace(b'"weight":"3"', b'"weight":"-3"'): "weight",
    NOISE: "not JSON",
}


@pytest.fixture
async def scoring(ground: Ground, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    chosen = {"kafka_bootstrap": ground.bootstrap, "topic_prefix": ground.prefix}
    (tmp_path / "scoring").mkdir()
    async with service_under_test(SCORING, ground.scoring, tmp_path / "scoring", ScoringSettings, **chosen) as service:
        yield service


@pytest.fixture
async def tasks(ground: Ground, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    chosen = {"kafka_bootstrap": ground.bootstrap, "topic_prefix": ground.prefix}
    (tmp_path / "tasks").mkdir()
    async with service_under_test(TASKS, ground.tasks, tmp_path / "tasks", TasksSettings, **chosen) as service:
        yield service


async def stands(ground: Ground) -> int:
    """Return how many records of the tasks topic are folded."""
    return sum(offset for (topic, _), offset in (await positions(ground)).items() if topic == ground.topic("tasks"))


async def stands_at(ground: Ground, count: int, seconds: float = 60) -> None:
    async def there() -> bool:
        return await stands(ground) == count

    await eventually(there, seconds)


async def letters(service: ServiceUnderTest) -> list[dict[str, object]]:
    """Return the open dead letters as the API lists them."""
    async with service.client("operator") as operator:
        answer = await operator.get("/v1/dead-letters", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["items"]
    return found


def position(letter: dict[str, object]) -> dict[str, object]:
    return {name: letter[name] for name in ("consumer", "topic", "partition", "record_offset")}


async def test_each_kind_of_junk_is_put_aside_by_stream_and_consumer_and_the_rest_goes_on(
    ground: Ground, scoring: ServiceUnderTest, tasks: ServiceUnderTest
) -> None:
    for topic in ("tasks", "meetings", "registry"):
        await put(ground.bootstrap, ground.topic(topic), *JUNK, FUTURE, UNKNOWN, GOOD)
    await ground.start("scoring", "stream")
    await ground.start("tasks", "consumer")
    await stands_at(ground, len(JUNK) + 3)
    for service, topics in ((scoring, {"tasks", "meetings"}), (tasks, {"registry", "meetings"})):
        await eventually(lambda service=service: _has(service, 2 * (len(JUNK) + 1)))  # type: ignore[misc]
        found = await letters(service)
        for topic in topics:
            told = [letter for letter in found if letter["topic"] == ground.topic(topic)]
            assert [letter["parked"] for letter in told] == [False] * len(JUNK) + [True]
            assert all(reason in str(letter["reason"]) for letter, reason in zip(told, JUNK.values(), strict=False))
    assert await value(ground.scoring.url, "select lines from tally where criterion = 'key-tasks' and points = 0") == 1


async def _has(service: ServiceUnderTest, count: int) -> bool:
    return len(await letters(service)) == count


async def test_a_run_of_junk_stops_the_stream_also_after_restarts_until_it_is_dealt_with(
    ground: Ground, scoring: ServiceUnderTest
) -> None:
    await put(ground.bootstrap, ground.topic("tasks"), *[b"junk"] * RUN, GOOD)
    for _ in range(RESTARTS):
        worker = await ground.start("scoring", "stream")
        assert await asyncio.wait_for(worker.process.wait(), 60) == 1
        assert await stands(ground) == LIMIT
    assert "xietiao dead-letters" in ground.log.read_text()
    async with scoring.client("operator") as operator:
        for letter in await letters(scoring):
            answer = await operator.post("/v1/dead-letters/dismiss", json=position(letter))
            assert answer.status_code == 200, answer.text
    worker = await ground.start("scoring", "stream", XIETIAO_DEAD_LETTER_LIMIT="20000")
    await stands_at(ground, RUN + 1, 200)
    assert await value(ground.scoring.url, "select count(*) from dead_letter") == RUN
    assert worker.process.returncode is None


async def test_a_run_of_junk_stops_the_consumer_also_after_restarts_until_it_is_dealt_with(
    ground: Ground, tasks: ServiceUnderTest
) -> None:
    await put(ground.bootstrap, ground.topic("meetings"), *[b"junk"] * (LIMIT + 20))
    for _ in range(RESTARTS):
        worker = await ground.start("tasks", "consumer")
        assert await asyncio.wait_for(worker.process.wait(), 60) == 1
        assert len(await letters(tasks)) == LIMIT
    assert "xietiao dead-letters" in ground.log.read_text()
    async with tasks.client("operator") as operator:
        for letter in await letters(tasks):
            await operator.post("/v1/dead-letters/dismiss", json=position(letter))
    worker = await ground.start("tasks", "consumer")
    await eventually(lambda: _has(tasks, 20))
    assert worker.process.returncode is None


async def test_a_replay_after_a_fix_goes_through_exactly_once(
    ground: Ground, scoring: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(ground.bootstrap, ground.topic("tasks"), FUTURE)
    await ground.start("scoring", "stream")
    await stands_at(ground, 1)
    (letter,) = await letters(scoring)
    body = position(letter)
    async with scoring.client("operator") as operator, scoring.client("office") as office:
        assert (await office.post("/v1/dead-letters/replay", json=body)).status_code == 403
        refused = await operator.post("/v1/dead-letters/replay", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "dead-letter-still-fails")
        assert "major version" in refused.json()["detail"]
        known = {**PAYLOADS, "cn.xietiao.tasks.task-assigned.v2": PAYLOADS["cn.xietiao.tasks.task-assigned.v1"]}
        monkeypatch.setattr(envelope, "PAYLOADS", known)
        monkeypatch.setattr(projector, "read_event", _read_as_first_version)
        answers = await asyncio.gather(*(operator.post("/v1/dead-letters/replay", json=body) for _ in range(3)))
        record = await operator.get(
            "/v1/dead-letters/record", params={name: str(body[name]) for name in list(body)[1:]}
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409], [answer.text for answer in answers]
    assert orjson.loads(record.json()["value"])["type"] == "cn.xietiao.tasks.task-assigned.v2"
    found = await rows(ground.scoring.url, "select unit, lines from tally where criterion = 'key-tasks' order by unit")
    assert [(row["unit"], row["lines"]) for row in found] == [(LEAD, 1), ("330324-tjj", 1)]
    assert await letters(scoring) == []


def _read_as_first_version(content: bytes, headers: envelope.Headers) -> envelope.Event:
    """Read the later version as the fixed code would, by bringing it to the form that the fold knows."""
    event = envelope.read_event(content, headers)
    return event.model_copy(update={"type": event.type.replace(".v2", ".v1")})
