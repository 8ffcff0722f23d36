"""What a method makes of facts, from its text to the points, where a kind alone does not show it."""

from typing import Any

import pytest
import yaml

from services.scoring.facts import events_of, read_facts
from services.scoring.method import read_method
from services.scoring.trial import as_json, try_method, unused_by_type
from tests.scoring.given import written

CLASSES = {
    "units": ["jia", "yi"],
    "classes": [{"code": "A", "title": "一类", "units": ["jia"]}, {"code": "B", "title": "二类", "units": ["yi"]}],
}
ON_GOAL = {"of": "level", "weight": 1, "rule": {"kind": "target_ratio", "target": {"indicator": "goal"}}}
ON_TEN = {"of": "level", "weight": 1, "rule": {"kind": "target_ratio", "target": 10}}


def points(criterion: dict[str, Any], facts: dict[str, Any], **changed: object) -> dict[str, str | None]:
    method = read_method(written(criterion, **changed))
    given = read_facts(yaml.safe_dump({"units": ["jia", "yi"]} | facts, allow_unicode=True))
    trial = try_method(method, {unit.code: unit.name for unit in given.units}, events_of(given, method.method))
    return {standing["unit"]: standing["criteria"][0]["points"] for standing in as_json(trial)["standings"]}


def reported(indicator: str, period: str = "2026", **values: object) -> dict[str, Any]:
    return {"indicator": indicator, "period": period, "values": values}


@pytest.mark.parametrize(
    "criterion",
    [
        {"kind": "target_ratio", "target": 10, "by_class": {"B": {"target": {"indicator": "goal"}}}},
        {"kind": "composite", "components": [ON_TEN], "by_class": {"B": {"components": [ON_GOAL]}}},
    ],
    ids=["target_ratio", "composite"],
)
def test_a_class_may_be_held_against_an_indicator_of_its_own(criterion: dict[str, Any]) -> None:
    facts = {"observations": [reported("x", jia=5, yi=5), reported("goal", yi=20)]}
    found = points(criterion | {"measure": "x"}, facts, subjects=CLASSES)
    assert found == {"jia": "5.00", "yi": "2.50"}


@pytest.mark.parametrize(("field", "expected"), [("days_late", "2.50"), ("weight", "7.50")])
def test_a_field_with_numbers_is_summed(field: str, expected: str) -> None:
    done = {"event": "tasks.assignment-completed", "on": "2026-03-01"}
    facts = {
        "events": [
            done | {"of": "t1", "unit": "jia", "days_late": 3, "weight": 1},
            done | {"of": "t2", "unit": "jia", "days_late": 1, "weight": 3},
            done | {"of": "t3", "unit": "yi", "days_late": 1, "weight": 3},
        ]
    }
    measure = {"events": [{"event": "tasks.assignment-completed"}], "sum": field}
    found = points({"kind": "peer_max_ratio", "measure": measure}, facts)
    assert found == {"jia": "10.00", "yi": expected}


def test_what_has_no_number_adds_nothing_to_a_sum() -> None:
    progressed = {"event": "tasks.project-progressed", "on": "2026-03-01", "unit": "jia"}
    facts = {"events": [progressed | {"of": "p1"}, progressed | {"of": "p2", "completion_rate": 40}]}
    measure = {"events": [{"event": "tasks.project-progressed"}], "sum": "completion_rate"}
    assert points({"kind": "target_ratio", "measure": measure, "target": 50}, facts) == {"jia": "8.00", "yi": "0.00"}


def test_one_ladder_is_climbed_by_incidents_of_all_lines() -> None:
    facts = {
        "events": [
            {"event": "tasks.slip-issued", "of": "a", "on": "2026-02-01", "unit": "jia"},
            {"event": "tasks.assignment-sent-back", "of": "b", "on": "2026-05-01", "unit": "jia"},
            {"event": "tasks.slip-issued", "of": "c", "on": "2026-05-02", "unit": "yi"},
        ]
    }
    lines = [{"event": "tasks.slip-issued", "text": "督办"}, {"event": "tasks.assignment-sent-back", "text": "驳回"}]
    criterion = {"kind": "incidents", "escalating": [-0.5, -1], "incidents": lines}
    assert points(criterion, facts) == {"jia": "8.50", "yi": "9.50"}


def test_growth_from_below_zero_is_no_growth_and_moves_nobody() -> None:
    facts = {"observations": [reported("x", "2025", jia=-10, yi=100), reported("x", jia=20, yi=110)]}
    criterion = {"kind": "rank_steps", "step": 1, "measure": {"formula": "growth(x)"}}
    assert points(criterion, facts) == {"yi": "10.00", "jia": None}


def test_what_is_not_used_is_told_by_type() -> None:
    slip = {"event": "tasks.slip-issued", "unit": "jia"}
    happened = [slip | {"of": f"t{day}", "on": f"2026-03-0{day}"} for day in (3, 1, 2)]
    given = read_facts(yaml.safe_dump({"units": ["jia", "yi"], "events": happened}))
    method = read_method(written({"kind": "rank_steps", "step": 1, "measure": "x"}))
    trial = try_method(method, {"jia": "", "yi": ""}, events_of(given, method.method))
    assert [(each.event_type, each.when) for each in unused_by_type(trial)] == [
        ("cn.xietiao.tasks.slip-issued.v1", "2026-03-01 至 2026-03-03，3件")
    ]
