"""Imports whose database or process goes away while they are planned: planned later, or said to have failed."""

import asyncio
from typing import Any

import httpx
import pytest

from services.registry.exchange import running
from shared.workbook import MEDIA_TYPE
from tests.registry.test_import import applied, counts, xlsx
from tests.support.api import ServiceUnderTest
from tests.support.eventually import eventually

ROWS = 3000


@pytest.fixture(autouse=True)
def without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer before the plan is made."""
    monkeypatch.setattr("services.registry.exchange.api._WAIT_SECONDS", 0)


async def opened(office: httpx.AsyncClient) -> dict[str, Any]:
    rows: list[list[object]] = [["单位代码", "单位名称", "类别"]]
    rows += [[f"330324-u{n}", f"第{n}单位", "乡镇"] for n in range(ROWS)]
    answer = await office.post("/v1/imports", files={"file": ("乡镇.xlsx", xlsx(单位=rows), MEDIA_TYPE)})
    assert answer.status_code == 201, answer.text
    plan: dict[str, Any] = answer.json()
    assert plan["state"] == "planning"
    return plan


async def shown(office: httpx.AsyncClient, plan: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await office.get(f"/v1/imports/{plan['id']}")).json()
    return found


async def planned(office: httpx.AsyncClient, plan: dict[str, Any]) -> dict[str, Any]:
    await eventually(lambda: _is_planned(office, plan), 60)
    return await shown(office, plan)


async def _is_planned(office: httpx.AsyncClient, plan: dict[str, Any]) -> bool:
    return bool((await shown(office, plan)).get("state") == "planned")


@pytest.mark.parametrize("step", ["_held", "_keep"])
async def test_a_plan_is_made_although_the_connections_break_before_or_in_its_commit(
    registry: ServiceUnderTest, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole = getattr(running, step)
    broken = asyncio.Event()

    async def breaks(*given: Any) -> Any:  # noqa: ANN401 - as the step
        found = await whole(*given)
        if not broken.is_set():
            broken.set()
            raise ConnectionResetError
        return found

    monkeypatch.setattr(f"services.registry.exchange.running.{step}", breaks)
    plan = await planned(office, await opened(office))
    assert broken.is_set()
    assert counts(plan) == {"units": {"new": ROWS}}
    assert await registry.pool.fetchval("select count(*) from import_line") == ROWS


async def test_a_plan_at_which_nobody_is_any_more_has_failed(
    registry: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan = await planned(office, await opened(office))
    await registry.pool.execute("update import_plan set state = 'planning', touched_at = now() - interval '2 minutes'")
    found = await shown(office, plan)
    assert (found["state"], found["failure"]) == ("failed", "the service ended before it was made")
    listed = (await office.get("/v1/imports")).json()["items"][0]
    assert listed["state"] == "failed"
    assert (await applied(office, plan, 409))["allowed"] == ["plan the file again"]


async def test_that_a_plan_was_opened_is_said_although_it_cannot_be_shown(
    office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_pool: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr("services.registry.exchange.api.lent", away)
    plan = await opened(office)
    monkeypatch.undo()
    assert (await planned(office, plan))["id"] == plan["id"]
