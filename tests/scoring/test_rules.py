"""The rule kinds' worked values, and what they answer where there is nothing to measure."""

from decimal import Decimal
from typing import Any

import pytest

from services.scoring.rules.base import Facts, Rule, Score, Tally
from services.scoring.rules.completion import Completion
from services.scoring.rules.incidents import Incidents
from services.scoring.rules.numbers import rounded
from services.scoring.rules.peers import PeerMaxRatio, RankSteps
from services.scoring.rules.reporting import ThreeWay
from tests.scoring.builders import CO, JANUARY, LEAD, ReportStory, TaskStory
from tests.scoring.given import GivenFigures

BASE: dict[str, Any] = {"code": "c", "title": "项", "max": "10"}


def tallied(rule: Rule, *stories: TaskStory | ReportStory) -> dict[str, Tally]:
    """Fold the last evidence of each source, as the ledger does."""
    lines = {
        (line.unit, line.source_key): line
        for story in stories
        for event in story.events
        if event.type in rule.watched()
        for line in rule.evidence(event)
    }
    found: dict[str, Tally] = {}
    for line in lines.values():
        if line.counts:
            held = found.get(line.unit, Tally())
            found[line.unit] = Tally.of(held.lines + 1, held.weight + line.weight, held.points + line.points)
    return found


def score(rule: Any, unit: str, tallies: dict[str, Tally]) -> Score:  # noqa: ANN401 - any kind
    """Return the unit's score from tallies alone."""
    found: Score = rule.score(unit, Facts(tallies, GivenFigures({})))
    return found


def completion(**more: object) -> Completion:
    return Completion.model_validate(BASE | {"kind": "completion", "max": "60"} | more)


def test_completion_weighs_lead_and_cooperating_shares() -> None:
    done, open_, co = TaskStory(1, "3", co=()), TaskStory(2, "2", co=()), TaskStory(3, "4", co=(CO,))
    for story in (done, open_, co):
        story.assigned()
    done.completed()
    co.completed(CO)
    co.parts[0], co.parts[1] = co.parts[1], co.parts[0]
    rule = completion()
    lines = [line for story in (done, open_) for event in story.events for line in rule.evidence(event)]
    assert {line.unit for line in lines} == {LEAD}
    tallies = {LEAD: Tally.of(3, Decimal("7.0"), Decimal("5.0"))}
    found = score(rule, LEAD, tallies)
    assert found.points is not None
    assert rounded(found.points, 2) == Decimal("42.86")
    assert found.formula == "5 ÷ 7 × 60"
    assert tallied(rule, co)[CO] == Tally.of(1, Decimal("2.0"), Decimal("2.0"))


@pytest.mark.parametrize(("days", "factor"), [(0, "1"), (1, "0.9"), (10, "0.9"), (11, "0.7"), (400, "0.7")])
def test_a_late_task_counts_only_in_part(days: int, factor: str) -> None:
    rule = completion(lateness=[{"days": 1, "factor": "0.9"}, {"days": 11, "factor": "0.7"}])
    assert rule.lateness_factor(days) == Decimal(factor)


def test_a_late_completion_says_by_how_much() -> None:
    story = TaskStory(due_on=JANUARY.date())
    story.assigned()
    story.completed(done_at=JANUARY.replace(day=25))
    rule = completion(lateness=[{"days": 1, "factor": "0.9"}])
    (line,) = rule.evidence(story.events[-1])
    assert (line.points, line.rule) == (Decimal("2.7"), "completed-late")
    assert line.text == "牵头任务“推进物流园区”：逾期5天办结，按0.9计"


def test_reopening_takes_the_points_back_and_cancelling_the_weight_too() -> None:
    story = TaskStory()
    story.assigned()
    story.completed()
    assert tallied(completion(), story)[LEAD] == Tally.of(1, Decimal(3), Decimal(3))
    story.reopened(LEAD)
    assert tallied(completion(), story)[LEAD] == Tally.of(1, Decimal(3), Decimal(0))
    story.cancelled()
    assert tallied(completion(), story) == {}


def test_a_bounced_assignment_counts_for_nobody() -> None:
    story = TaskStory()
    story.assigned()
    story.bounced(CO)
    assert set(tallied(completion(), story)) == {LEAD}


def test_completion_without_any_task_is_not_applicable() -> None:
    found = score(completion(), LEAD, {})
    assert (found.points, found.formula) == (None, "没有承担计入本项的任务")


def test_completion_can_be_narrowed_to_tags_and_roles() -> None:
    story = TaskStory()
    event = story.assigned()
    assert list(completion(match={"tags": ["other"]}).evidence(event)) == []
    assert [line.unit for line in completion(match={"roles": ["cooperating"]}).evidence(event)] == [CO]


def incidents(**more: object) -> Incidents:
    table = [{"event": "tasks.assignment-sent-back", "points": "-4", "text": "驳回重办"}]
    return Incidents.model_validate(BASE | {"kind": "incidents", "incidents": table} | more)


@pytest.mark.parametrize(("times", "points"), [(0, "10"), (1, "6"), (2, "2"), (3, "0")])
def test_incidents_deduct_down_to_the_floor(times: int, points: str) -> None:
    story = TaskStory()
    for _ in range(times):
        story.sent_back()
    rule = incidents()
    assert score(rule, LEAD, tallied(rule, story)).points == Decimal(points)


def test_incidents_only_for_a_role_leave_others_alone() -> None:
    table = [{"event": "tasks.assignment-sent-back", "roles": ["lead"], "points": "-4", "text": "驳回重办"}]
    story = TaskStory()
    story.sent_back(CO)
    assert list(incidents(incidents=table).evidence(story.events[0])) == []


def three_way() -> ThreeWay:
    points = {"on_time": "0", "chased": "-2", "missing": "-5"}
    return ThreeWay.model_validate(BASE | {"kind": "three_way", "max": "20", "points": points})


def test_three_way_reporting() -> None:
    on_time, chased, missing = ReportStory(1), ReportStory(2), ReportStory(3)
    for story in (on_time, chased, missing):
        story.opened()
    on_time.submitted()
    chased.went_overdue()
    chased.submitted(late=3)
    missing.went_overdue()
    rule = three_way()
    assert tallied(rule, on_time, chased, missing)[LEAD] == Tally.of(3, Decimal(3), Decimal(-7))
    assert score(rule, LEAD, tallied(rule, on_time, chased, missing)).points == Decimal(13)
    assert score(rule, LEAD, {}).points is None


def rank_steps(**more: object) -> RankSteps:
    shape = {"kind": "rank_steps", "counted": "tasks.assignment-progressed", "step": "1", "max": "15"}
    return RankSteps.model_validate(BASE | shape | more)


def peers(*points: str) -> dict[str, Tally]:
    return {f"u{index}": Tally.of(1, Decimal(1), Decimal(value)) for index, value in enumerate(points)}


def test_rank_steps_let_ties_share_the_better_rank() -> None:
    found = peers("9", "8", "8", "7")
    assert [score(rank_steps(), unit, found).points for unit in found] == [15, 14, 14, 12]


def test_rank_steps_stop_at_the_floor() -> None:
    found = peers("9", "8", "7")
    assert score(rank_steps(floor="14"), "u2", found).points == Decimal(14)


def test_rank_steps_with_one_peer_or_all_equal_give_full_marks() -> None:
    assert score(rank_steps(), "u0", peers("3")).points == Decimal(15)
    assert {score(rank_steps(), unit, peers("3", "3")).points for unit in ("u0", "u1")} == {Decimal(15)}


def test_rank_steps_where_nobody_has_anything_are_not_applicable() -> None:
    assert score(rank_steps(), "u0", peers("0", "0")).points is None


def test_peer_max_ratio() -> None:
    rule = PeerMaxRatio.model_validate(BASE | {"kind": "peer_max_ratio", "counted": "tasks.report-accepted"})
    found = peers("9.5", "12")
    points = score(rule, "u0", found).points
    assert points is not None
    assert rounded(points, 2) == Decimal("7.92")
    assert score(rule, "u1", found).points == Decimal(10)
    assert score(rule, "u0", peers("0", "0")).points is None
