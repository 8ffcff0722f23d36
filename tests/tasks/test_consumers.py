"""What other services' events make here: units, and one task of each adopted resolution."""

from decimal import Decimal
from uuid import UUID

import httpx

from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from tests.support.api import NOW, ServiceUnderTest
from tests.tasks.builders import CO, LEAD, MEETING, RESOLUTION, a_resolution, a_task, a_unit


async def test_an_adopted_resolution_makes_its_task(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    assert await tasks.deliver(a_resolution(), subject=str(MEETING), version=3) == "handled"
    (task,) = (await office.get(f"/v1/tasks?source_id={RESOLUTION}")).json()["items"]
    assert (task["source_kind"], task["state"], task["due_on"]) == ("resolution", "assigned", "2026-01-31")
    assert [(each["unit"], each["role"]) for each in task["assignments"]] == [(LEAD, "lead"), (CO, "cooperating")]
    (event,) = await tasks.events()
    assert isinstance(event.data, facts.TaskAssigned)
    assert (event.data.source_kind, event.data.source_id) == ("resolution", str(RESOLUTION))
    assert (event.data.weight, event.data.tags) == (Decimal(3), ("key-task",))
    assert (event.data.text_digest, event.data.text_link) == ("0" * 64, f"/v1/resolutions/{RESOLUTION}/text")
    assert (event.data.leader_post, event.time) == ("330324-fgfz", NOW)
    assert (event.correlationid, event.causationid) == ("test", f"{MEETING}@3")
    assert (event.subject, event.aggregateversion) == (task["id"], 1)


async def test_a_duplicate_at_a_new_offset_makes_no_second_task(tasks: ServiceUnderTest) -> None:
    event = Event.of(a_resolution(), subject=str(MEETING), version=3, time=NOW, correlation_id="c")
    assert [await tasks.deliver_event(event) for _ in range(3)] == ["handled", "duplicate", "duplicate"]
    assert len(await tasks.events()) == 1


async def test_a_resolution_stated_by_two_events_makes_one_task(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    for version in (3, 4):
        assert await tasks.deliver(a_resolution(), subject=str(MEETING), version=version) == "handled"
    assert len((await office.get("/v1/tasks")).json()["items"]) == 1
    assert len(await tasks.events()) == 1


async def test_each_resolution_of_a_meeting_makes_its_own_task(tasks: ServiceUnderTest) -> None:
    for number in (1, 2):
        payload = a_resolution(resolution_id=UUID(int=number), sequence=number)
        await tasks.deliver(payload, subject=str(MEETING), version=2 + number)
    assert len(await tasks.events()) == 2


async def test_a_resolution_that_names_a_unit_not_heard_of_yet_is_not_lost(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    payload = a_resolution(lead_unit="330324-new", cooperating_units=("330324-newer",))
    assert await tasks.deliver(payload, subject=str(MEETING), version=3) == "handled"
    (task,) = (await office.get("/v1/tasks?unit=330324-new&role=lead")).json()["items"]
    async with tasks.client("unit", "330324-new") as unit:
        path = f"/v1/tasks/{task['id']}/assignments/330324-new"
        assert (await unit.post(f"{path}/acknowledge")).status_code == 200


async def test_a_resolution_adopted_after_its_due_date_makes_a_task_too(tasks: ServiceUnderTest) -> None:
    payload = a_resolution(due_on="2026-01-01")
    assert await tasks.deliver(payload, subject=str(MEETING), version=3) == "handled"
    assert len(await tasks.events()) == 1


async def test_a_unit_is_known_once_the_registry_says_so(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    body = a_task(lead_unit="330324-nb")
    assert (await office.post("/v1/tasks", json=body)).status_code == 422
    assert await tasks.deliver(a_unit("330324-nb"), subject="330324-nb", version=1) == "handled"
    assert (await office.post("/v1/tasks", json=body)).status_code == 201


async def test_an_older_event_of_a_unit_changes_nothing(tasks: ServiceUnderTest) -> None:
    for version, name in ((5, "县农业办公室"), (4, "县农办")):
        await tasks.deliver(a_unit("330324-nb", name=name), subject="330324-nb", version=version)
    assert await tasks.pool.fetchval("select name from known_unit where code = '330324-nb'") == "县农业办公室"
