"""Each illegal transition of the table is refused over HTTP, naming what the caller's role could do instead."""

import httpx
import pytest

from services.tasks.states import ASSIGNMENT_TRANSITIONS, State
from services.tasks.transitions import BEFORE
from shared.auth import Role
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import assigned, part, step, walked

ILLEGAL = [
    (state, transition.name)
    for state in State
    for transition in ASSIGNMENT_TRANSITIONS.transitions.values()
    if state not in transition.sources
]
LEGAL = [
    (state, transition.name)
    for state in State
    for transition in ASSIGNMENT_TRANSITIONS.transitions.values()
    if state in transition.sources
]


@pytest.mark.parametrize(("state", "name"), ILLEGAL)
async def test_an_illegal_transition_is_refused_naming_the_possible_ones(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, state: State, name: str
) -> None:
    task_id = await assigned(office, cooperating_units=[], draft=state == State.DRAFT)
    before = await walked(lead, office, task_id, state)
    for role, client in ((Role.UNIT, lead), (Role.OFFICE, office)):
        if role not in ASSIGNMENT_TRANSITIONS.named(name).roles:
            continue
        answer = await step(client, task_id, name)
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
        assert answer.json()["allowed"] == ASSIGNMENT_TRANSITIONS.allowed(state, role)
        assert state in answer.json()["detail"]
    after = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert (part(after), after["version"]) == (part(before), before["version"])


@pytest.mark.parametrize(("state", "name"), LEGAL)
async def test_a_legal_transition_is_made(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient, state: State, name: str
) -> None:
    task_id = await assigned(office, cooperating_units=[], draft=state == State.DRAFT)
    await walked(lead, office, task_id, state)
    transition = ASSIGNMENT_TRANSITIONS.named(name)
    answer = await step(lead if Role.UNIT in transition.roles else office, task_id, name)
    assert answer.status_code == 200, answer.text
    target = State.ACKNOWLEDGED if transition.target == BEFORE else transition.target
    assert part(answer.json())["state"] == target
    versions = [event.aggregateversion for event in await tasks.events(task_id)]
    assert versions == list(range(1, answer.json()["version"] + 1))
