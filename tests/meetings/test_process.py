"""The whole service as its own process on the real bus: events in, a command, events out, a clean end."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from deploy.local.ports import any_free_port
from shared.contracts.envelope import Event, read_event
from shared.contracts.registry import BodyChanged, UnitRegistered
from shared.contracts.tasks import TaskCompleted
from tests.conftest import DatabaseFactory
from tests.meetings.builders import a_meeting, a_resolution
from tests.meetings.conftest import SETUP
from tests.support.api import NOW, SigningKey
from tests.support.bus import put, read_topic
from tests.support.eventually import eventually
from tests.support.stack import Servers

TASK = UUID("01900000-0000-7000-8000-00000000000a")


@contextlib.contextmanager
def _process(environment: Mapping[str, str], *flags: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "services.meetings", *flags]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        yield process
    finally:
        process.kill()
        process.wait()


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


@contextlib.asynccontextmanager
async def _office(environment: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{environment['XIETIAO_PORT']}",
        headers={"authorization": f"Bearer {environment['TOKEN']}"},
        timeout=30,
    ) as client:

        async def ready() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get("/readyz")).status_code == 200
            return False

        await eventually(ready)
        yield client


async def _posted(office: httpx.AsyncClient, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """Post as soon as the registry's events have come through."""

    async def answer() -> dict[str, Any] | None:
        given = await office.post(url, json=body)
        shown: dict[str, Any] = given.json()
        return shown if given.status_code == 201 else None

    found = await eventually(answer)
    assert found is not None
    return found


async def test_a_resolution_travels_out_and_its_fulfilment_comes_back(
    stack: Servers, topics: str, environment: dict[str, str]
) -> None:
    body = BodyChanged(body="coordination-meeting", name="协调会议", valid_from=SETUP)
    await put(stack.kafka_bootstrap, f"{topics}.registry", Event.of(body, subject="b", version=1, time=NOW).to_bytes())
    for code in ("330324-fgj", "330324-jtj"):
        unit = UnitRegistered(unit=code, name=code, short_name=code, kind="department", valid_from=SETUP)
        event = Event.of(unit, subject=code, version=1, time=NOW)
        await put(stack.kafka_bootstrap, f"{topics}.registry", event.to_bytes(), key=code)
    with _process(environment) as process:
        async with _office(environment) as office:
            past = {"starts_at": "2026-01-12T09:00:00+08:00", "held_on": "2026-01-12"}
            meeting = await _posted(office, "/v1/meetings", a_meeting(chair_post=None, **past))
            resolution = await _posted(
                office, f"/v1/meetings/{meeting['id']}/resolutions", a_resolution(due_on="2199-12-31")
            )
            told = await eventually(lambda: _events(stack, topics, 3))
            assert [event.aggregateversion for event in told] == [1, 2, 3]
            assert str(told[-1].data.resolution_id) == resolution["id"]
            await put(stack.kafka_bootstrap, f"{topics}.tasks", _completed(resolution["id"]).to_bytes())

            async def fulfilled() -> bool:
                shown = (await office.get(f"/v1/meetings/{meeting['id']}")).json()
                return bool(shown["resolutions"][0]["fulfilment"]["state"] == "fulfilled")

            await eventually(fulfilled)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


async def _events(stack: Servers, topics: str, count: int) -> list[Event]:
    records = await read_topic(stack.kafka_bootstrap, f"{topics}.meetings")
    return [read_event(record.value) for record in records] if len(records) == count else []


def _completed(resolution_id: str) -> Event:
    payload = TaskCompleted(
        task_id=TASK,
        title="规划",
        source_kind="resolution",
        source_id=resolution_id,
        weight=Decimal(1),
        due_on=SETUP,
        done_at=NOW,
        days_late=0,
    )
    return Event.of(payload, subject=str(TASK), version=9, time=NOW)


async def test_a_process_without_api_answers_only_to_its_operators(environment: dict[str, str]) -> None:
    with _process(environment, "--relay", "--consumer"):
        async with _office(environment) as office:
            assert (await office.get("/v1/meetings")).status_code == 404
            assert set((await office.get("/readyz")).json()["checks"]) == {"relay", "consumer", "database"}


def test_missing_settings_are_named() -> None:
    command = [sys.executable, "-m", "services.meetings"]
    run = subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "XIETIAO_DATABASE_URL" in run.stderr
