"""What the projection keeps up to date by differences equals a computation from scratch, in whatever order it came.

Random courses of tasks, meetings and reports (corrections, reopenings, suspensions, reassignments), told in random
order, with duplicates, in random batches: tallies, standings and ledger must be those of the events in order, once.
"""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.scoring import ledger, store
from services.scoring.explain import store as past
from services.scoring.explain.moments import END_OF_TIME, Moment
from services.scoring.facts import AdjustmentFact, Facts, ScoreFact, UnitFact, events_of
from services.scoring.fold import Fold, Line, newest
from services.scoring.method import Method
from services.scoring.rules.base import Tally
from services.scoring.standings import standings
from services.scoring.tallying import tallies_of
from shared.postgres import Connection
from tests.scoring.conftest import disordered, new_generation
from tests.support.api import ServiceUnderTest

BEGUN, LAG = datetime(2026, 12, 1, tzinfo=UTC), timedelta(minutes=1)
"""When the log took the first event, and how long it took for the next."""
FIRST = past.LineKey(datetime(1, 1, 1, tzinfo=UTC), "", "", "")
UNITS = ("jia", "yi", "bing")

CRITERIA: list[dict[str, Any]] = [
    {"code": "shared", "title": "共同任务", "kind": "completion", "sharing": "averaged"},
    {"code": "tasks", "title": "任务", "kind": "completion", "lateness": [{"days": 1, "factor": "0.7"}]},
    {"code": "signed", "title": "共同签订", "kind": "completion", "joint": [["jia", "yi"]],
     "shares": {"lead": "1", "cooperating": "0.5"}},
    {"code": "late", "title": "时效", "kind": "lateness", "table": [{"days": 1, "points": "-3"}]},
    {
        "code": "monthly", "title": "驳回", "kind": "incidents", "caps": {"month": "2", "year": "6"},
        "incidents": [
            {"event": "tasks.assignment-sent-back", "escalating": ["-0.5", "-1", "-2"], "text": "驳回"},
            {"event": "tasks.assignment-went-overdue", "points": "-0.7", "cap": "1.5", "text": "逾期"},
        ],
    },
    {
        "code": "attendance", "title": "出席", "kind": "incidents", "caps": {"month": "1.5"},
        "incidents": [{"event": "meetings.attendance-recorded", "where": {"attendance": ["absent", "leave"]},
                       "key": ["meeting_id"], "points": "-1", "text": "缺席"}],
    },
    {
        "code": "overdue", "title": "逾期（延期的收回）", "kind": "incidents",
        "incidents": [{"event": "tasks.assignment-went-overdue", "key": ["task_id"], "points": "-1", "text": "逾期",
                       "taken_back_by": ["tasks.assignment-extended", "tasks.task-cancelled"]}],
    },
    {"code": "reports", "title": "报表", "kind": "three_way", "single_item": "0.5",
     "points": {"on_time": "0", "chased": "-1", "missing": "-3"}},
    {"code": "progress", "title": "进展", "kind": "rank_steps", "step": "1", "counted": "tasks.assignment-progressed"},
    {"code": "value", "title": "增加值", "kind": "min_max", "measure": "x"},
    {"code": "opinion", "title": "评议", "kind": "panel",
     "groups": [{"code": "g", "title": "评委", "weight": "1", "average": "trimmed"}]},
]  # fmt: skip
BONUS = {
    "code": "bonus", "title": "加分", "kind": "bonus", "caps": {"month": "3", "year": "5"}, "higher_only": True,
    "awards": [
        {"event": "tasks.problem-resolved", "points": "1", "matter": "problem_id", "text": "解决问题"},
        {"event": "tasks.problem-escalated", "points": "2", "matter": "problem_id", "text": "提交会议"},
    ],
}  # fmt: skip
FRAUD = {
    "code": "fraud", "title": "否决", "kind": "veto",
    "match": [{"event": "tasks.assignment-went-overdue", "where": {"role": "lead"}}],
}  # fmt: skip
LINE = {"code": "line", "title": "底线", "kind": "gate", "match": [{"event": "tasks.assignment-completed"}]}
METHOD = Method.model_validate(
    {
        "method": "increments", "version": 1, "title": "增量", "group": "townships", "subjects": {"units": UNITS},
        "assessed": {"from": "2026-01-01", "to": "2026-11-30"}, "total": 10 * len(CRITERIA),
        "criteria": [*({"max": "10", **criterion} for criterion in CRITERIA), BONUS, FRAUD, LINE],
    }
)  # fmt: skip

WHOLE = ("task-assigned", "task-cancelled", "task-reopened", "task-suspended", "task-resumed")
SINGLE = (
    "assignment-completed", "assignment-bounced", "assignment-sent-back", "assignment-went-overdue",
    "assignment-progressed", "assignment-extended", "assignment-reassigned",
)  # fmt: skip
REPORTED = ("opened", "submitted", "went-overdue", "sent-back", "withdrawn", "rescheduled", "corrected")
Chance = random.Random


def a_day(chance: Chance) -> str:
    return f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"


def of_a_task(chance: Chance) -> dict[str, Any]:
    name = chance.choice((*WHOLE, *SINGLE, *SINGLE))
    event = {"event": f"tasks.{name}", "of": chance.choice(("t1", "t2")), "on": a_day(chance), "weight": "3"}
    if name in WHOLE:
        lead, *others = chance.sample(UNITS, 3)
        return event | {"lead": lead, "cooperating": others[: chance.randint(0, 2)]}
    event |= {"unit": chance.choice(UNITS), "role": chance.choice(("lead", "cooperating"))}
    if name == "assignment-completed":
        event |= {"days_late": str(chance.randint(0, 4)), "done_at": a_day(chance)}
    return event | ({"previous_unit": chance.choice(UNITS)} if name == "assignment-reassigned" else {})


def of_a_meeting(chance: Chance) -> dict[str, Any]:
    attendance = chance.choice(("present", "absent", "leave"))
    event = {"event": "meetings.attendance-recorded", "of": "m1", "attendance": attendance}
    return event | {"on": a_day(chance), "unit": chance.choice(UNITS)}


def of_a_problem(chance: Chance) -> dict[str, Any]:
    name = chance.choice(("problem-resolved", "problem-escalated"))
    event = {"event": f"tasks.{name}", "of": chance.choice(("p1", "p2"))}
    return event | {"on": a_day(chance), "unit": chance.choice(UNITS)}


def of_a_report(chance: Chance) -> dict[str, Any]:
    unit, period, name = chance.choice(UNITS), chance.choice(("2026-Q1", "2026")), chance.choice(REPORTED)
    event: dict[str, Any] = {"event": f"tasks.report-{name}", "of": f"r-{unit}-{period}", "period": period}
    event |= {"on": a_day(chance), "unit": unit}
    if name in {"submitted", "corrected"}:
        value = str(chance.randint(-5, 20))
        event |= {"observations": [{"indicator": "x", "value": value}], "submission": str(chance.randint(2, 3))}
    return event | ({"previous_due_at": "2026-01-01"} if name == "rescheduled" else {})


def a_year(chance: Chance) -> Facts:
    """Return what may happen to three units, as facts."""
    kinds = (of_a_task, of_a_task, of_a_task, of_a_meeting, of_a_problem, of_a_report)
    scores = [
        ScoreFact(
            criterion="opinion", unit=unit, group="g", scores=tuple(Decimal(chance.randint(0, 10)) for _ in range(5))
        )
        for unit in UNITS
    ]
    adjustments = [
        AdjustmentFact(
            criterion=chance.choice(("bonus", "reports")), unit=chance.choice(UNITS),
            points=Decimal(chance.randint(-3, 4)), on=date.fromisoformat(a_day(chance)),
        )
        for _ in range(3)
    ]  # fmt: skip
    return Facts(
        units=tuple(UnitFact(code=unit) for unit in UNITS),
        events=tuple(chance.choice(kinds)(chance) for _ in range(chance.randint(1, 70))),
        scores=tuple(scores[: chance.randint(0, 3)]),
        adjustments=tuple(adjustments[: chance.randint(0, 3)]),
    )


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=st.integers(0, 2**64))
async def test_differences_equal_a_computation(scoring: ServiceUnderTest, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    events = events_of(a_year(chance), METHOD.method)
    async with scoring.pool.acquire() as conn, conn.transaction():
        first, second = await new_generation(conn, METHOD), await new_generation(conn, METHOD)
        in_order = [line for event in events for line in Fold.of(first, METHOD).lines(event, event.time)]
        await _apply(conn, [in_order])
        shuffled = [list(Fold.of(second, METHOD).lines(event, event.time)) for event in disordered(events, chance)]
        await _apply(conn, _batches(shuffled, chance))
        expected = tallies_of(in_order)
        found = await store.all_tallies(conn, second)
        assert _said(found) == _said(await store.all_tallies(conn, first)) == _said(expected)
        assert standings(METHOD, UNITS, found) == standings(METHOD, UNITS, expected)
        for rows in (store.ledger_rows_in_order, store.past_rows_in_order, store.tally_rows_in_order):
            assert [row async for row in rows(conn, first)] == [row async for row in rows(conn, second)]


@settings(
    max_examples=40, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=st.integers(0, 2**64))
async def test_the_ledger_at_a_moment_equals_a_computation(scoring: ServiceUnderTest, seed: int) -> None:
    """At any moment, by both times, however the events came: from either end, and line by line."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    events = events_of(a_year(chance), METHOD.method)
    async with scoring.pool.acquire() as conn, conn.transaction():
        fold = Fold.of(await new_generation(conn, METHOD), METHOD)
        arrivals = [(event, BEGUN + number * LAG) for number, event in enumerate(disordered(events, chance))]
        told = [fold.lines(event, arrived) for event, arrived in arrivals]
        await _apply(conn, _batches(told, chance))
        first_told = {(*line[:4], line.version): line for lines in reversed(told) for line in lines}
        for _ in range(4):
            moment = Moment(chance.choice(events).time, chance.choice(arrivals)[1])
            moment = chance.choice((moment, moment._replace(as_of=END_OF_TIME), moment._replace(known_at=END_OF_TIME)))
            known = [
                line
                for line in first_told.values()
                if line.occurred_at <= moment.as_of and line.recorded_at <= moment.known_at
            ]
            for read in (past.tallies_at, past.tallies_taken_back):
                assert _said(await read(conn, fold.generation, moment)) == _said(tallies_of(known))
                unit, code = chance.choice(UNITS), chance.choice(CRITERIA)["code"]
                one = await read(conn, fold.generation, moment, [unit], [code])
                assert _said(one) == _said(tallies_of([line for line in known if line[1:3] == (unit, code)]))
            rows = await past.lines_at(conn, fold.generation, moment, None, None, FIRST, 10_000)
            assert {(row.unit, row.criterion, row.source_key, row.version) for row in rows} == {
                (*line[1:4], line.version) for line in newest(known)
            }


def _batches(lines: Sequence[list[Line]], chance: Chance) -> list[list[Line]]:
    batches: list[list[Line]] = []
    for some in lines:
        if batches and chance.random() < 0.7:
            batches[-1] += some
        else:
            batches.append(list(some))
    return batches


async def _apply(conn: Connection, batches: Sequence[list[Line]]) -> None:
    for batch in batches:
        await ledger.apply_lines(conn, batch)


def _said(tallies: Mapping[str, Mapping[str, Tally]]) -> dict[tuple[str, str, str], tuple[object, ...]]:
    """Return the parts that say anything."""
    return {
        (code, unit, key): part
        for code, of_units in tallies.items()
        for unit, tally in of_units.items()
        for key, part in tally.parts.items()
        if part.lines or part.weight or part.points
    }
