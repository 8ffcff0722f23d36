"""Fulfilment: what tasks says of a resolution's task comes back, in whatever order it arrives."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.payload import Payload
from shared.contracts.registry import BodyChanged, UnitRegistered
from shared.contracts.tasks import (
    AssignmentPart,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskReopened,
)
from tests.meetings.builders import a_resolution, adopted, held
from tests.meetings.conftest import SETUP
from tests.support.api import ServiceUnderTest

TASK = UUID("01900000-0000-7000-8000-00000000000a")
OTHER_TASK = UUID("01900000-0000-7000-8000-00000000000b")
DONE_AT = datetime(2026, 4, 2, 1, 0, tzinfo=UTC)
PARTS = (AssignmentPart(unit="330324-fgj", role="lead", due_on=date(2026, 3, 31)),)


def _fact(resolution_id: str, task_id: UUID) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "title": "编制现代物流业发展规划",
        "source_kind": "resolution",
        "source_id": resolution_id,
        "weight": Decimal(1),
        "due_on": date(2026, 3, 31),
    }


def assigned(resolution_id: str, task_id: UUID = TASK) -> Payload:
    return TaskAssigned(**_fact(resolution_id, task_id), assignments=PARTS)


def completed(resolution_id: str, task_id: UUID = TASK) -> Payload:
    return TaskCompleted(**_fact(resolution_id, task_id), done_at=DONE_AT, days_late=2)


def reopened(resolution_id: str, task_id: UUID = TASK) -> Payload:
    return TaskReopened(**_fact(resolution_id, task_id), assignments=PARTS)


def cancelled(resolution_id: str, task_id: UUID = TASK) -> Payload:
    return TaskCancelled(**_fact(resolution_id, task_id), assignments=PARTS)


@pytest.fixture
async def resolution_id(office: httpx.AsyncClient) -> str:
    return await adopted(office, await held(office))


async def _fulfilment(office: httpx.AsyncClient, resolution_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await office.get(f"/v1/resolutions/{resolution_id}")).json()["fulfilment"]
    return shown


async def test_a_resolution_follows_its_task(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, resolution_id: str
) -> None:
    steps = [
        (assigned(resolution_id), "in_progress", None),
        (completed(resolution_id), "fulfilled", 2),
        (reopened(resolution_id), "in_progress", None),
        (cancelled(resolution_id), "cancelled", None),
    ]
    for version, (payload, state, days_late) in enumerate(steps, start=1):
        assert await meetings.deliver(payload, subject=str(TASK), version=version) == "handled"
        shown = await _fulfilment(office, resolution_id)
        assert (shown["state"], shown["days_late"]) == (state, days_late)
        assert (shown["task_id"], shown["link"]) == (str(TASK), f"/v1/tasks/{TASK}")


async def test_the_meeting_shows_the_resolution_as_fulfilled_in_the_same_version(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, resolution_id: str
) -> None:
    meeting_id = (await office.get(f"/v1/resolutions/{resolution_id}")).json()["meeting_id"]
    before = await office.get(f"/v1/meetings/{meeting_id}")
    await meetings.deliver(completed(resolution_id), subject=str(TASK), version=5)
    after = await office.get(f"/v1/meetings/{meeting_id}")
    (resolution,) = after.json()["resolutions"]
    assert resolution["fulfilment"]["state"] == "fulfilled"
    assert datetime.fromisoformat(resolution["fulfilment"]["fulfilled_at"]) == DONE_AT
    assert after.headers["etag"] == before.headers["etag"] == '"3"'


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_disorder_and_duplicates_change_nothing(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, resolution_id: str, order: tuple[int, ...]
) -> None:
    story = [assigned(resolution_id), completed(resolution_id), reopened(resolution_id)]
    results = [await meetings.deliver(story[index], subject=str(TASK), version=index + 1) for index in (*order, *order)]
    assert results == ["handled"] * 3 + ["duplicate"] * 3
    shown = await _fulfilment(office, resolution_id)
    assert (shown["state"], shown["fulfilled_at"], shown["days_late"]) == ("in_progress", None, None)


async def test_a_task_from_another_source_fulfils_no_resolution(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, resolution_id: str
) -> None:
    other = completed(resolution_id).model_copy(update={"source_kind": "plan_item"})
    assert await meetings.deliver(other, subject=str(TASK), version=1) == "handled"
    assert (await _fulfilment(office, resolution_id))["state"] == "adopted"


async def test_a_task_that_names_no_resolution_of_ours_is_passed_over(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    assert await meetings.deliver(assigned("纪要〔2026〕1号"), subject=str(TASK), version=1) == "handled"
    assert (await office.get("/v1/resolutions")).json()["items"] == []


async def test_of_several_tasks_an_open_one_keeps_the_resolution_open(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, resolution_id: str
) -> None:
    await meetings.deliver(completed(resolution_id), subject=str(TASK), version=9)
    await meetings.deliver(assigned(resolution_id, task_id=OTHER_TASK), subject=str(OTHER_TASK), version=1)
    shown = await _fulfilment(office, resolution_id)
    assert (shown["state"], shown["task_id"]) == ("in_progress", str(OTHER_TASK))
    await meetings.deliver(cancelled(resolution_id, task_id=OTHER_TASK), subject=str(OTHER_TASK), version=2)
    assert (await _fulfilment(office, resolution_id))["state"] == "fulfilled"


async def test_the_next_agenda_lists_what_is_still_open(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    meeting_id = await held(office)
    waiting, running, done, void = [await adopted(office, meeting_id) for _ in range(4)]
    for number, payload in enumerate((assigned, completed, cancelled)):
        task_id = UUID(int=TASK.int + number)
        resolution = (running, done, void)[number]
        await meetings.deliver(payload(resolution, task_id=task_id), subject=str(task_id), version=1)

    async def found(state: str) -> list[str]:
        return [item["id"] for item in (await office.get(f"/v1/resolutions?state={state}")).json()["items"]]

    assert await found("open") == [waiting, running]
    assert await found("fulfilled") == [done]
    assert await found("cancelled") == [void]


async def test_an_older_word_of_the_registry_changes_nothing(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    unit = UnitRegistered(unit="330324-lyj", name="新名", short_name="林业局", kind="department", valid_from=SETUP)
    await meetings.deliver(unit, subject="330324-lyj", version=3)
    await meetings.deliver(unit.model_copy(update={"name": "旧名"}), subject="330324-lyj", version=1)
    body = BodyChanged(body="special-meeting", name="新名", valid_from=SETUP)
    await meetings.deliver(body, subject="special-meeting", version=2)
    await meetings.deliver(body.model_copy(update={"name": "旧名"}), subject="special-meeting", version=1)
    assert await meetings.pool.fetchval("select name from known_unit where code = '330324-lyj'") == "新名"
    assert await meetings.pool.fetchval("select name from known_body where code = 'special-meeting'") == "新名"


async def test_a_unit_may_be_named_once_the_registry_told_of_it(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    url, body = f"/v1/meetings/{await held(office)}/resolutions", a_resolution(lead_unit="330324-wsj")
    assert (await office.post(url, json=body)).status_code == 422
    unit = UnitRegistered(unit="330324-wsj", name="县卫生局", short_name="卫生局", kind="department", valid_from=SETUP)
    await meetings.deliver(unit, subject="330324-wsj", version=1)
    assert (await office.post(url, json=body)).status_code == 201
