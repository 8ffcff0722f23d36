"""Units merge, split and end: what they left open passes to the unit that follows, in whatever order it is heard of."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.tasks.succession import watch
from shared.contracts import tasks as facts
from shared.contracts.payload import Payload
from shared.contracts.registry import UnitRetired, UnitsMerged, UnitSplit
from shared.contracts.scoring import ImprovementOrdered, IndicatorWarned, RectificationOrdered
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, RESOLUTION, a_resolution, assigned, part, walked

JMJ = "330324-jmj"
TODAY = date(2026, 1, 15)


def merged(unit: str, to_unit: str | None = JMJ, day: date = TODAY) -> UnitsMerged:
    return UnitsMerged(
        unit=unit, merged=(unit,), into=JMJ, effective_on=day, open_work_to=to_unit, document="永政发〔2026〕3号"
    )


async def shown(office: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await office.get(f"/v1/tasks/{task_id}")).json()
    return found


async def test_open_work_of_a_merged_unit_goes_on_where_it_stood(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await walked(lead, office, task_id, "in_progress")
    assert await tasks.deliver(merged(LEAD), subject=LEAD, version=2) == "handled"
    task = await shown(office, task_id)
    assert part(task)["state"] == "reassigned"
    assert part(task)["reassigned_to"] == JMJ
    taken = part(task, JMJ)
    assert (taken["role"], taken["state"], taken["percent"]) == ("lead", "in_progress", 40)
    last = (await tasks.events(task_id))[-1]
    assert isinstance(last.data, facts.AssignmentReassigned)
    assert (last.data.previous_unit, last.data.unit, last.data.cause) == (LEAD, JMJ, "reorganised")
    assert task["history"][-1]["basis"] == "永政发〔2026〕3号"


async def test_finished_work_stays_with_the_unit_that_did_it(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, cooperating_units=[])
    before = await walked(lead, office, task_id, "completed")
    await tasks.deliver(merged(LEAD), subject=LEAD, version=2)
    assert (await shown(office, task_id))["assignments"] == before["assignments"]


async def test_a_unit_that_takes_part_already_absorbs_a_cooperating_part(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, cooperating_units=[CO, JMJ])
    await tasks.deliver(merged(CO), subject=CO, version=2)
    task = await shown(office, task_id)
    assert [part(task, unit)["state"] for unit in (LEAD, CO, JMJ)] == ["assigned", "reassigned", "assigned"]
    assert (await tasks.events(task_id))[-1].data.absorbed


async def test_a_retired_units_work_goes_back_to_the_office_if_nobody_follows(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    await tasks.deliver(UnitRetired(unit=LEAD, retired_on=TODAY), subject=LEAD, version=2)
    task = await shown(office, task_id)
    assert (task["state"], part(task)["state"]) == ("bounced", "bounced")


@pytest.mark.parametrize(
    ("continues", "to_unit", "state"), [(True, None, "assigned"), (True, JMJ, "reassigned"), (False, None, "bounced")]
)
async def test_a_divided_units_work_stays_passes_on_or_returns(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, continues: bool, to_unit: str | None, state: str
) -> None:
    task_id = await assigned(office)
    split = UnitSplit(unit=CO, into=(JMJ,), continues=continues, effective_on=TODAY, open_work_to=to_unit)
    await tasks.deliver(split, subject=CO, version=2)
    assert part(await shown(office, task_id), CO)["state"] == state


async def test_a_change_told_ahead_takes_effect_on_its_day(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    task_id = await assigned(office)
    await tasks.deliver(merged(LEAD, day=date(2026, 1, 20)), subject=LEAD, version=2)
    await watch.catch_up(tasks.runtime)
    assert part(await shown(office, task_id))["state"] == "assigned"
    tasks.clock.at = datetime(2026, 1, 25, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    assert part(await shown(office, task_id))["state"] == "reassigned"
    assert (await tasks.events(task_id))[-1].time == datetime(2026, 1, 19, 16, tzinfo=UTC)


async def test_an_order_that_comes_after_the_merger_passes_on_at_once_along_the_chain(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await tasks.deliver(merged(LEAD), subject=LEAD, version=2)
    await tasks.deliver(UnitRetired(unit=JMJ, retired_on=TODAY, open_work_to=OTHER), subject=JMJ, version=2)
    await tasks.deliver(a_resolution(), subject="m", version=3)
    (task,) = (await office.get("/v1/tasks")).json()["items"]
    assert (part(task, OTHER)["role"], part(task, OTHER)["state"]) == ("lead", "assigned")
    assert [part(task, unit)["state"] for unit in (LEAD, JMJ, CO)] == ["reassigned", "reassigned", "assigned"]


async def test_nobody_gives_work_to_a_unit_that_is_no_more(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    await tasks.deliver(merged(LEAD), subject=LEAD, version=2)
    answer = await office.post(
        "/v1/tasks",
        json={"title": "x", "source_kind": "document", "source_id": "1", "lead_unit": LEAD, "due_on": "2026-03-01"},
    )
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "lead_unit", "reason": f"{LEAD} is no more since 2026-01-15", "expected": JMJ}
    ]


async def test_the_parts_of_a_resolution_are_tasks_each_once(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    for version, number in ((3, 1), (4, 2), (4, 2), (5, 1)):
        await tasks.deliver(a_resolution(part=number, parts=2), subject="m", version=version)
    items = (await office.get("/v1/tasks", params={"source_id": str(RESOLUTION)})).json()["items"]
    assert len(items) == 2


ORDER: dict[str, Any] = {
    "order_id": RESOLUTION,
    "title": "限期整改",
    "lead_unit": LEAD,
    "cooperating_units": (CO,),
    "due_on": date(2026, 3, 1),
}


@pytest.mark.parametrize(
    ("order", "tag"),
    [
        (
            RectificationOrdered(
                **ORDER,
                publication_id=RESOLUTION,
                method="m",
                method_version=1,
                total=Decimal(50),
                threshold=Decimal(60),
            ),
            "rectification",
        ),
        (ImprovementOrdered(**ORDER, evaluation_id=RESOLUTION, indicator="value-added"), "improvement"),
        (
            IndicatorWarned(**ORDER, indicator="value-added", period="2026-Q1", value=Decimal(1), threshold=Decimal(2)),
            "indicator-warning",
        ),
    ],
)
async def test_an_order_of_scoring_makes_one_task(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, order: Payload, tag: str
) -> None:
    assert await tasks.deliver(order, subject="o", version=1) == "handled"
    await tasks.deliver(order, subject="o", version=1)
    (task,) = (await office.get("/v1/tasks")).json()["items"]
    assert (task["tags"], task["source_id"], task["title"]) == ([tag], str(RESOLUTION), "限期整改")
