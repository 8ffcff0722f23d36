"""Junk on the topics: put aside with reason and position; a run of it stops the worker until someone has looked."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import httpx
import orjson
import pytest

from services.meetings.app import SERVICE as MEETINGS
from services.meetings.settings import MeetingsSettings
from services.scoring import projector
from services.scoring.app import SERVICE as SCORING
from services.scoring.settings import ScoringSettings
from services.tasks.app import SERVICE as TASKS
from services.tasks.settings import TasksSettings
from shared.contracts import envelope
from shared.contracts.catalogue import PAYLOADS
from shared.dead_letters import DeadLetterBox
from shared.kafka import make_producer
from shared.process import Service
from shared.settings import ServiceSettings
from tests.chaos.comparison import positions, rows, value
from tests.chaos.conftest import KILLS, long_form
from tests.chaos.ground import LEAD, Ground, Part
from tests.scoring.builders import TaskStory
from tests.support.api import ServiceUnderTest, record_of, service_under_test
from tests.support.bus import producer_on, put, read_topic
from tests.support.eventually import PATIENCE_SECONDS, eventually

RUN = 10_000 if KILLS else 300
LIMIT = 100
RESTARTS = 5 if KILLS else 2
NOISE = bytes(range(256)) * 4096
"""1 MB."""
SWOLLEN = b"\0" * 3_000_000
"""Larger than any record may be, but not where it is packed."""

STORY = TaskStory()
GOOD = STORY.assigned().to_bytes()
FUTURE = GOOD.replace(b"task-assigned.v1", b"task-assigned.v2")
UNKNOWN = GOOD.replace(b"task-assigned.v1", b"task-painted.v1")
JUNK = {
    b"\x00\xff no JSON": "not JSON",
    b'{"no": "CloudEvent"}': "no CloudEvent",
    b"[1, 2]": "no CloudEvent",
    GOOD.replace(b'"weight":"3"', b'"weight":"-3"'): "weight",
    GOOD.replace("推进".encode(), rb"\u0000"): "U+0000",
    NOISE: "not JSON",
}
TAKERS: dict[str, tuple[str, ...]] = {
    "scoring stream": ("tasks", "meetings", "scoring"),
    "tasks consumer": ("registry", "meetings", "scoring"),
    "meetings consumer": ("registry", "tasks"),
    "scoring consumer": ("registry",),
}
"""Who takes which topics: every topic is taken by somebody."""
SERVICES: dict[str, tuple[Service, type[ServiceSettings]]] = {
    "scoring": (SCORING, ScoringSettings),
    "tasks": (TASKS, TasksSettings),
    "meetings": (MEETINGS, MeetingsSettings),
}


@pytest.fixture
async def services(ground: Ground, tmp_path: Path) -> AsyncIterator[dict[str, ServiceUnderTest]]:
    """The services' APIs, in this process."""
    chosen = {"kafka_bootstrap": ground.bootstrap, "topic_prefix": ground.prefix}
    async with contextlib.AsyncExitStack() as stack:
        made: dict[str, ServiceUnderTest] = {}
        for name, (service, settings) in SERVICES.items():
            (tmp_path / name).mkdir()
            made[name] = await stack.enter_async_context(
                service_under_test(service, ground.databases[name], tmp_path / name, settings, **chosen)
            )
        yield made


@pytest.fixture
def scoring(services: dict[str, ServiceUnderTest]) -> ServiceUnderTest:
    return services["scoring"]


async def stands(ground: Ground) -> int:
    """Return how many records of the tasks topic are folded."""
    return sum(offset for (topic, _), offset in (await positions(ground)).items() if topic == ground.topic("tasks"))


async def stands_at(ground: Ground, count: int, seconds: float = PATIENCE_SECONDS) -> None:
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


async def test_each_kind_of_junk_on_every_topic_is_put_aside_by_everybody_and_the_rest_goes_on(
    ground: Ground, services: dict[str, ServiceUnderTest]
) -> None:
    for topic in ("registry", "tasks", "meetings", "scoring"):
        await put(ground.bootstrap, ground.topic(topic), *JUNK, FUTURE, UNKNOWN, GOOD)
    parts = {taker: await ground.start(*taker.split()) for taker in TAKERS}
    for taker, topics in TAKERS.items():
        service = services[taker.split()[0]]
        await eventually(lambda service=service, taker=taker: _has(service, taker, JUNK_OF[taker]))  # type: ignore[misc]
        found = [letter for letter in await letters(service) if letter["consumer"] == consumer_of(taker)]
        for topic in topics:
            told = [letter for letter in found if letter["topic"] == ground.topic(topic)]
            assert [letter["parked"] for letter in told] == [False] * len(JUNK) + [True], (taker, topic)
            assert all(reason in str(letter["reason"]) for letter, reason in zip(told, JUNK.values(), strict=False))
        await eventually(lambda taker=taker: _counted(parts[taker], taker))  # type: ignore[misc]
    assert await value(ground.scoring.url, "select lines from tally where criterion = 'key-tasks' and points = 0") == 1


JUNK_OF = {taker: len(topics) * (len(JUNK) + 1) for taker, topics in TAKERS.items()}


def consumer_of(taker: str) -> str:
    """Return the name under which a part's dead letters are noted."""
    service, part = taker.split()
    return service if part == "consumer" else f"{service}-{part}"


async def _counted(part: Part, taker: str) -> bool:
    """Say whether the part's own metrics count one unknown event per topic."""
    told = await _asked(part, "metrics")
    if told is None:
        return False
    wanted = re.compile(r'^xietiao_events_taken_total{.*result="unknown".*} ([0-9.]+)$', re.MULTILINE)
    return [float(count) for count in wanted.findall(told.text)] == [len(TAKERS[taker])]


async def _has(service: ServiceUnderTest, taker: str, count: int) -> bool:
    return sum(letter["consumer"] == consumer_of(taker) for letter in await letters(service)) == count


@pytest.mark.parametrize(
    ("taker", "topic"),
    [
        ("scoring stream", "tasks"),
        ("tasks consumer", "meetings"),
        pytest.param("scoring stream", "scoring", marks=long_form),
        pytest.param("meetings consumer", "tasks", marks=long_form),
        pytest.param("scoring consumer", "registry", marks=long_form),
    ],
)
async def test_a_run_of_junk_stops_who_takes_it_also_after_restarts_until_it_is_dealt_with(
    ground: Ground, services: dict[str, ServiceUnderTest], taker: str, topic: str
) -> None:
    service = services[taker.split(maxsplit=1)[0]]
    await put(ground.bootstrap, ground.topic(topic), *[b"junk"] * RUN, GOOD)
    for restarts in range(RESTARTS):
        worker = await ground.start(*taker.split())
        if "consumer" in taker and restarts:
            await eventually(lambda worker=worker: _says_who_must_look(worker))  # type: ignore[misc]
            await worker.kill()
        else:
            assert await asyncio.wait_for(worker.process.wait(), PATIENCE_SECONDS) == 1
        assert len(await letters(service)) == LIMIT
    assert "xietiao dead-letters" in ground.log.read_text()
    async with service.client("operator") as operator:
        for letter in await letters(service):
            answer = await operator.post("/v1/dead-letters/dismiss", json=position(letter))
            assert answer.status_code == 200, answer.text
    worker = await ground.start(*taker.split(), XIETIAO_DEAD_LETTER_LIMIT="20000")
    await eventually(lambda: _noted(service, RUN), 2 * PATIENCE_SECONDS)
    await eventually(lambda: _no_lag(worker))
    assert await _noted(service, RUN)
    assert worker.process.returncode is None


async def _says_who_must_look(part: Part) -> bool:
    answer = await _asked(part, "readyz")
    return answer is not None and answer.status_code == 503 and "xietiao dead-letters" in answer.text


async def _asked(part: Part, page: str) -> httpx.Response | None:
    """Return what a part answers; None while it does not."""
    async with httpx.AsyncClient() as client:
        with contextlib.suppress(httpx.TransportError):
            return await client.get(f"http://127.0.0.1:{part.port}/{page}")
    return None


async def _noted(service: ServiceUnderTest, count: int) -> bool:
    return bool(await service.pool.fetchval("select count(*) from dead_letter") == count)


async def _no_lag(part: Part) -> bool:
    answer = await _asked(part, "readyz")
    return answer is not None and bool(answer.json()["lag"] == 0)


async def test_a_record_that_is_too_large_to_be_put_aside_is_noted_with_its_position(
    ground: Ground, services: dict[str, ServiceUnderTest]
) -> None:
    packing = make_producer(ground.bootstrap, "packing", compression_type="gzip", max_request_size=10_000_000)
    await packing.start()
    await packing.send_and_wait(ground.topic("meetings"), value=SWOLLEN, key=b"key")
    await packing.stop()
    await ground.start("tasks", "consumer")
    await ground.start("scoring", "stream")
    for taker in ("tasks consumer", "scoring stream"):
        service = services[taker.split()[0]]
        await eventually(lambda service=service, taker=taker: _has(service, taker, 1))  # type: ignore[misc]
        (record,) = await read_topic(ground.bootstrap, ground.topic(f"{taker.split()[0]}.dead-letters"))
        headers = dict(record.headers)
        assert (record.value, headers["xietiao-left-out-bytes"]) == (b"", str(len(SWOLLEN)).encode())
        assert headers["xietiao-origin"].startswith(f"{ground.topic('meetings')}/".encode())


async def test_a_record_of_nothing_is_put_aside(ground: Ground, scoring: ServiceUnderTest) -> None:
    topic = ground.topic("scoring.dead-letters")
    nothing = record_of(None, offset=7, headers=(("note", None),))  # type: ignore[arg-type] # Kafka allows it
    async with producer_on(ground.bootstrap) as producer, scoring.pool.acquire() as conn:
        await DeadLetterBox("scoring-stream", topic, producer).put(conn, nothing, "empty record, said\0\nby \ud800")
    (letter,) = await letters(scoring)
    assert letter["reason"] == r"empty record, said\0 by \ud800"
    (record,) = await read_topic(ground.bootstrap, topic)
    assert dict(record.headers)["xietiao-origin"] == b"xietiao.tasks/0/7"


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
        monkeypatch.setattr(envelope, "_event_validator", cache(envelope._event_validator.__wrapped__))
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
