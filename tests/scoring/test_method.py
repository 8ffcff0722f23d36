"""A method is refused with path and reason, and read exactly as it is written."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from services.scoring.fold import Fold
from services.scoring.method import Method, method_schema, read_method
from shared.errors import InvalidError
from tests.scoring.builders import METHOD

BACKWARDS = [{"days": 2, "factor": 1}, {"days": 1, "factor": 1}]
SHIPPED = Path("deploy/seed/methods")


def refused(**changed: object) -> InvalidError:
    with pytest.raises(InvalidError) as caught:
        read_method(yaml.safe_dump(METHOD | changed, allow_unicode=True))
    return caught.value


def with_criterion(**changed: object) -> list[dict[str, Any]]:
    return [METHOD["criteria"][0] | changed, *METHOD["criteria"][1:]]


def test_decimals_are_read_as_written() -> None:
    found = read_method(yaml.safe_dump(METHOD, allow_unicode=True))
    assert found.criteria[0].lateness[0].factor == Decimal("0.9")  # type: ignore[union-attr]


def test_a_method_survives_the_way_through_its_event() -> None:
    found = read_method(yaml.safe_dump(METHOD, allow_unicode=True))
    assert Method.model_validate(found.to_body()) == found


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_methods_are_valid(path: Path) -> None:
    assert read_method(path.read_text(encoding="utf-8")).criteria


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"total": "99"}, "total", "add up to 100, not 99"),
        ({"criteria": []}, "criteria", "at least 1"),
        ({"criteria": with_criterion(kind="magic")}, "criteria.0", "magic"),
        ({"criteria": with_criterion(code="discipline")}, "criteria", "each code may stand once"),
        ({"criteria": with_criterion(maximum="1")}, "criteria.0.maximum", "not permitted"),
        ({"criteria": with_criterion(max="0")}, "criteria.0.max", "greater than 0"),
        ({"criteria": with_criterion(lateness=BACKWARDS)}, "criteria.0", "ascend"),
        ({"assessed": {"from": "2026-12-31", "to": "2026-01-01"}}, "assessed", "is before"),
        ({"group": "schools"}, "group", "'departments' or 'townships'"),
        ({"version": "0"}, "version", "greater than or equal to 1"),
    ],
)  # fmt: skip
def test_a_faulty_method_is_refused_with_its_path(changed: dict[str, Any], field: str, reason: str) -> None:
    (fault,) = refused(**changed).faults
    assert fault.field == field
    assert reason in fault.reason


def test_an_unknown_event_is_refused_with_those_there_are() -> None:
    incident = METHOD["criteria"][1] | {"incidents": [{"event": "tasks.task-exploded", "points": "-1", "text": "x"}]}
    fault, *_ = refused(criteria=[METHOD["criteria"][0], incident, *METHOD["criteria"][2:]]).faults
    assert fault.field == "criteria.1.incidents.0.event"
    assert "tasks.assignment-sent-back" in fault.reason


def test_the_published_schema_knows_the_events() -> None:
    validator = jsonschema_rs.validator_for(method_schema())
    incident = {"event": "tasks.slip-issued", "points": -1, "text": "x"}
    criterion = {"code": "c", "title": "项", "kind": "incidents", "max": 10}
    assert validator.is_valid(METHOD | {"criteria": [criterion | {"incidents": [incident]}]})
    unknown = incident | {"event": "tasks.slip-eaten"}
    assert not validator.is_valid(METHOD | {"criteria": [criterion | {"incidents": [unknown]}]})


@pytest.mark.parametrize("text", ["- a\n- b", "plain", "", "a: [", "a: &x [*x]"])
def test_what_is_no_method_at_all_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        read_method(text)


FIRST = Path("tests/scoring/method_of_first_version.json")


def test_a_method_that_was_adopted_before_the_language_grew_is_still_the_same() -> None:
    """The body of the shipped method as the first version of the language wrote it into the log."""
    held = Method.model_validate(json.loads(FIRST.read_text(encoding="utf-8")))
    shipped = read_method((SHIPPED / "departments-illustrative.yaml").read_text(encoding="utf-8"))
    assert held.to_body() == shipped.to_body()
    assert Fold.of(1, held).criteria.keys() >= {"cn.xietiao.tasks.assignment-progressed.v1"}
