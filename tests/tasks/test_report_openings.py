"""Periods open by themselves: at their moment, once, also after an outage; for whom the registry says, as of then."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from services.tasks.supervision import watch
from shared.contracts import registry
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, a_definition, a_unit

JMJ = "330324-jmj"
Q1_OPENS = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
"""00:00 of April 1 in the county."""


async def define(office: httpx.AsyncClient, **given: object) -> dict[str, Any]:
    answer = await office.post("/v1/report-definitions", json=a_definition(**given))
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def told(tasks: ServiceUnderTest, *kinds: type) -> list[Event]:
    return [event for event in await tasks.events() if isinstance(event.data, kinds)]


async def opened_units(tasks: ServiceUnderTest, period: str | None = None) -> list[str]:
    events = await told(tasks, facts.ReportOpened)
    return [event.data.unit for event in events if period is None or event.data.period == period]


async def duty(tasks: ServiceUnderTest, unit: str, version: int, /, **given: object) -> str:
    usual: dict[str, Any] = {
        "duty": "3.10",
        "unit": unit,
        "clauses": (registry.DutyClause(kind="statistics", objects=("transport",)),),
        "valid_from": date(2009, 7, 6),
        "document": "永政办发〔2009〕106号",
    }
    return await tasks.deliver(registry.DutyAssigned(**{**usual, **given}), subject=unit, version=version)


async def test_a_period_opens_at_its_moment_for_those_on_the_list(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await define(office, reporters={"units": [OTHER, CO]})
    tasks.clock.at = Q1_OPENS - timedelta(seconds=1)
    assert await watch.catch_up(tasks.runtime) == 0
    tasks.clock.at = Q1_OPENS + timedelta(minutes=5)
    assert [await watch.catch_up(tasks.runtime) for _ in range(2)] == [1, 0]
    events = await told(tasks, facts.ReportOpened)
    assert [(event.data.unit, event.data.period, event.time) for event in events] == [
        (CO, "2026-Q1", Q1_OPENS),
        (OTHER, "2026-Q1", Q1_OPENS),
    ]
    assert events[0].data.due_at == datetime(2026, 4, 10, 9, tzinfo=UTC)


async def test_after_an_outage_everything_is_said_once_in_order_at_its_own_moment(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await define(office, reporters={"units": [OTHER]})
    await define(office, code="monthly", period_kind="month", reporters={"units": [CO]})
    tasks.clock.at = datetime(2026, 7, 20, tzinfo=UTC)
    assert await watch.catch_up(tasks.runtime) > 0
    assert await watch.catch_up(tasks.runtime) == 0
    events = await told(tasks, facts.ReportOpened, facts.ReportWentOverdue)
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert [(type(event.data).__name__, event.data.period) for event in events if event.data.unit == OTHER] == [
        ("ReportOpened", "2026-Q1"),
        ("ReportWentOverdue", "2026-Q1"),
        ("ReportOpened", "2026-Q2"),
        ("ReportWentOverdue", "2026-Q2"),
    ]
    assert len([event for event in events if event.data.unit == CO]) == 12


async def test_two_watches_open_a_period_once(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    for number in range(5):
        await define(office, code=f"report-{number}", reporters={"units": [OTHER, CO]})
    tasks.clock.at = Q1_OPENS
    await asyncio.gather(*(watch.catch_up(tasks.runtime) for _ in range(4)))
    await watch.catch_up(tasks.runtime)
    said = [(event.data.definition, event.data.unit) for event in await told(tasks, facts.ReportOpened)]
    assert len(said) == len(set(said)) == 10


async def test_who_must_report_follows_duties_kinds_and_memberships_as_of_the_period(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await duty(tasks, CO, 2)
    await duty(tasks, OTHER, 2, valid_from=date(2026, 5, 1))
    await duty(tasks, LEAD, 2, clauses=(registry.DutyClause(kind="guide_coordinate", objects=("transport",)),))
    await define(office, reporters={"duty_kinds": ["statistics"]})
    await define(office, code="of-transport", reporters={"duty_kinds": ["statistics"], "duty_objects": ["tourism"]})
    member = registry.MembershipChanged(
        membership_id="m1",
        body="coordination-meeting",
        role="member",
        holder_unit=JMJ,
        valid_from=date(2009, 7, 6),
        valid_to=date(2026, 6, 1),
    )
    await tasks.deliver(member, subject="coordination-meeting", version=2)
    await define(office, code="of-members", reporters={"bodies": ["coordination-meeting"]})
    await tasks.deliver(a_unit("330324-xxb", kind="township"), subject="330324-xxb", version=1)
    await define(office, code="of-townships", reporters={"unit_kinds": ["township"]})
    tasks.clock.at = datetime(2026, 7, 1, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    said = {
        (event.data.definition, event.data.period, event.data.unit) for event in await told(tasks, facts.ReportOpened)
    }
    assert said == {
        ("service-quarterly", "2026-Q1", CO),
        ("service-quarterly", "2026-Q2", CO),
        ("service-quarterly", "2026-Q2", OTHER),
        ("of-members", "2026-Q1", JMJ),
        ("of-townships", "2026-Q1", "330324-xxb"),
        ("of-townships", "2026-Q2", "330324-xxb"),
    }


async def test_revoked_duties_and_ended_units_owe_nothing_whatever_the_order_of_events(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    revoked = registry.DutyRevoked(duty="3.10", unit=CO, valid_from=date(2009, 7, 6), revoked_on=date(2026, 2, 1))
    await tasks.deliver(revoked, subject=CO, version=3)
    await duty(tasks, CO, 2)
    await duty(tasks, OTHER, 2)
    retired = registry.UnitRetired(unit=OTHER, retired_on=date(2026, 5, 1))
    await tasks.deliver(retired, subject=OTHER, version=4)
    await define(office, reporters={"duty_kinds": ["statistics"]})
    tasks.clock.at = datetime(2026, 7, 1, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    assert await opened_units(tasks) == [OTHER]
    assert await opened_units(tasks, "2026-Q2") == []


async def test_a_duty_heard_of_after_the_opening_is_still_expected_while_the_period_is_not_due(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await duty(tasks, CO, 2)
    await define(office, reporters={"duty_kinds": ["statistics"]})
    tasks.clock.at = Q1_OPENS
    await watch.catch_up(tasks.runtime)
    await duty(tasks, OTHER, 2)
    tasks.clock.at = Q1_OPENS + timedelta(days=1)
    assert await watch.catch_up(tasks.runtime) > 0
    assert await opened_units(tasks, "2026-Q1") == [CO, OTHER]
    tasks.clock.at = Q1_OPENS + timedelta(days=60)
    await watch.catch_up(tasks.runtime)
    await duty(tasks, LEAD, 2)
    await watch.catch_up(tasks.runtime)
    assert await opened_units(tasks, "2026-Q1") == [CO, OTHER]


async def test_a_revocation_heard_of_after_the_opening_withdraws_what_opened_by_itself(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await duty(tasks, CO, 2)
    await define(office, reporters={"duty_kinds": ["statistics"]})
    tasks.clock.at = Q1_OPENS
    await watch.catch_up(tasks.runtime)
    by_hand = {"period": "2026-Q1", "units": [OTHER]}
    await office.post("/v1/report-definitions/service-quarterly/open", json=by_hand)
    revoked = registry.DutyRevoked(duty="3.10", unit=CO, valid_from=date(2009, 7, 6), revoked_on=date(2026, 3, 1))
    await tasks.deliver(revoked, subject=CO, version=3)
    await watch.catch_up(tasks.runtime)
    states = {each["unit"]: each["state"] for each in (await office.get("/v1/reports")).json()["items"]}
    assert states == {CO: "withdrawn", OTHER: "open"}


async def test_due_days_may_be_working_days_and_the_office_may_change_the_calendar(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await define(office, reporters={"units": [OTHER]}, due_offset_days=2, due_counted="working")
    path = "/v1/report-definitions/service-quarterly/periods"
    first = (await office.get(path, params={"year": 2026})).json()["periods"][0]
    # 2026-04-01 and -02 are worked; the 4th to 6th are 清明
    assert (first["period"], first["due_at"]) == ("2026-Q1", "2026-04-02T09:00:00Z")
    calendar = registry.CalendarChanged(year=2026, days_off=(date(2026, 4, 2),), working_days=(date(2026, 4, 4),))
    await tasks.deliver(calendar, subject="calendar-2026", version=1)
    tasks.clock.at = Q1_OPENS
    await watch.catch_up(tasks.runtime)
    (event,) = await told(tasks, facts.ReportOpened)
    assert event.data.due_at == datetime(2026, 4, 3, 9, tzinfo=UTC)


async def test_a_year_whose_working_days_are_unknown_is_said_to_be_unknown_until_somebody_says(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    given = {"due_offset_days": 2, "due_counted": "working", "first_period": "2090-Q1"}
    await define(office, reporters={"units": [OTHER]}, **given)
    await define(office, code="other", reporters={"units": [CO]}, **given)
    tasks.clock.at = datetime(2090, 4, 1, tzinfo=UTC)
    assert await watch.catch_up(tasks.runtime) == 0
    path = "/v1/report-definitions/service-quarterly/periods"
    shown = (await office.get(path, params={"year": 2090})).json()
    assert shown["periods"][0]["due_at"] is None
    assert "working days of 2090 are not known" in shown["periods"][0]["due_unknown"]
    assert "working days of 2090 are not known" in shown["blocked"]
    opened = await office.post("/v1/report-definitions/other/open", json={"period": "2090-Q1"})
    assert (opened.status_code, opened.json()["code"]) == (409, "due-unknown")
    decided = await office.put(f"{path}/2090-Q1", json={"due_on": "2090-04-08", "reason": "日历未发布"})
    assert decided.status_code == 200, decided.text
    assert await watch.catch_up(tasks.runtime) == 1
    assert await opened_units(tasks) == [OTHER]
    calendar = registry.CalendarChanged(year=2090, days_off=(), working_days=())
    await tasks.deliver(calendar, subject="calendar-2090", version=1)
    await watch.catch_up(tasks.runtime)
    assert await opened_units(tasks) == [OTHER, CO]


async def test_an_exempt_period_opens_nothing(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    await define(office, reporters={"units": [OTHER]})
    path = "/v1/report-definitions/service-quarterly/periods/2026-Q1"
    await office.put(path, json={"exempt": True, "reason": "首季免报"})
    tasks.clock.at = datetime(2026, 7, 1, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    assert [event.data.period for event in await told(tasks, facts.ReportOpened)] == ["2026-Q2"]
    body = {"period": "2026-Q1", "units": [OTHER]}
    refused = await office.post("/v1/report-definitions/service-quarterly/open", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "period-exempt")
    assert "首季免报" in refused.json()["detail"]


async def test_a_period_that_is_open_follows_the_offices_decision(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await define(office, reporters={"units": [OTHER, CO]})
    tasks.clock.at = Q1_OPENS + timedelta(days=20)
    await watch.catch_up(tasks.runtime)
    async with tasks.client("unit", OTHER) as unit:
        (report,) = (await unit.get("/v1/reports", params={"unit": OTHER})).json()["items"]
        await unit.post(f"/v1/reports/{report['id']}/submit", json={"values": {"value_added": 1}})
    path = "/v1/report-definitions/service-quarterly/periods/2026-Q1"
    past = await office.put(path, json={"due_on": "2026-04-01", "reason": "x"})
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "due_on")
    moved = (await office.put(path, json={"due_on": "2026-05-10", "due_hour": 12, "reason": "系统故障"})).json()
    assert (moved["reports_moved"], moved["due_at"]) == (1, "2026-05-10T04:00:00Z")
    (report,) = (await office.get("/v1/reports", params={"unit": CO})).json()["items"]
    assert (report["state"], report["due_at"]) == ("open", "2026-05-10T04:00:00Z")
    (event,) = await told(tasks, facts.ReportRescheduled)
    assert event.data.previous_due_at == datetime(2026, 4, 10, 9, tzinfo=UTC)
    exempt = (await office.put(path, json={"exempt": True, "reason": "免报"})).json()
    assert exempt["reports_withdrawn"] == 1
    states = {each["unit"]: each["state"] for each in (await office.get("/v1/reports")).json()["items"]}
    assert states == {OTHER: "submitted", CO: "withdrawn"}


async def test_a_definition_without_reporters_opens_by_hand_only(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await define(office)
    tasks.clock.at = datetime(2027, 1, 1, tzinfo=UTC)
    assert await watch.catch_up(tasks.runtime) == 0
    refused = await office.post("/v1/report-definitions/service-quarterly/open", json={"period": "2026-Q4"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "units")
    unknown = await office.post(
        "/v1/report-definitions", json=a_definition(code="x-y", reporters={"units": ["330324-tjx"]})
    )
    assert unknown.json()["errors"][0]["field"] == "reporters.units.0"


async def test_a_definition_made_late_opens_from_then_on_and_never_before_it_was_made(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    tasks.clock.at = Q1_OPENS + timedelta(days=3)
    late = a_definition(reporters={"units": [OTHER]}, first_period="2025-Q4")
    refused = await office.post("/v1/report-definitions", json=late)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "first_period")
    await define(office, reporters={"units": [OTHER]}, first_period="2026-Q1")
    await watch.catch_up(tasks.runtime)
    (event,) = await told(tasks, facts.ReportOpened)
    assert (event.time, event.data.period) == (tasks.clock.at, "2026-Q1")
    malformed = a_definition(code="x-y", reporters={"units": [OTHER]}, first_period="2026-01")
    refused = await office.post("/v1/report-definitions", json=malformed)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "period")


async def test_a_clock_that_jumps_back_opens_nothing_twice(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    await define(office, reporters={"units": [OTHER]})
    for moment in (Q1_OPENS, Q1_OPENS - timedelta(days=30), Q1_OPENS + timedelta(hours=1)):
        tasks.clock.at = moment
        await watch.catch_up(tasks.runtime)
    assert await opened_units(tasks) == [OTHER]
