"""Problems: raised by a unit, with the office, before a special meeting, settled; one task of each."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.tasks.problems.domain import PROBLEM_TRANSITIONS, ProblemState
from shared.contracts import tasks as facts
from shared.contracts.meetings import DecisionTaken
from shared.sheets import Column, read_sheets
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, MEETING, OTHER, a_resolution

PATHS: dict[ProblemState, list[str]] = {
    ProblemState.RAISED: [],
    ProblemState.ESCALATED: ["escalate"],
    ProblemState.RETURNED: ["escalate", "reject"],
    ProblemState.RESOLVED: ["resolve"],
    ProblemState.WITHDRAWN: ["withdraw"],
}
BODIES: dict[str, dict[str, str]] = {"resolve": {"resolution": "统筹解决"}, "withdraw": {"reason": "已自行解决"}}


def a_problem(**given: object) -> dict[str, Any]:
    return {
        "unit": CO,
        "title": "物流园区用地指标不足",
        "text": "二期缺用地指标120亩。",
        "sectors": ["transport-logistics"],
        **given,
    }


def a_task_of_it(**given: object) -> dict[str, Any]:
    return {"title": "落实物流园区用地", "lead_unit": OTHER, "due_on": "2026-06-30", **given}


def decided(problem_id: str, decision: str, **given: object) -> DecisionTaken:
    usual: dict[str, Any] = {
        "meeting_id": MEETING,
        "body": "coordination-meeting",
        "kind": "special",
        "item": 1,
        "title": "物流园区用地",
        "decision": decision,
        "decided_on": date(2026, 1, 20),
        "problem_id": UUID(problem_id),
    }
    return DecisionTaken(**{**usual, **given})


async def test_a_resolution_on_a_problem_is_its_task_and_a_second_one_is_pointed_out(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    first, second = await raised(unit), await raised(unit)
    made = await office.post(f"/v1/problems/{second}/task", json=a_task_of_it())
    assert made.status_code == 201, made.text
    for version, problem_id in enumerate((first, second, second), start=3):
        told = a_resolution(problem_id=UUID(problem_id), resolution_id=UUID(int=version), part=1)
        await tasks.deliver(told, subject=str(MEETING), version=version)
    shown = (await office.get(f"/v1/problems/{first}")).json()
    (task,) = (await office.get(f"/v1/tasks?source_id={UUID(int=3)}")).json()["items"]
    assert shown["task_id"] == task["id"]
    refused = await office.post(f"/v1/problems/{first}/task", json=a_task_of_it())
    assert (refused.status_code, task["id"] in refused.json()["detail"]) == (409, True)
    history = (await office.get(f"/v1/problems/{second}")).json()
    assert history["task_id"] == made.json()["id"]
    assert [each["transition"] for each in history["history"]] == ["raise", "second-task", "second-task"]


@pytest.fixture
async def unit(tasks: ServiceUnderTest) -> httpx.AsyncClient:
    return tasks.client("unit", CO)


async def raised(unit: httpx.AsyncClient, /, **given: object) -> str:
    answer = await unit.post("/v1/problems", json=a_problem(**given))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def do(tasks: ServiceUnderTest, client: httpx.AsyncClient, problem_id: str, what: str) -> httpx.Response | None:
    if what == "reject":
        await tasks.deliver(decided(problem_id, "rejected"), subject=str(MEETING), version=9)
        return None
    return await client.post(f"/v1/problems/{problem_id}/{what}", json=BODIES.get(what))


async def test_a_problem_goes_to_a_special_meeting_and_comes_back_decided(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    problem_id = await raised(unit)
    escalated = await office.post(f"/v1/problems/{problem_id}/escalate", json={"note": "请专题会议研究"})
    assert escalated.json()["state"] == "escalated"
    await tasks.deliver(decided(problem_id, "deferred"), subject=str(MEETING), version=8)
    assert (await unit.get(f"/v1/problems/{problem_id}")).json()["state"] == "escalated"
    event = decided(problem_id, "adopted", conditions_link=f"/v1/meetings/{MEETING}/decisions/1")
    for version in (10, 11):
        assert await tasks.deliver(event, subject=str(MEETING), version=version) == "handled"
    shown = (await unit.get(f"/v1/problems/{problem_id}")).json()
    assert (shown["state"], shown["meeting_id"], shown["last_decision"]) == ("resolved", str(MEETING), "adopted")
    assert shown["resolution_link"] == f"/v1/meetings/{MEETING}/decisions/1"
    assert [(each["transition"], each["role"]) for each in shown["history"]] == [
        ("raise", "unit"),
        ("escalate", "office"),
        ("resolve", "office"),
    ]
    events = await tasks.events(problem_id)
    assert [type(each.data) for each in events] == [
        facts.ProblemRaised,
        facts.ProblemEscalated,
        facts.ProblemResolved,
    ]
    assert [each.aggregateversion for each in events] == [1, 2, 3]
    assert events[2].causationid == f"{MEETING}@10"
    assert "120亩" not in events[0].to_bytes().decode()


async def test_a_rejected_proposal_returns_to_the_office_which_may_bring_it_again(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    problem_id = await raised(unit)
    await do(tasks, office, problem_id, "escalate")
    await do(tasks, office, problem_id, "reject")
    assert (await office.get("/v1/problems?state=returned")).json()["items"][0]["id"] == problem_id
    assert (await office.post(f"/v1/problems/{problem_id}/escalate")).status_code == 200


async def test_a_problem_makes_one_task_also_for_two_operators_at_once(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    problem_id = await raised(unit)
    await do(tasks, office, problem_id, "resolve")
    answers = await asyncio.gather(
        *(office.post(f"/v1/problems/{problem_id}/task", json=a_task_of_it(title=f"任务{n}")) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    (task,) = (await office.get("/v1/tasks")).json()["items"]
    assert (task["source_kind"], task["source_id"]) == ("problem", problem_id)
    assert (await unit.get(f"/v1/problems/{problem_id}")).json()["task_id"] == task["id"]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert (refused["code"], f"/v1/tasks/{task['id']}" in refused["detail"]) == ("problem-has-task", True)


ILLEGAL = [
    (state, name)
    for state in ProblemState
    for name in ("escalate", "resolve", "withdraw")
    if state not in PROBLEM_TRANSITIONS.named(name).sources
]


@pytest.mark.parametrize(("state", "name"), ILLEGAL)
async def test_an_illegal_transition_names_the_possible_ones(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient, state: ProblemState, name: str
) -> None:
    problem_id = await raised(unit)
    for step in PATHS[state]:
        await do(tasks, office, problem_id, step)
    answer = await do(tasks, office, problem_id, name)
    assert answer is not None
    possible = [
        each for each in ("escalate", "resolve", "withdraw") if state in PROBLEM_TRANSITIONS.named(each).sources
    ]
    assert (answer.status_code, answer.json()["allowed"]) == (409, possible)


async def test_a_unit_sees_and_moves_its_own_problems_only(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    problem_id = await raised(unit)
    await raised(office, unit=LEAD, title="另一问题")
    assert [each["id"] for each in (await unit.get("/v1/problems")).json()["items"]] == [problem_id]
    assert (await unit.get("/v1/problems", params={"unit": LEAD})).status_code == 403
    assert (await unit.post("/v1/problems", json=a_problem(unit=LEAD))).status_code == 403
    assert (await unit.post(f"/v1/problems/{problem_id}/escalate")).status_code == 403
    assert (await unit.post(f"/v1/problems/{problem_id}/task", json=a_task_of_it())).status_code == 403
    async with tasks.client("unit", LEAD) as other, tasks.client("auditor") as auditor, tasks.client(None) as nobody:
        assert (await other.get(f"/v1/problems/{problem_id}")).status_code == 403
        assert (await other.post(f"/v1/problems/{problem_id}/withdraw", json={"reason": "x"})).status_code == 403
        assert len((await auditor.get("/v1/problems")).json()["items"]) == 2
        assert (await auditor.post("/v1/problems", json=a_problem())).status_code == 403
        assert (await nobody.get("/v1/problems")).status_code == 401
    assert (await unit.get(f"/v1/problems/{MEETING}")).status_code == 404


async def test_a_withdrawn_problem_makes_no_task_and_no_decision_moves_it(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    problem_id = await raised(unit)
    await do(tasks, unit, problem_id, "withdraw")
    assert (await office.post(f"/v1/problems/{problem_id}/task", json=a_task_of_it())).status_code == 409
    await tasks.deliver(decided(problem_id, "adopted"), subject=str(MEETING), version=9)
    stranger = decided(str(MEETING), "adopted")
    assert await tasks.deliver(stranger, subject=str(MEETING), version=10) == "handled"
    assert len(await tasks.events(problem_id)) == 2


async def test_bad_input_is_refused_naming_the_field(unit: httpx.AsyncClient, office: httpx.AsyncClient) -> None:
    for body, field in (
        (a_problem(title=" "), "title"),
        (a_problem(sectors=["物流"]), "sectors.0"),
        (a_problem(text="\x00"), "text"),
        (a_problem(urgency=1), "urgency"),
    ):
        answer = await unit.post("/v1/problems", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    unknown = await office.post("/v1/problems", json=a_problem(unit="330324-jtx"))
    assert unknown.json()["errors"][0]["field"] == "unit"
    problem_id = await raised(unit)
    stale = await office.post(f"/v1/problems/{problem_id}/escalate", headers={"if-match": '"7"'})
    assert stale.status_code == 412
    keyed = [await unit.post("/v1/problems", json=a_problem(), headers={"idempotency-key": "k"}) for _ in range(2)]
    assert keyed[0].json()["id"] == keyed[1].json()["id"]


async def test_problems_are_filtered_paged_and_exported(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, unit: httpx.AsyncClient
) -> None:
    ids = [await raised(unit, title=f"=问题{number}", sectors=[f"sector-{number}"]) for number in range(3)]
    assert [each["id"] for each in (await office.get("/v1/problems?sector=sector-1")).json()["items"]] == [ids[1]]
    assert [each["id"] for each in (await office.get("/v1/problems?q=问题2")).json()["items"]] == [ids[2]]
    first = (await office.get("/v1/problems?limit=2")).json()
    second = (await office.get("/v1/problems", params={"limit": 2, "cursor": first["next"]})).json()
    assert [each["id"] for each in (*first["items"], *second["items"])] == ids[::-1]
    content = (await office.get("/v1/problems/export")).content
    (sheet,) = read_sheets(content)
    table = sheet.table([Column("title", ("问题",), required=True), Column("unit", ("提出单位",))])
    assert table is not None
    assert next((row.text("title"), row.text("unit")) for row in table.rows()) == ("=问题2", "县交通局")
