"""Before the meeting: invitees of the day, agenda, papers, clashes, moving and calling off."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.meetings import MeetingConvened, MeetingRescheduled, PaperRequested
from shared.contracts.registry import (
    CalendarChanged,
    IncumbencyChanged,
    MembershipChanged,
    UnitRetired,
)
from shared.contracts.tasks import (
    ReportAccepted,
    ReportOpened,
    ReportSubmitted,
)
from tests.meetings.builders import a_meeting, convened, held
from tests.meetings.conftest import SETUP
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
TOMORROW = "2026-01-16T09:00:00+08:00"
ID = UUID("01900000-0000-7000-8000-0000000000aa")


def seat(holder: str, *, role: str = "member", body: str = BODY, **given: date) -> MembershipChanged:
    stated = {
        "membership_id": f"m-{body}-{holder}",
        "body": body,
        "role": role,
        "holder_unit" if role == "member" else "holder_post": holder,
        "valid_from": SETUP,
    }
    return MembershipChanged.model_validate({**stated, **given})


@pytest.fixture
async def members(meetings: ServiceUnderTest) -> None:
    post = IncumbencyChanged(post="330324-xz", title="县长", unit="330324-xzf", filled=True, valid_from=SETUP)
    await meetings.deliver(post, subject="330324-xzf", version=2)
    seats = [
        seat("330324-xz", role="convener"),
        seat("330324-fgj"),
        seat("330324-jmj"),
        seat("330324-jtj", valid_from=date(2026, 2, 1)),
        seat("330324-tjj", valid_to=date(2026, 1, 20)),
        seat("330324-jtj", body="executive-meeting"),
    ]
    for version, each in enumerate(seats, start=2):
        await meetings.deliver(each, subject=each.body, version=version)


async def _invited(office: httpx.AsyncClient, meeting_id: str) -> list[str]:
    return [item["code"] for item in (await office.get(f"/v1/meetings/{meeting_id}/invitees")).json()["items"]]


@pytest.mark.usefixtures("members")
async def test_the_members_of_the_meetings_day_are_invited_conveners_first_and_guests_after(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    guests = [{"unit": "330324-jtj"}, {"name": "县人大财经工委"}]
    meeting_id = await convened(office, starts_at=TOMORROW, guests=guests)
    shown = (await office.get(f"/v1/meetings/{meeting_id}/invitees")).json()["items"]
    assert [(each["code"], each["role_name"]) for each in shown] == [
        ("330324-xz", "召集人"),
        ("330324-fgj", "成员"),
        ("330324-jmj", "成员"),
        ("330324-tjj", "成员"),
        ("330324-jtj", "列席"),
        ("guest-1", "列席"),
    ]
    assert shown[0]["name"] == "县长"
    told = (await meetings.events(meeting_id))[0].data
    assert isinstance(told, MeetingConvened)
    assert told.invited_units == ("330324-fgj", "330324-jmj", "330324-tjj", "330324-jtj")
    later = await convened(office, starts_at="2026-02-02T09:00:00+08:00")
    assert await _invited(office, later) == ["330324-xz", "330324-fgj", "330324-jmj", "330324-jtj"]


@pytest.mark.usefixtures("members")
async def test_a_member_that_joins_or_leaves_before_the_day_is_invited_or_not(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office, starts_at="2026-02-02T09:00:00+08:00", guests=[{"name": "专家组"}])
    for code in ("330324-fgj", "330324-jmj"):
        leave = {"attendance": "leave", "reason": "出差"}
        assert (await office.put(f"/v1/meetings/{meeting_id}/attendance/{code}", json=leave)).is_success
    gone = seat("330324-jmj", valid_to=date(2026, 2, 1))
    await meetings.deliver(gone, subject=BODY, version=9)
    await meetings.deliver(seat("330324-tjj"), subject=BODY, version=8)
    assert await _invited(office, meeting_id) == ["330324-xz", "330324-fgj", "330324-jtj", "330324-tjj", "guest-1"]
    await meetings.deliver(gone, subject=BODY, version=3)
    assert "330324-jmj" not in await _invited(office, meeting_id)
    lines = (await office.get(f"/v1/meetings/{meeting_id}/attendance")).json()["lines"]
    assert {line["code"]: line["attendance"] for line in lines}["330324-fgj"] == "leave"


@pytest.mark.usefixtures("members")
async def test_a_special_meeting_invites_chosen_members_and_refuses_a_member_of_another_body(
    office: httpx.AsyncClient,
) -> None:
    meeting_id = await convened(office, kind="special", starts_at=TOMORROW, members=["330324-jmj"])
    assert await _invited(office, meeting_id) == ["330324-jmj"]
    answer = await office.post("/v1/meetings", json=a_meeting(starts_at=TOMORROW, members=["330324-jtj"]))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, "members.0")
    assert "县交通局" in error["reason"]
    assert "县政府常务会议" in error["reason"]


@pytest.mark.usefixtures("members")
async def test_a_unit_that_ceased_is_invited_and_named_no_more(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await meetings.deliver(
        UnitRetired(unit="330324-jmj", retired_on=date(2026, 1, 16)), subject="330324-jmj", version=5
    )
    meeting_id = await convened(office, starts_at=TOMORROW)
    assert "330324-jmj" not in await _invited(office, meeting_id)
    answer = await office.post(f"/v1/meetings/{meeting_id}/guests", json={"unit": "330324-jmj"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "unit")
    assert "2026-01-16" in answer.json()["errors"][0]["reason"]


@pytest.mark.usefixtures("members")
async def test_clashes_of_room_chair_and_units_are_pointed_out_and_hinder_nothing(office: httpx.AsyncClient) -> None:
    first = await convened(office, starts_at=TOMORROW, ends_at="2026-01-16T10:30:00+08:00")
    answer = await office.post(
        "/v1/meetings", json=a_meeting(starts_at="2026-01-16T10:00:00+08:00", kind="special", members=["330324-fgj"])
    )
    (caution,) = answer.json()["cautions"]
    assert (answer.status_code, caution["code"], caution["meeting_id"]) == (201, "clash", first)
    assert caution["units"] == ["330324-fgj"]
    for words in ("同一会议室", "同一主持人", "县发改局"):
        assert words in caution["text"]
    free = await office.post(
        "/v1/meetings",
        json=a_meeting(starts_at="2026-01-16T10:00:00+08:00", place="别处", chair_post=None, members=["330324-tjj"]),
    )
    assert [each["units"] for each in free.json()["cautions"]] == [["330324-tjj"]]
    after = await office.post("/v1/meetings", json=a_meeting(starts_at="2026-01-16T14:00:00+08:00"))
    assert after.json()["cautions"] == []


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize(
    ("starts_at", "words"),
    [
        ("2026-01-17T09:00:00+08:00", "周末"),
        ("2026-02-17T09:00:00+08:00", "法定节假日"),
        ("2026-02-16T18:00:00+00:00", "法定节假日"),
        ("2033-02-17T09:00:00+08:00", "尚未公布"),
        ("2033-02-19T09:00:00+08:00", "星期六"),
    ],
)
async def test_a_day_off_is_pointed_out(office: httpx.AsyncClient, starts_at: str, words: str) -> None:
    answer = await office.post("/v1/meetings", json=a_meeting(starts_at=starts_at))
    assert [words in caution["text"] for caution in answer.json()["cautions"]] == [True]


@pytest.mark.usefixtures("members")
async def test_the_offices_own_calendar_stands_before_the_national_one(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    own = CalendarChanged(year=2026, days_off=(date(2026, 1, 16),), working_days=(date(2026, 1, 17),))
    await meetings.deliver(own, subject="calendar-2026", version=1)
    friday = await office.post("/v1/meetings", json=a_meeting(starts_at=TOMORROW))
    saturday = await office.post("/v1/meetings", json=a_meeting(starts_at="2026-01-17T09:00:00+08:00"))
    assert [each["code"] for each in friday.json()["cautions"]] == ["day-off"]
    assert saturday.json()["cautions"] == []


async def test_a_meeting_is_moved_with_its_history_and_whoever_knows_is_told(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office, starts_at=TOMORROW, ends_at="2026-01-16T10:30:00+08:00")
    meetings.clock.at += timedelta(hours=1)
    body = {"starts_at": "2026-01-19T14:00:00+08:00", "place": "第二会议室", "reason": "与县委全会冲突"}
    answer = await office.post(f"/v1/meetings/{meeting_id}/reschedule", json=body)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["place"], answer.json()["ends_at"]) == ("第二会议室", "2026-01-19T07:30:00Z")
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, MeetingRescheduled)
    assert event.data.starts_at == datetime(2026, 1, 19, 6, 0, tzinfo=UTC)
    assert "县委" not in event.to_bytes().decode()
    (change,) = (await office.get(f"/v1/meetings/{meeting_id}/changes")).json()["items"]
    assert (change["before"]["place"], change["after"]["place"]) == ("县政府第一会议室", "第二会议室")
    assert (change["reason"], change["subject"], change["version"]) == ("与县委全会冲突", "office", 2)
    await office.post(f"/v1/meetings/{meeting_id}/cancel", json={"reason": "并入常务会议"})
    changes = (await office.get(f"/v1/meetings/{meeting_id}/changes")).json()["items"]
    assert [each["change"] for each in changes] == ["rescheduled", "cancelled"]


async def test_a_paper_that_falls_due_after_a_meeting_moved_forward_is_pointed_out(office: httpx.AsyncClient) -> None:
    papers = [{"unit": "330324-jtj", "title": "物流汇报", "due_on": "2026-01-18"}]
    meeting_id = await convened(office, starts_at="2026-01-19T09:00:00+08:00", papers=papers)
    body = {"starts_at": TOMORROW, "reason": "提前"}
    moved = (await office.post(f"/v1/meetings/{meeting_id}/reschedule", json=body)).json()
    texts = {each["code"]: each["text"] for each in moved["cautions"]}
    assert texts["paper-after-start"] == "县交通局的材料“物流汇报”报送时限晚于会议开始"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"starts_at": "2026-01-14T09:00:00+08:00"}, "starts_at"),
        ({"starts_at": TOMORROW}, "starts_at"),
        ({"starts_at": "2026-01-19T09:00:00+08:00", "ends_at": "2026-01-19T09:00:00+08:00"}, "ends_at"),
        ({"starts_at": "2026-01-19T09:00:00+08:00", "reason": " "}, "reason"),
    ],
)
async def test_a_bad_move_is_refused_naming_the_field(
    office: httpx.AsyncClient, given: dict[str, Any], field: str
) -> None:
    meeting_id = await convened(office, starts_at=TOMORROW)
    answer = await office.post(f"/v1/meetings/{meeting_id}/reschedule", json={"reason": "改期", **given})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_held_or_cancelled_meeting_is_not_moved(office: httpx.AsyncClient) -> None:
    body = {"starts_at": "2026-01-19T09:00:00+08:00", "reason": "改期"}
    for meeting_id in (await held(office), await convened(office)):
        await office.post(f"/v1/meetings/{meeting_id}/cancel", json={"reason": "不开了"})
        answer = await office.post(f"/v1/meetings/{meeting_id}/reschedule", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "meeting-state")


async def test_items_keep_their_numbers_when_the_order_changes(office: httpx.AsyncClient) -> None:
    agenda = [{"kind": "hear_report", "title": title} for title in ("甲", "乙", "丙")]
    url = f"/v1/meetings/{await convened(office, starts_at=TOMORROW, agenda=agenda)}/agenda"
    ordered = await office.put(url, json={"numbers": [3, 1, 2]})
    assert [(item["number"], item["title"]) for item in ordered.json()["items"]] == [(3, "丙"), (1, "甲"), (2, "乙")]
    assert (await office.put(url, json={"numbers": [3, 1]})).json()["errors"][0]["field"] == "numbers"
    left = await office.delete(f"{url}/1")
    assert [item["number"] for item in left.json()["items"]] == [3, 2]
    added = await office.post(url, json={"kind": "deliberate_policy", "title": "丁"})
    assert (added.status_code, added.json()["number"]) == (201, 4)


async def test_an_item_is_changed_only_as_it_was_read(office: httpx.AsyncClient) -> None:
    agenda = [{"kind": "hear_report", "title": "甲"}]
    url = f"/v1/meetings/{await convened(office, starts_at=TOMORROW, agenda=agenda)}/agenda/1"
    etag = (await office.get(url)).headers["etag"]
    body = {"kind": "hear_report", "title": "乙"}
    assert (await office.put(url, json=body, headers={"if-match": etag})).json()["title"] == "乙"
    assert (await office.put(url, json=body, headers={"if-match": etag})).status_code == 412


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"kind": "dance", "title": "甲"}, "kind"),
        ({"kind": "hear_report", "title": "甲", "presenter_units": ["330324-fgi"]}, "presenter_units.0"),
        ({"kind": "hear_report", "title": "甲", "presenter_body": "coordination-meetin"}, "presenter_body"),
        ({"kind": "hear_report", "title": "甲", "restricted": True, "visible_to": ["nobody-1"]}, "visible_to.0"),
    ],
)
async def test_a_bad_item_is_refused_naming_the_field(
    office: httpx.AsyncClient, item: dict[str, Any], field: str
) -> None:
    meeting_id = await convened(office, starts_at=TOMORROW)
    answer = await office.post(f"/v1/meetings/{meeting_id}/agenda", json=item)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    whole = await office.post("/v1/meetings", json=a_meeting(agenda=[item]))
    assert (whole.status_code, whole.json()["errors"][0]["field"]) == (422, f"agenda.0.{field}")


async def test_a_paper_is_asked_for_by_event_and_follows_its_report(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    agenda = [{"kind": "hear_report", "title": "听取汇报"}]
    papers = [{"unit": "330324-jtj", "title": "交通物流汇报", "due_on": "2026-01-17", "item": 1}]
    start = "2026-01-19T09:00:00+08:00"
    meeting_id = await convened(office, starts_at=start, agenda=agenda, papers=papers)
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, PaperRequested)
    assert (event.aggregateversion, event.data.unit) == (2, "330324-jtj")
    assert event.data.due_at == datetime(2026, 1, 17, 16, 0, tzinfo=UTC)
    fact: dict[str, Any] = {
        "report_id": ID,
        "definition": "meeting-paper",
        "definition_version": 1,
        "unit": "330324-jtj",
        "period": f"meeting/{meeting_id}/{event.data.paper_id}",
        "due_at": event.data.due_at,
    }
    submitted = ReportSubmitted(
        **fact, submission=1, submitted_at=datetime(2026, 1, 18, 2, 0, tzinfo=UTC), days_late=1, on_time=False
    )
    story = [ReportOpened(**fact), submitted, ReportAccepted(**fact, submission=1)]
    for index in (2, 0, 1, 2):
        await meetings.deliver(story[index], subject=str(ID), version=index + 1)
    (paper,) = (await office.get(f"/v1/papers?meeting={meeting_id}")).json()["items"]
    assert (paper["state"], paper["on_time"], paper["days_late"], paper["report_id"]) == ("accepted", False, 1, str(ID))
    assert (await office.get("/v1/papers?unit=330324-fgj")).json()["items"] == []


async def test_a_paper_is_withdrawn_by_hand_or_with_its_meeting(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office, starts_at=TOMORROW)
    url = f"/v1/meetings/{meeting_id}/papers"
    first = (
        await office.post(url, json={"unit": "330324-jtj", "title": "甲", "due_at": "2026-01-15T15:00:00+08:00"})
    ).json()
    await office.post(url, json={"unit": "330324-fgj", "title": "乙", "due_at": "2026-01-15T15:00:00+08:00"})
    assert (await office.post(f"{url}/{first['id']}/withdraw")).json()["state"] == "withdrawn"
    assert (await office.post(f"{url}/{first['id']}/withdraw")).status_code == 409
    await office.post(f"/v1/meetings/{meeting_id}/cancel", json={"reason": "不开了"})
    told = [event.data for event in await meetings.events(meeting_id) if isinstance(event.data, PaperRequested)]
    assert [(each.unit[-3:], each.withdrawn) for each in told] == [
        ("jtj", False),
        ("fgj", False),
        ("jtj", True),
        ("fgj", True),
    ]
    versions = [event.aggregateversion for event in await meetings.events(meeting_id)]
    assert versions == list(range(1, len(versions) + 1))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"due_on": "2026-01-14"}, "due_on"),
        ({"due_on": "2026-01-20"}, "due_on"),
        ({"due_at": "2026-01-15T01:00:00Z", "due_on": None}, "due_at"),
        ({"unit": "330324-xxx"}, "unit"),
        ({"title": ""}, "title"),
    ],
)
async def test_a_bad_paper_is_refused_naming_the_field(
    office: httpx.AsyncClient, given: dict[str, Any], field: str
) -> None:
    meeting_id = await convened(office, starts_at=TOMORROW)
    body = {"unit": "330324-jtj", "title": "汇报", "due_on": "2026-01-15", **given}
    answer = await office.post(f"/v1/meetings/{meeting_id}/papers", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_meeting_is_not_convened_for_a_day_that_has_passed_nor_held_before_its_day(
    office: httpx.AsyncClient,
) -> None:
    past = await office.post("/v1/meetings", json=a_meeting(starts_at="2026-01-14T09:00:00+08:00"))
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "starts_at")
    meeting_id = await convened(office, starts_at=TOMORROW)
    early = await office.post(f"/v1/meetings/{meeting_id}/hold")
    assert (early.status_code, early.json()["errors"][0]["field"]) == (422, "held_on")
    assert "2026-01-16" in early.json()["errors"][0]["reason"]
