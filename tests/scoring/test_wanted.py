"""What full marks would have needed, and what no rule may give by accident."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.scoring.rules.base import Facts, Part, Tally
from shared.contracts.envelope import Event
from shared.contracts.scoring import ScoreEntered
from tests.scoring.given import GivenFigures, facts, rule, score_of
from tests.scoring.test_standings import assessed, given, table

SENT_BACK = [{"event": "tasks.assignment-sent-back", "points": "-8", "text": "驳回"}]
GROUPS = [{"code": "g", "title": "评委", "weight": "1"}]


def counted(points: str, lines: int = 1, part: str = "") -> Facts:
    return Facts({"a": Tally({part: Part(lines, Decimal(lines), Decimal(points))})}, GivenFigures({}))


@pytest.mark.parametrize(
    ("base", "change", "words"),
    [
        ("10", "-4", "少扣 4 分即得满分"),
        ("10", "-16", "少扣 16 分即得满分"),  # what was lost below the floor was lost too
        ("5", "1", "再得 4 分即得满分"),
        ("10", "0", None),
    ],
)
def test_of_incidents(base: str, change: str, words: str | None) -> None:
    criterion = rule("incidents", base=base, incidents=SENT_BACK)
    assert score_of(criterion, counted(change)).wanted == words


def test_whole_steps_are_needed_whole() -> None:
    criterion = rule("base_steps", max="18", measure="x", base="15", reference="7", step="1", points="2")
    assert score_of(criterion, facts({"a": "8.5"})).wanted == "达到 9"
    assert score_of(criterion, facts({"a": "9"})).points == Decimal(18)


def test_who_moves_the_average_is_told_how_far_ahead_of_it() -> None:
    criterion = rule("base_steps", measure="x", base="5", reference={"peers": "average"}, step="1", points="0.2")
    county = facts({"a": "7", "b": "10.5", "c": "3.5"})
    assert score_of(criterion, county).wanted == "高于参照值 25"


def test_of_a_panel() -> None:
    panel = rule("panel", scale="100", groups=GROUPS)
    assert score_of(panel, counted("90", part="g|1|x")).wanted == "评委均评 100 分"
    assert score_of(panel, counted("100", part="g|1|x")).wanted is None


def test_of_an_adjusted_score() -> None:
    def wanted(x: int, points: int) -> str | None:
        found = assessed({"criteria": [table("x")], "total": 10}, {"jia": {"x": x}}, adjustments=given("x", points))
        return found["jia"].criteria[0].wanted

    assert wanted(8, 2) is None
    assert wanted(10, -2) == "调整不扣 2 分"
    assert str(wanted(8, -2)).endswith("；调整不扣 2 分")


@pytest.mark.parametrize(("direction", "satisfactory"), [("higher", "3"), ("lower", "9")])
def test_a_satisfactory_value_that_is_the_worse_one_gives_no_efficacy(direction: str, satisfactory: str) -> None:
    criterion = rule(
        "efficacy", measure="x", satisfactory={"indicator": "s"}, unsatisfactory="6", direction=direction
    )  # fmt: skip
    found = score_of(criterion, facts({"a": "6"}, s={"a": satisfactory}))
    assert (found.points, "不优于不允许值 6" in found.formula) == (None, True)


def entered(score: str) -> Event:
    told: dict[str, Any] = {
        "score_id": "01920000-0000-7000-8000-000000000001", "method": "m", "method_version": 1, "criterion": "c",
        "unit": "jia", "rater_group": "g", "rater": "1", "score": score, "scored_on": "2026-12-01",
    }  # fmt: skip
    return Event.of(ScoreEntered.model_validate(told), subject="s", version=1, time=datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(("score", "counts"), [("100", True), ("100.5", False), ("-1", False)])
def test_a_score_on_another_scale_does_not_count(score: str, *, counts: bool) -> None:
    (line,) = rule("panel", scale="100", groups=GROUPS).evidence(entered(score))
    assert (line.counts, "不计" in line.text) == (counts, not counts)


def test_raters_have_one_scale_for_all_classes() -> None:
    panel = rule("panel", groups=GROUPS, by_class={"B": {"max": 12}})
    assert score_of(panel.for_class("B"), counted("10", part="g|1|x")).points == Decimal(12)
