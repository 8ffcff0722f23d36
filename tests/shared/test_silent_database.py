"""A database that is there and says nothing: who asks is told so in time, and everything goes on when it speaks."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.postgres import TRANSIENT, open_pool
from tests.support.api import ServiceUnderTest
from tests.support.eventually import eventually
from tests.support.passage import Passage
from tests.support.stack import ServiceDatabase


@pytest.fixture
async def passage(
    plain: ServiceUnderTest, plain_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Passage]:
    """Let the service reach its database through a passage, and be less patient than it is."""
    monkeypatch.setattr("shared.postgres.STATEMENT_SECONDS", 1)
    monkeypatch.setattr("shared.web._PROBE_SECONDS", 0.5)
    monkeypatch.setattr("shared.postgres.LENDING_SECONDS", 2)
    direct = plain.runtime.pool
    async with Passage(plain_database.url).running() as passage:
        async with await open_pool(passage.url, 2, "test-passage") as pool:
            plain.runtime.pool = pool
            yield passage
            passage.open.set()
        plain.runtime.pool = direct


async def test_readiness_says_that_the_database_is_silent_and_health_stays(
    plain: ServiceUnderTest, passage: Passage
) -> None:
    async with plain.client(None) as anybody:
        await eventually(lambda: _ready(plain))
        passage.open.clear()
        for _ in range(5):  # more than the pool has connections
            async with asyncio.timeout(10):
                answer = await anybody.get("/readyz")
            assert answer.status_code == 503
            assert answer.json()["checks"]["database"]["detail"].startswith("TimeoutError: no answer within")
        assert (await anybody.get("/healthz")).status_code == 200
        passage.open.set()
        await eventually(lambda: _ready(plain))


async def _ready(plain: ServiceUnderTest) -> bool:
    async with plain.client(None) as anybody:
        return (await anybody.get("/readyz")).status_code == 200


async def test_reads_and_commands_are_refused_in_time(plain: ServiceUnderTest, passage: Passage) -> None:
    async with plain.client("office") as office:
        assert (await office.get("/v1/notes/x")).status_code == 200
        passage.open.clear()
        async with asyncio.timeout(10):
            asked = await asyncio.gather(office.get("/v1/notes/x"), office.post("/v1/notes", json={"word": "x"}))
        assert [(answer.status_code, answer.json()["code"]) for answer in asked] == [(503, "unavailable")] * 2
        passage.open.set()
        await eventually(lambda: _ready(plain))
        assert (await office.post("/v1/notes", json={"word": "x"})).status_code == 201


async def test_a_loops_question_fails_in_time(plain: ServiceUnderTest, passage: Passage) -> None:
    passage.open.clear()
    with pytest.raises(TRANSIENT):
        async with asyncio.timeout(10):
            await plain.pool.fetchval("select 1")
