"""What changes between convening and meeting: names, units and posts that are no more, another day, a lost quorum."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.payload import Payload
from shared.contracts.registry import (
    MembershipChanged,
    PostChanged,
    PostState,
    UnitChanged,
    UnitRetired,
    UnitsMerged,
    UnitState,
)
from shared.contracts.tasks import (
    ReportOpened,
    ReportReopened,
    ReportRescheduled,
    ReportWentOverdue,
    ReportWithdrawn,
)
from tests.meetings.builders import a_meeting, a_resolution, adopted, convened, held
from tests.meetings.conftest import SETUP, UNITS, seat_members
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
JMJ, JTJ = "330324-jmj", "330324-jtj"
LATER = {"starts_at": "2026-02-10T09:00:00+08:00"}
PRESENT = {"attendance": "present", "person": "张三"}


def _days(*names: tuple[str, str | None, str | None]) -> tuple[UnitState, ...]:
    return tuple(
        UnitState(
            name=name,
            short_name=name[1:],
            kind="department",
            valid_from=date.fromisoformat(first) if first else SETUP,
            valid_to=date.fromisoformat(last) if last else None,
        )
        for name, first, last in names
    )


RENAMED = UnitChanged(
    unit=JMJ,
    name="县商务局",
    short_name="商务局",
    kind="department",
    change="renamed",
    valid_from=date(2026, 2, 1),
    states=_days(("县经贸局", None, "2026-02-01"), ("县商务局", "2026-02-01", None)),
)
ENDED = _days(("县经贸局", None, "2026-02-01"))
GONE: list[Payload] = [
    UnitRetired(unit=JMJ, retired_on=date(2026, 2, 1), states=ENDED),
    UnitsMerged(
        unit=JMJ, merged=(JMJ,), into="330324-fgj", effective_on=date(2026, 2, 1), open_work_to=None, states=ENDED
    ),
]


@pytest.fixture(autouse=True)
async def _members(meetings: ServiceUnderTest) -> None:
    await seat_members(meetings, BODY, UNITS)


async def _invited(office: httpx.AsyncClient, meeting_id: str) -> dict[str, str]:
    items = (await office.get(f"/v1/meetings/{meeting_id}/invitees")).json()["items"]
    return {each["code"]: each["name"] for each in items}


async def _cautions(office: httpx.AsyncClient, meeting_id: str) -> dict[str, str]:
    found = (await office.get(f"/v1/meetings/{meeting_id}")).json()["cautions"]
    return {each["code"]: each["text"] for each in found}


async def test_a_renamed_unit_is_called_as_on_the_meetings_day(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    january, february = await convened(office), await convened(office, **LATER)
    guest = await convened(office, **LATER, members=[JTJ], guests=[{"unit": JMJ}])
    for _ in range(2):
        await meetings.deliver(RENAMED, subject=JMJ, version=2)
    assert [(await _invited(office, each))[JMJ] for each in (january, february, guest)] == [
        "县经贸局",
        "县商务局",
        "县商务局",
    ]
    moved = {"starts_at": "2026-01-20T09:00:00+08:00", "reason": "提前"}
    assert (await office.post(f"/v1/meetings/{guest}/reschedule", json=moved)).status_code == 200
    assert (await _invited(office, guest))[JMJ] == "县经贸局"


@pytest.mark.parametrize("gone", GONE, ids=lambda each: type(each).__name__)
async def test_a_unit_that_ceases_before_the_meeting_is_not_invited_and_as_guest_pointed_out(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, gone: Payload
) -> None:
    january, february = await convened(office, starts_at="2026-01-20T09:00:00+08:00"), await convened(office, **LATER)
    guest = await convened(office, **LATER, members=[JTJ], guests=[{"unit": JMJ}])
    await meetings.deliver(gone, subject=JMJ, version=2)
    assert [JMJ in await _invited(office, each) for each in (january, february, guest)] == [True, False, True]
    assert (await _cautions(office, guest))["unit-ended"] == "会议当天已不存在的单位：县经贸局"
    assert "unit-ended" not in await _cautions(office, january)


async def test_a_chosen_member_that_is_none_on_another_day_is_pointed_out(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office, members=[JTJ], **LATER)
    seat = MembershipChanged(
        membership_id=f"m-{JTJ}",
        body=BODY,
        role="member",
        holder_unit=JTJ,
        valid_from=SETUP,
        valid_to=date(2026, 2, 1),
    )
    await meetings.deliver(seat, subject=BODY, version=90)
    assert (await _cautions(office, meeting_id))["not-a-member"] == "会议当天不是成员：县交通局"


async def test_a_post_must_exist_on_the_day_on_which_it_chairs_or_leads(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await convened(office, chair_post="330324-xz", **LATER)
    state = PostState(title="县长", unit="330324-xzf", valid_from=SETUP, valid_to=date(2026, 2, 1))
    await meetings.deliver(PostChanged(post="330324-xz", states=(state,)), subject="post:330324-xz", version=2)
    assert "chair-unknown" in await _cautions(office, meeting_id)
    for post, reason in (("330324-xz", "2026-02-10"), ("330324-nobody", "is not known")):
        (error,) = (await office.post("/v1/meetings", json=a_meeting(chair_post=post, **LATER))).json()["errors"]
        assert (error["field"], reason in error["reason"], "chair_title" in error["expected"]) == (
            "chair_post",
            True,
            True,
        )
    assert (await office.post("/v1/meetings", json=a_meeting(chair_post="330324-xz"))).status_code == 201
    refused = await office.post(
        f"/v1/meetings/{await held(office)}/resolutions", json=a_resolution(leader_post="330324-nobody")
    )
    assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, ["leader_post"])


async def test_a_quorum_that_a_correction_loses_after_a_decision_is_said(office: httpx.AsyncClient) -> None:
    meeting_id = await held(office)
    url = f"/v1/meetings/{meeting_id}/attendance"
    came = await office.put(url, json={"records": [{"code": code, **PRESENT} for code in UNITS]})
    assert came.json()["quorum"]["lost"] is False
    await adopted(office, meeting_id)
    absent = [{"code": code, "attendance": "absent"} for code in list(UNITS)[1:]]
    corrected = await office.put(url, json={"records": absent})
    assert (corrected.json()["quorum"]["state"], corrected.json()["quorum"]["lost"]) == ("not_reached", True)
    assert (await office.get(f"/v1/meetings/{meeting_id}")).json()["quorum"]["lost"] is True


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("resolutions", a_resolution(item=7), "item"),
        ("resolutions", a_resolution(parts=[{"title": "甲", "lead_unit": JTJ}]), "parts"),
        ("papers", {"unit": JTJ, "title": "材料", "due_on": "2026-02-01", "item": 7}, "item"),
        ("papers", {"unit": JTJ, "title": "材料"}, "due_on"),
        ("guests", {}, "unit"),
        ("guests", {"unit": JTJ, "name": "甲"}, "unit"),
        (
            "agenda",
            {"kind": "hear_report", "title": "甲", "plan_id": "01900000-0000-7000-8000-0000000000aa"},
            "plan_id",
        ),
        ("agenda", {"kind": "hear_report", "title": "甲", "visible_to": [JTJ]}, "visible_to"),
        ("attendance", {"records": [{"code": JTJ, "attendance": "present"}]}, "records.0.person"),
        ("attendance", {"records": [{"code": JTJ, "attendance": "leave"}]}, "records.0.reason"),
        ("attendance", {"records": [{"code": JTJ, "attendance": "absent", "approved": True}]}, "records.0.approved"),
    ],
)
async def test_a_payload_that_does_not_fit_itself_is_refused_by_the_field(
    office: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    meeting_id = await (held(office) if path == "resolutions" else convened(office, **LATER))
    send = office.put if path == "attendance" else office.post
    answer = await send(f"/v1/meetings/{meeting_id}/{path}", json=body)
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["field"], bool(error["expected"])) == (422, field, True)


async def test_a_paper_follows_its_report_when_tasks_moves_exempts_or_reopens_it(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    papers = [{"unit": JTJ, "title": title, "due_on": "2026-02-01"} for title in ("甲", "乙", "丙")]
    meeting_id = await convened(office, papers=papers, **LATER)
    url = f"/v1/papers?meeting={meeting_id}"
    moved_to = datetime(2026, 2, 5, 16, tzinfo=UTC)
    for number, paper in enumerate((await office.get(url)).json()["items"], start=1):
        fact: dict[str, Any] = {
            "report_id": UUID(int=number),
            "definition": "meeting-paper",
            "definition_version": 1,
            "unit": JTJ,
            "period": f"meeting/{meeting_id}/{paper['id']}",
            "due_at": paper["due_at"],
        }
        later: list[Payload] = [
            ReportRescheduled(**{**fact, "due_at": moved_to}, previous_due_at=paper["due_at"]),
            ReportWithdrawn(**fact),
            ReportReopened(**fact, submission=1, was_locked=False),
        ]
        for version, payload in ((3, later[number - 1]), (1, ReportOpened(**fact)), (2, ReportWentOverdue(**fact))):
            await meetings.deliver(payload, subject=str(UUID(int=number)), version=version)
    found = {each["title"]: (each["state"], each["due_at"]) for each in (await office.get(url)).json()["items"]}
    first = "2026-02-01T16:00:00Z"
    assert found == {"甲": ("open", "2026-02-05T16:00:00Z"), "乙": ("withdrawn", first), "丙": ("reopened", first)}
