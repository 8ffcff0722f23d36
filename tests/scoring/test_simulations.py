"""Simulations over HTTP: a draft beside the method in force, without touching it."""

import copy
from decimal import Decimal
from typing import Any

import pytest
import yaml

from services.scoring import ledger, store
from services.scoring.simulations import operations
from tests.scoring.builders import CO, LEAD, TaskStory
from tests.scoring.county import MEASURED, County, county
from tests.support.api import ServiceUnderTest


async def simulate(made: County, draft: dict[str, Any], role: str = "office") -> Any:  # noqa: ANN401 - an httpx answer
    async with made.service.client(role) as client:
        return await client.post("/v1/simulations", content=yaml.safe_dump(draft, allow_unicode=True).encode())


async def build(made: County) -> None:
    """Fold the county's task by the draft and finish, as the builder does when it has caught up."""
    async with made.service.pool.acquire() as conn, conn.transaction():
        generation = await store.next_building_generation(conn)
        assert generation is not None
        fold, story = generation.fold(), TaskStory(1)
        story.assigned()
        story.completed()
        lines = [line for event in story.events for line in fold.lines(event, event.time)]
        await ledger.apply_lines(conn, lines)
        await operations.finish(conn, generation)


def halved() -> dict[str, Any]:
    draft = copy.deepcopy(MEASURED)
    draft["criteria"][0]["max"] = "30"
    draft["total"] = "90"
    return draft


async def test_the_draft_stands_beside_the_method_in_force(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    live = (await made.get("/v1/standings"))["items"]
    begun = await simulate(made, halved())
    assert (begun.status_code, begun.json()["state"], begun.json()["differences"]) == (202, "building", None)
    await build(made)
    shown = await made.get(f"/v1/simulations/{begun.json()['simulation']}")
    found = {entry["unit"]["code"]: entry for entry in shown["differences"]}
    assert shown["state"] == "simulated"
    assert found[LEAD]["in_force"]["total"] == next(each["total"] for each in live if each["unit"]["code"] == LEAD)
    assert Decimal(found[LEAD]["gained"]) == Decimal(found[LEAD]["draft"]["total"]) - Decimal(
        found[LEAD]["in_force"]["total"]
    )
    assert found[LEAD]["moved"] == 0
    assert (await made.get("/v1/standings"))["items"] == live
    async with scoring.client("auditor") as client:
        other = await client.get("/v1/standings", params={"simulation": shown["simulation"], "method": "townships"})
    assert [fault["field"] for fault in other.json()["errors"]] == ["method"]
    drafted = await made.get("/v1/explanations", unit=CO, criterion="key-tasks", simulation=shown["simulation"])
    assert Decimal(drafted["score"]["max"]) == Decimal(30)


async def test_a_unit_that_the_draft_drops_is_told_with_what_it_is_compared(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    draft = halved() | {"subjects": {"body": "coordination-meeting", "except": [CO]}}
    begun = await simulate(made, draft)
    await build(made)
    (*others, dropped) = (await made.get(f"/v1/simulations/{begun.json()['simulation']}"))["differences"]
    assert (dropped["unit"]["code"], dropped["draft"], dropped["moved"]) == (CO, None, None)
    assert {(each["in_force"]["method"], each["in_force"]["method_version"]) for each in others} == {
        ("departments-2026", 1)
    }


async def test_only_so_many_simulations_are_kept(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    first = (await simulate(made, halved())).json()["simulation"]
    await build(made)
    for _ in range(operations.KEPT):
        await simulate(made, halved())
        await build(made)
    listed = (await made.get("/v1/simulations"))["items"]
    assert len(listed) == operations.KEPT
    assert (await made.get(f"/v1/simulations/{first}"))["state"] == "retired"


async def test_a_faulty_draft_is_refused_with_the_path(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    answer = await simulate(made, halved() | {"total": "91"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "total"


@pytest.mark.parametrize("role", ["leader", "auditor", "operator"])
async def test_only_the_office_simulates(scoring: ServiceUnderTest, role: str) -> None:
    made = await county(scoring)
    assert (await simulate(made, halved(), role)).status_code == 403


async def test_what_is_not_there_is_not_found(scoring: ServiceUnderTest) -> None:
    await county(scoring)
    async with scoring.client("office") as client:
        assert (await client.get("/v1/simulations/99")).status_code == 404
        assert (await client.delete("/v1/simulations/99")).status_code == 404
        assert (await client.get("/v1/standings", params={"simulation": 99})).status_code == 404
        assert (await client.get("/v1/simulations/1")).status_code == 404  # the method in force is no simulation
