"""Replay and dismissal in the processes of every service that consumes: after a fix, at once, cut off by a kill."""

import asyncio
from datetime import date
from typing import Any

import asyncpg
import httpx
import pytest

from shared.contracts.envelope import Event
from shared.contracts.registry import UnitRegistered
from tests.chaos.comparison import value
from tests.chaos.conftest import long_form
from tests.chaos.ground import Ground
from tests.support.api import NOW
from tests.support.bus import put
from tests.support.eventually import eventually

COPIES = {"tasks": "known_unit", "meetings": "known_unit", "scoring": "unit_copy"}
"""Where each service keeps the units that it hears of."""

_RAISES = "raise exception 'no room for it'; return new;"
_WAITS = "perform pg_advisory_xact_lock(106); return new;"
_BREAK = """
create or replace function break_copy() returns trigger language plpgsql as $$ begin {} end $$;
create or replace trigger broken before insert on {} for each row when (new.code like 'new-%')
execute function break_copy()
"""
_WAITING = "select count(*) from pg_locks where locktype = 'advisory' and objid = 106 and not granted"
_NOTED = "select count(*) from dead_letter"


each_service = pytest.mark.parametrize(
    "service", ["tasks", *(pytest.param(name, marks=long_form) for name in ("meetings", "scoring"))]
)


def registered(unit: str) -> bytes:
    """Return the record of a unit that the broken code cannot keep."""
    fact = UnitRegistered(unit=unit, name=unit, short_name=unit, kind="department", valid_from=date(2009, 7, 6))
    return Event.of(fact, subject=unit, version=1, time=NOW).to_bytes()


class Operator:
    """An operator of one service, whose handler is broken by a trigger and mended by taking it away."""

    def __init__(self, ground: Ground, service: str) -> None:
        self._ground, self._service = ground, service
        self._database = ground.databases[service]
        self._headers = {"authorization": f"Bearer {ground.keys.token('operator')}"}

    async def does(self, statement: str) -> None:
        """Change the database as who owns it."""
        owner = await asyncpg.connect(self._database.owner_url)
        await owner.execute(statement)
        await owner.close()

    async def breaks(self, how: str = _RAISES) -> None:
        await self.does(_BREAK.format(how, COPIES[self._service]))

    async def mends(self) -> None:
        await self.does(f"drop trigger broken on {COPIES[self._service]}")

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        async with httpx.AsyncClient(base_url=self._ground.url(self._service), headers=self._headers) as client:
            return await client.request(method, f"/v1/dead-letters{path}", timeout=60, **options)

    async def letters(self) -> list[dict[str, object]]:
        """Return the positions of the open ones."""
        items = (await self.ask("GET", "")).json()["items"]
        return [{name: each[name] for name in ("consumer", "topic", "partition", "record_offset")} for each in items]

    async def noted(self, count: int) -> None:
        """Wait until so many are noted."""

        async def there() -> bool:
            return bool(await value(self._database.url, _NOTED) == count)

        await eventually(there, 60)

    async def kept(self) -> list[str]:
        """Return the new units that the service has learnt."""
        query = f"select array_agg(code order by code) from {COPIES[self._service]} where code like 'new-%'"  # noqa: S608
        return list(await value(self._database.url, query) or ())


@each_service
async def test_of_operators_at_once_one_replays_and_one_dismisses_each_letter(ground: Ground, service: str) -> None:
    operator = Operator(ground, service)
    await operator.breaks()
    records = [registered(f"new-{number}") for number in range(2)]
    await put(ground.bootstrap, ground.topic("registry"), *records)
    await ground.start(service, "api", "consumer")
    await operator.noted(2)
    first, second = await operator.letters()
    refused = await operator.ask("POST", "/replay", json=first)
    assert (refused.status_code, refused.json()["code"]) == (409, "dead-letter-still-fails")
    assert "no room for it" in refused.json()["detail"]
    await operator.mends()
    answers = await asyncio.gather(*(operator.ask("POST", "/replay", json=first) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409], [answer.text for answer in answers]
    answers = await asyncio.gather(*(operator.ask("POST", "/dismiss", json=second) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409], [answer.text for answer in answers]
    late = [await operator.ask("POST", "/dismiss", json=first), await operator.ask("POST", "/replay", json=second)]
    assert [answer.json()["detail"].split(";")[0] for answer in late] == [
        "it was replayed before",
        "it was dismissed before",
    ]
    assert await operator.letters() == []
    assert await operator.kept() == ["new-0"]


@each_service
async def test_a_replay_that_is_cut_off_by_a_kill_has_done_nothing_and_is_done_again(
    ground: Ground, service: str
) -> None:
    operator = Operator(ground, service)
    await operator.breaks()
    await put(ground.bootstrap, ground.topic("registry"), registered("new-0"))
    process = await ground.start(service, "api", "consumer")
    await operator.noted(1)
    (letter,) = await operator.letters()
    await operator.breaks(_WAITS)
    holder = await asyncpg.connect(ground.databases[service].owner_url)
    await holder.execute("select pg_advisory_lock(106)")
    cut_off = asyncio.create_task(operator.ask("POST", "/replay", json=letter))
    await eventually(lambda: holder.fetchval(_WAITING), 30)
    await process.kill()
    await holder.close()
    with pytest.raises(httpx.TransportError):
        await cut_off
    await operator.mends()
    await ground.start(service, "api")
    await eventually(lambda: _answers(ground.url(service)), 60)
    assert await operator.kept() == []
    assert await operator.letters() == [letter]
    assert (await operator.ask("POST", "/replay", json=letter)).status_code == 200
    assert await operator.kept() == ["new-0"]


async def _answers(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        try:
            return (await client.get(f"{url}/readyz")).is_success
        except httpx.TransportError:
            return False
