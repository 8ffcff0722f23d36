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
from tests.chaos.ground import CO, LEAD, Ground
from tests.support.api import NOW
from tests.support.eventually import eventually
from tests.tasks.builders import a_resolution, a_task

DUE = date(2099, 6, 30)
UNITS = 2
"""Units that the registry has told of, in events before the first resolution."""
PATIENCE_SECONDS = 60.0

Tallies = dict[tuple[str, str], tuple[int, Decimal, Decimal]]


@dataclass
class Model:
    """What was acknowledged."""

    tasks: int = 0
    weight: Decimal = Decimal(0)
    done: Decimal = Decimal(0)
    progressed: int = 0
    resolutions: int = 0

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
        await self._units_known()
        token = self.ground.keys.token("office")
        async with httpx.AsyncClient(
            base_url=self.ground.url, headers={"authorization": f"Bearer {token}"}, timeout=20
        ) as client:
            number = 0
            while not self.stopping.is_set():
                number += 1
                await self._one_task(client, number)
                await asyncio.sleep(pause)

    async def _units_known(self) -> None:
        conn = await asyncpg.connect(self.ground.tasks.url)

        async def known() -> bool:
            return int(await conn.fetchval("select count(*) from known_unit")) == UNITS

        await eventually(known, 60)
        await conn.close()

    async def _one_task(self, client: httpx.AsyncClient, number: int) -> None:
        weight = Decimal(number % 5 + 1)
        body = a_task(lead_unit=LEAD, cooperating_units=[CO], due_on=DUE.isoformat(), weight=str(weight))
        task = (await self._ask(client, "/v1/tasks", body))["id"]
        self.model.given(weight)
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
        for _ in range(2 if self.model.resolutions % 3 == 0 else 1):
            await producer.send_and_wait(self.ground.topic("meetings"), event.to_bytes(), key=event.subject.encode())
        self.model.resolutions += 1
        self.model.given(Decimal(2))
