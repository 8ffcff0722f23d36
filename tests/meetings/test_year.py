"""The mechanism's whole year of meetings for the seed county (永政办发〔2009〕106号 二.1, 二.2)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.meetings.obligations import watch
from shared.contracts.meetings import (
    AttendanceRecorded,
    DecisionTaken,
    MinutesPublished,
    ObligationLapsed,
    ObligationMet,
    ObligationOpened,
    PaperRequested,
    ResolutionAdopted,
)
from shared.contracts.tasks import (
    AssignmentPart,
    PlanAdopted,
    PlanSubmitted,
    ProblemEscalated,
    ProblemResolved,
    TaskAssigned,
    TaskCompleted,
)
from tests.meetings import county
from tests.support.api import ServiceUnderTest

PLAN = UUID("01900000-0000-7000-8000-0000000000aa")
PROBLEM = UUID("01900000-0000-7000-8000-0000000000bb")
COORDINATION = {"body": "coordination-meeting", "kind": "coordination"}
EXECUTIVE = {"body": "executive-meeting", "kind": "executive"}
OBSERVERS = [{"unit": f"330324-{short}"} for short in ("fgj", "tjj", "czj")]


@dataclass
class Year:
    """The office's year, with the service's clock."""

    meetings: ServiceUnderTest
    office: httpx.AsyncClient

    async def on(self, day: str) -> None:
        self.meetings.clock.at = datetime.fromisoformat(f"{day}T09:00:00+08:00").astimezone(UTC)
        await watch.catch_up(self.meetings.runtime)

    async def post(self, path: str, **body: object) -> dict[str, Any]:
        answer = await self.office.post(path, json=body)
        assert answer.is_success, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def convene(self, day: str, **given: object) -> str:
        body = {"starts_at": f"{day}T09:00:00+08:00", "place": "县政府第一会议室", "chair_post": "330324-xz", **given}
        return str((await self.post("/v1/meetings", **body))["id"])

    async def hold(self, meeting_id: str, day: str, absent: tuple[str, ...] = ()) -> None:
        await self.on(day)
        await self.post(f"/v1/meetings/{meeting_id}/hold")
        lines = (await self.office.get(f"/v1/meetings/{meeting_id}/attendance")).json()["lines"]
        records = [
            {"code": line["code"], "attendance": "absent"}
            if line["code"] in absent
            else {"code": line["code"], "attendance": "present", "person": "某同志"}
            for line in lines
        ]
        answer = await self.office.put(f"/v1/meetings/{meeting_id}/attendance", json={"records": records})
        assert answer.json()["quorum"]["state"] in {"reached", "none_needed"}

    async def decide(self, meeting_id: str, number: int, decision: str = "adopted") -> None:
        await self.post(f"/v1/meetings/{meeting_id}/agenda/{number}/decision", decision=decision)

    async def resolve(self, meeting_id: str, title: str, lead: str, **given: object) -> str:
        body = {"title": title, "lead_unit": f"330324-{lead}", "tags": ["key-task"], **given}
        return str((await self.post(f"/v1/meetings/{meeting_id}/resolutions", **body))["id"])

    async def minute(self, meeting_id: str) -> str:
        url = f"/v1/meetings/{meeting_id}/minutes"
        await self.post(url)
        await self.post(f"{url}/review")
        signed = await self.post(f"{url}/sign", signer="某县长", signer_post="县长")
        await self.post(f"{url}/publish")
        return str(signed["number"])

    async def states(self) -> dict[str, str]:
        items = (await self.office.get("/v1/obligations?year=2026")).json()["items"]
        return {f"{item['session']}/{item['window']}": item["state"] for item in items}


@pytest.fixture
async def year(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> Year:
    await county.settle(meetings)
    meetings.clock.at = datetime(2025, 12, 20, 1, 0, tzinfo=UTC)
    await county.oblige(office, since="2026-01-01")
    return Year(meetings, office)


def _task(resolution_id: str, number: int, due_on: date) -> dict[str, Any]:
    return {
        "task_id": UUID(int=number),
        "title": "保障物流用地",
        "source_kind": "resolution",
        "source_id": resolution_id,
        "weight": "1",
        "due_on": due_on,
        "tags": ("key-task",),
    }


async def test_the_whole_year_of_meetings(year: Year) -> None:  # noqa: PLR0915 - a year has many days
    meetings, office = year.meetings, year.office

    await year.on("2026-01-01")
    assert set((await year.states()).values()) == {"due"}
    assert len(await year.states()) == 6

    special = await year.convene(
        "2026-01-06",
        **EXECUTIVE,
        session="special_session",
        title="县政府常务会议专题听取全县服务业工作汇报",
        guests=OBSERVERS,
        agenda=[
            {"kind": "hear_report", "title": "听取全县服务业工作汇报", "presenter_units": ["330324-fgj"]},
            {"kind": "deliberate_policy", "title": "部署全县服务业发展"},
        ],
    )
    await year.hold(special, "2026-01-06")
    await year.decide(special, 2)
    assert await year.minute(special) == "〔2026〕1号"

    plan = PlanSubmitted(plan_id=PLAN, year=2026, title="2026年服务业工作要点及重点工作分工方案", items=22)
    await meetings.deliver(plan, subject=str(PLAN), version=1)
    start = await year.convene(
        "2026-01-15",
        **COORDINATION,
        session="start_of_year",
        title="年初协调会议",
        papers=[{"unit": "330324-fgj", "title": "工作要点（送审稿）", "due_on": "2026-01-13"}],
    )
    invited = (await office.get(f"/v1/meetings/{start}/invitees")).json()["items"]
    assert (len([each for each in invited if each["kind"] == "unit"]), invited[0]["name"]) == (22, "县长")
    taken = await year.post(f"/v1/meetings/{start}/agenda-proposals/take")
    assert [item["plan_id"] for item in taken["items"]] == [str(PLAN)]
    await year.hold(start, "2026-01-15", absent=("330324-tyj",))
    await year.decide(start, 1)
    adopted = PlanAdopted(plan_id=PLAN, year=2026, title=plan.title, items=22, adopted_on=date(2026, 1, 15))
    await meetings.deliver(adopted, subject=str(PLAN), version=2)
    logistics = await year.resolve(start, "编制现代物流业发展规划", "fgj", due_on="2026-03-31", item=1)
    assert await year.minute(start) == "〔2026〕1号"

    await year.on("2026-05-06")
    problem = ProblemEscalated(problem_id=PROBLEM, title="物流园区用地指标不足", unit="330324-jtj")
    await meetings.deliver(problem, subject=str(PROBLEM), version=2)
    special_meeting = await year.convene(
        "2026-05-12",
        body="coordination-meeting",
        kind="special",
        session="special_meeting",
        title="专题研究物流用地突出问题",
        members=["330324-fgj", "330324-gtj", "330324-jtj", "330324-ghj"],
    )
    keys = [f"escalated_problem:{PROBLEM}"]
    await year.post(f"/v1/meetings/{special_meeting}/agenda-proposals/take", keys=keys)
    await year.hold(special_meeting, "2026-05-12")
    await year.decide(special_meeting, 1)
    land = await year.resolve(special_meeting, "保障物流园区用地", "gtj", item=1)
    assert (await office.get(f"/v1/resolutions/{land}")).json()["due_on"] == "2026-05-19"
    assert await year.minute(special_meeting) == "〔2026〕2号"
    settled = ProblemResolved(problem_id=PROBLEM, title=problem.title, unit="330324-jtj")
    await meetings.deliver(settled, subject=str(PROBLEM), version=3)

    parts = (AssignmentPart(unit="330324-gtj", role="lead", due_on=date(2026, 5, 19)),)
    fact = _task(land, 1, date(2026, 5, 19))
    await meetings.deliver(TaskAssigned(**fact, assignments=parts), subject=str(UUID(int=1)), version=1)
    await year.on("2026-05-25")
    late = (await office.get(f"/v1/resolutions/{land}/fulfilment")).json()
    assert (late["light"], late["reasons"]) == (
        "red",
        ["县国土资源局应于2026-05-19完成，已逾期6天，未反馈进展"],
    )
    done = TaskCompleted(**fact, done_at=datetime(2026, 5, 25, 2, 0, tzinfo=UTC), days_late=6)
    await meetings.deliver(done, subject=str(UUID(int=1)), version=9)

    await year.on("2026-06-25")
    middle = await year.convene("2026-07-02", **COORDINATION, session="mid_year", title="年中协调会议")
    await year.post(f"/v1/meetings/{middle}/agenda", kind="hear_report", title="听取成员单位上半年工作情况汇报")
    proposals = (await office.get(f"/v1/meetings/{middle}/agenda-proposals")).json()["items"]
    assert [each["item"]["resolution_id"] for each in proposals] == [logistics]
    await year.post(f"/v1/meetings/{middle}/agenda-proposals/take")
    await year.post(f"/v1/meetings/{middle}/agenda", kind="coordinate_problem", title="研究解决存在问题")
    await year.hold(middle, "2026-07-02")
    await year.decide(middle, 3)
    await year.minute(middle)
    briefing = await year.convene(
        "2026-07-20",
        **EXECUTIVE,
        title="听取服务业工作专项汇报",
        guests=OBSERVERS,
        agenda=[
            {"kind": "hear_report", "title": "听取协调会议专项汇报", "presenter_body": "coordination-meeting"},
            {"kind": "coordinate_problem", "title": "研究协调重大问题"},
        ],
    )
    await year.hold(briefing, "2026-07-20")
    await year.decide(briefing, 2)
    await year.minute(briefing)

    await year.on("2026-12-10")
    end = await year.convene("2026-12-16", **COORDINATION, session="end_of_year", title="年末协调会议")
    await year.post(f"/v1/meetings/{end}/agenda", kind="hear_report", title="听取成员单位全年工作情况汇报")
    await year.hold(end, "2026-12-16")
    assert await year.minute(end) == "〔2026〕4号"
    await year.on("2027-01-04")

    assert await year.states() == {
        "special_session/start_of_year": "held",
        "start_of_year/start_of_year": "held",
        "mid_year/mid_year": "held",
        "half_year_briefing/first_half": "held",
        "end_of_year/end_of_year": "held",
        "half_year_briefing/second_half": "overdue",
    }
    (overdue,) = (await office.get("/v1/obligations?state=overdue")).json()["items"]
    assert (overdue["body"], overdue["lapsed_at"]) == ("executive-meeting", "2026-12-31T16:00:00Z")
    (of_briefing,) = (await office.get(f"/v1/obligations?meeting={briefing}")).json()["items"]
    requirements = (await office.get(f"/v1/obligations/{of_briefing['id']}")).json()["requirements"]
    assert [each["covered"] for each in requirements] == [True, True]
    rate = (await office.get("/v1/bodies/coordination-meeting/fulfilment")).json()
    assert (rate["rate"]["percent"], [each["resolution_id"] for each in rate["open"]]) == ("50.0", [logistics])
    await _check_events(meetings)


async def _check_events(meetings: ServiceUnderTest) -> None:
    events = await meetings.events()
    counted = {
        kind: sum(isinstance(event.data, kind) for event in events)
        for kind in (ObligationOpened, ObligationMet, ObligationLapsed, MinutesPublished, ResolutionAdopted)
    }
    assert counted == {
        ObligationOpened: 12,
        ObligationMet: 5,
        ObligationLapsed: 1,
        MinutesPublished: 6,
        ResolutionAdopted: 2,
    }
    told = [type(event.data) for event in events]
    assert told.count(PaperRequested) == 1
    assert told.count(DecisionTaken) == 5
    assert told.count(AttendanceRecorded) == 3 + 22 + 4 + 22 + 3 + 22
    versions: dict[str, list[int]] = {}
    for event in events:
        versions.setdefault(event.subject, []).append(event.aggregateversion)
    assert all(line == list(range(1, len(line) + 1)) for line in versions.values())
    assert "某" not in b"".join(event.to_bytes() for event in events).decode()
