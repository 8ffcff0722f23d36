"""A county under assessment: a method in force, tasks done and not, and a stream that folds what scoring says."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import yaml

from services.scoring import ledger, store
from shared.contracts.envelope import Event
from tests.scoring.builders import CO, LEAD, METHOD, TaskStory
from tests.scoring.conftest import PARTITIONS
from tests.scoring.test_projector import Running, batch
from tests.support.api import ServiceUnderTest

OTHER = "330324-jtj"
MEASURED: dict[str, Any] = METHOD | {
    "total": "120",
    "criteria": [
        *METHOD["criteria"],
        {
            "code": "view",
            "title": "领导评价",
            "kind": "panel",
            "max": "20",
            "scale": "100",
            "groups": [{"code": "leaders", "title": "领导", "weight": "1", "average": "trimmed"}],
        },
        {"code": "extra", "title": "加分", "kind": "bonus", "caps": {"year": "5"}},
    ],
    "roll_up": {"to": "县综合考核", "weight": "5%"},
    "rectification": {"below": "60", "due_days": 30},
}


@dataclass
class County:
    """Scoring with a method in force; `fold` does what the stream would."""

    service: ServiceUnderTest
    _folded: int = 0
    _told: set[str] = field(default_factory=set)

    async def post(
        self, path: str, body: dict[str, Any], role: str = "office", unit: str | None = None, **claims: str
    ) -> httpx.Response:
        """Send a command as a role; `sub` names another person of it."""
        token = self.service.keys.token(role, unit, **claims)
        async with self.service.client(None, authorization=f"Bearer {token}") as client:
            return await client.post(path, json=body)

    async def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Return what a read shows."""
        async with self.service.client("auditor") as client:
            answer = await client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def fold(self, *events: Event) -> None:
        """Fold events, and what scoring has said since."""
        told = [event for event in await self.service.events() if event.id not in self._told]
        self._told |= {event.id for event in told}
        taken_at = int(self.service.clock.at.timestamp() * 1000)
        records = [replace(each, timestamp=taken_at) for each in batch([*events, *told], self._folded)]
        if records:
            await Running(self.service).write(records)
        self._folded += len(records)


async def adopt(made: County, method: dict[str, Any]) -> dict[str, Any]:
    """Adopt a method and have its fold in force; return the answer."""
    service = made.service
    async with service.client("office") as client:
        text = yaml.safe_dump(method, allow_unicode=True)
        answer = await client.post("/v1/methods", content=text.encode(), headers={"content-type": "application/yaml"})
    assert answer.status_code == 201, answer.text
    adopted = (await service.events(str(method["method"])))[-1]
    async with service.pool.acquire() as conn, conn.transaction():
        await ledger.ensure_positions(conn, PARTITIONS)
        await store.open_adopted_generation(conn, adopted.data)
        generation = await store.next_building_generation(conn)
        assert generation is not None
        await store.swap_in(conn, generation)
    found: dict[str, Any] = answer.json()
    return found


async def county(service: ServiceUnderTest, **changed: object) -> County:
    """Return a county whose lead unit has done its task, late, and whose cooperating unit has not."""
    made = County(service)
    await adopt(made, MEASURED | changed)
    story = TaskStory(1)
    story.assigned()
    story.completed()
    await made.fold(*story.events)
    service.clock.at = datetime(2026, 12, 31, 2, 0, tzinfo=UTC)
    return made


__all__ = ["CO", "LEAD", "OTHER", "County", "adopt", "county"]
