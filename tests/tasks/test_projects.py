"""Major projects: a year's plan, months stated by their units, rates, corrections, lists and the export."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from shared.contracts import tasks as facts
from shared.sheets import Column, read_sheets
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD


def a_project(**given: object) -> dict[str, Any]:
    return {
        "code": "logistics-park",
        "title": "瓯北物流园二期",
        "unit": CO,
        "sectors": ["transport-logistics"],
        "year": 2026,
        "planned": "12000",
        "total_investment": "36000.5",
        "goal": "主体结构结顶",
        **given,
    }


@pytest.fixture
async def unit(tasks: ServiceUnderTest) -> httpx.AsyncClient:
    tasks.clock.at = datetime(2026, 4, 5, tzinfo=UTC)
    return tasks.client("unit", CO)


async def planned(office: httpx.AsyncClient, **given: object) -> str:
    answer = await office.post("/v1/projects", json=a_project(**given))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def state(client: httpx.AsyncClient, project_id: str, month: str, invested: object, **given: object) -> Any:  # noqa: ANN401 - an answer
    return await client.post(f"/v1/projects/{project_id}/months", json={"month": month, "invested": invested, **given})


async def test_months_add_up_to_a_rate(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    project_id = await planned(office)
    await state(unit, project_id, "2026-02", "1000.25", node="桩基施工")
    await state(unit, project_id, "2026-01", "500")
    answer = (await state(unit, project_id, "2026-03", "-0.25")).json()
    assert (answer["invested"], answer["completion_rate"], answer["last_month"]) == ("1500.00", "12.50", 3)
    assert (answer["node"], [each["month"] for each in answer["months"]]) == ("桩基施工", [1, 2, 3])
    events = await tasks.events(project_id)
    assert [each.aggregateversion for each in events] == [1, 2, 3, 4]
    assert isinstance(events[0].data, facts.ProjectPlanned)
    assert events[0].data.planned_in_year == 12000
    january = events[2].data
    assert isinstance(january, facts.ProjectProgressed)
    stated = (january.month, january.invested_to_date, january.completion_rate)
    assert stated == ("2026-01", Decimal(500), Decimal("12.50"))


async def test_round_amounts_are_shown_as_people_write_them(office: httpx.AsyncClient, unit: httpx.AsyncClient) -> None:
    project_id = await planned(office, planned="30000", total_investment="120000")
    await state(unit, project_id, "2026-01", "10000")
    shown = (await office.get(f"/v1/projects/{project_id}")).json()["years"][0]
    amounts = (shown["planned"], shown["total_investment"], shown["invested"], shown["months"][0]["invested"])
    assert amounts == ("30000", "120000", "10000", "10000")
    totals = (await office.get("/v1/projects/totals?year=2026")).json()
    assert "E+" not in str(totals)


async def test_a_month_is_stated_again_only_with_a_reason_and_all_is_kept(
    office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    project_id = await planned(office)
    await state(unit, project_id, "2026-01", "500")
    refused = await state(unit, project_id, "2026-01", "600")
    assert (refused.status_code, refused.json()["code"]) == (409, "month-stated")
    assert "500 was stated by unit:330324-jtj" in refused.json()["detail"]
    assert (await state(unit, project_id, "2026-01", "600", reason="漏计设备款")).json()["invested"] == "600"
    kept = (await unit.get(f"/v1/projects/{project_id}/months?year=2026")).json()
    assert [(each["edition"], each["invested"], each["reason"]) for each in kept] == [
        (1, "500", None),
        (2, "600", "漏计设备款"),
    ]


async def test_two_who_state_the_same_month_at_once_do_not_overwrite_each_other(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    project_id = await planned(office)
    answers = await asyncio.gather(*(state(unit, project_id, "2026-01", number) for number in range(1, 5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert len(await tasks.events(project_id)) == 2


async def test_what_cannot_be_is_refused(office: httpx.AsyncClient, unit: httpx.AsyncClient) -> None:
    project_id = await planned(office)
    future = await state(unit, project_id, "2026-05", "1")
    assert (future.status_code, future.json()["errors"][0]["field"]) == (422, "month")
    below = await state(unit, project_id, "2026-01", "-0.0001")
    assert (below.status_code, below.json()["errors"][0]["field"]) == (422, "invested")
    unplanned = await state(unit, project_id, "2025-05", "1")
    assert (unplanned.status_code, unplanned.json()["code"]) == (409, "year-not-planned")
    assert (await office.post("/v1/projects", json=a_project())).status_code == 409
    for body, field in (
        (a_project(code="x-y", planned="-1"), "planned"),
        (a_project(code="x-y", unit="330324-jtx"), "unit"),
        (a_project(code="x-y", year=26), "year"),
    ):
        answer = await office.post("/v1/projects", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    missing = await state(unit, "01900000-0000-7000-8000-0000000000ff", "2026-01", 1)
    assert missing.status_code == 404
    stale = await unit.post(
        f"/v1/projects/{project_id}/months",
        json={"month": "2026-01", "invested": 1},
        headers={"if-match": '"9"'},
    )
    assert stale.status_code == 412


async def test_a_unit_sees_and_states_its_own_projects_only(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    mine = await planned(office)
    other = await planned(office, code="other-project", unit=LEAD)
    assert [each["id"] for each in (await unit.get("/v1/projects?year=2026")).json()["items"]] == [mine]
    assert (await unit.get(f"/v1/projects?year=2026&unit={LEAD}")).status_code == 403
    assert (await unit.get(f"/v1/projects/{other}")).status_code == 403
    assert (await state(unit, other, "2026-01", 1)).status_code == 403
    assert (await unit.post("/v1/projects", json=a_project(code="x-y"))).status_code == 403
    async with tasks.client("leader") as leader:
        assert len((await leader.get("/v1/projects?year=2026")).json()["items"]) == 2
        assert (await state(leader, mine, "2026-01", 1)).status_code == 403
    assert (await state(office, mine, "2026-01", 1)).status_code == 200


async def test_lists_totals_and_export(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    first = await planned(office)
    second = await planned(office, code="second-park", title="古镇夜游", planned="3000", sectors=["tourism"])
    await planned(office, code="zero-plan", title="前期项目", planned="0", unit=LEAD)
    await state(unit, first, "2026-01", "3000")
    listed = (await office.get("/v1/projects?year=2026&missing_month=1")).json()["items"]
    assert [each["code"] for each in listed] == ["zero-plan", "second-park"]
    assert [each["code"] for each in (await office.get("/v1/projects?year=2026&sector=tourism")).json()["items"]] == [
        "second-park"
    ]
    page = (await office.get("/v1/projects?year=2026&limit=1")).json()
    assert page["next"] is not None
    totals = (await office.get("/v1/projects/totals?year=2026")).json()
    assert [(each["unit"], each["projects"], each["completion_rate"]) for each in totals] == [
        (LEAD, 1, None),
        (CO, 2, "20.00"),
    ]
    next_year = {"year": 2027, "planned": "5000"}
    assert (await office.put(f"/v1/projects/{second}/plan", json=next_year)).json()["total_investment"] == "36000.5"
    assert [each["year"] for each in (await office.get(f"/v1/projects/{second}")).json()["years"]] == [2026, 2027]
    content = (await office.get("/v1/projects/export?year=2026")).content
    (sheet,) = read_sheets(content)
    table = sheet.table([Column("title", ("项目名称",), required=True), Column("rate", ("完成率",))])
    assert table is not None
    assert [(row.text("title"), row.text("rate")) for row in table.rows()] == [
        ("瓯北物流园二期", "25"),
        ("古镇夜游", "0"),
        ("前期项目", ""),
        ("合计", "20"),
    ]
