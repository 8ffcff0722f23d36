"""What the projection keeps up to date by differences equals a computation from scratch, in whatever order it came.

Random courses of tasks, meetings and reports (corrections, reopenings, suspensions, reassignments), told in random
order, with duplicates, in random batches: tallies, standings and ledger must be those of the events in order, once.
"""

import itertools
import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.scoring import ledger, store
from services.scoring.facts import AdjustmentFact, Facts, ObservationFact, ScoreFact, UnitFact, events_of
from services.scoring.fold import Fold, Line
from services.scoring.method import Method
from services.scoring.rules.base import Tally
from services.scoring.standings import standings
from services.scoring.tallying import tallies_of
from shared.contracts.scoring import MethodAdopted
from shared.postgres import Connection
from tests.support.api import ServiceUnderTest

UNITS = ("jia", "yi", "bing")
_NUMBERS = itertools.count(1)

CRITERIA: list[dict[str, Any]] = [
    {"code": "shared", "title": "共同任务", "kind": "completion", "sharing": "averaged"},
    {"code": "tasks", "title": "任务", "kind": "completion", "lateness": [{"days": 1, "factor": "0.7"}]},
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
METHOD = Method.model_validate(
    {
        "method": "increments", "version": 1, "title": "增量", "group": "townships", "subjects": {"units": UNITS},
        "assessed": {"from": "2026-01-01", "to": "2026-11-30"}, "total": 10 * len(CRITERIA),
        "criteria": [*({"max": "10", **criterion} for criterion in CRITERIA), BONUS],
    }
)  # fmt: skip

days = st.integers(1, 12).flatmap(lambda month: st.integers(1, 28).map(lambda day: f"2026-{month:02d}-{day:02d}"))
units = st.sampled_from(UNITS)
WHOLE = ("task-assigned", "task-cancelled", "task-reopened", "task-suspended", "task-resumed")
SINGLE = (
    "assignment-completed", "assignment-bounced", "assignment-sent-back", "assignment-went-overdue",
    "assignment-progressed", "assignment-extended", "assignment-reassigned",
)  # fmt: skip

REPORTED = ("opened", "submitted", "went-overdue", "sent-back", "withdrawn", "rescheduled", "corrected")
Chance = random.Random


@st.composite
def task_events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event of one of three tasks."""
    name = draw(st.sampled_from((*WHOLE, *SINGLE)))
    event = {"event": f"tasks.{name}", "of": draw(st.sampled_from(("t1", "t2", "t3"))), "on": draw(days)}
    if name in WHOLE:
        lead, *others = draw(st.permutations(UNITS))
        return event | {"lead": lead, "cooperating": others[: draw(st.integers(0, 2))], "weight": "3"}
    event |= {"unit": draw(units), "role": draw(st.sampled_from(("lead", "cooperating"))), "weight": "3"}
    if name == "assignment-completed":
        event |= {"days_late": str(draw(st.integers(0, 4))), "done_at": draw(days)}
    return event | ({"previous_unit": draw(units)} if name == "assignment-reassigned" else {})


@st.composite
def other_events(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event of a report, a meeting or a problem."""
    event: dict[str, Any] = {"on": draw(days), "unit": draw(units)}
    kind = draw(st.sampled_from(("report", "meeting", "problem")))
    if kind == "meeting":
        attendance = draw(st.sampled_from(("present", "absent", "leave")))
        of = draw(st.sampled_from(("m1", "m2")))
        return event | {"event": "meetings.attendance-recorded", "of": of, "attendance": attendance}
    if kind == "problem":
        name = draw(st.sampled_from(("problem-resolved", "problem-escalated")))
        return event | {"event": f"tasks.{name}", "of": draw(st.sampled_from(("p1", "p2")))}
    unit, period = event["unit"], draw(st.sampled_from(("2026-Q1", "2026")))
    name = draw(st.sampled_from(REPORTED))
    event |= {"event": f"tasks.report-{name}", "of": f"r-{unit}-{period}", "period": period}
    if name in {"submitted", "corrected"}:
        value = str(draw(st.integers(-5, 20)))
        event |= {"observations": [{"indicator": "x", "value": value}], "submission": str(draw(st.integers(2, 3)))}
    return event | ({"previous_due_at": "2026-01-01"} if name == "rescheduled" else {})


facts = st.builds(
    Facts,
    units=st.just(tuple(UnitFact(code=unit) for unit in UNITS)),
    events=st.lists(st.one_of(task_events(), other_events()), min_size=10, max_size=40).map(tuple),
    observations=st.lists(
        st.builds(
            ObservationFact, indicator=st.just("x"), period=st.just("2026"), definition=st.just("yearly"),
            values=st.dictionaries(units, st.integers(0, 9).map(Decimal), min_size=1),
        ),
        max_size=1,
    ).map(tuple),
    scores=st.lists(
        st.builds(
            ScoreFact, criterion=st.just("opinion"), unit=units, group=st.just("g"),
            scores=st.lists(st.integers(0, 10).map(Decimal), min_size=1, max_size=5).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    adjustments=st.lists(
        st.builds(
            AdjustmentFact, criterion=st.sampled_from(("bonus", "reports")), unit=units,
            points=st.integers(-3, 4).map(Decimal), on=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        ),
        max_size=3,
    ).map(tuple),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(told=facts, chance=st.randoms(use_true_random=False))
async def test_differences_equal_a_computation(scoring: ServiceUnderTest, told: Facts, chance: Chance) -> None:
    events = events_of(told, METHOD.method)
    disordered = events + chance.sample(events, chance.randint(0, len(events)))
    chance.shuffle(disordered)
    async with scoring.pool.acquire() as conn, conn.transaction():
        first, second = await _generation(conn), await _generation(conn)
        in_order = [line for event in events for line in Fold.of(first, METHOD).lines(event, event.time)]
        await _apply(conn, [in_order])
        shuffled = [list(Fold.of(second, METHOD).lines(event, event.time)) for event in disordered]
        await _apply(conn, _batches(shuffled, chance))
        expected = tallies_of(in_order)
        found = await store.all_tallies(conn, second)
        assert _said(found) == _said(await store.all_tallies(conn, first)) == _said(expected)
        assert standings(METHOD, UNITS, found) == standings(METHOD, UNITS, expected)
        for rows in (store.ledger_rows_in_order, store.tally_rows_in_order):
            assert [row async for row in rows(conn, first)] == [row async for row in rows(conn, second)]


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


async def _generation(conn: Connection) -> int:
    adopted = MethodAdopted(
        method=f"increments-{next(_NUMBERS)}", method_version=1, title="增量", group="townships",
        adopted_on=METHOD.assessed.start, assessed_from=METHOD.assessed.start, assessed_to=METHOD.assessed.end,
        body=METHOD.to_body(), body_digest="0" * 64,
    )  # fmt: skip
    await store.open_adopted_generation(conn, adopted)
    return int(await conn.fetchval("select max(id) from generation"))


def _said(tallies: dict[str, dict[str, Tally]]) -> dict[tuple[str, str, str], tuple[object, ...]]:
    """Return the parts that say anything."""
    return {
        (code, unit, key): part
        for code, of_units in tallies.items()
        for unit, tally in of_units.items()
        for key, part in tally.parts.items()
        if part.lines or part.weight or part.points
    }
