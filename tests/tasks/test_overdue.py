"""The overdue watch: each lapse once, at its due moment, also after an outage and with two watches."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from services.tasks.app import SERVICE
from services.tasks.settings import TasksSettings
from services.tasks.supervision import watch as overdue
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.runtime import Runtime
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.tasks.builders import CO, LEAD, OTHER, UNITS, a_unit, assigned, opened, step, walked


@pytest.fixture
async def tasks(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """The service without reminders and slips by rule, so that the log holds lapses only."""
    quiet = {"remind_working_days": 0, "slip_after_working_days": 0}
    async with service_under_test(SERVICE, await database("tasks"), tmp_path, TasksSettings, **quiet) as service:
        for unit in UNITS:
            await service.deliver(a_unit(unit), subject=unit, version=1)
        yield service


END_OF_DUE = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
"""24:00 of 2026-01-31 in the county."""


async def overdue_events(tasks: ServiceUnderTest) -> list[Event]:
    kinds = (facts.AssignmentWentOverdue, facts.ReportWentOverdue)
    return [event for event in await tasks.events() if isinstance(event.data, kinds)]


async def test_the_last_minute_of_the_due_date_is_not_overdue(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await assigned(office)
    tasks.clock.at = END_OF_DUE - timedelta(minutes=1)
    assert await overdue.catch_up(tasks.runtime) == 0
    tasks.clock.at = END_OF_DUE + timedelta(minutes=1)
    assert await overdue.catch_up(tasks.runtime) == 2


async def test_after_an_outage_each_lapse_is_said_once_in_order_at_its_own_moment(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    late = await assigned(office, due_on="2026-02-10", cooperating_units=[])
    early = await assigned(office, cooperating_units=[CO])
    done = await assigned(office, cooperating_units=[])
    await walked(lead, office, done, "completed")
    cancelled = await assigned(office)
    await step(office, cancelled, "cancel")
    tasks.clock.at = datetime(2026, 3, 1, tzinfo=UTC)
    assert await overdue.catch_up(tasks.runtime) == 3
    assert await overdue.catch_up(tasks.runtime) == 0
    events = await overdue_events(tasks)
    assert [(event.subject, event.data.unit, event.time) for event in events] == [
        (early, LEAD, END_OF_DUE),
        (early, CO, END_OF_DUE),
        (late, LEAD, datetime(2026, 2, 10, 16, 0, tzinfo=UTC)),
    ]
    assert [event.aggregateversion for event in events] == [2, 3, 2]
    first, *_ = await tasks.events(early)
    assert events[0].correlationid == first.correlationid
    shown = (await office.get(f"/v1/tasks/{early}")).json()
    assert (shown["version"], [each["overdue"] for each in shown["assignments"]]) == (3, [True, True])
    assert shown["history"][-1]["by"] == "service:tasks"
    assert shown["state"] == "assigned"


async def test_a_request_that_waits_for_the_office_is_not_overdue_until_it_is_sent_back(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, cooperating_units=[])
    await walked(lead, office, task_id, "completion_requested")
    tasks.clock.at = END_OF_DUE + timedelta(days=2)
    assert await overdue.catch_up(tasks.runtime) == 0
    await step(office, task_id, "send-back")
    assert await overdue.catch_up(tasks.runtime) == 1
    (event,) = await overdue_events(tasks)
    assert event.time == END_OF_DUE


async def test_completed_in_time_is_never_overdue_and_reopened_it_is_once(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office, cooperating_units=[])
    await walked(lead, office, task_id, "completed")
    tasks.clock.at = END_OF_DUE + timedelta(days=9)
    assert await overdue.catch_up(tasks.runtime) == 0
    await step(office, task_id, "reopen")
    assert [await overdue.catch_up(tasks.runtime) for _ in range(2)] == [1, 0]


async def test_two_watches_say_it_once_while_commands_go_on(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    ids = [await assigned(office, title=f"任务{number}") for number in range(30)]
    tasks.clock.at = END_OF_DUE
    watches = [overdue.catch_up(tasks.runtime) for _ in range(4)]
    commands = [step(lead, task_id, "acknowledge") for task_id in ids]
    _, answers = await asyncio.gather(asyncio.gather(*watches), asyncio.gather(*commands))
    assert {answer.status_code for answer in answers} == {200}
    await overdue.catch_up(tasks.runtime)
    said = [(event.subject, event.data.unit) for event in await overdue_events(tasks)]
    assert len(said) == len(set(said)) == 60
    for task_id in ids:
        events = await tasks.events(task_id)
        assert [event.aggregateversion for event in events] == [1, 2, 3, 4]


async def test_a_backlog_larger_than_a_batch_is_worked_off_in_order(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "BATCH", 2)
    for day in (20, 18, 19, 17, 16):
        await assigned(office, due_on=date(2026, 1, day).isoformat())
    tasks.clock.at = END_OF_DUE
    assert await overdue.catch_up(tasks.runtime) == 10
    days = [event.data.assignment_due_on.day for event in await overdue_events(tasks)]
    assert days == sorted(days)


async def test_a_missing_report_goes_overdue_at_its_hour(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    report_id, other_id = await opened(office, "2026-Q1", LEAD, OTHER)
    tasks.clock.at = datetime(2026, 4, 10, 9, 0, tzinfo=UTC)  # 17:00 in the county, the due hour itself
    async with tasks.client("unit", OTHER) as unit:
        await unit.post(f"/v1/reports/{other_id}/submit", json={"values": {"value_added": 1}})
    assert await overdue.catch_up(tasks.runtime) == 0
    tasks.clock.at += timedelta(days=30)
    assert [await overdue.catch_up(tasks.runtime) for _ in range(2)] == [1, 0]
    (event,) = await overdue_events(tasks)
    assert (event.subject, event.time) == (report_id, datetime(2026, 4, 10, 9, 0, tzinfo=UTC))
    assert (await office.get("/v1/reports?state=overdue")).json()["items"][0]["id"] == report_id


async def test_the_watch_survives_a_database_that_is_away(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "_LOOK_SECONDS", 0.01)
    await assigned(office)
    tasks.clock.at = END_OF_DUE
    ready: list[bool] = []
    looked_twice = asyncio.Event()
    real, failures = overdue.catch_up, 2

    async def away_at_first(runtime: Runtime, rest: overdue.Rest) -> int:
        nonlocal failures
        if failures:
            failures -= 1
            raise asyncpg.CannotConnectNowError("starting up")
        ready.append(runtime.progress.loops[overdue.NAME].ok)
        if len(ready) == 2:
            looked_twice.set()
        return await real(runtime, rest)

    monkeypatch.setattr(overdue, "catch_up", away_at_first)
    watch = asyncio.create_task(overdue.watch(tasks.runtime))
    await asyncio.wait_for(looked_twice.wait(), 60)
    watch.cancel()
    assert ready[:2] == [False, True]
    assert len(await overdue_events(tasks)) == 2
