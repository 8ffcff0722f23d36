"""A change of organisation with its effect on duties, members and tasks in progress, from command to handover."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.tasks.app import SERVICE as TASKS
from services.tasks.settings import TasksSettings
from tests.conftest import DatabaseFactory
from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest, service_under_test

DAY = "2026-01-15"
TASK = {
    "title": "制定文化产业统计办法",
    "source_kind": "instruction",
    "source_id": "2026-1",
    "lead_unit": "330324-wgj",
    "cooperating_units": ["330324-tjj"],
    "due_on": "2026-06-30",
}


@pytest.fixture
async def tasks(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    folder = tmp_path / "tasks"
    folder.mkdir()
    async with service_under_test(TASKS, await database("tasks"), folder, TasksSettings) as service:
        yield service


async def hear(tasks: ServiceUnderTest, registry: ServiceUnderTest, since: int = 0) -> int:
    """Hand the registry's events over as the bus would, and return how many there are."""
    events = await registry.events()
    for event in events[since:]:
        if event.type in tasks.service.subscription.handlers:
            await tasks.deliver_event(event)
    return len(events)


async def test_open_work_goes_to_the_unit_that_follows(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask, tasks: ServiceUnderTest
) -> None:
    heard = await hear(tasks, registry)
    async with tasks.client("office") as office_of_tasks:
        made = await office_of_tasks.post("/v1/tasks", json=TASK)
        assert made.status_code == 201, made.text
        task = f"/v1/tasks/{made.json()['id']}"
        body: dict[str, Any] = {
            "units": ["330324-wgj", "330324-tyj"],
            "into": {
                "code": "330324-wgt",
                "name": "县文化和广电旅游体育局",
                "short_name": "文广旅体局",
                "kind": "department",
            },
            "effective_on": DAY,
            "document": "永委办〔2026〕5号",
            "follow": {"open_work_to": "330324-wgt"},
        }
        tried = (await office.post("/v1/organisation/merges", json={**body, "dry_run": True})).json()
        body["confirm"] = [warning["code"] for warning in tried["warnings"]]
        applied = await office.post("/v1/organisation/merges", json=body)
        assert applied.status_code == 200, applied.text
        await hear(tasks, registry, heard)
        units = {
            each["unit"]["code"] if isinstance(each["unit"], dict) else each["unit"]: each
            for each in (await office_of_tasks.get(task)).json()["assignments"]
        }
    assert "330324-wgt" in units
    card = await ask("/v1/units/330324-wgt", as_of=DAY)
    assert card["duties"]
    assert [seat["role"] for seat in card["memberships"]] == ["member"]
