"""A load of commands and events, and the model of what must come of it.

Each command carries an Idempotency-Key and is asked again until it is answered, as a careful client does; so what was
acknowledged is known exactly, and the model needs no tolerance.
"""

import asyncio
import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import asyncpg
import httpx

from shared.contracts.envelope import Event
from shared.kafka import make_producer
from tests.chaos.ground import BODY, CO, LEAD, Ground, known_beforehand
from tests.meetings import builders as meetings
from tests.support.api import NOW
from tests.support.eventually import eventually
from tests.tasks.builders import a_resolution, a_task

DUE = date(2099, 6, 30)
UNITS = 2
"""Units that the registry has told of, in events before the first resolution."""
_A_MEETING = meetings.a_meeting(body=BODY, held_on="2026-01-15", chair_post=None)
PATIENCE_SECONDS = 240.0
"""How long a client asks again: longer than the longest absence."""

Tallies = dict[tuple[str, str], tuple[int, Decimal, Decimal]]


@dataclass
class Model:
    """What was acknowledged."""

    tasks: int = 0
    commanded: int = 0
    weight: Decimal = Decimal(0)
    done: Decimal = Decimal(0)
    progressed: int = 0
    resolutions: int = 0
    units: int = 0
    adopted: int = 0
    foreign: set[str] = field(default_factory=lambda: {event.id for event in known_beforehand()}, repr=False)
    """Events on the topics that no service's outbox has told."""

    def given(self, weight: Decimal) -> None:
        """Note a task that was given to its units."""
        self.tasks += 1
        self.weight += weight

    def tallies(self) -> Tallies:
        """Return the tallies that follow."""
        told = Decimal(self.progressed)
        found = {
            (LEAD, "key-tasks"): (self.tasks, self.weight, self.done),
            (CO, "key-tasks"): (self.tasks, self.weight / 2, Decimal(0)),
            (LEAD, "progress"): (self.progressed, told, told),
        }
        return {key: value for key, value in found.items() if value[0]}


@dataclass
class Load:
    """Commands and events at a modest rate until told to stop."""

    ground: Ground
    model: Model = field(default_factory=Model)
    refused: list[str] = field(default_factory=list)
    answered_503: int = 0
    away: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, pause: float = 0.02) -> None:
        """Go on until `stopping`; begin when the service has heard of the units."""
        await self._known("tasks", "known_unit", LEAD, CO)
        async with self._client("tasks") as client:
            number = 0
            while not self.stopping.is_set():
                number += 1
                await self._one_task(client, number)
                await asyncio.sleep(pause)

    async def register(self, pause: float = 0.3) -> None:
        """Register units until `stopping`; tasks and meetings hear of each."""
        async with self._client("registry") as client:
            while not self.stopping.is_set():
                number = self.model.units + 1
                unit = {"code": f"330324-sy{number}", "name": f"第{number}试验局", "short_name": f"试验{number}局"}
                await self._ask(client, "/v1/units", {**unit, "kind": "department", "valid_from": "2026-01-01"})
                self.model.units += 1
                await asyncio.sleep(pause)

    async def meet(self, pause: float = 0.3) -> None:
        """Hold meetings and adopt resolutions until `stopping`; each becomes a task, of which meetings hears."""
        await self._known("meetings", "known_unit", LEAD, CO)
        await self._known("meetings", "known_body", BODY)
        async with self._client("meetings") as client:
            while not self.stopping.is_set():
                meeting = await self._ask(client, "/v1/meetings", _A_MEETING)
                units = {"lead_unit": LEAD, "cooperating_units": [CO]}
                resolution = meetings.a_resolution(**units, due_on=DUE.isoformat(), weight="2")
                await self._ask(client, f"/v1/meetings/{meeting['id']}/resolutions", resolution)
                self.model.adopted += 1
                self.model.given(Decimal(2))
                await asyncio.sleep(pause)

    def _client(self, service: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.ground.keys.token('office')}"}
        return httpx.AsyncClient(base_url=self.ground.url(service), headers=headers, timeout=20)

    async def _known(self, service: str, table: str, *codes: str) -> None:
        conn = await asyncpg.connect(self.ground.databases[service].url)
        query = f"select count(*) from {table} where code = any($1)"  # noqa: S608 - our own tables

        async def known() -> bool:
            return int(await conn.fetchval(query, codes)) == len(codes)

        try:
            await eventually(known)
        finally:
            await conn.close()

    async def _one_task(self, client: httpx.AsyncClient, number: int) -> None:
        weight = Decimal(number % 5 + 1)
        body = a_task(lead_unit=LEAD, cooperating_units=[CO], due_on=DUE.isoformat(), weight=str(weight))
        task = (await self._ask(client, "/v1/tasks", body))["id"]
        self.model.given(weight)
        self.model.commanded += 1
        lead = f"/v1/tasks/{task}/assignments/{LEAD}"
        await self._ask(client, f"{lead}/acknowledge", {})
        if number % 2:
            await self._ask(client, f"{lead}/progress", {"percent": 40})
            self.model.progressed += 1
        if number % 3:
            await self._ask(client, f"{lead}/request-completion", {})
            await self._ask(client, f"{lead}/complete", {})
            self.model.done += weight

    async def _ask(self, client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Ask until it is answered: once in effect, however often it was asked."""
        key = uuid.uuid4().hex
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await client.post(path, json=body, headers={"idempotency-key": key})
                except httpx.TransportError:
                    self.away += 1
                else:
                    if answer.is_success:
                        return answer.json()
                    self._look_at_refusal(answer)
                await asyncio.sleep(0.1)

    def _look_at_refusal(self, answer: httpx.Response) -> None:
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            assert answer.headers["content-type"] == "application/problem+json"
            self.answered_503 += 1
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")
            raise AssertionError(self.refused[-1])

    async def resolve(self, pause: float = 0.05) -> None:
        """Put resolutions on the bus, every third one twice, until `stopping`."""
        producer = make_producer(self.ground.bootstrap, "chaos-load")
        await producer.start()
        try:
            while not self.stopping.is_set():
                await self._one_resolution(producer)
                await asyncio.sleep(pause)
        finally:
            await producer.stop()

    async def _one_resolution(self, producer: Any) -> None:  # noqa: ANN401 - aiokafka is untyped
        resolution = a_resolution(
            resolution_id=uuid.uuid4(), lead_unit=LEAD, cooperating_units=(CO,), due_on=DUE, weight=Decimal(2)
        )
        event = Event.of(resolution, subject=str(uuid.uuid4()), version=1, time=NOW)
        self.model.foreign.add(event.id)
        for _ in range(2 if self.model.resolutions % 3 == 0 else 1):
            await producer.send_and_wait(self.ground.topic("meetings"), event.to_bytes(), key=event.subject.encode())
        self.model.resolutions += 1
        self.model.given(Decimal(2))
