"""Every example of docs/methods.md is loaded and tried, and gives what stands there."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from services.scoring.facts import events_of, read_facts
from services.scoring.inspection import findings
from services.scoring.method import Criterion, load_yaml, read_method
from services.scoring.rules.base import ScoredRule
from services.scoring.rules.indicators import Indicator
from services.scoring.trial import Trial, differences, try_method
from tests.scoring.given import CRITERION

PAGE = Path("docs/methods.md").read_text(encoding="utf-8")
BLOCKS = [load_yaml(text, "YAML") for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
EXAMPLES = [block for block in BLOCKS if "criterion" in block]
KINDS = {get_args(rule.model_fields["kind"].annotation)[0] for rule in get_args(get_args(Criterion)[0])}
ALWAYS_FULL = {
    "code": "always", "title": "另一项", "kind": "incidents", "max": "10",
    "incidents": [{"event": "tasks.slip-lapsed", "points": "-1", "text": "督办单未回复"}],
}  # fmt: skip


def tried(example: dict[str, Any]) -> Trial:
    criterion = CRITERION.validate_python(example["criterion"])
    criteria = [example["criterion"]] + ([] if isinstance(criterion, ScoredRule) else [ALWAYS_FULL])
    head = {
        "method": "page", "version": "1", "title": "示例", "group": "townships", "subjects": {"kind": "township"},
        "assessed": {"from": "2026-01-01", "to": "2026-12-31"}, "criteria": criteria,
        "total": str(criterion.max if isinstance(criterion, ScoredRule) else 10),
    }  # fmt: skip
    facts = read_facts(yaml.safe_dump(example["facts"], allow_unicode=True))
    method = read_method(yaml.safe_dump(head, allow_unicode=True))
    return try_method(method, {unit.code: unit.name for unit in facts.units}, events_of(facts, method.method))


def number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["criterion"]["kind"] for example in EXAMPLES])
def test_an_example_gives_what_the_page_says(example: dict[str, Any]) -> None:
    trial = tried(example)
    code = example["criterion"]["code"]
    points = {
        standing.unit: score.points
        for standing in trial.standings
        for score in (*standing.criteria, *standing.bonuses)
        if score.criterion == code
    }
    for unit, expected in example.get("gives", {}).items():
        assert points[unit] == number(expected), unit
    by_unit = {standing.unit: standing for standing in trial.standings}
    for unit, expected in example.get("ranks", {}).items():
        assert by_unit[unit].rank == number(expected), unit
    for unit, expected in example.get("totals", {}).items():
        assert by_unit[unit].total == number(expected), unit
    assert not trial.unused


def test_there_is_an_example_of_each_kind() -> None:
    assert {example["criterion"]["kind"] for example in EXAMPLES} == KINDS


def test_the_examples_of_indicators_are_valid() -> None:
    (indicators,) = [block["indicators"] for block in BLOCKS if "indicators" in block]
    assert [Indicator.model_validate(each).code for each in indicators]


def test_the_whole_method_gives_what_its_facts_expect() -> None:
    (written,) = [block for block in BLOCKS if "method" in block]
    (told,) = [block for block in BLOCKS if "scores" in block and "units" in block]
    method = read_method(yaml.safe_dump(written, allow_unicode=True))
    facts = read_facts(yaml.safe_dump(told, allow_unicode=True))
    trial = try_method(method, {unit.code: unit.name for unit in facts.units}, events_of(facts, method.method))
    assert facts.expected
    assert differences(trial, facts.expected) == []
    assert [found.level for found in findings(method, trial)] == ["提示"]  # that nobody has scored yi
