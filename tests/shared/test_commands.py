"""The edge of writes: one transaction, one answer per Idempotency-Key, every attempt on record."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
import pytest

from tests.support.api import NOW, ServiceUnderTest
from tests.support.stack import ServiceDatabase


@pytest.fixture
async def office(plain: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with plain.client("office") as client:
        yield client


def _field(answer: httpx.Response) -> str:
    assert answer.status_code == 422, answer.text
    return str(answer.json()["errors"][0]["field"])


async def test_a_command_commits_effect_and_record_together(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/notes", json={"word": "议"}, headers={"x-correlation-id": "trace-1"})
    assert (answer.status_code, answer.headers["etag"], answer.headers["x-correlation-id"]) == (201, '"1"', "trace-1")
    (event,) = await plain.events()
    assert (event.subject, event.correlationid, event.time) == (answer.json()["id"], "trace-1", NOW)
    (line,) = await plain.audit()
    assert (line["subject"], line["role"], line["action"], line["target"]) == ("office", "office", "note", "notes")
    assert (line["result"], line["status"], line["correlation_id"]) == ("done", 201, "trace-1")


async def test_a_refused_command_leaves_nothing_but_its_record(
    plain: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    answer = await office.post("/v1/notes", json={"fail": True})
    assert (answer.status_code, answer.json()["allowed"]) == (409, ["succeed"])
    assert await plain.events() == []
    (line,) = await plain.audit()
    assert (line["status"], line["result"]) == (409, "it was told to fail")


async def test_a_caller_without_the_role_is_on_record(plain: ServiceUnderTest) -> None:
    async with plain.client("leader") as leader:
        assert (await leader.post("/v1/notes", json={})).status_code == 403
    (line,) = await plain.audit()
    assert (line["role"], line["status"]) == ("leader", 403)


async def test_the_relay_is_woken_by_what_was_done_and_by_nothing_else(
    plain: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    woken: list[int] = []
    plain.runtime.wake_relay = lambda: woken.append(1)
    await office.post("/v1/notes", json={"fail": True})
    assert woken == []
    await office.post("/v1/notes", json={})
    assert woken == [1]


async def test_the_same_key_again_is_answered_as_before_and_done_once(
    plain: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    key = {"idempotency-key": "k-1"}
    first, second = [await office.post("/v1/notes", json={"word": "议"}, headers=key) for _ in range(2)]
    assert (second.status_code, second.content, second.headers["etag"]) == (201, first.content, '"1"')
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert len(await plain.events()) == 1


async def test_the_same_key_at_the_same_time_is_done_once(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    key, body = {"idempotency-key": "k-1"}, {"word": "议", "seconds": 0.2}
    answers = await asyncio.gather(*(office.post("/v1/notes", json=body, headers=key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len(await plain.events()) == 1


async def test_when_the_first_of_two_fails_the_second_is_done(
    plain: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    key = {"idempotency-key": "k-1"}
    failing = asyncio.create_task(office.post("/v1/notes", json={"fail": True, "seconds": 0.3}, headers=key))
    await asyncio.sleep(0.1)
    assert (await office.post("/v1/notes", json={}, headers=key)).status_code == 201
    assert (await failing).status_code == 409
    assert len(await plain.events()) == 1


async def test_a_key_used_for_another_request_is_refused(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "k-1"}
    await office.post("/v1/notes", json={"word": "一"}, headers=key)
    assert _field(await office.post("/v1/notes", json={"word": "二"}, headers=key)) == "Idempotency-Key"
    assert _field(await office.post("/v1/other-notes", json={"word": "一"}, headers=key)) == "Idempotency-Key"
    assert len(await plain.events()) == 1


async def test_a_key_is_its_callers_own(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "k-1"}
    await office.post("/v1/notes", json={}, headers=key)
    async with plain.client("unit", "330324-fgj") as unit:
        await unit.post("/v1/notes", json={}, headers=key)
    assert len(await plain.events()) == 2


@pytest.mark.parametrize("key", ["", "k" * 201])
async def test_a_key_that_is_none_is_refused(office: httpx.AsyncClient, key: str) -> None:
    assert _field(await office.post("/v1/notes", json={}, headers={"idempotency-key": key})) == "Idempotency-Key"


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', "1", "*"])
async def test_the_current_version_is_taken(office: httpx.AsyncClient, tag: str) -> None:
    assert (await office.post("/v1/notes", json={}, headers={"if-match": tag})).status_code == 201


async def test_another_version_is_stale(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/notes", json={}, headers={"if-match": '"7"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert [line["status"] for line in await plain.audit()] == [412]


@pytest.mark.parametrize("tag", ["abc", '"1", "2"', '"²"', ""])
async def test_an_etag_that_is_none_is_refused_and_on_record(
    plain: ServiceUnderTest, office: httpx.AsyncClient, tag: str
) -> None:
    headers = {b"if-match": tag.encode()}
    assert _field(await office.post("/v1/notes", json={}, headers=headers)) == "If-Match"
    assert [line["status"] for line in await plain.audit()] == [422]


@pytest.mark.parametrize("role", ["office", "integration"])
async def test_office_and_integration_may_state_an_earlier_time(plain: ServiceUnderTest, role: str) -> None:
    async with plain.client(role) as caller:
        await caller.post("/v1/notes", json={"occurred_at": "2026-01-12T09:00:00+08:00"})
    (event,) = await plain.events()
    assert event.time == datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
    (line,) = await plain.audit()
    assert line["occurred_at"] == event.time
    assert line["recorded_at"] - event.time != timedelta(0)


@pytest.mark.parametrize("at", ["2026-01-12T09:00:00+08:00", NOW.isoformat(), "2027-01-01T00:00:00Z"])
async def test_nobody_else_states_a_time(plain: ServiceUnderTest, at: str) -> None:
    async with plain.client("unit", "330324-fgj") as unit:
        answer = await unit.post("/v1/notes", json={"occurred_at": at})
    assert (answer.status_code, "occurred_at" in answer.json()["detail"]) == (403, True)
    assert await plain.events() == []
    assert [line["status"] for line in await plain.audit()] == [403]


async def test_nobody_states_a_later_time(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    later = (NOW + timedelta(seconds=1)).isoformat()
    assert _field(await office.post("/v1/notes", json={"occurred_at": later})) == "occurred_at"
    assert await plain.events() == []
    assert (await office.post("/v1/notes", json={"occurred_at": NOW.isoformat()})).status_code == 201


async def test_a_misspelt_field_is_refused(office: httpx.AsyncClient) -> None:
    assert _field(await office.post("/v1/notes", json={"wrod": "议"})) == "wrod"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"17", b"\xff"])
async def test_a_body_that_is_none_is_refused(office: httpx.AsyncClient, body: bytes) -> None:
    answer = await office.post("/v1/notes", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_a_body_beyond_the_limit_is_refused(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/notes", json={"word": "x" * (4 * 1024 * 1024)})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_a_bug_is_a_problem_that_tells_no_secret(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/accident")
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "secret" not in answer.text
    assert answer.json()["correlation_id"] == answer.headers["x-correlation-id"]


async def test_unknown_routes_and_methods_are_problems_too(office: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/v1/nothing", 404), ("DELETE", "/v1/notes", 405)):
        answer = await office.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize("given", ["x" * 129, "a\tb", "县".encode().decode("latin-1")])
async def test_a_correlation_id_that_could_break_a_log_is_replaced(office: httpx.AsyncClient, given: str) -> None:
    answer = await office.post("/v1/notes", json={}, headers={b"x-correlation-id": given.encode("latin-1")})
    assert answer.status_code == 201
    assert answer.headers["x-correlation-id"] != given


async def test_a_database_that_is_away_is_said_to_be_away(plain: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    await plain.pool.close()
    answer = await office.post("/v1/notes", json={})
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "unavailable", "2")
    assert answer.json()["detail"] == "the database does not answer: nothing was changed; try again shortly"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b'{"misspelt": 1}', "misspelt: Extra inputs are not permitted"),
        (b'{"seconds": "soon"}', "seconds: "),
        (b"{no JSON", "body: "),
        (b'{"a\\u0000b": 1}', r"a\0b: "),
    ],
)
async def test_a_payload_that_cannot_be_taken_is_on_record_once(
    plain: ServiceUnderTest, office: httpx.AsyncClient, content: bytes, refusal: str
) -> None:
    answer = await office.post("/v1/notes", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    (line,) = await plain.audit()
    assert (line["subject"], line["action"], line["target"], line["status"]) == ("office", "note", "notes", 422)
    assert str(line["result"]).startswith(refusal)


async def test_a_payload_of_nobody_leaves_no_record(plain: ServiceUnderTest) -> None:
    async with plain.client(None) as nobody:
        answers = [await nobody.post("/v1/notes", json={}), await nobody.post("/v1/notes", content=b"{")]
    assert {answer.status_code for answer in answers} <= {401, 422}
    assert await plain.audit() == []


_BREAK_AT_COMMIT = """
create function break_here() returns trigger language plpgsql as
$$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
create constraint trigger break_at_commit after insert on outbox deferrable initially deferred
for each row execute function break_here();
"""


async def test_a_commit_that_breaks_is_said_to_be_uncertain(
    broken_at_commit: ServiceUnderTest,
) -> None:
    async with broken_at_commit.client("office") as office:
        answer = await office.post("/v1/notes", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown")
    assert answer.headers["retry-after"] == "2"
    assert "Idempotency-Key" in answer.json()["detail"]
    assert await broken_at_commit.events() == []


@pytest.fixture
async def broken_at_commit(plain: ServiceUnderTest, plain_database: ServiceDatabase) -> ServiceUnderTest:
    """The service, whose connections break in the commit."""
    owner = await asyncpg.connect(plain_database.owner_url)
    await owner.execute(_BREAK_AT_COMMIT)
    await owner.close()
    return plain
