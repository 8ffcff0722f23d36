"""Values from published methods, or arithmetic on them: what each rule must give."""

from decimal import Decimal

import pytest

from services.scoring.rules.base import Facts, Part, Tally
from services.scoring.rules.numbers import rounded
from tests.scoring.given import CRITERION, GivenFigures, facts, points, rule, score_of, scores


def tally(*parts: tuple[str, int, str, str]) -> Facts:
    """Return facts of unit `a`: part, lines, weight, points."""
    found = {key: Part(lines, Decimal(weight), Decimal(sum_)) for key, lines, weight, sum_ in parts}
    return Facts({"a": Tally(found)}, GivenFigures({}))


def test_target_ratio() -> None:
    assert points(rule("target_ratio", measure="x", target="11"), "9.5") == "8.64"


def test_peer_max_ratio() -> None:
    assert scores(rule("peer_max_ratio", measure="x"), facts({"a": "9.5", "b": "12"})) == {"a": "7.92", "b": "10.00"}


@pytest.mark.parametrize(("mode", "expected"), [("whole_steps", "16.00"), ("linear", "16.10")])
def test_base_steps_above_the_reference(mode: str, expected: str) -> None:
    growth = rule(
        "base_steps", max="18", measure="x", base="15", reference="7.0", step="0.5", points="0.5", mode=mode,
        clamp={"to": "18"},
    )  # fmt: skip
    assert points(growth, "8.1") == expected
    assert points(growth, "20") == "18.00"


@pytest.mark.parametrize(("mode", "ahead"), [("linear", "5.70"), ("whole_steps", "5.60")])
def test_base_steps_against_the_county_average(mode: str, ahead: str) -> None:
    share = rule(
        "base_steps", measure="x", base="5", reference={"peers": "average"}, step="1", points="0.2", mode=mode,
        clamp={"from": "0", "to": "10"},
    )  # fmt: skip
    given = facts({"a": "10", "b": "13.5", "c": "6.5"})
    assert {unit: found for unit, found in scores(share, given).items() if unit in "ab"} == {"a": "5.00", "b": ahead}


def test_base_steps_below_the_reference_truncate_towards_it() -> None:
    growth = rule("base_steps", max="18", measure="x", base="15", reference="7", step="0.5", points="0.5")
    assert points(growth, "5.9") == "14.00"


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"), [("5.81", "6", "12", "58.73"), ("12.8", "7.3", "16.7", "83.40")]
)
def test_efficacy_not_clamped(value: str, low: str, high: str, expected: str) -> None:
    found = rule("efficacy", max="100", measure="x", base="60", span="40", satisfactory=high, unsatisfactory=low)
    assert points(found, value) == expected


def test_panel_trimmed() -> None:
    panel = rule("panel", max="100", groups=[{"code": "g", "title": "评委", "weight": "1", "average": "trimmed"}])
    raters = tally(*((f"g|{number}|s", 1, "1", score) for number, score in enumerate(("88", "90", "85", "99", "60"))))
    found = score_of(panel, raters).points
    assert found is not None
    assert rounded(found, 3) == Decimal("87.667")


@pytest.mark.parametrize(("count", "expected"), [(3, "-3.5"), (4, "-8.5")])
def test_escalating_incidents(count: int, expected: str) -> None:
    escalating = ["-0.5", "-1", "-2", "-5"]
    incident = {"event": "tasks.assignment-sent-back", "escalating": escalating, "text": "驳回"}
    found = rule("incidents", incidents=[incident], base="0", floor="-100")
    assert score_of(found, tally(("|0", count, str(count), "0"))).points == Decimal(expected)


def test_completion_by_shares() -> None:
    found = score_of(rule("completion", max="60"), tally(("", 3, "7", "5"))).points
    assert found is not None
    assert rounded(found, 2) == Decimal("42.86")


def test_min_max() -> None:
    assert scores(rule("min_max", measure="x"), facts({"a": "2", "b": "4", "c": "10"}))["b"] == "2.50"


def test_rank_steps_share_the_better_rank() -> None:
    found = scores(rule("rank_steps", max="15", measure="x", step="1"), facts({"a": "9", "b": "8", "c": "8", "d": "7"}))
    assert list(found.values()) == ["15.00", "14.00", "14.00", "12.00"]


@pytest.mark.parametrize(("value", "expected"), [("90", "5.00"), ("89.99", "3.00")])
def test_step_table_has_explicit_ends(value: str, expected: str) -> None:
    table = [{"band": "[80, 90)", "points": "3"}, {"band": "[90, 100]", "points": "5"}]
    assert points(rule("step_table", measure="x", table=table), value) == expected


@pytest.mark.parametrize(("now", "expected"), [("41.2", "4.00"), ("42", "5.00")])
def test_improvement_steps(now: str, expected: str) -> None:
    found = rule("improvement_steps", max="5", measure="x", step="0.5", points="2", cap="5")
    assert points(found, now, before={"a": "40"}) == expected


def test_bonus_is_capped_by_month() -> None:
    bonus = CRITERION.validate_python(
        {"code": "b", "title": "加分", "kind": "bonus", "caps": {"month": "10", "year": "120"}}
    )
    assert bonus.score("a", tally(("2026-03", 2, "2", "25"))).points == Decimal(10)
