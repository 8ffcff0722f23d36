"""From tallies to standings: each criterion's score, what is not applicable, the total and the rank. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.scoring.method import Criterion, Method
from services.scoring.rules.base import ZERO, Score, Tally, plain, rounded

TalliesByCriterion = Mapping[str, Mapping[str, Tally]]
"""Tally by criterion, then by unit."""


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One criterion's points for one unit, rounded as the method says, and how they came about."""

    criterion: str
    title: str
    max: Decimal
    points: Decimal | None
    formula: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's total and its place; both None where the method does not rank it."""

    unit: str
    rank: int | None
    total: Decimal | None
    formula: str
    criteria: tuple[CriterionScore, ...]


def standings(method: Method, units: Sequence[str], tallies: TalliesByCriterion) -> list[Standing]:
    """Return every unit's standing, best first; equal totals share the better rank, unranked units come last."""
    peers = {criterion.code: _peers(units, tallies.get(criterion.code, {})) for criterion in method.criteria}
    unranked = [_assess(method, unit, peers) for unit in units]
    totals = [standing.total for standing in unranked if standing.total is not None]
    ranked = [_with_rank(standing, totals) for standing in unranked]
    return sorted(ranked, key=lambda s: (s.rank is None, s.rank or 0, s.unit))


def _peers(units: Sequence[str], tallies: Mapping[str, Tally]) -> Mapping[str, Tally]:
    """Return the tallies of assessed units only: a stranger's tally must not move anybody's rank."""
    return {unit: tallies.get(unit, Tally()) for unit in units}


def _assess(method: Method, unit: str, peers: TalliesByCriterion) -> Standing:
    scores = [
        _criterion_score(criterion, criterion.score(unit, peers[criterion.code]), method.places)
        for criterion in method.criteria
    ]
    total, formula = _total(method, scores)
    return Standing(unit, None, total, formula, tuple(scores))


def _criterion_score(criterion: Criterion, score: Score, places: int) -> CriterionScore:
    points, formula = score.points, score.formula
    if points is None and criterion.not_applicable == "full_marks":
        points, formula = criterion.max, f"{formula}，按满分计"
    if points is not None:
        points = rounded(points, places)
    return CriterionScore(criterion.code, criterion.title, criterion.max, points, formula)


def _total(method: Method, scores: Sequence[CriterionScore]) -> tuple[Decimal | None, str]:
    policies = {criterion.code: criterion.not_applicable for criterion in method.criteria}
    missing = [score for score in scores if score.points is None]
    excluding = next((score for score in missing if policies[score.criterion] == "exclude"), None)
    if excluding is not None:
        return None, f"“{excluding.title}”不适用，不参加排名"
    applicable = [score for score in scores if score.points is not None]
    if not applicable:
        return None, "各项均不适用，不参加排名"
    earned = sum((score.points for score in applicable if score.points is not None), ZERO)
    if not missing:
        return earned, " + ".join(plain(score.points or ZERO) for score in scores)
    possible = sum((score.max for score in applicable), ZERO)
    total = rounded(earned / possible * method.total, method.places)
    return total, f"{plain(earned)} ÷ {plain(possible)} × {plain(method.total)}（不适用的项目按比例折算）"


def _with_rank(standing: Standing, totals: Sequence[Decimal]) -> Standing:
    if standing.total is None:
        return standing
    rank = 1 + sum(1 for other in totals if other > standing.total)
    return Standing(standing.unit, rank, standing.total, standing.formula, standing.criteria)
