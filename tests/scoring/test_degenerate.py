"""Every kind has a defined answer where there is little or nothing to measure; it is never 0 by accident."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from services.scoring.rules.base import EMPTY, Facts, Part, Tally
from tests.scoring.given import CRITERION, MISSING, GivenFigures, facts, rule, score_of, scores

TABLE = [{"band": "[0, 5)", "points": "3"}, {"band": "[5, 10]", "points": "10"}]
GROUPS = [{"code": "g", "title": "评委", "weight": "1", "average": "trimmed"}]
VALUES: dict[str, dict[str, Any]] = {
    "target_ratio": {"target": "8"},
    "peer_max_ratio": {},
    "improvement_steps": {"step": "1", "points": "2"},
    "base_steps": {"base": "5", "reference": "4", "step": "1", "points": "1"},
    "rank_steps": {"step": "1"},
    "rank_interpolated": {"last": "4"},
    "efficacy": {"max": "100"},
    "min_max": {},
    "step_table": {"table": TABLE},
    "composite": {"components": [{"of": "level", "weight": "1", "rule": {"kind": "peer_max_ratio"}}]},
}
BEFORE = {"a": "4", "b": "4", "c": "4"}


def of_kind(kind: str) -> Any:  # noqa: ANN401 - any kind
    return rule(kind, measure="x", **VALUES[kind])


CASES: dict[str, tuple[Mapping[str, str | None], dict[str, dict[str, str | None]]]] = {
    "ties": (
        {"a": "6", "b": "6", "c": "2"},
        {
            "target_ratio": {"a": "7.50", "b": "7.50", "c": "2.50"},
            "peer_max_ratio": {"a": "10.00", "b": "10.00", "c": "3.33"},
            "improvement_steps": {"a": "4.00", "b": "4.00", "c": "0.00"},
            "base_steps": {"a": "7.00", "b": "7.00", "c": "3.00"},
            "rank_steps": {"a": "10.00", "b": "10.00", "c": "8.00"},
            "rank_interpolated": {"a": "10.00", "b": "10.00", "c": "4.00"},
            "efficacy": {"a": "100.00", "b": "100.00", "c": "60.00"},
            "min_max": {"a": "10.00", "b": "10.00", "c": "0.00"},
            "step_table": {"a": "10.00", "b": "10.00", "c": "3.00"},
            "composite": {"a": "10.00", "b": "10.00", "c": "3.33"},
        },
    ),
    "one without a value is no peer": (
        {"a": "6", "b": None, "c": "2"},
        {
            "target_ratio": {"a": "7.50", "b": None, "c": "2.50"},
            "peer_max_ratio": {"a": "10.00", "b": None, "c": "3.33"},
            "improvement_steps": {"a": "4.00", "b": None, "c": "0.00"},
            "base_steps": {"a": "7.00", "b": None, "c": "3.00"},
            "rank_steps": {"a": "10.00", "b": None, "c": "9.00"},
            "rank_interpolated": {"a": "10.00", "b": None, "c": "4.00"},
            "efficacy": {"a": "100.00", "b": None, "c": "60.00"},
            "min_max": {"a": "10.00", "b": None, "c": "0.00"},
            "step_table": {"a": "10.00", "b": None, "c": "3.00"},
            "composite": {"a": "10.00", "b": None, "c": "3.33"},
        },
    ),
    "negatives are values": (
        {"a": "6", "b": "-2", "c": "-4"},
        {
            "target_ratio": {"a": "7.50", "b": "0.00", "c": "0.00"},
            "peer_max_ratio": {"a": "10.00", "b": "0.00", "c": "0.00"},
            "improvement_steps": {"a": "4.00", "b": "0.00", "c": "0.00"},
            "base_steps": {"a": "7.00", "b": "0.00", "c": "0.00"},
            "rank_steps": {"a": "10.00", "b": "9.00", "c": "8.00"},
            "rank_interpolated": {"a": "10.00", "b": "7.00", "c": "4.00"},
            "efficacy": {"a": "100.00", "b": "68.00", "c": "60.00"},
            "min_max": {"a": "10.00", "b": "2.00", "c": "0.00"},
            "step_table": {"a": "10.00", "b": None, "c": None},
            "composite": {"a": "10.00", "b": "0.00", "c": "0.00"},
        },
    ),
    "all negative": (
        {"a": "-1", "b": "-2", "c": "-4"},
        {
            "peer_max_ratio": {"a": None, "b": None, "c": None},
            "rank_steps": {"a": "10.00", "b": "9.00", "c": "8.00"},
            "min_max": {"a": "10.00", "b": "6.67", "c": "0.00"},
            "efficacy": {"a": "100.00", "b": "86.67", "c": "60.00"},
        },
    ),
    "all equal": (
        {"a": "6", "b": "6", "c": "6"},
        {
            "target_ratio": {"a": "7.50", "b": "7.50", "c": "7.50"},
            "peer_max_ratio": {"a": "10.00", "b": "10.00", "c": "10.00"},
            "improvement_steps": {"a": "4.00", "b": "4.00", "c": "4.00"},
            "base_steps": {"a": "7.00", "b": "7.00", "c": "7.00"},
            "rank_steps": {"a": "10.00", "b": "10.00", "c": "10.00"},
            "rank_interpolated": {"a": "10.00", "b": "10.00", "c": "10.00"},
            "efficacy": {"a": None, "b": None, "c": None},
            "min_max": {"a": None, "b": None, "c": None},
            "step_table": {"a": "10.00", "b": "10.00", "c": "10.00"},
            "composite": {"a": "10.00", "b": "10.00", "c": "10.00"},
        },
    ),
    "all zero": (
        {"a": "0", "b": "0"},
        {
            "target_ratio": {"a": "0.00", "b": "0.00"},
            "peer_max_ratio": {"a": None, "b": None},
            "rank_steps": {"a": "10.00", "b": "10.00"},
            "rank_interpolated": {"a": "10.00", "b": "10.00"},
            "efficacy": {"a": None, "b": None},
            "min_max": {"a": None, "b": None},
            "step_table": {"a": "3.00", "b": "3.00"},
            "composite": {"a": None, "b": None},
        },
    ),
    "one peer": (
        {"a": "6"},
        {
            "target_ratio": {"a": "7.50"},
            "peer_max_ratio": {"a": "10.00"},
            "improvement_steps": {"a": "4.00"},
            "base_steps": {"a": "7.00"},
            "rank_steps": {"a": "10.00"},
            "rank_interpolated": {"a": "10.00"},
            "efficacy": {"a": None},
            "min_max": {"a": None},
            "step_table": {"a": "10.00"},
            "composite": {"a": "10.00"},
        },
    ),
    "nobody has a value": (
        {"a": None, "b": None},
        {kind: {"a": None, "b": None} for kind in VALUES},
    ),
}


@pytest.mark.parametrize(("case", "kind"), [(case, kind) for case, (_, expected) in CASES.items() for kind in expected])
def test_a_kind_answers(case: str, kind: str) -> None:
    x, expected = CASES[case]
    assert scores(of_kind(kind), facts(x, before=BEFORE)) == expected[kind]


@pytest.mark.parametrize("kind", VALUES)
def test_a_missing_value_says_so(kind: str) -> None:
    assert MISSING in score_of(of_kind(kind), facts({"a": None, "b": "3"}, before=BEFORE)).formula


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (rule("target_ratio", measure="x", target="0"), "目标值不大于零（0）"),
        (rule("target_ratio", measure="x", target="-3"), "目标值不大于零（-3）"),
        (rule("target_ratio", measure="x", target={"indicator": "y"}), MISSING),
        (rule("target_ratio", measure="x", target={"by_unit": {"zz": "3"}}), "没有给该单位定参照值"),
        (rule("efficacy", measure="x", satisfactory="5", unsatisfactory="5"), "满意值与不允许值相等（5）"),
        (rule("base_steps", measure="x", base="5", reference={"indicator": "y"}, step="1", points="1"), MISSING),
        (rule("improvement_steps", measure="x", step="1", points="1", since="previous"), MISSING),
        (rule("step_table", measure="x", table=[{"band": "(6, )", "points": "1"}]), "6 不在任何分档内"),
        (rule("peer_max_ratio", measure={"formula": "x − 7"}, negative="not_applicable"), "最好值不大于零"),
        (rule("min_max", measure={"formula": "x ÷ (x − x)"}), "除数为零"),
    ],
)  # fmt: skip
def test_where_arithmetic_gives_none_the_reason_is_said(criterion: Any, words: str) -> None:  # noqa: ANN401 - any kind
    found = score_of(criterion, facts({"a": "6"}))
    assert found.points is None
    assert words in found.formula


@pytest.mark.parametrize(("before", "reason"), [("0", "除数为零"), ("-10", "上年同期值为负（-10），无法计算增速")])
def test_a_growth_from_nothing_or_less_is_no_growth(before: str, reason: str) -> None:
    parts = [{"of": "growth", "weight": "1", "rule": {"kind": "min_max"}}]
    found = score_of(
        rule("composite", measure="x", components=parts), facts({"a": "6", "b": "3"}, before={"a": before})
    )
    assert (found.points, reason in found.formula) == (None, True)


def test_lower_can_be_better() -> None:
    given = facts({"a": "2", "b": "4", "c": "8"})
    lower: dict[str, Any] = {"measure": "x", "direction": "lower"}
    assert list(scores(rule("rank_steps", step="1", **lower), given).values()) == ["10.00", "9.00", "8.00"]
    assert list(scores(rule("min_max", **lower), given).values()) == ["10.00", "6.67", "0.00"]
    assert list(scores(rule("peer_max_ratio", **lower), given).values()) == ["10.00", "5.00", "2.50"]
    assert list(scores(rule("target_ratio", target="4", **lower), given).values()) == ["10.00", "10.00", "5.00"]


def of_tally(criterion: Any, tally: Tally) -> Decimal | None:  # noqa: ANN401 - any kind
    return score_of(criterion, Facts({"a": tally}, GivenFigures({}))).points


LINES = [{"event": "tasks.assignment-sent-back", "points": "-4", "text": "驳回"}]
THREE = {"on_time": "0", "chased": "-2", "missing": "-5"}


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        (rule("completion"), None),
        (rule("incidents", incidents=LINES), Decimal(10)),
        (rule("lateness", table=[{"days": 1, "points": "-3"}]), None),
        (rule("three_way", points=THREE), None),
        (rule("panel", groups=GROUPS), None),
        (rule("rank_steps", counted="tasks.report-accepted", step="1"), None),
        (rule("peer_max_ratio", counted="tasks.report-accepted"), None),
        (rule("step_table", table=TABLE, measure={"events": [{"event": "tasks.report-accepted"}]}), Decimal(3)),
        (CRITERION.validate_python({"code": "b", "title": "加分", "kind": "bonus"}), Decimal(0)),
    ],
)  # fmt: skip
def test_without_any_event(criterion: Any, expected: Decimal | None) -> None:  # noqa: ANN401 - any kind
    assert of_tally(criterion, EMPTY) == expected


@pytest.mark.parametrize(("count", "expected"), [(1, "6"), (2, "2"), (3, "0"), (9, "0")])
def test_deductions_stop_at_the_floor(count: int, expected: str) -> None:
    found = of_tally(rule("incidents", incidents=LINES), Tally.of(count, Decimal(count), Decimal(-4 * count)))
    assert found == Decimal(expected)


def test_monthly_and_yearly_caps_of_incidents() -> None:
    capped = rule("incidents", incidents=LINES, caps={"month": "5", "year": "8"}, floor="-10")
    months = {month: Part(2, Decimal(2), Decimal(-8)) for month in ("2026-01", "2026-02")}
    assert of_tally(capped, Tally({"2026-01": months["2026-01"]})) == Decimal(5)
    assert of_tally(capped, Tally(months)) == Decimal(2)


def test_a_ladder_goes_on_through_the_months() -> None:
    ladder = [{"event": "tasks.assignment-sent-back", "escalating": ["-1", "-2", "-4"], "text": "驳回"}]
    capped = rule("incidents", incidents=ladder, caps={"month": "3"}, floor="-10")
    parts = {"2026-01|0": Part(1, Decimal(1)), "2026-02|0": Part(1, Decimal(1)), "2026-03|0": Part(1, Decimal(1))}
    assert of_tally(capped, Tally(parts)) == Decimal(4)  # −1, −2, and −4 capped at −3


def test_one_matter_is_not_counted_twice() -> None:
    bonus = CRITERION.validate_python({"code": "b", "title": "加分", "kind": "bonus", "higher_only": True})
    one = Part(1, Decimal(1))
    parts = {"2026-01|3|文": one, "2026-02|5|文": one, "2026-02|2|另文": one, "2026-03|9|文": Part()}
    assert of_tally(bonus, Tally(parts)) == Decimal(7)


@pytest.mark.parametrize(("scored", "expected"), [(("9",), "9"), (("9", "1", "5"), "5"), (("9", "1", "5", "7"), "6")])
def test_a_trimmed_mean_needs_four(scored: tuple[str, ...], expected: str) -> None:
    parts = {f"g|{number}|s": Part(1, Decimal(1), Decimal(score)) for number, score in enumerate(scored)}
    assert of_tally(rule("panel", groups=GROUPS), Tally(parts)) == Decimal(expected)


def test_a_group_that_has_not_scored_is_made_up_for_or_awaited() -> None:
    groups = [*GROUPS, {"code": "h", "title": "领导", "weight": "3"}]
    tally = Tally({"g|1|s": Part(1, Decimal(1), Decimal(8))})
    assert of_tally(rule("panel", groups=groups), tally) == Decimal(8)
    assert of_tally(rule("panel", groups=groups, missing="not_applicable"), tally) is None
