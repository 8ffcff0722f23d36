"""Whatever is asked in whatever order, what is stored agrees with itself and with the outbox."""

import random
from datetime import timedelta

import httpx
import pytest

from services.tasks import store
from services.tasks.domain import derive
from services.tasks.states import ASSIGNMENT_TRANSITIONS
from services.tasks.supervision import watch as overdue
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, assigned, step


@pytest.mark.parametrize("seed", range(3))
async def test_stored_state_is_the_derived_one_and_versions_have_no_gap(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a walk to be repeated, not a secret
    task_id = await assigned(office, cooperating_units=[CO, OTHER])
    made = 1
    for _ in range(60):
        name, unit = chance.choice(list(ASSIGNMENT_TRANSITIONS.transitions)), chance.choice([LEAD, CO, OTHER])
        async with tasks.client("unit", unit) as client:
            answer = await step(client if name == "bounce" else office, task_id, name, unit)
        assert answer.status_code in {200, 409} or (name, answer.status_code) == ("reassign", 422)
        made += answer.status_code == 200
        tasks.clock.at += timedelta(hours=chance.randrange(24))
        await overdue.catch_up(tasks.runtime)
    async with tasks.pool.acquire() as conn:
        (task,) = await store.page_of_tasks(conn, store.TaskFilter(), None, 1)
    assert task.state == derive(task.assignments).state
    versions = [event.aggregateversion for event in await tasks.events(task_id)]
    assert versions == list(range(1, task.version + 1))
    assert len(versions) >= made
