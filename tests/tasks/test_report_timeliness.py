"""Timeliness rates count what is still open, equal a recount report by report; meetings' papers are reports."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.tasks.reports import store
from services.tasks.reports.store import ReportFilter
from services.tasks.reports.timeliness import Grouping, TimelinessCount, counted
from services.tasks.supervision import watch
from shared.contracts import tasks as facts
from shared.contracts.meetings import PaperRequested
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, MEETING, OTHER, opened

VALUES = {"values": {"value_added": 1}}
PAPER = UUID("01900000-0000-7000-8000-0000000000aa")
PAPER_DUE = datetime(2026, 1, 20, 9, tzinfo=UTC)


async def rates(client: httpx.AsyncClient, **params: str | int | list[str]) -> dict[str, Any]:
    answer = await client.get("/v1/reports/timeliness", params=params)
    assert answer.status_code == 200, answer.text
    table: dict[str, Any] = answer.json()
    return table


async def test_what_is_missing_after_its_due_moment_counts_as_not_in_time(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    ids = await opened(office, "2026-Q1", LEAD, CO, OTHER)
    tasks.clock.at = datetime(2026, 4, 10, 8, tzinfo=UTC)
    async with tasks.client("unit", LEAD) as unit:
        await unit.post(f"/v1/reports/{ids[0]}/submit", json=VALUES)
    assert (await rates(office))["total"]["rate"] == "100.00"
    tasks.clock.at = datetime(2026, 4, 12, tzinfo=UTC)
    async with tasks.client("unit", CO) as unit:
        await unit.post(f"/v1/reports/{ids[1]}/submit", json=VALUES)
    total = (await rates(office))["total"]
    assert [total[each] for each in ("expected", "on_time", "late", "missing", "not_due", "rate")] == [
        3,
        1,
        1,
        1,
        0,
        "33.33",
    ]
    await watch.catch_up(tasks.runtime)
    assert (await rates(office))["total"] == total
    by_unit = {each["unit"]: each["rate"] for each in (await rates(office, by="unit"))["groups"]}
    assert by_unit == {LEAD: "100.00", CO: "0.00", OTHER: "0.00"}
    assert (await rates(office, by=["definition", "period"], year=2026))["groups"][0]["period"] == "2026-Q1"
    assert (await rates(office, year=2025))["total"]["rate"] is None
    await office.post(f"/v1/reports/{ids[2]}/withdraw", json={"reason": "免报"})
    assert (await rates(office))["total"]["rate"] == "50.00"
    assert (await office.get("/v1/reports/timeliness?by=colour")).status_code == 422


@pytest.mark.parametrize("seed", range(4))
async def test_the_rates_equal_a_recount_report_by_report(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    units = [LEAD, CO, OTHER, "330324-jmj"]
    await opened(office, "2026-Q1", *units)
    for period in ("2026-Q2", "2026-Q3"):
        body = {"period": period, "units": chance.sample(units, 3)}
        await office.post("/v1/report-definitions/service-quarterly/open", json=body)
    for _ in range(25):
        tasks.clock.at += timedelta(days=chance.randint(0, 20))
        report = chance.choice((await office.get("/v1/reports")).json()["items"])
        what = chance.choice(["submit", "submit", "correct", "accept", "send-back", "lock", "reopen", "withdraw"])
        async with tasks.client("unit", report["unit"]) as unit:
            client = unit if what in {"submit", "correct"} else office
            bodies = {"submit": VALUES, "correct": {**VALUES, "reason": "x"}}
            reason = {"reason": "x"} if what in {"send-back", "reopen", "withdraw"} else None
            await client.post(f"/v1/reports/{report['id']}/{what}", json=bodies.get(what, reason))
        if chance.random() < 0.3:
            await watch.catch_up(tasks.runtime)
    now = tasks.clock()
    async with tasks.pool.acquire() as conn:
        reports = await store.page_of_reports(conn, ReportFilter(), None, 1000)
        groups = await store.timeliness(conn, Grouping(unit=True), ReportFilter(), (None, None), now)
        (total,) = await store.timeliness(conn, Grouping(), ReportFilter(), (None, None), now)
    assert total == counted(reports, now)
    for group in groups:
        recount = counted([report for report in reports if report.unit == group.unit], now)
        assert group == TimelinessCount(
            **{**{name: getattr(recount, name) for name in recount.__slots__}, "unit": group.unit}
        )


@pytest.mark.parametrize(("on_time", "rate"), [(1, Decimal("33.33")), (2, Decimal("66.67")), (3, Decimal("100.00"))])
def test_a_rate_is_rounded_half_up(on_time: int, rate: Decimal) -> None:
    assert TimelinessCount(None, None, None, 3, on_time, 3 - on_time, 0, 0).rate == rate


def a_paper(**given: object) -> PaperRequested:
    usual: dict[str, Any] = {
        "meeting_id": MEETING,
        "body": "coordination-meeting",
        "kind": "coordination",
        "paper_id": PAPER,
        "unit": LEAD,
        "title": "上半年服务业工作情况汇报",
        "due_at": PAPER_DUE,
    }
    return PaperRequested(**{**usual, **given})


async def test_a_paper_that_a_meeting_asks_for_is_expected_once(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    for version in (4, 5):
        assert await tasks.deliver(a_paper(), subject=str(MEETING), version=version) == "handled"
    (report,) = (await office.get("/v1/reports", params={"definition": "meeting-paper"})).json()["items"]
    assert (report["unit"], report["title"], report["period"]) == (
        LEAD,
        "上半年服务业工作情况汇报",
        f"meeting/{MEETING}/{PAPER}",
    )
    (event,) = await tasks.events()
    assert (event.causationid, event.data.due_at) == (f"{MEETING}@4", PAPER_DUE)
    tasks.clock.at = PAPER_DUE + timedelta(hours=1)
    await watch.catch_up(tasks.runtime)
    async with tasks.client("unit", LEAD) as unit:
        answer = await unit.post(f"/v1/reports/{report['id']}/submit", json={"values": {"content": "一、基本情况……"}})
    assert (answer.status_code, answer.json()["on_time"]) == (200, False)


async def test_a_paper_moves_and_is_let_go_whatever_the_order(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    later = PAPER_DUE + timedelta(days=2)
    await tasks.deliver(a_paper(), subject=str(MEETING), version=4)
    await tasks.deliver(a_paper(due_at=later), subject=str(MEETING), version=6)
    await tasks.deliver(a_paper(), subject=str(MEETING), version=5)
    (report,) = (await office.get("/v1/reports")).json()["items"]
    assert (report["due_at"], report["state"]) == ("2026-01-22T09:00:00Z", "open")
    gone = UUID(int=5)
    await tasks.deliver(a_paper(paper_id=gone, withdrawn=True), subject=str(MEETING), version=8)
    await tasks.deliver(a_paper(paper_id=gone), subject=str(MEETING), version=7)
    states = {each["period"][-1]: each["state"] for each in (await office.get("/v1/reports")).json()["items"]}
    assert states == {"a": "open", "5": "withdrawn"}
    kinds = [type(event.data) for event in await tasks.events(report["id"])]
    assert kinds == [facts.ReportOpened, facts.ReportRescheduled]
