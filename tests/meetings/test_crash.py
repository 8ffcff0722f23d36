"""Kills, failures in mid-work and two at once: nothing is numbered or told twice, nothing is lost."""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.ports import any_free_port
from services.meetings.obligations import watch
from shared import outbox
from shared.contracts.envelope import Event, read_event
from shared.contracts.meetings import MinutesPublished, ObligationLapsed, ObligationOpened
from shared.contracts.registry import BodyChanged
from tests.conftest import DatabaseFactory
from tests.meetings.builders import a_meeting
from tests.meetings.conftest import SETUP
from tests.meetings.county import oblige
from tests.support.api import NOW, ServiceUnderTest, SigningKey
from tests.support.bus import put, read_topic
from tests.support.eventually import eventually
from tests.support.stack import Servers

KILLS = 4
MEETINGS = 12


async def test_two_watches_at_once_open_and_lapse_each_obligation_once(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await oblige(office, since="2026-01-01")
    meetings.clock.at = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    noted = await asyncio.gather(*(watch.catch_up(meetings.runtime) for _ in range(4)))
    events = await meetings.events()
    assert sum(noted) == len(events) == 6 + 4
    assert sum(isinstance(event.data, ObligationOpened) for event in events) == 6
    assert sum(isinstance(event.data, ObligationLapsed) for event in events) == 4


async def test_a_watch_that_fails_in_mid_work_leaves_nothing_half_done(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await oblige(office, since="2026-01-01")
    append, count = outbox.append, 0

    async def failing(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as the outbox's
        nonlocal count
        count += 1
        if count == 4:
            raise TimeoutError
        await append(*arguments, **named)

    monkeypatch.setattr(outbox, "append", failing)
    with pytest.raises(TimeoutError):
        await watch.catch_up(meetings.runtime)
    assert await meetings.events() == []
    assert await meetings.pool.fetchval("select count(*) from obligation") == 0
    assert await watch.catch_up(meetings.runtime) == 6
    assert len(await meetings.events()) == 6


async def test_a_signing_that_fails_gives_its_number_back(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await _prepared(office) for _ in range(2)]
    append, failed = outbox.append, False
    for meeting_id in ids:
        signed = await office.post(f"/v1/meetings/{meeting_id}/minutes/sign", json={"signer": "张三"})
        assert signed.is_success

    async def failing(*arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as the outbox's
        nonlocal failed
        failed = True
        raise TimeoutError

    monkeypatch.setattr(outbox, "append", failing)
    assert (await office.post(f"/v1/meetings/{ids[0]}/minutes/publish")).status_code == 503
    assert failed
    assert (await office.get(f"/v1/meetings/{ids[0]}/minutes")).json()["state"] == "signed"
    monkeypatch.setattr(outbox, "append", append)
    assert (await office.post(f"/v1/meetings/{ids[0]}/minutes/publish")).is_success
    assert (await office.get("/v1/minutes", params={"q": "协调"})).json()["items"][0]["number"] == "〔2026〕1号"


async def _prepared(office: httpx.AsyncClient) -> str:
    """Record a meeting whose minutes wait for the signature."""
    meeting = a_meeting(held_on="2026-01-15", chair_post=None, chair_title="县长")
    answer = await office.post("/v1/meetings", json=meeting)
    assert answer.is_success, answer.text
    meeting_id = str(answer.json()["id"])
    for what in ("", "/review"):
        assert (await office.post(f"/v1/meetings/{meeting_id}/minutes{what}")).is_success
    return meeting_id


class Process:
    """One process of the whole service, which may be killed and started again."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "services.meetings"]
        self._process = subprocess.Popen(command, env=self._environment)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def _running(environment: Mapping[str, str]) -> Iterator[Process]:
    process = Process(environment)
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture
async def environment(stack: Servers, database: DatabaseFactory, topics: str, tmp_path: Path) -> dict[str, str]:
    keys = SigningKey(tmp_path / "jwks.json")
    keys.publish()
    return {
        "XIETIAO_PORT": str(any_free_port()),
        "XIETIAO_DATABASE_URL": (await database("meetings")).url,
        "XIETIAO_KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "XIETIAO_TOPIC_PREFIX": topics,
        "XIETIAO_JWKS_FILE": str(keys.path),
        "TOKEN": keys.token("office"),
    }


async def _patiently(office: httpx.AsyncClient, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
    """Post until it is answered, with a key, as a caller does who loses the connection."""

    async def answered() -> dict[str, Any] | None:
        with contextlib.suppress(httpx.TransportError):
            answer = await office.post(path, json=body, headers={"idempotency-key": key})
            if answer.status_code < 500:
                assert answer.is_success, answer.text
                shown: dict[str, Any] = answer.json()
                return shown
        return None

    found = await eventually(answered)
    assert found is not None
    return found


async def _sign_and_publish(office: httpx.AsyncClient, meeting_id: str, chance: random.Random) -> str:
    await asyncio.sleep(chance.uniform(0, 4))
    url = f"/v1/meetings/{meeting_id}/minutes"
    signed = await _patiently(office, f"{url}/sign", {"signer": "张三"}, f"sign-{meeting_id}")
    await _patiently(office, f"{url}/publish", {}, f"publish-{meeting_id}")
    return str(signed["number"])


async def test_kills_at_random_moments_leave_no_gap_in_numbers_and_events(
    stack: Servers, topics: str, environment: dict[str, str]
) -> None:
    chance = random.Random(7)  # noqa: S311 - a schedule, no secret
    body = BodyChanged(body="coordination-meeting", name="协调会议", valid_from=SETUP)
    await put(stack.kafka_bootstrap, f"{topics}.registry", Event.of(body, subject="b", version=1, time=NOW).to_bytes())
    base = f"http://127.0.0.1:{environment['XIETIAO_PORT']}"
    headers = {"authorization": f"Bearer {environment['TOKEN']}"}
    with _running(environment) as process:
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=20) as office:
            await eventually(lambda: _body_known(office))
            ids = [await _prepared(office) for _ in range(MEETINGS)]
            signings = [asyncio.create_task(_sign_and_publish(office, each, chance)) for each in ids]
            for _ in range(KILLS):
                await asyncio.sleep(chance.uniform(0.3, 1.2))
                process.kill()
                process.start()
            numbers = await asyncio.gather(*signings)
            assert sorted(int(number[6:-1]) for number in numbers) == list(range(1, MEETINGS + 1))
            events = await eventually(lambda: _published(stack, topics))
    _check(events)


async def _body_known(office: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await office.get("/v1/bodies/coordination-meeting/rule")).status_code == 200
    return False


async def _published(stack: Servers, topics: str) -> list[Event]:
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    events = [read_event(record.value) for record in records]
    told = {event.subject for event in events if isinstance(event.data, MinutesPublished)}
    return events if len(told) == MEETINGS else []


def _check(events: list[Event]) -> None:
    """Each event may be sent twice, but says the same then, and no version is missing or out of order."""
    once: dict[str, Event] = {}
    for event in events:
        assert once.setdefault(event.id, event) == event
    for subject in {event.subject for event in once.values()}:
        versions = [event.aggregateversion for event in once.values() if event.subject == subject]
        assert versions == list(range(1, len(versions) + 1))
