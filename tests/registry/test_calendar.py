"""The county's calendar of a year: the office sets it, the national one stands where it does not."""

import httpx
import pytest

from shared.contracts.registry import CalendarChanged
from tests.registry.conftest import Ask
from tests.support.api import ServiceUnderTest


async def test_the_office_sets_a_year(registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask) -> None:
    assert (await ask("/v1/calendar/2099"))["source"] == "unknown"
    body = {"days_off": ["2099-01-01", "2099-10-01"], "working_days": ["2099-01-03"]}
    first = await office.put("/v1/calendar/2099", json=body)
    assert (first.status_code, first.headers["etag"]) == (200, '"1"'), first.text
    second = await office.put("/v1/calendar/2099", json={**body, "days_off": []}, headers={"if-match": '"1"'})
    assert second.status_code == 200
    stale = await office.put("/v1/calendar/2099", json=body, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    found = await ask("/v1/calendar/2099")
    assert (found["source"], found["days_off"], found["working_days"]) == ("office", [], ["2099-01-03"])
    events = [event.data for event in await registry.events("calendar-2099")]
    assert all(isinstance(event, CalendarChanged) for event in events)
    assert [len(event.days_off) for event in events] == [2, 0]


async def test_the_national_calendar_stands_until_then(ask: Ask) -> None:
    found = await ask("/v1/calendar/2024")
    assert (found["source"], found["version"]) == ("national", 0)
    assert "2024-10-01" in found["days_off"]
    assert "2024-09-29" in found["working_days"]


@pytest.mark.parametrize(
    ("days_off", "working_days", "field"),
    [
        (["2026-01-01"], [], "days_off.0"),
        (["2027-01-02"], ["2027-01-02"], "working_days.0"),
        (["2027-01-01", "2027-01-01"], [], "days_off.1"),
        ([], ["2027-01-04"], "working_days.0"),
        (["1.1"], [], "days_off.0"),
    ],
)
async def test_a_wrong_day_is_named(
    office: httpx.AsyncClient, days_off: list[str], working_days: list[str], field: str
) -> None:
    answer = await office.put("/v1/calendar/2027", json={"days_off": days_off, "working_days": working_days})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_only_the_office_sets_it(registry: ServiceUnderTest) -> None:
    async with registry.client("integration") as platform:
        answer = await platform.put("/v1/calendar/2027", json={"days_off": [], "working_days": []})
    assert answer.status_code == 403


async def test_the_notices_whole_spans_are_taken_weekends_and_all(office: httpx.AsyncClient) -> None:
    span = {"days_off": ["2027-10-01", "2027-10-02", "2027-10-03", "2027-10-04"], "working_days": ["2027-10-09"]}
    answer = await office.put("/v1/calendar/2027", json=span)
    assert (answer.status_code, answer.json()["days_off"]) == (200, span["days_off"])
