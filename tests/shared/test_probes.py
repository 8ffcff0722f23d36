"""Health is the process's own progress, readiness whether it can keep its promises; both without a token."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.api import ServiceUnderTest


@pytest.fixture
async def anybody(plain: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with plain.client(None) as client:
        yield client


async def test_a_loop_that_hangs_makes_the_process_unhealthy(
    plain: ServiceUnderTest, anybody: httpx.AsyncClient
) -> None:
    plain.runtime.progress.beat("relay")
    assert (await anybody.get("/healthz")).status_code == 200
    plain.runtime.progress.loops["relay"].beaten_at -= 61
    answer = await anybody.get("/healthz")
    assert (answer.status_code, answer.json()["stalled"]) == (503, ["relay"])


async def test_a_bus_that_is_away_makes_the_service_unready_but_not_unhealthy(
    plain: ServiceUnderTest, anybody: httpx.AsyncClient
) -> None:
    plain.runtime.progress.expect("relay")
    assert (await anybody.get("/readyz")).status_code == 503
    plain.runtime.progress.beat("relay")
    ready = await anybody.get("/readyz")
    assert (ready.status_code, ready.json()["ready"], ready.json()["dead_letters"]) == (200, True, 0)
    plain.runtime.progress.wait("relay", TimeoutError())
    answer = await anybody.get("/readyz")
    told = {"ok": False, "detail": "waiting: TimeoutError: no answer in time"}
    assert (answer.status_code, answer.json()["checks"]["relay"]) == (503, told)
    assert (await anybody.get("/healthz")).status_code == 200


async def test_a_database_that_is_away_makes_the_service_unready_but_not_unhealthy(
    plain: ServiceUnderTest, anybody: httpx.AsyncClient
) -> None:
    await plain.pool.close()
    answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]["ok"]) == (503, False)
    assert (await anybody.get("/healthz")).status_code == 200


async def test_open_dead_letters_are_counted(plain: ServiceUnderTest, anybody: httpx.AsyncClient) -> None:
    await plain.pool.execute(
        "insert into dead_letter (consumer, topic, partition, record_offset, reason) values ('c', 't', 0, 1, 'r')"
    )
    assert (await anybody.get("/readyz")).json()["dead_letters"] == 1


async def test_metrics_name_route_and_status(anybody: httpx.AsyncClient) -> None:
    await anybody.get("/v1/nothing")
    await anybody.get("/healthz")
    text = (await anybody.get("/metrics")).text
    assert 'xietiao_http_request_seconds_count{method="GET",route="/healthz",status="200"}' in text
    assert 'route="unmatched",status="404"' in text
