"""Reports over HTTP: defined, opened, submitted in time or late, sent back, accepted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from services.tasks.reports.domain import REPORT_TRANSITIONS, ReportState
from services.tasks.supervision import watch as overdue
from shared.auth import Role
from shared.contracts import tasks as facts
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import LEAD, OTHER, a_definition, opened

VALUES = {"values": {"value_added": "12345.60", "employees": 20}}
DUE_AT = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
"""17:00 in the county, ten days after the first quarter."""
PATHS = {
    "open": [],
    "overdue": [],
    "submitted": ["submit"],
    "sent_back": ["submit", "send-back"],
    "accepted": ["submit", "accept"],
    "locked": ["submit", "accept", "lock"],
    "reopened": ["submit", "accept", "lock", "reopen"],
    "withdrawn": ["withdraw"],
}
BODIES: dict[str, Any] = {
    "submit": VALUES,
    "correct": {**VALUES, "reason": "统计口径更正"},
    "send-back": {"reason": "数据不衔接"},
    "reopen": {"reason": "核查有误"},
    "withdraw": {"reason": "本季免报"},
    "reschedule": {"reason": "假期顺延", "due_on": "2026-06-30"},
}
BY_UNIT = {"submit", "correct"}


async def act(client: httpx.AsyncClient, report_id: str, transition: str, **headers: str) -> httpx.Response:
    return await client.post(f"/v1/reports/{report_id}/{transition}", json=BODIES.get(transition), headers=headers)


async def test_a_report_is_opened_submitted_sent_back_resubmitted_and_accepted(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    (report_id,) = await opened(office)
    tasks.clock.at = DUE_AT
    async with tasks.client("unit", OTHER) as unit:
        first = await act(unit, report_id, "submit")
        assert (first.status_code, first.json()["on_time"], first.json()["days_late"]) == (200, True, 0)
        await act(office, report_id, "send-back")
        tasks.clock.at = DUE_AT + timedelta(days=5)
        again = await act(unit, report_id, "submit")
    assert (again.json()["on_time"], again.json()["submissions_made"]) == (True, 2)
    accepted = (await act(office, report_id, "accept")).json()
    assert (accepted["state"], accepted["version"]) == ("accepted", 5)
    assert [(each["submission"], each["decision"], each["reason"]) for each in accepted["submissions"]] == [
        (1, "sent_back", "数据不衔接"),
        (2, "accepted", None),
    ]
    assert accepted == (await office.get(f"/v1/reports/{report_id}")).json()
    events = await tasks.events(report_id)
    assert [type(event.data) for event in events] == [
        facts.ReportOpened,
        facts.ReportSubmitted,
        facts.ReportSentBack,
        facts.ReportSubmitted,
        facts.ReportAccepted,
    ]
    assert [event.aggregateversion for event in events] == [1, 2, 3, 4, 5]
    assert events[0].data.due_at == DUE_AT
    assert events[1].data.observations == (
        facts.Observation(indicator="value_added", value=Decimal("12345.60"), unit_of_measure="万元"),
        facts.Observation(indicator="employees", value=Decimal(20), unit_of_measure="人"),
    )
    assert (events[3].data.submission, events[3].data.on_time, events[3].data.submitted_at) == (
        2,
        True,
        DUE_AT + timedelta(days=5),
    )


@pytest.mark.parametrize(
    ("after_due", "days_late"),
    [(timedelta(seconds=1), 0), (timedelta(hours=7), 1), (timedelta(days=3), 3)],
)
async def test_a_late_submission_says_first_that_it_went_overdue(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, after_due: timedelta, days_late: int
) -> None:
    (report_id,) = await opened(office)
    tasks.clock.at = DUE_AT + after_due
    async with tasks.client("unit", OTHER) as unit:
        answer = (await act(unit, report_id, "submit")).json()
    assert (answer["state"], answer["on_time"], answer["days_late"]) == ("submitted", False, days_late)
    _, lapsed, submitted = await tasks.events(report_id)
    assert isinstance(lapsed.data, facts.ReportWentOverdue)
    assert (lapsed.time, submitted.data.days_late, submitted.data.on_time) == (DUE_AT, days_late, False)


async def test_opening_twice_changes_nothing_and_says_so(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    (report_id,) = await opened(office)
    path = "/v1/report-definitions/service-quarterly/open"
    again = (await office.post(path, json={"period": "2026-Q1", "units": [OTHER]})).json()
    assert (again["changed"], again["opened"]) == (False, [])
    assert [each["id"] for each in again["existing"]] == [report_id]
    more = (await office.post(path, json={"period": "2026-Q1", "units": [LEAD, OTHER]})).json()
    assert (more["changed"], [each["unit"] for each in more["opened"]]) == (True, [LEAD])
    assert len(await tasks.events()) == 2


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"value_added": 1, "gdp": 2}, "values.gdp"),
        ({"employees": 2}, "values.value_added"),
        ({"value_added": "many"}, "values.value_added"),
        ({"value_added": True}, "values.value_added"),
        ({"value_added": None}, "values.value_added"),
        ({"value_added": "NaN"}, "values.value_added"),
        ({"value_added": "1e999"}, "values.value_added"),
    ],
)
async def test_a_bad_value_is_refused_naming_the_field(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, values: dict[str, object], field: str
) -> None:
    (report_id,) = await opened(office)
    async with tasks.client("unit", OTHER) as unit:
        answer = await unit.post(f"/v1/reports/{report_id}/submit", json={"values": values})
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert len(await tasks.events(report_id)) == 1


@pytest.mark.parametrize(
    ("kind", "period", "due_at"),
    [
        ("month", "2024-02", datetime(2024, 3, 10, 9, tzinfo=UTC)),
        ("quarter", "2026-Q4", datetime(2027, 1, 10, 9, tzinfo=UTC)),
        ("half", "2026-H1", datetime(2026, 7, 10, 9, tzinfo=UTC)),
        ("year", "2026", datetime(2027, 1, 10, 9, tzinfo=UTC)),
    ],
)
async def test_a_report_falls_due_after_its_period(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, kind: str, period: str, due_at: datetime
) -> None:
    await opened(office, period, period_kind=kind)
    (event,) = await tasks.events()
    assert event.data.due_at == due_at


async def test_due_at_24_is_the_end_of_that_day(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    (report_id,) = await opened(office, due_hour=24)
    tasks.clock.at = datetime(2026, 4, 10, 16, 1, tzinfo=UTC)  # 00:01 on the day after
    async with tasks.client("unit", OTHER) as unit:
        assert (await act(unit, report_id, "submit")).json()["days_late"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"period": "2026-01", "units": [OTHER]}, "period"),
        ({"period": "2026-Q5", "units": [OTHER]}, "period"),
        ({"period": "2026-Q1", "units": ["330324-tjx"]}, "units.0"),
        ({"period": "2026-Q1", "units": [OTHER, OTHER]}, "units.1"),
        ({"period": "2026-Q1", "units": []}, "units"),
    ],
)
async def test_a_period_that_cannot_be_opened_is_refused(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, body: dict[str, object], field: str
) -> None:
    await office.post("/v1/report-definitions", json=a_definition())
    answer = await office.post("/v1/report-definitions/service-quarterly/open", json=body)
    assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (422, [field])
    assert await tasks.events() == []


ILLEGAL = [
    (state, transition.name)
    for state in ReportState
    for transition in REPORT_TRANSITIONS.transitions.values()
    if state not in transition.sources
]


@pytest.mark.parametrize(("state", "name"), ILLEGAL)
async def test_an_illegal_transition_is_refused_naming_the_possible_ones(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, state: ReportState, name: str
) -> None:
    (report_id,) = await opened(office)
    if state == ReportState.OVERDUE:
        tasks.clock.at = DUE_AT + timedelta(seconds=1)
        await overdue.catch_up(tasks.runtime)
    async with tasks.client("unit", OTHER) as unit:
        for step in PATHS[state]:
            assert (await act(unit if step in BY_UNIT else office, report_id, step)).status_code == 200
        answer = await act(unit if name in BY_UNIT else office, report_id, name)
    assert answer.status_code == 409
    role = Role.UNIT if name in BY_UNIT else Role.OFFICE
    assert answer.json()["allowed"] == REPORT_TRANSITIONS.allowed(state, role)


async def test_only_the_unit_itself_submits_and_only_the_office_decides(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    (report_id,) = await opened(office)
    async with tasks.client("unit", LEAD) as other, tasks.client("unit", OTHER) as unit:
        assert (await act(other, report_id, "submit")).status_code == 403
        assert (await act(office, report_id, "submit")).status_code == 403
        assert (await act(unit, report_id, "submit")).status_code == 200
        for refused in ("accept", "send-back"):
            assert (await act(unit, report_id, refused)).status_code == 403
        assert (await unit.post("/v1/report-definitions", json=a_definition(code="x-y"))).status_code == 403


async def test_stale_and_unknown_are_refused(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    (report_id,) = await opened(office)
    async with tasks.client("unit", OTHER) as unit:
        assert (await act(unit, report_id, "submit", **{"if-match": '"2"'})).status_code == 412
        etag = (await unit.get(f"/v1/reports/{report_id}")).headers["etag"]
        assert (await act(unit, report_id, "submit", **{"if-match": etag})).status_code == 200
    missing = "01900000-0000-7000-8000-0000000000ff"
    assert (await act(office, missing, "accept")).status_code == 404
    assert (await office.get(f"/v1/reports/{missing}")).status_code == 404
    assert (await office.get("/v1/report-definitions/none")).status_code == 404
    body = {"period": "2026-Q1", "units": [OTHER]}
    assert (await office.post("/v1/report-definitions/none/open", json=body)).status_code == 404


async def test_a_definition_is_made_once_and_shown(office: httpx.AsyncClient) -> None:
    assert (await office.post("/v1/report-definitions", json=a_definition())).status_code == 201
    assert (await office.post("/v1/report-definitions", json=a_definition())).status_code == 409
    shown = (await office.get("/v1/report-definitions/service-quarterly")).json()
    assert {name: shown[name] for name in ("code", "title", "period_kind", "due_offset_days", "due_hour")} == {
        name: value for name, value in a_definition().items() if name != "fields"
    }
    assert (shown["version"], [each["indicator"] for each in shown["fields"]]) == (1, ["value_added", "employees"])
    listed = (await office.get("/v1/report-definitions")).json()["items"]
    assert [each["code"] for each in listed] == ["meeting-paper", "service-quarterly"]
    twice = a_definition(code="twice", fields=[a_definition()["fields"][0]] * 2)
    refused = await office.post("/v1/report-definitions", json=twice)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fields")


async def test_reports_are_listed_by_unit_definition_period_and_state(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    mine, theirs = await opened(office, "2026-Q1", LEAD, OTHER)
    (monthly,) = await opened(office, "2026-01", LEAD, code="monthly", period_kind="month")
    async with tasks.client("unit", OTHER) as unit:
        await act(unit, theirs, "submit")

    async def listed(**params: str) -> set[str]:
        answer = await office.get("/v1/reports", params=params)
        assert answer.status_code == 200, answer.text
        return {each["id"] for each in answer.json()["items"]}

    assert await listed() == {mine, theirs, monthly}
    assert await listed(unit=LEAD) == {mine, monthly}
    assert await listed(definition="monthly") == {monthly}
    assert await listed(period="2026-Q1", unit=LEAD) == {mine}
    assert await listed(state="submitted") == {theirs}
    first = (await office.get("/v1/reports?limit=2")).json()
    second = (await office.get(f"/v1/reports?limit=2&cursor={first['next']}")).json()
    assert {each["id"] for each in (*first["items"], *second["items"])} == {mine, theirs, monthly}


async def test_what_a_report_states_is_read_by_its_unit_and_those_who_oversee_it(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    (report_id,) = await opened(office)
    async with tasks.client("unit", LEAD) as neighbour:
        for path in ("", "/form"):
            assert (await neighbour.get(f"/v1/reports/{report_id}{path}")).status_code == 403
        assert (await neighbour.post(f"/v1/reports/{report_id}/check", json=VALUES)).status_code == 403
        assert [each["id"] for each in (await neighbour.get("/v1/reports")).json()["items"]] == [report_id]
    async with tasks.client("unit", OTHER) as own, tasks.client("auditor") as auditor:
        for reader in (own, auditor, office):
            assert (await reader.get(f"/v1/reports/{report_id}")).status_code == 200
