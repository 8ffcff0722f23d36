"""What a total is put together from adds up to it exactly, and so does what moved it between two moments."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from services.scoring.explain.contributions import Contribution, contributions, moved
from services.scoring.schemas import shown
from services.scoring.standings import Standing
from tests.scoring.test_standings import BONUS, THREE, assessed, given, table, written

THIRDS = [
    {"code": code, "title": f"比{code}", "kind": "peer_max_ratio", "max": 10, "measure": "x", "weight": weight}
    for code, weight in (("a", 1), ("b", "0.7"))
]
BLOCKS = [{"code": "b", "title": "甲块", "weight": "0.3"}, {"code": "c", "title": "乙块"}]
IN_BLOCKS = [table("x", block="b"), table("y", block="b"), table("z", block="c")]
GATE = {"code": "g", "title": "底线", "kind": "gate", "measure": "y", "at_least": 6}
METHODS: Mapping[str, dict[str, Any]] = {
    "plain": {"criteria": THREE, "total": 30},
    "not rounded": {"criteria": THIRDS, "total": 17, "rounding": {"criterion": None, "total": 4}},
    "blocks": {"criteria": IN_BLOCKS, "blocks": BLOCKS, "total": 16},
    "mean": {
        "criteria": [{**each, "block": "m"} for each in THIRDS],
        "blocks": [{"code": "m", "title": "块", "combine": "mean", "max": "10"}],
        "total": 10,
        "rounding": {"block": 1},
    },
    "scaled": {"criteria": [*THREE[:2], table("z", not_applicable="scale_deductions")], "total": 30},
    "granted": {"criteria": [*THREE[:2], table("z", not_applicable="full_marks")], "total": 30},
    "excluded": {"criteria": [*THREE[:2], table("z", not_applicable="exclude")], "total": 30},
    "bonus": {"criteria": [*THREE, BONUS], "total": 30},
    "failed": {"criteria": [*THREE, GATE], "total": 30},
    "failed block": {
        "criteria": [*IN_BLOCKS, GATE | {"scope": "b"}],
        "blocks": BLOCKS,
        "total": 16,
    },
}  # fmt: skip
BEFORE = {"jia": {"x": 7, "y": 5}, "yi": {"x": 3, "y": 1, "z": 2}}
AFTER = {"jia": {"x": 2, "y": 9, "z": 4}, "yi": {"x": 6, "y": 6}}


def at(name: str, values: Mapping[str, Mapping[str, float]]) -> dict[str, Standing]:
    facts = {"adjustments": given("b", 2)} if name == "bonus" and values is AFTER else {}
    return assessed(METHODS[name], values, **facts)


@pytest.mark.parametrize("name", METHODS)
def test_contributions_add_up_to_the_total_and_changes_to_its_change(name: str) -> None:
    method = written(**METHODS[name])
    earlier, later = at(name, BEFORE), at(name, AFTER)
    for unit in BEFORE:
        before, after = contributions(method, earlier[unit]), contributions(method, later[unit])
        assert total(before) == shown(earlier[unit].total or Decimal(0))
        assert total(after) == shown(later[unit].total or Decimal(0))
        changes = moved(before, after)
        assert sum(change.difference for change in changes) == total(after) - total(before)
        assert all(change.difference for change in changes)


def total(found: list[Contribution]) -> Decimal:
    return sum((each.points for each in found), Decimal(0))


def test_each_point_is_the_criterion_s_the_block_s_or_the_total_s() -> None:
    method = written(**METHODS["blocks"])
    (unranked, several) = (
        at("blocks", {"jia": values, "yi": {"x": 1, "y": 1, "z": 1}})["jia"] for values in ({}, {"x": 7, "z": 4})
    )
    assert contributions(method, unranked) == []
    found = {(each.source, each.code): each.points for each in contributions(method, several)}
    assert found == {
        ("criterion", "x"): Decimal("2.1"),  # 7 × 0.3
        ("criterion", "y"): Decimal(0),
        ("block", "b"): Decimal("2.1"),  # 7 of 10 is 14 of 20
        ("criterion", "z"): Decimal(4),
        ("block", "c"): Decimal(0),
        ("total", ""): Decimal(0),
    }
