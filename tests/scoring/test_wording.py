"""A method explained in Chinese tells every parameter that changes a score."""

from typing import Any

import pytest

from services.scoring.event_names import EVENT_NAMES
from services.scoring.heading import heading
from services.scoring.method import read_method
from services.scoring.rules.matching import unit_events
from services.scoring.wording import scoring_of, source_of
from tests.scoring.given import written

X: dict[str, Any] = {"code": "x", "title": "项", "max": 10, "measure": "x"}
INCIDENTS: dict[str, Any] = {
    "code": "s", "title": "驳回", "kind": "incidents", "max": 10,
    "incidents": [{"event": "tasks.assignment-sent-back", "points": -1, "text": "驳回"}],
}  # fmt: skip
LOW: dict[str, Any] = X | {"direction": "lower"}
INVESTED = {"events": [{"event": "tasks.project-progressed"}], "sum": "invested"}
ANSWERED = {"event": "tasks.slip-issued", "points": -1, "text": "督办", "key": ["task_id"],
            "taken_back_by": ["tasks.slip-answered"]}  # fmt: skip
LADDER = {"escalating": [-1, -2], "incidents": [{"event": "tasks.slip-issued", "text": "督办"}]}


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (X | {"kind": "target_ratio", "target": {"by_unit": {"jia": 3, "yi": 4}}, "floor": 2},
         ["逐单位核定：jia 3、yi 4", "最低 2 分"]),
        (X | {"kind": "peer_max_ratio"}, ["实际 ÷ 最好单位", "负值得 0 分"]),
        (X | {"kind": "peer_max_ratio", "negative": "not_applicable"}, ["负值不适用"]),
        (LOW | {"kind": "peer_max_ratio"}, ["最好单位 ÷ 实际", "数值低者为优"]),
        (LOW | {"kind": "rank_steps", "step": 1}, ["数值低者为优"]),
        (LOW | {"kind": "rank_interpolated", "coefficients": {"jia": 1.1}}, ["单位系数：jia 1.1", "数值低者为优"]),
        (LOW | {"kind": "efficacy"}, ["数值低者为优"]),
        (LOW | {"kind": "min_max"}, ["数值低者为优"]),
        (X | {"kind": "improvement_steps", "step": 1, "points": 1, "floor": -2}, ["最低 −2 分"]),
        (X | {"kind": "composite", "missing": "not_applicable", "components": [
            {"of": "growth", "weight": 3, "rule": {"kind": "target_ratio", "target": 7}}]},
         ["增速（权重 3，目标完成率：实际 ÷ 目标（7） × 100", "缺一项即不适用"]),
        (X | {"kind": "min_max", "measure": INVESTED}, ["当月完成投资合计"]),
        (X | {"kind": "min_max", "measure": {"formula": "growth(x)"}}, ["增速(x)"]),
        (INCIDENTS | {"cap": 20}, ["最高 20 分"]),
        (INCIDENTS | {"incidents": [ANSWERED]}, ["督办 −1 分/次，回复督办单的不计"]),
        (INCIDENTS | LADDER, ["督办；依次 −1、−2"]),
    ],
)  # fmt: skip
def test_it_is_told_how_a_criterion_scores(criterion: dict[str, Any], words: list[str]) -> None:
    method = read_method(written(criterion))
    (rule,) = method.scored
    told = source_of(method, rule) + scoring_of(method, rule)
    for each in words:
        assert each in told


def test_it_is_told_who_is_left_out() -> None:
    method = read_method(written(X | {"kind": "min_max"}, subjects={"kind": "township", "except": ["jia", "yi"]}))
    assert dict(heading(method))["考核对象"] == "乡镇：全部乡镇，jia、yi 除外"


def test_every_event_about_units_has_a_chinese_name() -> None:
    assert set(unit_events()) - set(EVENT_NAMES) == set()
