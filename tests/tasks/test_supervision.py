"""Supervision: reminders, slips that escalate one after the other, answers, targets, lights."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tasks.domain import Assignment
from services.tasks.states import State
from services.tasks.supervision import watch
from services.tasks.supervision.lights import DatedTarget, Light, light_of, light_rule, worst
from shared.contracts import registry
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.workdays import Workdays
from tests.support.api import ServiceUnderTest
from tests.tasks.builders import CO, LEAD, OTHER, assigned, opened, step, walked

SUPERVISED = (
    facts.AssignmentReminded,
    facts.AssignmentWentOverdue,
    facts.SlipIssued,
    facts.SlipLapsed,
    facts.SlipAnswered,
)


def an_assignment(**given: object) -> Assignment:
    usual: dict[str, Any] = {"task_id": UUID(int=1), "unit": LEAD, "role": "lead", "state": State.IN_PROGRESS}
    return Assignment(**{**usual, **given})


def county(month: int, day: int, hour: int = 0) -> datetime:
    """Return an hour in the county, in UTC."""
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour - 8)


async def owed(office: httpx.AsyncClient, **given: object) -> str:
    """Make a task due on Tuesday 2026-03-10 with a lead alone."""
    return await assigned(office, **{"due_on": "2026-03-10", "cooperating_units": [], **given})


async def told(tasks: ServiceUnderTest, task_id: str) -> list[Event]:
    return [event for event in await tasks.events(task_id) if isinstance(event.data, SUPERVISED)]


async def story(tasks: ServiceUnderTest, task_id: str) -> list[tuple[str, str | None, datetime]]:
    return [
        (type(event.data).__name__, getattr(event.data, "colour", None), event.time)
        for event in await told(tasks, task_id)
    ]


WHOLE_STORY = [
    ("AssignmentReminded", None, county(3, 5, 9)),
    ("AssignmentWentOverdue", None, county(3, 11)),
    ("SlipIssued", "blue", county(3, 11, 9)),
    ("SlipLapsed", "blue", county(3, 17)),
    ("SlipIssued", "yellow", county(3, 17, 9)),
    ("SlipLapsed", "yellow", county(3, 20)),
    ("SlipIssued", "red", county(3, 20, 9)),
    ("SlipLapsed", "red", county(3, 24)),
]


async def test_what_nobody_answers_escalates_blue_yellow_red_at_working_days(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    for day in range(80):
        tasks.clock.at = county(1, 20, 12) + timedelta(days=day)
        await watch.catch_up(tasks.runtime)
    assert await story(tasks, task_id) == WHOLE_STORY
    events = await tasks.events(task_id)
    assert [event.aggregateversion for event in events] == list(range(1, len(events) + 1))
    slips = (await office.get("/v1/slips")).json()["items"]
    assert [(each["colour"], each["state"]) for each in slips] == [
        ("red", "lapsed"),
        ("yellow", "lapsed"),
        ("blue", "lapsed"),
    ]
    history = (await office.get(f"/v1/tasks/{task_id}")).json()["history"]
    assert [each["transition"] for each in history][1:4] == ["remind", "go-overdue", "slip-issue"]


async def test_after_an_outage_it_is_all_said_once_in_order_at_its_own_moments(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    first, second = await owed(office), await owed(office, due_on="2026-03-16")
    (report_id,) = await opened(office, "2026-Q1", OTHER)
    tasks.clock.at = datetime(2026, 5, 20, tzinfo=UTC)
    assert await watch.catch_up(tasks.runtime) > 0
    assert await watch.catch_up(tasks.runtime) == 0
    assert await story(tasks, first) == WHOLE_STORY
    times = [event.time for event in await tasks.events() if isinstance(event.data, SUPERVISED)]
    assert times == sorted(times)
    assert len(await told(tasks, second)) == 8
    kinds = [type(event.data) for event in await tasks.events(report_id)]
    assert kinds == [facts.ReportOpened, facts.ReportReminded, facts.ReportWentOverdue]
    reminders = (await office.get("/v1/reminders", params={"unit": OTHER})).json()["items"]
    assert {each["occasion"] for each in reminders} == {"before_due", "lapsed"}
    assert len((await office.get("/v1/reminders?occasion=lapsed")).json()["items"]) == 3


async def test_two_watches_send_each_slip_once(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    ids = [await owed(office, title=f"任务{number}") for number in range(8)]
    for day in (11, 12, 17, 20):
        tasks.clock.at = county(3, day, 12)
        await asyncio.gather(*(watch.catch_up(tasks.runtime) for _ in range(3)))
        await watch.catch_up(tasks.runtime)
    for task_id in ids:
        colours = [
            event.data.colour for event in await told(tasks, task_id) if isinstance(event.data, facts.SlipIssued)
        ]
        assert colours == ["blue", "yellow", "red"]


async def slip_of(office: httpx.AsyncClient, **params: str) -> dict[str, Any]:
    slip: dict[str, Any] = (await office.get("/v1/slips", params=params)).json()["items"][0]
    return slip


async def test_an_answer_ends_the_row(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    tasks.clock.at = county(3, 12, 10)
    await watch.catch_up(tasks.runtime)
    slip = await slip_of(office)
    async with tasks.client("unit", CO) as other:
        assert (await other.post(f"/v1/slips/{slip['id']}/answer", json={"answer": "x"})).status_code == 403
        assert (await other.get(f"/v1/slips/{slip['id']}")).status_code == 403
        assert (await other.get("/v1/slips")).json()["items"] == []
        assert (await other.get("/v1/reminders", params={"unit": LEAD})).status_code == 403
    answered = await lead.post(f"/v1/slips/{slip['id']}/answer", json={"answer": "因征求意见延期"})
    assert (answered.status_code, answered.json()["on_time"]) == (200, True)
    again = await lead.post(f"/v1/slips/{slip['id']}/answer", json={"answer": "再答"})
    assert (again.status_code, again.json()["code"]) == (409, "slip-closed")
    tasks.clock.at = county(5, 12, 10)
    await watch.catch_up(tasks.runtime)
    assert [name for name, _, _ in await story(tasks, task_id)] == [
        "AssignmentReminded",
        "AssignmentWentOverdue",
        "SlipIssued",
        "SlipAnswered",
    ]
    event = (await told(tasks, task_id))[-1]
    assert "征求意见" not in event.to_bytes().decode()


async def test_a_late_answer_says_first_that_the_slip_lapsed_and_a_followed_slip_takes_none(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    tasks.clock.at = county(3, 12, 10)
    await watch.catch_up(tasks.runtime)
    blue = await slip_of(office)
    tasks.clock.at = county(3, 17, 8)
    late = await lead.post(f"/v1/slips/{blue['id']}/answer", json={"answer": "迟复"})
    assert (late.status_code, late.json()["on_time"]) == (200, False)
    assert [(name, at) for name, _, at in await story(tasks, task_id)][-2:] == [
        ("SlipLapsed", county(3, 17)),
        ("SlipAnswered", county(3, 17, 8)),
    ]
    other = await owed(office, due_on="2026-03-18")
    tasks.clock.at = county(3, 27, 12)
    await watch.catch_up(tasks.runtime)
    slips = (await office.get("/v1/slips", params={"task_id": other})).json()["items"]
    assert [each["colour"] for each in slips] == ["yellow", "blue"]
    refused = await lead.post(f"/v1/slips/{slips[1]['id']}/answer", json={"answer": "x"})
    assert (refused.status_code, slips[0]["id"] in refused.json()["detail"]) == (409, True)


async def test_a_matter_that_is_settled_escalates_no_further_and_begins_anew_when_it_is_owed_again(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    tasks.clock.at = county(3, 12, 10)
    await watch.catch_up(tasks.runtime)
    await walked(lead, office, task_id, "completed")
    tasks.clock.at = county(4, 20, 10)
    await watch.catch_up(tasks.runtime)
    event = (await told(tasks, task_id))[-1]
    assert isinstance(event.data, facts.SlipLapsed)
    assert (event.data.outcome, (await slip_of(office))["state"]) == ("settled", "settled")
    await step(office, task_id, "reopen")
    await watch.catch_up(tasks.runtime)
    assert (await slip_of(office))["state"] == "settled"
    tasks.clock.at = county(4, 21, 10)
    await watch.catch_up(tasks.runtime)
    slip = await slip_of(office)
    assert (slip["colour"], slip["issued_at"]) == ("blue", "2026-04-21T01:00:00Z")


async def test_the_office_sends_a_slip_by_hand_but_one_matter_has_one_open(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    path = f"/v1/tasks/{task_id}/assignments/{LEAD}/slips"
    answers = await asyncio.gather(*(office.post(path, json={"text": "请加快进度"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json().get("code") for answer in answers if answer.status_code == 409} == {"slip-open"}
    made = next(answer.json() for answer in answers if answer.status_code == 201)
    assert (made["colour"], made["answer_due_on"], made["text"]) == ("blue", "2026-01-20", "请加快进度")
    assert (await lead.post(path, json={"text": "x"})).status_code == 403
    await walked(lead, office, task_id, "completed")
    settled = await office.post(path, json={"text": "x"})
    assert (settled.status_code, settled.json()["code"]) == (409, "nothing-owed")
    other = f"/v1/tasks/{task_id}/assignments/{CO}/slips"
    assert (await office.post(other, json={"text": "x"})).status_code == 404
    past = await office.post(
        f"/v1/tasks/{await owed(office)}/assignments/{LEAD}/slips", json={"text": "x", "answer_due_on": "2026-01-01"}
    )
    assert (past.status_code, past.json()["errors"][0]["field"]) == (422, "answer_due_on")


async def test_the_database_itself_allows_one_open_slip_per_matter(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    insert = (
        "insert into slip (task_id, unit, due_on, colour, state, issued_at, issued_by, answer_due_on)"
        " values ($1, $2, '2026-03-10', $3, 'open', now(), 'x', '2026-03-12')"
    )
    await tasks.pool.execute(insert, task_id, LEAD, "blue")
    with pytest.raises(Exception, match="slip_open"):
        await tasks.pool.execute(insert, task_id, LEAD, "yellow")


async def test_holidays_move_reminders_and_slips_and_an_unknown_year_sends_none(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    spring = await owed(office, due_on="2026-02-14")
    unknown = await owed(office, due_on="2090-03-10")
    tasks.clock.at = county(2, 26, 12)
    await watch.catch_up(tasks.runtime)
    assert [(name, at) for name, _, at in await story(tasks, spring)] == [
        ("AssignmentReminded", county(2, 11, 9)),
        ("AssignmentWentOverdue", county(2, 15)),
        ("SlipIssued", county(2, 24, 9)),
    ]
    tasks.clock.at = datetime(2090, 6, 1, tzinfo=UTC)
    await watch.catch_up(tasks.runtime)
    assert [name for name, _, _ in await story(tasks, unknown)] == ["AssignmentWentOverdue"]
    refused = await office.post(f"/v1/tasks/{unknown}/assignments/{LEAD}/slips", json={"text": "x"})
    assert (refused.status_code, refused.json()["code"]) == (409, "calendar-unknown")
    calendar = registry.CalendarChanged(year=2090, days_off=(), working_days=())
    await tasks.deliver(calendar, subject="calendar-2090", version=1)
    await watch.catch_up(tasks.runtime)
    assert [name for name, _, _ in await story(tasks, unknown)][1] == "SlipIssued"


async def test_the_office_reminds_by_hand_as_often_as_it_likes(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task_id = await owed(office)
    for _ in range(2):
        answer = await office.post(f"/v1/tasks/{task_id}/assignments/{LEAD}/remind")
        assert (answer.status_code, answer.json()["occasion"]) == (200, "office")
    (report_id,) = await opened(office, "2026-Q1", OTHER)
    assert (await office.post(f"/v1/reports/{report_id}/remind")).status_code == 200
    assert len(await told(tasks, task_id)) == 2


async def test_targets_are_set_checked_and_shown(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    task_id = await owed(office)
    path = f"/v1/tasks/{task_id}/assignments/{LEAD}/targets"
    good = [{"due_on": "2026-03-01", "percent": 80}, {"due_on": "2026-02-01", "percent": 40, "title": "初稿"}]
    answer = await office.put(path, json={"targets": good})
    assert [each["percent"] for each in answer.json()["targets"]] == [40, 80]
    assert (await office.get(path)).json() == answer.json()
    for bad in (
        [{"due_on": "2026-03-11", "percent": 80}],
        [{"due_on": "2026-02-01", "percent": 80}, {"due_on": "2026-03-01", "percent": 40}],
        [{"due_on": "2026-02-01", "percent": 80}, {"due_on": "2026-02-01", "percent": 90}],
    ):
        refused = await office.put(path, json={"targets": bad})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "targets")
    event = (await tasks.events(task_id))[-1]
    assert isinstance(event.data, facts.AssignmentTargetsSet)
    assert [each.percent for each in event.data.targets] == [40, 80]


@pytest.mark.parametrize(
    ("today", "given", "light"),
    [
        (date(2026, 1, 31), {}, Light.YELLOW),
        (date(2026, 2, 1), {}, Light.RED),
        (date(2026, 1, 26), {}, Light.YELLOW),
        (date(2026, 1, 22), {}, Light.GREEN),
        (date(2026, 1, 12), {"percent": 10}, Light.YELLOW),
        (date(2026, 1, 12), {"percent": 30}, Light.GREEN),
        (date(2026, 1, 10), {"percent": 10}, Light.GREEN),
        (date(2026, 2, 1), {"state": State.COMPLETION_REQUESTED}, Light.GREEN),
        (date(2026, 2, 1), {"state": State.SUSPENDED}, Light.GREEN),
        (date(2026, 2, 1), {"state": State.BOUNCED}, Light.NONE),
    ],
)
def test_lights(today: date, given: dict[str, Any], light: Light) -> None:
    """A part is due on 2026-01-31; 30 % were to be done by the 10th."""
    part = an_assignment(**{"due_on": date(2026, 1, 31), "percent": 50, **given})
    noon = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    rule = light_rule(noon, 5, Workdays())
    assert light_of(part, [DatedTarget(date(2026, 1, 10), 30)], rule).light == light


def test_a_light_in_a_year_without_calendar_is_unknown_but_overdue_is_red() -> None:
    part = an_assignment(due_on=date(2090, 1, 31))
    before = light_rule(datetime(2090, 1, 10, tzinfo=UTC), 5, Workdays())
    lit = light_of(part, [], before)
    assert (lit.light, "working days of 2090 are not known" in lit.why) == (Light.UNKNOWN, True)
    after = light_rule(datetime(2090, 2, 10, tzinfo=UTC), 5, Workdays())
    assert light_of(part, [], after).light == Light.RED


@given(st.dates(date(2024, 1, 1), date(2026, 11, 1)), st.integers(0, 20))
def test_near_is_exactly_so_many_working_days(today: date, count: int) -> None:
    workdays = Workdays()
    noon = datetime(today.year, today.month, today.day, 4, tzinfo=UTC)
    rule = light_rule(noon, count, workdays)
    assert rule.near_until is not None
    assert workdays.between(today, rule.near_until) <= count
    assert workdays.between(today, rule.near_until + timedelta(days=1)) == count + 1


@given(st.lists(st.sampled_from(list(Light))))
def test_the_whole_has_the_worst_light_of_its_parts(lights: list[Light]) -> None:
    for light in (Light.RED, Light.YELLOW, Light.UNKNOWN, Light.GREEN):
        if light in lights:
            assert worst(lights) == light
            return
    assert worst(lights) == Light.NONE
