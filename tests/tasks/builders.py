"""Bodies, events and walks that tests of the tasks service begin with; each field can be overridden."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from services.tasks.domain import Assignment, Task, derive
from shared.contracts import tasks as facts
from shared.contracts.meetings import ResolutionAdopted
from shared.contracts.registry import UnitRegistered

LEAD, CO, OTHER = "330324-fgj", "330324-jtj", "330324-tjj"
UNITS = {LEAD: "县发改局", CO: "县交通局", OTHER: "县统计局", "330324-jmj": "县经贸局"}
RESOLUTION = UUID("01900000-0000-7000-8000-000000000001")
MEETING = UUID("01900000-0000-7000-8000-000000000002")
DUE = date(2026, 1, 31)

PATHS = {
    "assigned": [],
    "acknowledged": ["acknowledge"],
    "in_progress": ["acknowledge", "progress"],
    "completion_requested": ["acknowledge", "request-completion"],
    "completed": ["acknowledge", "request-completion", "complete"],
    "bounced": ["bounce"],
    "cancelled": ["cancel"],
    "closed_out": ["acknowledge", "request-completion", "complete", "close-out"],
    "suspended": ["acknowledge", "suspend"],
    "reassigned": ["reassign"],
    "draft": [],
}
"""How each state of an assignment is reached."""

BODIES: dict[str, dict[str, object]] = {
    "progress": {"percent": 40, "note": "已完成初稿"},
    "send-back": {"reason": "佐证材料不全"},
    "bounce": {"reason": "不属本单位职责"},
    "reopen": {"reason": "核查发现未完成"},
    "cancel": {"reason": "并入另一任务"},
    "suspend": {"reason": "规划调整，暂缓办理"},
    "reassign": {"reason": "职能已划转", "to_unit": OTHER},
}
BY_OFFICE = {"complete", "send-back", "reopen", "cancel", "suspend", "resume", "reassign", "close-out", "assign"}
OF_TASK = {"cancel", "close-out", "assign"}


def a_unit(code: str, **given: object) -> UnitRegistered:
    name = UNITS.get(code, code)
    usual: dict[str, Any] = {"name": name, "short_name": name, "kind": "department", "valid_from": date(2009, 7, 6)}
    return UnitRegistered(unit=code, **{**usual, **given})


def a_task(**given: object) -> dict[str, Any]:
    return {
        "title": "编制全县现代物流业发展规划",
        "text": "年内完成规划文本。",
        "source_kind": "document",
        "source_id": "永政办发〔2009〕106号",
        "lead_unit": LEAD,
        "cooperating_units": [CO],
        "due_on": DUE.isoformat(),
        "weight": "2.5",
        "tags": ["key-task"],
        **given,
    }


def a_resolution(**given: object) -> ResolutionAdopted:
    usual: dict[str, Any] = {
        "meeting_id": MEETING,
        "body": "coordination-meeting",
        "kind": "coordination",
        "resolution_id": RESOLUTION,
        "sequence": 1,
        "title": "编制现代物流业发展规划",
        "lead_unit": LEAD,
        "cooperating_units": (CO,),
        "adopted_on": date(2026, 1, 10),
        "due_on": DUE,
        "weight": Decimal(3),
        "tags": ("key-task",),
        "leader_post": "330324-fgfz",
        "text_digest": "0" * 64,
        "text_link": f"/v1/resolutions/{RESOLUTION}/text",
    }
    return ResolutionAdopted(**{**usual, **given})


def a_definition(**given: object) -> dict[str, Any]:
    return {
        "code": "service-quarterly",
        "title": "服务业统计季报",
        "period_kind": "quarter",
        "due_offset_days": 10,
        "due_hour": 17,
        "fields": [
            {"indicator": "value_added", "title": "增加值", "unit_of_measure": "万元", "required": True},
            {"indicator": "employees", "title": "从业人员", "unit_of_measure": "人", "required": False},
        ],
        **given,
    }


def task_row(*parts: tuple[str, str, str], due_on: date = DUE) -> Task:
    """Return a task as read from the database; parts are (unit, role, state)."""
    task_id = UUID("01900000-0000-7000-8000-00000000000a")
    assignments = tuple(Assignment(task_id, unit, _role(role), due_on, state) for unit, role, state in parts)
    return Task(
        id=task_id,
        source_kind="instruction",
        source_id="1",
        title="编制规划",
        text=None,
        text_digest=None,
        text_link=None,
        leader_post=None,
        weight=Decimal(1),
        tags=(),
        due_on=due_on,
        state=derive(assignments).state,
        version=0,
        correlation_id="c",
        assigned_at=datetime(2026, 1, 1, tzinfo=UTC),
        assignments=assignments,
    )


def _role(role: str) -> facts.Role:
    return "lead" if role == "lead" else "cooperating"


async def assigned(office: httpx.AsyncClient, **given: object) -> str:
    """Make a task; return its id."""
    answer = await office.post("/v1/tasks", json=a_task(**given))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def step(
    client: httpx.AsyncClient, task_id: str, transition: str, unit: str = LEAD, **headers: str
) -> httpx.Response:
    """Ask for one transition."""
    path = f"/v1/tasks/{task_id}" + ("" if transition in OF_TASK else f"/assignments/{unit}")
    return await client.post(f"{path}/{transition}", json=BODIES.get(transition), headers=headers)


async def walked(
    unit_client: httpx.AsyncClient, office: httpx.AsyncClient, task_id: str, state: str, unit: str = LEAD
) -> dict[str, Any]:
    """Bring a unit's assignment from assigned to a state; return the task as last answered."""
    shown: dict[str, Any] = (await office.get(f"/v1/tasks/{task_id}")).json()
    for transition in PATHS[state]:
        answer = await step(office if transition in BY_OFFICE else unit_client, task_id, transition, unit)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
    return shown


def part(task: dict[str, Any], unit: str = LEAD) -> dict[str, Any]:
    """Return a unit's assignment of a task as shown."""
    found: dict[str, Any] = next(each for each in task["assignments"] if each["unit"] == unit)
    return found


async def opened(office: httpx.AsyncClient, period: str = "2026-Q1", *units: str, **given: object) -> list[str]:
    """Define a report and open a period of it; return the reports' ids, by unit."""
    definition = a_definition(**given)
    assert (await office.post("/v1/report-definitions", json=definition)).status_code == 201
    body = {"period": period, "units": list(units or (OTHER,))}
    answer = await office.post(f"/v1/report-definitions/{definition['code']}/open", json=body)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["opened"]]
