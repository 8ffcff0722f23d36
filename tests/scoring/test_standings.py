"""What stands around the criteria: blocks, what is not applicable, classes, bonus, vetoes, gates, ranks, grades."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import yaml

from services.scoring.facts import events_of, read_facts
from services.scoring.method import Method, read_method
from services.scoring.schemas import shown
from services.scoring.standings import Standing
from services.scoring.trial import try_method
from shared.errors import InvalidError

HEAD: dict[str, Any] = {
    "method": "m", "version": 1, "title": "试办法", "group": "townships", "subjects": {"kind": "township"},
    "assessed": {"from": "2025-12-01", "to": "2026-11-30"},
}  # fmt: skip


def table(code: str, **more: object) -> dict[str, Any]:
    """Return a criterion that gives the indicator of its name as points."""
    bands = [{"band": f"[{number}, {number}]", "points": number} for number in range(11)]
    return {"code": code, "title": f"项{code}", "kind": "step_table", "max": 10, "measure": code, "table": bands} | more


def written(**members: object) -> Method:
    return read_method(yaml.safe_dump(HEAD | members, allow_unicode=True))


def assessed(
    members: Mapping[str, object], values: Mapping[str, Mapping[str, float]], **facts: object
) -> dict[str, Standing]:
    """Return standings by unit; `values` by unit, then indicator."""
    method = written(**members)
    observed = [
        {"indicator": code, "period": "2026", "values": {unit: value}}
        for unit, of_unit in values.items()
        for code, value in of_unit.items()
    ]
    given = read_facts(yaml.safe_dump({"units": list(values), "observations": observed, **facts}, allow_unicode=True))
    trial = try_method(method, {unit.code: unit.name for unit in given.units}, events_of(given, method.method))
    return {standing.unit: standing for standing in trial.standings}


def totals(found: Mapping[str, Standing]) -> dict[str, str | None]:
    return {unit: None if standing.total is None else str(standing.total) for unit, standing in found.items()}


THREE = [table("x"), table("y"), table("z")]


def test_the_mean_of_three_equal_factors_with_one_not_applicable() -> None:
    blocks = [{"code": "b", "title": "块", "combine": "mean", "max": 10}]
    criteria = [table(code, block="b") for code in "xyz"]
    found = assessed({"criteria": criteria, "blocks": blocks, "total": 10}, {"jia": {"x": 5, "y": 5}})
    assert found["jia"].total == Decimal(5)


def test_reweighting_stays_in_the_block() -> None:
    blocks = [{"code": "b", "title": "甲块"}, {"code": "c", "title": "乙块", "weight": 0.5}]
    criteria = [table("x", block="b"), table("y", block="b"), table("z", block="c")]
    members = {"criteria": criteria, "blocks": blocks, "total": 25}
    found = assessed(members, {"jia": {"x": 4, "z": 10}, "yi": {"x": 4, "y": 6}})
    assert totals(found) == {"jia": "13.00", "yi": "12.50"}  # 4 of 10 → 8 of 20, + 10 × 0.5; 10 of 20 → 12.5 of 25
    assert found["yi"].formula == "(10) ÷ 20 × 25（不适用的板块按比例折算）"


@pytest.mark.parametrize(
    ("policy", "total"),
    [
        ({}, "21.00"),
        ({"not_applicable": "full_marks"}, "24.00"),
        ({"not_applicable": "scale_deductions"}, "21.00"),
        ({"not_applicable": "scale_deductions", "deduction_factor": "1.2"}, "22.80"),
        ({"not_applicable": "scale_deductions", "deduction_factor": "9"}, "0.00"),
        ({"not_applicable": "exclude"}, None),
    ],
)
def test_what_is_not_applicable(policy: dict[str, str], total: str | None) -> None:
    members = {"criteria": [table("x"), table("y"), table("z", **policy)], "total": 30}
    found = assessed(members, {"jia": {"x": 8, "y": 6}, "yi": {"x": 1, "y": 1, "z": 1}})
    assert totals(found)["jia"] == total
    assert found["jia"].rank == (None if total is None else 1 if total != "0.00" else 2)


def test_full_marks_for_want_of_data_make_up_for_nothing() -> None:
    granted = table("z", block="c", not_applicable="full_marks")
    blocks = [{"code": "b", "title": "甲块"}, {"code": "c", "title": "乙块"}]
    members = {"criteria": [table("x", block="b"), table("y", block="c"), granted], "blocks": blocks, "total": 30}
    found = assessed(members, {"jia": {"x": 4}, "yi": {"x": 4, "y": 5}, "bing": {"w": 1}})
    assert totals(found) == {"jia": "12.00", "yi": "19.00", "bing": None}  # 4 of 10 → 12 of 30; 4 + 5 + 10
    assert (found["bing"].rank, found["bing"].formula) == (None, "各项均不适用，不参加排名")


def test_nothing_applicable_is_no_total() -> None:
    found = assessed({"criteria": THREE, "total": 30}, {"jia": {"w": 1}})
    assert (found["jia"].total, found["jia"].formula) == (None, "各项均不适用，不参加排名")


def test_rounding_only_where_the_method_says_so() -> None:
    thirds = {"kind": "peer_max_ratio", "max": 10, "title": "比", "measure": "x"}
    criteria = [{**thirds, "code": "a"}, {**thirds, "code": "b"}, {**thirds, "code": "c"}]
    values = {"jia": {"x": 1}, "yi": {"x": 3}}
    assert totals(assessed({"criteria": criteria, "total": 30}, values))["jia"] == "9.99"
    exact = {"criterion": None, "total": 2}
    assert totals(assessed({"criteria": criteria, "total": 30, "rounding": exact}, values))["jia"] == "10.00"
    down = {"criterion": 1, "total": 1, "mode": "down"}
    assert totals(assessed({"criteria": criteria, "total": 30, "rounding": down}, values))["jia"] == "9.9"


CLASSES = {
    "units": ["jia", "yi", "bing"],
    "classes": [
        {"code": "A", "title": "一类", "units": ["jia", "bing"]},
        {"code": "B", "title": "二类", "units": ["yi"]},
    ],
}


def test_classes_have_their_own_maxima_ranks_and_peers() -> None:
    ratio = {
        "code": "x",
        "title": "比",
        "kind": "peer_max_ratio",
        "max": 10,
        "measure": "x",
        "by_class": {"B": {"max": 6}},
    }
    everybody = {**ratio, "code": "y", "peers": "all", "by_class": {}}
    members = {"criteria": [ratio, everybody], "total": {"A": 20, "B": 16}, "subjects": CLASSES}
    found = assessed(members, {"jia": {"x": 10}, "yi": {"x": 5}, "bing": {"x": 5}})
    assert totals(found) == {"jia": "20.00", "yi": "11.00", "bing": "10.00"}
    assert {unit: standing.rank for unit, standing in found.items()} == {"jia": 1, "yi": 1, "bing": 2}


def test_joint_items_are_averaged_over_the_signatories() -> None:
    members = {"criteria": [table("x", joint=[["jia", "yi", "ding"]])], "total": 10}
    found = assessed(members, {"jia": {"x": 9}, "yi": {"x": 4}, "bing": {"x": 1}, "ding": {"y": 1}})
    assert totals(found) == {"jia": "6.50", "yi": "6.50", "ding": "6.50", "bing": "1.00"}
    assert found["jia"].criteria[0].formula == "共同承担：(9 + 4) ÷ 2"


def test_a_shared_task_counts_as_the_mean_of_those_who_share_it() -> None:
    task = {"code": "t", "title": "任务", "kind": "completion", "max": 10, "sharing": "averaged"}
    events = [
        {"event": "tasks.task-assigned", "of": "t1", "on": "2026-02-01", "lead": "jia", "cooperating": ["yi"],
         "weight": 2},
        {"event": "tasks.task-assigned", "of": "t2", "on": "2026-02-01", "lead": "jia", "weight": 2},
        {"event": "tasks.assignment-completed", "of": "t1", "on": "2026-03-01", "unit": "jia", "weight": 2},
    ]  # fmt: skip
    found = assessed({"criteria": [task], "total": 10}, {"jia": {"x": 1}, "yi": {"x": 1}}, events=events)
    assert totals(found) == {"yi": "5.00", "jia": "2.50"}


GRADES = [{"title": "优", "band": "[9, )"}, {"title": "良", "band": "[5, 9)"}, {"title": "差", "band": "(, 5)"}]
ONE = {"criteria": [table("x")], "total": 10, "grades": GRADES}


def test_an_end_belongs_to_one_grade_only() -> None:
    found = assessed(ONE, {"jia": {"x": 9}, "yi": {"x": 8}, "bing": {"x": 5}, "ding": {"x": 4}})
    assert [standing.grade for standing in found.values()] == ["优", "良", "良", "差"]


@pytest.mark.parametrize(
    ("quota", "grades"),
    [
        ({"top": 1}, ["优", "良", "良", "差"]),
        ({"top": 2}, ["优", "良", "良", "差"]),
        ({"share": "75%"}, ["优", "优", "优", "差"]),
        ({"share": "30%"}, ["优", "良", "良", "差"]),
        ({"share": "20%"}, ["良", "良", "良", "差"]),
    ],
)
def test_a_quota_is_not_exceeded_by_ties(quota: dict[str, object], grades: list[str]) -> None:
    members = ONE | {"grades": [GRADES[0] | {"quota": quota}, *GRADES[1:]]}
    found = assessed(members, {"jia": {"x": 10}, "yi": {"x": 9}, "bing": {"x": 9}, "ding": {"x": 4}})
    assert [standing.grade for standing in found.values()] == grades


def test_equal_totals_are_told_apart_by_the_tie_break_only() -> None:
    values = {"jia": {"x": 4, "y": 6}, "yi": {"x": 6, "y": 4}, "bing": {"x": 6, "y": 4}}
    plain = assessed({"criteria": THREE[:2], "total": 20}, values)
    assert [standing.rank for standing in plain.values()] == [1, 1, 1]
    found = assessed({"criteria": THREE[:2], "total": 20, "tie_break": ["x"]}, values)
    assert {unit: standing.rank for unit, standing in found.items()} == {"yi": 1, "bing": 1, "jia": 3}


BONUS = {"code": "b", "title": "加分", "kind": "bonus", "caps": {"year": 3}}
BLOCK = {"code": "b", "title": "块"}
VETO = {"code": "v", "title": "造假", "kind": "veto"}


def given(criterion: str, points: int = 0) -> list[dict[str, object]]:
    return [{"criterion": criterion, "unit": "jia", "points": points, "on": "2026-03-01", "document": "文"}]


def test_a_bonus_is_added_within_its_cap() -> None:
    members = {"criteria": [table("x"), BONUS], "total": 10}
    found = assessed(members, {"jia": {"x": 8}, "yi": {"x": 10}}, adjustments=given("b", 5))
    assert totals(found) == {"jia": "11.00", "yi": "10.00"}
    assert found["jia"].formula == "8 + 3（加分）"


def test_a_veto_takes_the_place_or_caps_the_grade() -> None:
    voided = assessed(
        ONE | {"criteria": [table("x"), VETO]}, {"jia": {"x": 10}, "yi": {"x": 5}}, adjustments=given("v")
    )
    assert (voided["jia"].rank, voided["jia"].total, voided["jia"].grade) == (None, Decimal("10.00"), None)
    assert voided["yi"].rank == 1
    capping = VETO | {"consequence": {"effect": "cap_grade", "grade": "良"}}
    capped = assessed(ONE | {"criteria": [table("x"), capping]}, {"jia": {"x": 10}}, adjustments=given("v"))
    assert (capped["jia"].rank, capped["jia"].grade) == (1, "良")


@pytest.mark.parametrize(
    ("gate", "total", "grade"),
    [
        ({}, "0.00", "差"),
        ({"effect": "lowest_grade"}, "10.00", "差"),
        ({"effect": "ineligible"}, "10.00", None),
        ({"scope": "b"}, "0.00", "差"),
    ],
)
def test_an_unmet_gate_fails_the_whole_or_a_block(gate: dict[str, str], total: str, grade: str | None) -> None:
    blocks = [{"code": "b", "title": "块"}]
    criterion = {"code": "g", "title": "底线", "kind": "gate", "measure": {"indicator": "y"}, "at_least": 3} | gate
    members = ONE | {"criteria": [table("x", block="b"), criterion], "blocks": blocks}
    found = assessed(members, {"jia": {"x": 10, "y": 2}, "yi": {"x": 10, "y": 3}, "bing": {"x": 10}})
    assert (Decimal(found["jia"].total or 0), found["jia"].grade) == (Decimal(total), grade)
    assert found["yi"].grade == found["bing"].grade == "优"


def test_what_a_gate_leaves_of_a_block_is_shown_and_breaks_ties() -> None:
    gate = {"code": "g", "title": "底线", "kind": "gate", "measure": {"indicator": "y"}, "at_least": 3, "scope": "b"}
    blocks = [{"code": "b", "title": "块"}, {"code": "c", "title": "他块"}]
    members = {"criteria": [table("x", block="b"), table("z", block="c"), gate], "blocks": blocks, "total": 20}
    values = {"jia": {"x": 8, "y": 2, "z": 4}, "yi": {"x": 2, "y": 3, "z": 2}}
    found = assessed({**members, "tie_break": ["b"]}, values)
    assert totals(found) == {"jia": "4.00", "yi": "4.00"}
    assert [block.points for block in found["jia"].blocks] == [Decimal(0), Decimal(4)]
    assert found["jia"].formula == "0 + 4"
    assert (found["yi"].rank, found["jia"].rank) == (1, 2)


def test_an_adjustment_moves_a_score_within_its_limits() -> None:
    members = {"criteria": [table("x")], "total": 10}
    for points, expected in ((1, "9.00"), (5, "10.00"), (-20, "0.00")):
        assert totals(assessed(members, {"jia": {"x": 8}}, adjustments=given("x", points)))["jia"] == expected


def test_an_adjustment_takes_nothing_of_what_is_not_applicable_but_may_give_it_points() -> None:
    members = {"criteria": [table("x"), table("y")], "total": 20}
    taken = assessed(members, {"jia": {"y": 6}}, adjustments=given("x", -2))["jia"]
    assert (taken.total, taken.criteria[0].points) == (Decimal("12.00"), None)
    assert taken.criteria[0].formula.endswith("；调整 − 2，不适用，无分可扣")
    awarded = assessed(members, {"jia": {"y": 6}}, adjustments=given("x", 2))["jia"]
    assert (awarded.total, awarded.criteria[0].points) == (Decimal("8.00"), Decimal(2))


def test_the_roll_up_is_a_part_of_the_total() -> None:
    found = assessed(ONE | {"roll_up": {"to": "综合考核", "weight": "8%"}}, {"jia": {"x": 9}})
    assert found["jia"].rolled_up == Decimal("0.72")


def test_late_data_do_not_count_after_the_day_that_the_method_names() -> None:
    task = {"code": "t", "title": "任务", "kind": "incidents", "max": 10,
            "incidents": [{"event": "tasks.slip-lapsed", "points": -3, "text": "督办单未回复"}]}  # fmt: skip
    events = [{"event": "tasks.slip-lapsed", "on": "2026-11-20", "unit": "jia", "outcome": "unanswered"}]
    members = {"criteria": [task], "total": 10}
    assert totals(assessed(members, {"jia": {"x": 1}}, events=events)) == {"jia": "7.00"}
    members["late_data"] = {"until": "2026-11-10"}  # the trial's log has facts on the day they happened
    assert totals(assessed(members, {"jia": {"x": 1}}, events=events)) == {"jia": "10.00"}


@pytest.mark.parametrize(
    ("members", "field", "reason"),
    [
        ({"criteria": [table("x", block="q")], "total": 10}, "criteria.0.block", "no block q"),
        ({"criteria": [table("x")], "blocks": [BLOCK], "total": 10}, "criteria.0.block", "state one"),
        ({"criteria": [table("x", by_class={"A": {"max": 20}})], "total": 10}, "criteria.0.by_class", "no class A"),
        ({"criteria": [table("x", by_class={"A": {"measure": "y"}})], "total": 10}, "criteria.0", "cannot differ"),
        ({"criteria": [table("x"), BONUS], "total": 10, "tie_break": ["q"]}, "tie_break.0", "no criterion or block q"),
        ({"criteria": [VETO], "total": 10}, "criteria", "no criterion has full marks"),
        ({**ONE, "grades": [GRADES[0], {"title": "良", "band": "[5, 9]"}]}, "grades", "overlap"),
        ({**ONE, "grades": GRADES[::-1]}, "grades", "best grade stands first"),
        ({"criteria": [table("x")], "total": 10, "indicators": [{"code": "a", "title": "甲", "formula": "b"},
          {"code": "b", "title": "乙", "formula": "a"}]}, "indicators.0.formula", "derived from itself"),
        ({"criteria": [table("x", measure={"formula": "x +"})], "total": 10}, "criteria.0.measure", "too early"),
        ({"criteria": [table("x", measure={"events": [{"event": "tasks.slip-issued", "where": {"color": "red"}}]})],
          "total": 10}, "criteria.0.measure.events.0", "has no field color"),
        ({"criteria": [table("x", measure={"events": [{"event": "tasks.slip-issued", "where": {"colour": "green"}}]})],
          "total": 10}, "criteria.0.measure.events.0", "where.colour"),
        ({"criteria": [table("x", table=[{"band": "[0, 5]", "points": 1}, {"band": "[5, 9]", "points": 2}])],
          "total": 10}, "criteria.0", "overlap"),
        ({"criteria": [table("x", table=[{"band": "80-90", "points": 1}])], "total": 10},
         "criteria.0.table.0.band", "no interval"),
        ({"criteria": [table("x")], "total": 10, "subjects": {}}, "subjects", "state one of body, kind, units"),
    ],
)  # fmt: skip
def test_a_faulty_method_names_path_and_reason(members: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidError) as caught:
        written(**members)
    assert any(fault.field.endswith(field) and reason in fault.reason for fault in caught.value.faults), (
        caught.value.faults
    )


@pytest.mark.parametrize(
    ("held", "seen"),
    [
        ("3E+4", "30000"),
        ("-1E+1", "-10"),
        ("8.50", "8.50"),
        ("0.0000000000000", "0"),
        ("1.2345678901235", "1.234567890124"),
    ],
)
def test_numbers_are_shown_as_people_write_them(held: str, seen: str) -> None:
    assert str(shown(Decimal(held))) == seen


@pytest.mark.parametrize(
    ("changed", "whole"),
    [
        ({}, True),
        ({"measure": "previous(x) + year_before(y)"}, True),
        ({"measure": {"indicator": "x", "period": "2025"}}, True),
        ({"measure": {"indicator": "x", "period": "2026-03"}}, False),
    ],
)
def test_a_method_says_whether_it_reads_whole_years_alone(changed: dict[str, object], whole: bool) -> None:
    assert written(criteria=[table("x", **changed)], total=10).reads_whole_years is whole


def test_a_method_whose_own_period_is_a_quarter_reads_parts_of_years() -> None:
    assert not written(criteria=[table("x")], total=10, period="2026-Q1").reads_whole_years
