"""Plans that tests begin with."""

from typing import Any
from uuid import UUID

import httpx

from shared.contracts.meetings import DecisionTaken
from tests.tasks.builders import CO, LEAD, MEETING, OTHER

JMJ = "330324-jmj"


def an_item(serial: str, **given: object) -> dict[str, Any]:
    return {
        "serial": serial,
        "section": "现代物流",
        "title": f"第{serial}项重点工作",
        "due_on": "2026-06-30",
        "lead_unit": LEAD,
        "cooperating_units": [CO],
        **given,
    }


ITEMS = [an_item("1"), an_item("2", lead_unit=OTHER, cooperating_units=[]), an_item("3", due_on="2026-12-31")]


async def drafted(office: httpx.AsyncClient, items: list[dict[str, Any]] | None = None) -> str:
    body = {"year": 2026, "title": "2026年服务业重点工作分工方案", "items": ITEMS if items is None else items}
    answer = await office.post("/v1/plans", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def done(office: httpx.AsyncClient, plan_id: str, *steps: str, **body: object) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for step in steps:
        answer = await office.post(f"/v1/plans/{plan_id}/{step}", json=body)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
    return shown


async def issued(office: httpx.AsyncClient, items: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    plan_id = await drafted(office, items)
    await done(office, plan_id, "submit")
    await done(office, plan_id, "adopt", adopted_on="2026-01-14", document="会议纪要〔2026〕1号")
    return await done(office, plan_id, "issue", document="永政办发〔2026〕5号")


def a_decision(plan_id: str, decision: Any = "adopted", **given: Any) -> DecisionTaken:  # noqa: ANN401 - one of a literal
    usual: dict[str, Any] = {
        "meeting_id": MEETING,
        "body": "coordination-meeting",
        "kind": "coordination",
        "item": 2,
        "title": "审议分工方案",
        "decision": decision,
        "decided_on": "2026-01-15",
        "plan_id": UUID(plan_id),
    }
    return DecisionTaken(**{**usual, **given})
