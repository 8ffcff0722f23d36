"""Every number explained: at any moment, by both times, and what changed between two moments."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from deploy.local.seed import METHODS
from services.scoring import ledger
from services.scoring.explain.explaining import needed_codes
from services.scoring.explain.moments import Moment, read_moment
from services.scoring.explain.store import tallies_at, tallies_taken_back
from services.scoring.fold import Fold
from services.scoring.links import source_path
from services.scoring.method import Method, read_method
from services.scoring.store import all_tallies
from shared.contracts.envelope import Event
from tests.scoring.builders import CO, JANUARY, LEAD, TaskStory
from tests.scoring.county import County, county
from tests.scoring.test_projector import Running, a_year, batch
from tests.support.api import ServiceUnderTest


async def score(made: County, unit: str, **moment: str) -> dict[str, Any]:
    found: dict[str, Any] = await made.get("/v1/explanations", unit=unit, criterion="key-tasks", **moment)
    return found


async def test_a_number_comes_with_formula_inputs_and_evidence(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    found = await score(made, LEAD)
    assert Decimal(found["score"]["points"]) == Decimal(60)
    assert found["score"]["formula"]
    (line,) = found["evidence"]
    assert (line["unit"], line["counts"], line["event"]["version"]) == (LEAD, True, 2)
    assert line["link"] == f"/v1/tasks/{line['event']['subject']}"
    missing = await score(made, CO)
    assert Decimal(missing["score"]["points"]) == Decimal(0)
    assert missing["score"]["wanted"]


async def test_a_past_moment_is_answered_by_event_time(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    assigned = JANUARY + timedelta(hours=1)
    then = await score(made, LEAD, as_of=assigned.isoformat())
    assert Decimal(then["score"]["points"]) == Decimal(0)
    assert [line["event"]["version"] for line in then["evidence"]] == [1]
    before = await score(made, LEAD, as_of="2026-01-01")
    assert (before["score"]["points"], before["evidence"]) == (None, [])
    day = await score(made, LEAD, as_of="2026-01-20")
    assert Decimal(day["score"]["points"]) == Decimal(60)


async def test_what_arrived_later_was_not_known_then(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    scoring.clock.at = datetime(2027, 1, 5, tzinfo=UTC)
    late = TaskStory(1)
    late.assigned()
    late.completed()
    await made.fold(late.completed(CO))
    now = await score(made, CO)
    known = await score(made, CO, known_at="2026-12-31")
    assert (Decimal(now["score"]["points"]), Decimal(known["score"]["points"])) == (Decimal(60), Decimal(0))
    assert Decimal((await score(made, CO, as_of="2026-12-31"))["score"]["points"]) == Decimal(60)


async def test_a_comparison_lists_what_changed_and_why(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    story = TaskStory(1)
    story.assigned()
    story.completed()
    await made.fold(story.reopened(LEAD))
    found = await made.get("/v1/comparisons", unit=LEAD, since=(JANUARY + timedelta(hours=2)).isoformat())
    (change,) = found["criteria"]
    assert change["criterion"] == "key-tasks"
    assert (Decimal(change["before"]), Decimal(change["after"])) == (Decimal(60), Decimal(0))
    (line,) = found["lines"]
    assert (line["before"]["event"]["version"], line["after"]["event"]["version"]) == (2, 3)
    assert found["before"]["total"] != found["after"]["total"]
    assert (await made.get("/v1/comparisons", unit=LEAD, since="2026-12-01"))["lines"] == []


async def test_what_moved_a_total_adds_up_to_its_change(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    story = TaskStory(1)
    story.assigned(), story.completed()
    await made.fold(story.reopened(LEAD))
    for since in ("2026-01-01", (JANUARY + timedelta(hours=2)).isoformat()):
        found = await made.get("/v1/comparisons", unit=LEAD, since=since)
        before, after = (Decimal(found[side]["total"] or 0) for side in ("before", "after"))
        assert Decimal(found["difference"]) == after - before
        assert sum(Decimal(each["difference"]) for each in found["contributions"]) == after - before
        for each in found["contributions"]:
            assert Decimal(each["difference"]) == Decimal(each["after"]) - Decimal(each["before"])


async def pages(made: County, path: str, member: str, **query: str) -> list[Any]:
    """Return what all pages of two say."""
    items: list[Any] = []
    more: dict[str, str] = {}
    while True:
        page = await made.get(path, limit=2, **query, **more)
        assert len(page[member]) <= 2
        items += page[member]
        if page["next"] is None:
            return items
        more = {"cursor": page["next"]}


@pytest.mark.parametrize("moment", [{}, {"as_of": "2026-12-30"}, {"known_at": "2026-12-31"}])
async def test_evidence_and_changes_come_in_pages(scoring: ServiceUnderTest, moment: dict[str, str]) -> None:
    made = await county(scoring)
    for number in range(2, 7):
        story = TaskStory(number)
        story.assigned(), story.completed()
        await made.fold(*story.events)
    whole = await score(made, LEAD, **moment)
    assert (len(whole["evidence"]), whole["next"]) == (6, None)
    query = {"unit": LEAD, "criterion": "key-tasks", **moment}
    assert await pages(made, "/v1/explanations", "evidence", **query) == whole["evidence"]
    changes = await made.get("/v1/comparisons", unit=LEAD, since="2026-01-01")
    assert await pages(made, "/v1/comparisons", "lines", unit=LEAD, since="2026-01-01") == changes["lines"]
    assert len(changes["lines"]) >= 6


@pytest.mark.parametrize("fold_at_once", [1, 7])
async def test_tallies_at_any_moment_equal_a_fold_of_what_had_happened(
    live: ServiceUnderTest, fold_at_once: int
) -> None:
    events = sorted(a_year(), key=lambda event: event.time)
    running = Running(live)
    for first in range(0, len(events), fold_at_once):
        await running.write(batch(events[first : first + fold_at_once], first))
    for moment in (events[3].time, events[len(events) // 2].time, events[-1].time):
        async with live.pool.acquire() as conn:
            then = await tallies_at(conn, 1, Moment(as_of=moment))
            assert counted(then) == counted(await tallies_taken_back(conn, 1, Moment(as_of=moment)))
        assert counted(then) == counted(await folded(live, [event for event in events if event.time <= moment]))


async def folded(live: ServiceUnderTest, events: list[Event]) -> dict[str, Any]:
    """Return the tallies of a fold of these events alone."""
    async with live.pool.acquire() as conn:
        transaction = conn.transaction()
        await transaction.start()
        for table in ("ledger_line", "ledger_past", "tally"):
            await conn.execute(f"delete from {table}")  # noqa: S608 - the tests' own names
        fold = Fold.of(1, Method.model_validate(await conn.fetchval("select body from generation")))
        await ledger.apply_lines(conn, [line for event in events for line in fold.lines(event, event.time)])
        found = await all_tallies(conn, 1)
        await transaction.rollback()
    return found


def counted(tallies: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    """Return what counts, without parts that nothing moves."""
    return {
        (criterion, unit): {key: part for key, part in tally.parts.items() if part.lines}
        for criterion, units in tallies.items()
        for unit, tally in units.items()
        if tally.lines
    }


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"unit": LEAD, "criterion": "key-task"}, "criterion"),
        ({"unit": "330324-zzz", "criterion": "key-tasks"}, "unit"),
        ({"unit": LEAD, "criterion": "key-tasks", "as_of": "yesterday"}, "as_of"),
        ({"unit": LEAD, "criterion": "key-tasks", "known_at": "2026-02-30"}, "known_at"),
        ({"unit": LEAD, "criterion": "key-tasks", "as_of": "2026-01-01T00:00:00"}, "as_of"),
    ],
)
async def test_a_faulty_question_is_refused(scoring: ServiceUnderTest, query: dict[str, str], field: str) -> None:
    await county(scoring)
    async with scoring.client("auditor") as client:
        answer = await client.get("/v1/explanations", params=query)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("code", "behind"),
    [
        ("added", ["value-added", "value-added-target"]),
        ("growth-rank", ["value-added"]),
        ("share-level", ["gdp", "value-added"]),
        ("investing", ["investment"]),
        ("statistics", []),
    ],
)
def test_a_criterion_s_evidence_is_of_the_indicators_behind_it(code: str, behind: list[str]) -> None:
    method = read_method((METHODS / "townships-complete.yaml").read_text())
    (rule,) = [criterion for criterion in method.criteria if criterion.code == code]
    assert needed_codes(method, rule) == [code, f"adjustment.{code}", *(f"indicator.{each}" for each in behind)]


@pytest.mark.parametrize(
    ("event_type", "path"),
    [
        ("cn.xietiao.tasks.task-assigned.v1", "/v1/tasks/x"),
        ("cn.xietiao.tasks.assignment-completed.v1", "/v1/tasks/x"),
        ("cn.xietiao.tasks.report-submitted.v1", "/v1/reports/x"),
        ("cn.xietiao.meetings.attendance-recorded.v1", "/v1/meetings/x"),
        ("cn.xietiao.scoring.appeal-decided.v1", "/v1/appeals/x"),
        ("cn.xietiao.scoring.score-entered.v1", "/v1/scores/x"),
        ("cn.xietiao.scoring.method-adopted.v1", None),
    ],
)
def test_evidence_links_to_its_matter(event_type: str, path: str | None) -> None:
    assert source_path(event_type, "x") == path


def test_a_day_stands_for_its_end_in_the_county() -> None:
    assert read_moment("as_of", "2026-06-30") == datetime(2026, 6, 30, 15, 59, 59, 999999, tzinfo=UTC)
    assert read_moment("as_of", "2026-06-30T17:00:00+08:00") == datetime(2026, 6, 30, 9, tzinfo=UTC)
