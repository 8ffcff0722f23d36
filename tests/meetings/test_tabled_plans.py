"""Plans on an agenda: which words lie on the table, what becomes of them before the meeting decides."""

from datetime import date
from typing import Any
from uuid import UUID

import httpx

from shared.contracts.meetings import DecisionTaken
from shared.contracts.tasks import PlanAdopted, PlanSubmitted, PlanWithdrawn
from tests.meetings.builders import adopted, convened
from tests.support.api import ServiceUnderTest

PLAN = UUID("01900000-0000-7000-8000-0000000000aa")
FACT: dict[str, Any] = {"plan_id": PLAN, "year": 2026, "title": "2026年分工方案", "items": 22}
OLD, NEW = "a" * 64, "b" * 64
ITEM = {"kind": "deliberate_plan", "title": "审议分工方案", "plan_id": str(PLAN)}
TODAY = {"starts_at": "2026-01-15T09:00:00+08:00"}


async def _submitted(meetings: ServiceUnderTest, version: int, digest: str | None = OLD) -> None:
    await meetings.deliver(PlanSubmitted(**FACT, content_digest=digest), subject=str(PLAN), version=version)


async def _taken_back(meetings: ServiceUnderTest, version: int) -> None:
    await meetings.deliver(PlanWithdrawn(**FACT), subject=str(PLAN), version=version)


async def _cautions(office: httpx.AsyncClient, url: str) -> set[str]:
    return {each["code"] for each in (await office.get(url)).json()["cautions"]}


async def _decide(office: httpx.AsyncClient, url: str, decision: str = "adopted") -> httpx.Response:
    return await office.post(f"{url}/agenda/1/decision", json={"decision": decision})


async def test_a_decision_names_the_words_that_lay_on_the_table(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await _submitted(meetings, 1)
    meeting_id = await convened(office, **TODAY, agenda=[ITEM])
    url = f"/v1/meetings/{meeting_id}"
    assert await _cautions(office, url) == {"no-members"}
    await office.post(f"{url}/hold")
    assert (await _decide(office, url)).json()["plan_digest"] == OLD
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, DecisionTaken)
    assert (event.data.plan_id, event.data.plan_digest) == (PLAN, OLD)


async def test_a_plan_that_is_submitted_otherwise_after_it_was_put_on_the_agenda_is_pointed_out_and_put_anew(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await _submitted(meetings, 1)
    url = f"/v1/meetings/{await convened(office, **TODAY, agenda=[ITEM])}"
    await _taken_back(meetings, 2)
    assert "plan-not-submitted" in await _cautions(office, url)
    await _submitted(meetings, 3, NEW)
    assert "plan-changed" in await _cautions(office, url)
    await office.post(f"{url}/hold")
    refused = await _decide(office, url)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan-not-tabled")
    assert (await _decide(office, url, "deferred")).status_code == 200
    assert (await office.put(f"{url}/agenda/1", json=ITEM)).json()["plan_digest"] == NEW
    assert (await _decide(office, url)).json()["plan_digest"] == NEW
    await meetings.deliver(PlanAdopted(**FACT, adopted_on=date(2026, 1, 15)), subject=str(PLAN), version=4)
    assert (await _decide(office, url, "adopted_in_principle")).status_code == 200


async def test_a_plan_that_was_taken_back_is_neither_adopted_nor_proposed(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    for version in (1, 2):
        await (_submitted, _taken_back)[version - 1](meetings, version)
    await _submitted(meetings, 1)
    url = f"/v1/meetings/{await convened(office, **TODAY, agenda=[ITEM])}"
    found = (await office.get("/v1/bodies/coordination-meeting/agenda-proposals")).json()["items"]
    assert found == []
    await office.post(f"{url}/hold")
    assert (await _decide(office, url)).status_code == 409
    await _submitted(meetings, 3, NEW)
    assert (await _decide(office, url)).json()["plan_digest"] == NEW


async def test_a_plan_put_on_the_agenda_before_it_was_heard_of_lies_on_the_table_once_it_is_submitted(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    url = f"/v1/meetings/{await convened(office, **TODAY, agenda=[ITEM])}"
    assert "plan-not-submitted" in await _cautions(office, url)
    await _submitted(meetings, 1)
    await _submitted(meetings, 2, NEW)
    (item,) = (await office.get(f"{url}/agenda")).json()["items"]
    assert item["plan_digest"] == OLD


async def test_a_resolution_on_a_problems_item_names_the_problem(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    item = {"kind": "coordinate_problem", "title": "研究用地问题", "problem_id": str(PLAN)}
    meeting_id = await convened(office, **TODAY, agenda=[item])
    await office.post(f"/v1/meetings/{meeting_id}/hold")
    await adopted(office, meeting_id, item=1)
    assert str((await meetings.events(meeting_id))[-1].data.problem_id) == str(PLAN)
