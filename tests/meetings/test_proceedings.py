"""At the meeting: attendance, quorum, decisions, resolutions of several parts, default due dates, restricted items."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.meetings import AttendanceRecorded, DecisionTaken, ResolutionAdopted
from shared.contracts.registry import CalendarChanged, IncumbencyChanged, MembershipChanged
from shared.contracts.tasks import AssignmentPart, TaskAssigned, TaskCompleted
from tests.meetings.builders import a_resolution, adopted, convened, held
from tests.meetings.conftest import SETUP, UNITS, seat_members
from tests.support.api import NOW, ServiceUnderTest

BODY = "coordination-meeting"
TODAY = {"starts_at": "2026-01-15T09:00:00+08:00"}
PRESENT = {"attendance": "present", "person": "张三", "person_post": "局长"}
PLAN = "01900000-0000-7000-8000-0000000000aa"
AGENDA = [
    {"kind": "deliberate_plan", "title": "审议分工方案", "plan_id": PLAN},
    {"kind": "hear_report", "title": "听取汇报", "presenter_units": ["330324-jtj"]},
    {"kind": "coordinate_problem", "title": "研究用地问题", "problem_id": PLAN, "restricted": True},
]


@pytest.fixture
async def unit(meetings: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with meetings.client("unit", "330324-jtj") as client:
        yield client


@pytest.fixture(autouse=True)
async def _members(meetings: ServiceUnderTest) -> None:
    await seat_members(meetings, BODY, UNITS)


async def _held(office: httpx.AsyncClient, **given: object) -> str:
    meeting_id = await convened(office, **{**TODAY, "agenda": AGENDA, **given})
    assert (await office.post(f"/v1/meetings/{meeting_id}/hold")).status_code == 200
    return meeting_id


async def _attend(office: httpx.AsyncClient, meeting_id: str, code: str, **given: object) -> httpx.Response:
    return await office.put(f"/v1/meetings/{meeting_id}/attendance/{code}", json={**PRESENT, **given})


async def test_attendance_is_kept_with_names_and_told_without(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await _held(office)
    records: list[dict[str, Any]] = [
        {"code": "330324-fgj", **PRESENT},
        {"code": "330324-jmj", "attendance": "stand_in", "person": "李四", "approved": True, "reason": "局长出差"},
        {"code": "330324-jtj", "attendance": "leave", "reason": "参加市里会议", "approved": True},
        {"code": "330324-tjj", "attendance": "absent"},
    ]
    answer = await office.put(f"/v1/meetings/{meeting_id}/attendance", json={"records": records})
    assert answer.status_code == 200
    assert answer.json()["quorum"] == {"state": "reached", "members": 4, "required": 2, "attending": 2, "lost": False}
    names = {line["code"]: (line["attendance_name"], line["person"]) for line in answer.json()["lines"]}
    assert names["330324-jmj"] == ("代会", "李四")
    events = [event for event in await meetings.events(meeting_id) if isinstance(event.data, AttendanceRecorded)]
    assert [(event.data.unit[-3:], event.data.attendance, event.data.approved) for event in events] == [
        ("fgj", "present", None),
        ("jmj", "stand_in", True),
        ("jtj", "leave", True),
        ("tjj", "absent", None),
    ]
    told = b"".join(event.to_bytes() for event in await meetings.events()).decode()
    assert all(word not in told for word in ("张三", "李四", "出差", "市里"))


async def test_a_unit_announces_leave_before_the_meeting_and_the_office_approves(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office, **TODAY)
    leave = {"attendance": "leave", "reason": "参加市里会议", "person": None, "person_post": None}
    assert (await _attend(unit, meeting_id, "330324-jtj", **leave)).status_code == 200
    assert (await _attend(unit, meeting_id, "330324-jtj", **leave, approved=True)).status_code == 403
    assert (await _attend(unit, meeting_id, "330324-fgj")).status_code == 403
    assert not [e for e in await meetings.events(meeting_id) if isinstance(e.data, AttendanceRecorded)]
    assert (await _attend(office, meeting_id, "330324-jtj", **leave, approved=True)).status_code == 200
    await office.post(f"/v1/meetings/{meeting_id}/hold")
    told = [event.data for event in await meetings.events(meeting_id)][-1]
    assert isinstance(told, AttendanceRecorded)
    assert (told.unit, told.attendance, told.approved) == ("330324-jtj", "leave", True)
    assert (await _attend(unit, meeting_id, "330324-jtj")).status_code == 403


async def test_a_unit_announces_for_the_post_of_its_head(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    head = IncumbencyChanged(
        post="330324-jtj-head", title="县交通局局长", unit="330324-jtj", filled=True, valid_from=SETUP
    )
    await meetings.deliver(head, subject="post:330324-jtj-head", version=1)
    seat = MembershipChanged(
        membership_id="m-head", body=BODY, role="assistant_convener", holder_post="330324-jtj-head", valid_from=SETUP
    )
    await meetings.deliver(seat, subject=BODY, version=20)
    meeting_id = await convened(office, **TODAY)
    assert (await _attend(unit, meeting_id, "330324-jtj-head")).status_code == 200


@pytest.mark.parametrize(
    ("code", "given", "field"),
    [
        ("330324-wsj", {}, "code"),
        ("330324-fgj", {"person": None}, None),
        ("330324-fgj", {"attendance": "stand_in"}, "approved"),
        ("330324-fgj", {"attendance": "leave", "person": None}, None),
        ("330324-fgj", {"attendance": "absent"}, None),
        ("330324-fgj", {"approved": True}, None),
        ("330324-fgj", {"attendance": "asleep"}, "attendance"),
    ],
)
async def test_bad_attendance_is_refused(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, code: str, given: dict[str, Any], field: str | None
) -> None:
    meeting_id = await _held(office)
    answer = await _attend(office, meeting_id, code, **given)
    assert answer.status_code == 422
    assert field is None or answer.json()["errors"][0]["field"] == field
    assert len(await meetings.events(meeting_id)) == 2


async def test_a_unit_that_was_not_invited_is_named_with_those_who_were(office: httpx.AsyncClient) -> None:
    meeting_id = await _held(office, members=["330324-fgj"])
    (error,) = (await _attend(office, meeting_id, "330324-jmj")).json()["errors"]
    assert "县经贸局" in error["reason"]
    assert error["expected"]
    assert (await _attend(office, meeting_id, "330324-fgj", occurred_at="2026-01-14T09:00:00Z")).status_code == 422


async def test_without_a_quorum_nothing_is_decided(office: httpx.AsyncClient) -> None:
    meeting_id = await _held(office)
    decision = {"decision": "adopted"}
    url = f"/v1/meetings/{meeting_id}"
    await _attend(office, meeting_id, "330324-fgj")
    answer = await office.post(f"{url}/agenda/1/decision", json=decision)
    assert (answer.status_code, answer.json()["code"], answer.json()["allowed"]) == (409, "no-quorum", ["attendance"])
    assert "1 of 4" in answer.json()["detail"]
    assert (await office.post(f"{url}/resolutions", json=a_resolution())).status_code == 409
    await _attend(office, meeting_id, "330324-jmj", attendance="stand_in", approved=False)
    assert (await office.post(f"{url}/agenda/1/decision", json=decision)).status_code == 409
    await _attend(office, meeting_id, "330324-jmj", attendance="stand_in", approved=True)
    assert (await office.post(f"{url}/agenda/1/decision", json=decision)).status_code == 200


async def test_the_quorum_is_a_setting_of_the_body(office: httpx.AsyncClient) -> None:
    rule = f"/v1/bodies/{BODY}/rule"
    assert (await office.get(rule)).json()["quorum_percent"] == 50
    meeting_id = await _held(office)
    await _attend(office, meeting_id, "330324-fgj")
    made = await office.put(rule, json={"quorum_percent": 25, "minutes_name": "协调会议纪要"})
    assert (made.status_code, made.json()["version"]) == (200, 1)
    assert (await office.post(f"/v1/meetings/{meeting_id}/agenda/1/decision", json={"decision": "adopted"})).is_success
    stale = await office.put(rule, json={"minutes_name": "纪要"}, headers={"if-match": '"0"'})
    assert stale.status_code == 412
    assert (await office.get("/v1/bodies/nobody/rule")).json()["errors"][0]["field"] == "body"


@pytest.mark.parametrize("decision", ["adopted", "adopted_in_principle", "deferred", "rejected"])
async def test_a_decision_names_plan_or_problem_and_keeps_its_conditions(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, decision: str
) -> None:
    meeting_id = await _held(office)
    body = {"decision": decision, "conditions": "按会议意见修改后印发"}
    answer = await office.post(f"/v1/meetings/{meeting_id}/agenda/1/decision", json=body)
    assert (answer.json()["decision"], answer.json()["conditions"]) == (decision, "按会议意见修改后印发")
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, DecisionTaken)
    assert (event.data.item, event.data.decision, str(event.data.plan_id)) == (1, decision, PLAN)
    assert event.data.decided_on == date(2026, 1, 15)
    assert event.data.conditions_link == f"/v1/meetings/{meeting_id}/agenda/1"
    assert "修改" not in event.to_bytes().decode()


async def test_a_decision_about_a_restricted_item_tells_its_number_alone(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await _held(office)
    await office.post(f"/v1/meetings/{meeting_id}/agenda/3/decision", json={"decision": "adopted"})
    await adopted(office, meeting_id, item=3, title="收回用地", text="机密内容")
    decided, resolved = [event.data for event in (await meetings.events(meeting_id))[-2:]]
    assert isinstance(decided, DecisionTaken)
    assert isinstance(resolved, ResolutionAdopted)
    assert (str(decided.problem_id), "用地" in decided.title, "用地" in resolved.title) == (PLAN, False, False)


async def test_what_is_decided_before_it_is_held_or_of_no_item_is_refused(office: httpx.AsyncClient) -> None:
    meeting_id = await convened(office, **TODAY, agenda=AGENDA)
    url = f"/v1/meetings/{meeting_id}/agenda"
    assert (await office.post(f"{url}/1/decision", json={"decision": "adopted"})).status_code == 409
    await office.post(f"/v1/meetings/{meeting_id}/hold")
    missing = await office.post(f"{url}/9/decision", json={"decision": "adopted"})
    assert (missing.status_code, missing.json()["code"]) == (404, "agenda-item-not-found")
    assert (await office.post(f"{url}/1/decision", json={"decision": "maybe"})).status_code == 422


async def test_a_resolution_without_a_due_date_is_due_five_working_days_after_the_meeting(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await held(office)
    url, body = f"/v1/meetings/{meeting_id}/resolutions", a_resolution(due_on=None)
    assert (await office.post(url, json=body)).json()["due_on"] == "2026-01-22"
    own = CalendarChanged(year=2026, days_off=(date(2026, 1, 19),), working_days=(date(2026, 1, 17),))
    await meetings.deliver(own, subject="calendar-2026", version=1)
    assert (await office.post(url, json=body)).json()["due_on"] == "2026-01-22"
    await office.put(f"/v1/bodies/{BODY}/rule", json={"due_working_days": 3, "minutes_name": "纪要"})
    assert (await office.post(url, json=body)).json()["due_on"] == "2026-01-20"


async def test_a_due_date_in_the_past_is_refused_even_if_the_meeting_was_earlier(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    past = {"starts_at": "2026-01-05T09:00:00+08:00", "held_on": "2026-01-05"}
    url = f"/v1/meetings/{await held(office, **past)}/resolutions"
    refused = await office.post(url, json=a_resolution(due_on="2026-01-14"))
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"]) == (422, "due_on")
    assert "2026-01-15" in error["expected"]
    recorded = a_resolution(due_on="2026-01-14", occurred_at="2026-01-05T04:00:00Z")
    assert (await office.post(url, json=recorded)).status_code == 201


async def test_a_resolution_of_several_tasks_is_told_part_by_part_and_fulfilled_when_all_are(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await held(office)
    parts = [
        {"title": "编制规划", "lead_unit": "330324-fgj", "due_on": "2026-02-28"},
        {"title": "落实用地", "lead_unit": "330324-jtj", "cooperating_units": ["330324-fgj"]},
    ]
    resolution_id = await adopted(office, meeting_id, parts=parts)
    events = [event for event in await meetings.events(meeting_id) if isinstance(event.data, ResolutionAdopted)]
    told = [(e.aggregateversion, e.data.part, e.data.parts, e.data.title, e.data.due_on) for e in events]
    assert told == [(3, 1, 2, "编制规划", date(2026, 2, 28)), (4, 2, 2, "落实用地", date(2026, 3, 31))]
    assert {str(event.data.resolution_id) for event in events} == {resolution_id}

    async def state() -> str:
        return str((await office.get(f"/v1/resolutions/{resolution_id}")).json()["fulfilment"]["state"])

    for number, expected in ((1, "in_progress"), (2, "fulfilled")):
        task_id = UUID(int=number)
        fact: dict[str, Any] = {
            "task_id": task_id,
            "title": "任务",
            "source_kind": "resolution",
            "source_id": resolution_id,
            "weight": "1",
            "due_on": date(2026, 2, 28),
        }
        part = AssignmentPart(unit="330324-fgj", role="lead", due_on=date(2026, 2, 28))
        await meetings.deliver(TaskAssigned(**fact, assignments=(part,)), subject=str(task_id), version=1)
        await meetings.deliver(TaskCompleted(**fact, done_at=NOW, days_late=0), subject=str(task_id), version=2)
        assert await state() == expected
    found = (await office.get("/v1/resolutions?unit=330324-jtj")).json()["items"]
    assert [each["id"] for each in found] == [resolution_id]
    assert [part["title"] for part in found[0]["parts"]] == ["编制规划", "落实用地"]


async def test_a_resolution_whose_parts_name_their_days_is_due_on_the_last_of_them(office: httpx.AsyncClient) -> None:
    parts = [
        {"title": "调查摸底", "lead_unit": "330324-fgj", "due_on": "2026-03-16"},
        {"title": "联合执法", "lead_unit": "330324-jtj", "due_on": "2026-01-30"},
    ]
    url = f"/v1/meetings/{await held(office)}/resolutions"
    made = (await office.post(url, json=a_resolution(parts=parts, due_on=None))).json()
    assert made["due_on"] == "2026-03-16"
    del parts[0]["due_on"]
    made = (await office.post(url, json=a_resolution(parts=parts, due_on=None))).json()
    assert (made["due_on"], [part["due_on"] for part in made["parts"]]) == ("2026-01-22", ["2026-01-22", "2026-01-30"])


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([{"title": "甲", "lead_unit": "330324-fgj"}], None),
        ([{"title": "甲", "lead_unit": "330324-fgj"}, {"title": "乙", "lead_unit": "330324-x"}], "parts.1.lead_unit"),
        (
            [
                {"title": "甲", "lead_unit": "330324-fgj"},
                {"title": "乙", "lead_unit": "330324-fgj", "due_on": "2026-01-01"},
            ],
            "parts.1.due_on",
        ),
    ],
)
async def test_bad_parts_are_refused(office: httpx.AsyncClient, parts: list[dict[str, Any]], field: str | None) -> None:
    url = f"/v1/meetings/{await held(office)}/resolutions"
    answer = await office.post(url, json=a_resolution(parts=parts))
    assert answer.status_code == 422
    assert field is None or [error["field"] for error in answer.json()["errors"]] == [field]


async def test_restricted_items_are_seen_by_those_they_concern_alone(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    papers = [{"unit": "330324-tjj", "title": "用地数据", "due_at": "2026-01-15T11:00:00+08:00", "item": 3}]
    meeting_id = await convened(office, starts_at="2026-01-15T15:00:00+08:00", agenda=AGENDA, papers=papers)
    await office.post(f"/v1/meetings/{meeting_id}/hold")
    resolution_id = await adopted(office, meeting_id, item=3, title="收回用地", text="机密", cooperating_units=[])
    paths = (
        f"/v1/meetings/{meeting_id}/agenda/3",
        f"/v1/resolutions/{resolution_id}",
        f"/v1/resolutions/{resolution_id}/text",
    )
    async with meetings.client("unit", "330324-fgj") as charged, meetings.client("unit", "330324-tjj") as asked:
        for client, status in ((office, 200), (charged, 200), (unit, 404)):
            assert {(await client.get(path)).status_code for path in paths} == {status}
        assert len((await asked.get("/v1/papers")).json()["items"]) == 1
    shown = (await unit.get(f"/v1/meetings/{meeting_id}")).json()
    assert [item["number"] for item in shown["agenda"]] == [1, 2]
    assert (shown["resolutions"], shown["papers"]) == ([], [])
    assert (await unit.get("/v1/resolutions")).json()["items"] == []
    assert (await unit.get("/v1/papers")).json()["items"] == []
    assert (await unit.get(f"/v1/meetings/{meeting_id}/agenda")).json()["items"][-1]["number"] == 2


async def test_an_item_that_is_restricted_later_is_still_seen_by_the_units_it_charges(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await _held(office)
    resolution_id = await adopted(office, meeting_id, item=1, cooperating_units=[])
    body = {"kind": "deliberate_plan", "title": "审议分工方案", "restricted": True}
    changed = await office.put(f"/v1/meetings/{meeting_id}/agenda/1", json=body)
    assert changed.json()["visible_to"] == ["330324-fgj"]
    for code, status in (("330324-fgj", 200), ("330324-jtj", 404)):
        async with meetings.client("unit", code) as client:
            assert (await client.get(f"/v1/resolutions/{resolution_id}")).status_code == status


async def test_names_of_persons_are_shown_to_those_invited_alone(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await _held(office, members=["330324-fgj"])
    await _attend(office, meeting_id, "330324-fgj")
    for role, code, expected in (
        ("unit", "330324-fgj", "张三"),
        ("unit", "330324-jtj", None),
        ("leader", None, "张三"),
    ):
        async with meetings.client(role, code) as client:
            (line,) = (await client.get(f"/v1/meetings/{meeting_id}/attendance")).json()["lines"]
            assert (line["attendance"], line["person"]) == ("present", expected)
