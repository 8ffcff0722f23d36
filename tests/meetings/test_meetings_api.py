"""Meetings over HTTP: convene, hold, cancel, record afterwards, read."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.meetings import MeetingCancelled, MeetingConvened, MeetingHeld
from shared.text import digest
from tests.meetings.builders import a_meeting, a_resolution, adopted, convened, held
from tests.support.api import ServiceUnderTest

UNKNOWN = "01900000-0000-7000-8000-000000000000"
BEFORE = ["hold", "cancel", "reschedule", "guests", "agenda", "papers", "attendance"]
AFTER = ["agenda", "attendance", "decision", "resolutions", "minutes"]


async def test_a_convened_meeting_is_shown_as_it_was_convened(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/meetings", json=a_meeting())
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    shown = await office.get(f"/v1/meetings/{answer.json()['id']}")
    assert shown.headers["etag"] == '"1"'
    assert {name: shown.json()[name] for name in answer.json()} == answer.json()
    assert (shown.json()["resolutions"], shown.json()["agenda"], shown.json()["papers"]) == ([], [], [])
    assert (shown.json()["state"], shown.json()["held_on"]) == ("convened", None)


async def test_convening_is_told_on_the_bus(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    meeting_id = await convened(office)
    (event,) = await meetings.events()
    assert (event.subject, event.aggregateversion, event.time) == (meeting_id, 1, meetings.clock())
    assert isinstance(event.data, MeetingConvened)
    assert event.data.starts_at == datetime(2026, 1, 15, 1, 0, tzinfo=UTC)


async def test_a_meeting_is_held_today_if_no_day_is_stated(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office)
    answer = await office.post(f"/v1/meetings/{meeting_id}/hold")
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["state"], answer.json()["held_on"]) == ("held", "2026-01-15")
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, MeetingHeld)
    assert (event.aggregateversion, event.data.held_on) == (2, date(2026, 1, 15))


async def test_a_meeting_held_some_days_later_has_its_own_day(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office)
    meetings.clock.at += timedelta(days=7)
    answer = await office.post(f"/v1/meetings/{meeting_id}/hold", json={"held_on": "2026-01-20"})
    assert answer.json()["held_on"] == "2026-01-20"


@pytest.mark.parametrize("day", ["2026-01-14", "2026-01-16"])
async def test_a_meeting_cannot_be_held_before_it_was_convened_or_tomorrow(office: httpx.AsyncClient, day: str) -> None:
    meeting_id = await convened(office)
    answer = await office.post(f"/v1/meetings/{meeting_id}/hold", json={"held_on": day})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "held_on")
    assert (await office.get(f"/v1/meetings/{meeting_id}")).json()["state"] == "convened"


async def test_a_meeting_is_recorded_afterwards_in_one_command(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    past = {"starts_at": "2026-01-12T09:00:00+08:00", "held_on": "2026-01-12"}
    answer = await office.post("/v1/meetings", json=a_meeting(**past, occurred_at="2026-01-12T11:30:00+08:00"))
    assert (answer.status_code, answer.headers["etag"], answer.json()["state"]) == (201, '"2"', "held")
    events = await meetings.events(answer.json()["id"])
    assert [event.type for event in events] == [MeetingConvened.event_type, MeetingHeld.event_type]
    assert [event.aggregateversion for event in events] == [1, 2]
    assert {event.time for event in events} == {datetime(2026, 1, 12, 3, 30, tzinfo=UTC)}


@pytest.mark.parametrize("day", ["2026-01-14", "2026-01-16"])
async def test_a_recorded_meeting_was_held_between_its_start_and_today(office: httpx.AsyncClient, day: str) -> None:
    answer = await office.post("/v1/meetings", json=a_meeting(held_on=day))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "held_on")


async def test_a_cancelled_meeting_keeps_its_reason_and_tells_only_its_digest(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office)
    answer = await office.post(f"/v1/meetings/{meeting_id}/cancel", json={"reason": " 并入二月的常务会议 "})
    assert (answer.json()["state"], answer.json()["cancel_reason"]) == ("cancelled", "并入二月的常务会议")
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, MeetingCancelled)
    assert event.data.reason_digest == digest("并入二月的常务会议")
    assert "常务会议" not in event.to_bytes().decode()


@pytest.mark.parametrize(
    ("first", "action", "body", "allowed"),
    [
        (None, "resolutions", a_resolution(), BEFORE),
        ("hold", "hold", {}, AFTER),
        ("hold", "cancel", {"reason": "误录"}, AFTER),
        ("cancel", "hold", {}, []),
        ("cancel", "resolutions", a_resolution(), []),
    ],
)
async def test_what_the_state_does_not_allow_is_refused_naming_what_it_does(
    office: httpx.AsyncClient, first: str | None, action: str, body: dict[str, Any], allowed: list[str]
) -> None:
    meeting_id = await convened(office)
    if first is not None:
        reason = {"reason": "人数不足"} if first == "cancel" else {}
        assert (await office.post(f"/v1/meetings/{meeting_id}/{first}", json=reason)).status_code == 200
    answer = await office.post(f"/v1/meetings/{meeting_id}/{action}", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["allowed"]) == (409, "meeting-state", allowed)


async def test_a_stale_version_is_refused_and_the_current_one_taken(office: httpx.AsyncClient) -> None:
    meeting_id = await held(office)
    url = f"/v1/meetings/{meeting_id}/resolutions"
    stale = await office.post(url, json=a_resolution(), headers={"if-match": '"1"'})
    assert stale.status_code == 412
    assert (await office.post(url, json=a_resolution(), headers={"if-match": '"2"'})).status_code == 201
    assert (await office.get(f"/v1/meetings/{meeting_id}")).headers["etag"] == '"3"'


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": "coordination-meetin"}, "body"),
        ({"kind": "party"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "会" * 201}, "title"),
        ({"title": "会\x00议"}, "title"),
        ({"starts_at": "2026-01-15T09:00:00"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"place": ""}, "place"),
        ({"chair_post": "县长"}, "chair_post"),
        ({"held_on": "15.1.2026"}, "held_on"),
        ({"occurred_at": "2026-01-15T03:00:00Z"}, "occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at"),
        ({"chairman": "330324-xz"}, "chairman"),
    ],
)
async def test_a_bad_payload_is_refused_naming_the_field(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, given: dict[str, Any], field: str
) -> None:
    answer = await office.post("/v1/meetings", json=a_meeting(**given))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await meetings.events() == []


async def test_an_unknown_body_is_answered_with_the_nearest_known_one(office: httpx.AsyncClient) -> None:
    answer = await office.post("/v1/meetings", json=a_meeting(body="coordination-meetin"))
    assert "coordination-meeting" in answer.json()["errors"][0]["expected"]


@pytest.mark.parametrize(
    ("role", "unit"),
    [("unit", "330324-fgj"), ("leader", None), ("auditor", None), ("integration", None), ("operator", None)],
)
async def test_only_the_office_writes_and_every_role_reads(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, role: str, unit: str | None
) -> None:
    meeting_id = await held(office)
    resolution_id = await adopted(office, meeting_id, text="三月底前提出初稿。")
    other = await convened(office)
    async with meetings.client(role, unit) as caller:
        writes = [
            await caller.post("/v1/meetings", json=a_meeting()),
            await caller.post(f"/v1/meetings/{other}/hold"),
            await caller.post(f"/v1/meetings/{other}/cancel", json={"reason": "误录"}),
            await caller.post(f"/v1/meetings/{meeting_id}/resolutions", json=a_resolution()),
        ]
        reads = [
            await caller.get(path)
            for path in (
                "/v1/meetings",
                f"/v1/meetings/{meeting_id}",
                "/v1/resolutions",
                f"/v1/resolutions/{resolution_id}",
                f"/v1/resolutions/{resolution_id}/text",
            )
        ]
    assert {answer.status_code for answer in writes} == {403}
    assert {answer.status_code for answer in reads} == {200}


@pytest.mark.parametrize("path", ["", f"/{UNKNOWN}", f"/{UNKNOWN}/text"])
async def test_without_a_token_nothing_is_read_or_written(meetings: ServiceUnderTest, path: str) -> None:
    async with meetings.client(None) as nobody:
        answers = [await nobody.get(f"/v1/resolutions{path}"), await nobody.post("/v1/meetings", json=a_meeting())]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"/v1/meetings/{UNKNOWN}", "meeting-not-found"),
        ("POST", f"/v1/meetings/{UNKNOWN}/hold", "meeting-not-found"),
        ("GET", f"/v1/resolutions/{UNKNOWN}", "resolution-not-found"),
        ("GET", f"/v1/resolutions/{UNKNOWN}/text", "resolution-not-found"),
    ],
)
async def test_an_unknown_id_is_not_found(office: httpx.AsyncClient, method: str, path: str, code: str) -> None:
    answer = await office.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_an_id_that_is_none_is_refused_naming_it(office: httpx.AsyncClient) -> None:
    answer = await office.get("/v1/meetings/17")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "meeting_id")


async def test_the_same_key_twice_convenes_one_meeting(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "meeting-1"}
    first = await office.post("/v1/meetings", json=a_meeting(), headers=key)
    second = await office.post("/v1/meetings", json=a_meeting(), headers=key)
    assert (second.status_code, second.json(), second.headers["etag"]) == (201, first.json(), '"1"')
    assert len(await meetings.events()) == 1
    other = await office.post("/v1/meetings", json=a_meeting(place="别处"), headers=key)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_who_did_what_and_who_was_refused_is_on_record(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office)
    async with meetings.client("unit", "330324-fgj") as unit:
        await unit.post(f"/v1/meetings/{meeting_id}/hold")
    done, refused = await meetings.audit()
    assert (done["subject"], done["action"], done["status"]) == ("office", "convene-meeting", 201)
    assert (refused["unit"], refused["action"], refused["status"]) == ("330324-fgj", "hold-meeting", 403)
    assert refused["target"] == f"meetings/{meeting_id}/hold"


async def test_meetings_are_listed_by_body_kind_state_and_year(office: httpx.AsyncClient) -> None:
    first = await held(office)
    second = await convened(office, body="executive-meeting", kind="executive")
    third = await convened(office, kind="special", starts_at="2027-01-01T00:30:00+08:00")

    async def found(query: str) -> list[str]:
        return [item["id"] for item in (await office.get(f"/v1/meetings?{query}")).json()["items"]]

    assert await found("") == [third, second, first]
    assert await found("body=executive-meeting") == [second]
    assert await found("kind=special") == [third]
    assert await found("state=held") == [first]
    assert await found("year=2027") == [third]
    assert await found("year=2026&state=convened") == [second]
    assert await found("body=unknown") == []


async def test_pages_of_meetings_follow_each_other_without_gap(office: httpx.AsyncClient) -> None:
    ids = [await convened(office) for _ in range(5)]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "first") is not None:
        page = (await office.get("/v1/meetings", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        query["cursor"] = page["next"]
    assert seen == ids[::-1]


@pytest.mark.parametrize("query", ["state=over", "year=26", "limit=0", "limit=201", "cursor=abc", "cursor=WzFd"])
async def test_a_bad_query_is_refused(office: httpx.AsyncClient, query: str) -> None:
    assert (await office.get(f"/v1/meetings?{query}")).status_code == 422
