"""Facts for rules without any event: values of indicators and tallies as a test gives them."""

from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Any

import yaml
from pydantic import TypeAdapter

from services.scoring.method import Criterion
from services.scoring.rules.base import EXACT, Facts, Figure, Score, ScoredRule, Tally
from services.scoring.rules.formula import Scope, evaluate, parse
from services.scoring.rules.numbers import rounded

CRITERION: TypeAdapter[Any] = TypeAdapter(Criterion)
MISSING = "没有数据"


def rule(kind: str, **parameters: object) -> Any:  # noqa: ANN401 - any kind of criterion
    """Return a criterion of a kind, with full marks 10 and the measure `x`."""
    whole: dict[str, object] = {"code": "c", "title": "项", "kind": kind, "max": "10"}
    return CRITERION.validate_python(whole | parameters)


def written(criterion: dict[str, Any], **changed: object) -> str:
    """Return a method of one criterion, which has full marks 10 if it does not say."""
    whole = {"code": "c", "title": "项", "max": 10} | criterion
    head = {
        "method": "m", "version": 1, "title": "试办法", "group": "townships", "subjects": {"units": ["jia", "yi"]},
        "assessed": {"from": "2026-01-01", "to": "2026-12-31"}, "total": whole["max"], "criteria": [whole],
    }  # fmt: skip
    return yaml.safe_dump(head | changed, allow_unicode=True)


class GivenFigures:
    """Indicators by period and unit; a unit or period that is not there is missing."""

    def __init__(self, values: Mapping[str, Mapping[str, str]]) -> None:
        """Take values by `indicator@period`, then unit."""
        self._values = values

    def of(self, unit: str, expression: str, period: str | None) -> Figure:
        """Return the value as the product's figures do."""
        return evaluate(parse(expression), Scope(unit, period or "2026"), self._lookup, _moved)

    def _lookup(self, code: str, scope: Scope) -> Figure:
        found = self._values.get(f"{code}@{scope.period}", {}).get(scope.unit or "")
        return Figure(None, MISSING) if found is None else Figure(Decimal(found))


def _moved(_function: str, scope: Scope) -> Scope:
    return Scope(scope.unit, str(int(scope.period) - 1))


def facts(x: Mapping[str, str | None], **more: Mapping[str, str]) -> Facts:
    """Return facts in which the indicator `x` has these values by unit; `before` are those of the year before."""
    named = {f"{name}@2026": values for name, values in more.items() if name != "before"}
    if "before" in more:
        named["x@2025"] = more["before"]
    present = {unit: value for unit, value in x.items() if value is not None}
    return Facts({unit: Tally() for unit in x}, GivenFigures({"x@2026": present, **named}))


def scores(criterion: ScoredRule, given: Facts) -> dict[str, str | None]:
    """Return each peer's points at two places, half up; None where the criterion is not applicable."""
    return {unit: _shown(score_of(criterion, given, unit)) for unit in given.peers}


def score_of(criterion: ScoredRule, given: Facts, unit: str = "a") -> Score:
    """Return a unit's score, computed as standings compute it."""
    with localcontext(EXACT):
        return criterion.score(unit, given)


def points(criterion: ScoredRule, value: str | None, **more: Mapping[str, str]) -> str | None:
    """Return the points of one unit with one value of `x`."""
    return _shown(score_of(criterion, facts({"a": value}, **more)))


def _shown(score: Score) -> str | None:
    return None if score.points is None else str(rounded(score.points, 2))
