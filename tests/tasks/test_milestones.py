"""Milestones: templates by kind of work, planned by day, reached as progress of the lead's part."""

from datetime import UTC, datetime

import httpx
import pytest

from shared.contracts import tasks as facts
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, assigned, part, step


@pytest.mark.parametrize(("kind", "count"), [("decision", 4), ("investment", 3), ("construction", 11)])
async def test_a_task_begins_with_the_nodes_of_its_kind(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, kind: str, count: int
) -> None:
    task_id = await assigned(office, kind=kind)
    nodes = (await office.get(f"/v1/tasks/{task_id}/milestones")).json()["items"]
    assert [node["number"] for node in nodes] == list(range(1, count + 1))
    templates = (await office.get("/v1/milestone-templates")).json()["items"]
    assert {each["kind"]: each["milestones"] for each in templates}[kind] == [node["title"] for node in nodes]


async def test_a_node_reached_is_progress_of_the_lead(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, kind="decision")
    path = f"/v1/tasks/{task_id}/milestones/1/reach"
    assert (await lead.post(path)).status_code == 409
    await step(lead, task_id, "acknowledge")
    async with tasks.client("unit", CO) as co:
        assert (await co.post(path)).status_code == 403
    assert (await lead.post(path, json={"note": "已赴外地考察"})).status_code == 200
    task = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert (part(task)["state"], part(task)["percent"]) == ("in_progress", 25)
    assert task["history"][-1]["note"] == "节点完成：调查研究\n已赴外地考察"
    assert isinstance((await tasks.events(task_id))[-1].data, facts.AssignmentProgressed)
    again = await lead.post(path)
    assert (again.status_code, again.json()["code"]) == (409, "milestone-reached")
    assert (await lead.post(f"/v1/tasks/{task_id}/milestones/9/reach")).status_code == 404


async def test_a_node_that_is_late_lights_the_task_yellow(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, due_on="2026-12-31", cooperating_units=[])
    body = {"milestones": [{"title": "初稿", "due_on": "2026-02-28"}, {"title": "印发"}]}
    assert (await lead.put(f"/v1/tasks/{task_id}/milestones", json=body)).status_code == 200
    assert (await office.get("/v1/tasks", params={"light": "green"})).json()["items"][0]["id"] == task_id
    tasks.clock.at = datetime(2026, 3, 2, tzinfo=UTC)
    for query in ({"light": "yellow"}, {"light": "yellow", "unit": LEAD}):
        assert [task["id"] for task in (await office.get("/v1/tasks", params=query)).json()["items"]] == [task_id]
    await step(lead, task_id, "acknowledge")
    await lead.post(f"/v1/tasks/{task_id}/milestones/1/reach")
    assert (await office.get("/v1/tasks", params={"light": "yellow"})).json()["items"] == []
    dropped = await lead.put(f"/v1/tasks/{task_id}/milestones", json={"milestones": [{"title": "印发"}]})
    assert (dropped.status_code, dropped.json()["code"]) == (409, "milestone-reached")
