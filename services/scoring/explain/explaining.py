"""One number explained, and two moments compared. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from services.scoring.domain import LedgerRow
from services.scoring.figures import ObservedFigures
from services.scoring.method import Criterion, Method
from services.scoring.rules.adjustments import PREFIX as ADJUSTMENT
from services.scoring.rules.awards import Bonus, Veto
from services.scoring.rules.base import EXACT, ZERO, ScoredRule, Tally
from services.scoring.rules.indicators import PREFIX as INDICATOR
from services.scoring.scores import CriterionScore, Ground, TalliesByCriterion, criterion_score
from services.scoring.standings import Standing


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A criterion whose points differ between two moments."""

    criterion: str
    title: str
    before: Decimal | None
    after: Decimal | None
    formula_before: str
    formula_after: str
    peers: tuple[str, ...]
    """Other units whose tally under the criterion moved: with peer rules they change a score as well."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A ledger line that came, changed or went between two moments; `before` None: it was not there."""

    moved_at: datetime
    """The time for which it stands afterwards; of one that went, for which it stood before."""
    criterion: str
    source_key: str
    before: LedgerRow | None
    after: LedgerRow | None


def needed_codes(method: Method, rule: Criterion) -> list[str]:
    """Return under which names the tallies stand that a criterion's score is computed from."""
    behind = {code for expression in rule.indicators() for code in method.reported_in(expression)}
    return [rule.code, ADJUSTMENT + rule.code, *(INDICATOR + code for code in sorted(behind))]


def needed_units(rule: Criterion, unit: str) -> list[str] | None:
    """Return whose tallies a unit's score is computed from; None: everybody's."""
    return None if rule.compares or (isinstance(rule, ScoredRule) and rule.joint) else [unit]


def explained(
    method: Method, rule: Criterion, units: Sequence[str], tallies: TalliesByCriterion, unit: str
) -> CriterionScore:
    """Return a criterion's score of one unit with formula, inputs, rounding and what was missing."""
    ground = Ground(method, tallies, ObservedFigures(method.indicators, tallies, units, method.year), units)
    with localcontext(EXACT):
        if isinstance(rule, ScoredRule):
            return criterion_score(ground, rule, unit)
        facts = ground.facts(rule.code, unit)
        if isinstance(rule, Bonus):
            score = rule.score(unit, facts)
            points = score.points or ZERO
            return CriterionScore(
                rule.code, rule.title, ZERO, points, score.formula, rule.kind, None, points, "不取舍", score.inputs
            )
        reason = rule.is_triggered(unit, facts) if isinstance(rule, Veto) else rule.is_failed(unit, facts)
        return CriterionScore(rule.code, rule.title, ZERO, None, reason or "未触发", rule.kind)


def score_changes(
    unit: str, before: tuple[Standing, TalliesByCriterion], after: tuple[Standing, TalliesByCriterion]
) -> list[ScoreChange]:
    """Return the criteria whose points differ, in the method's order."""
    earlier = {score.criterion: score for score in (*before[0].criteria, *before[0].bonuses)}
    found = []
    for score in (*after[0].criteria, *after[0].bonuses):
        old = earlier[score.criterion]
        if old.points != score.points:
            peers = tuple(_moved(before[1], after[1], score.criterion) - {unit})
            found.append(
                ScoreChange(
                    score.criterion, score.title, old.points, score.points, old.formula, score.formula,
                    tuple(sorted(peers)),
                )
            )  # fmt: skip
    return found


def _moved(before: TalliesByCriterion, after: TalliesByCriterion, criterion: str) -> set[str]:
    earlier, later = before.get(criterion, {}), after.get(criterion, {})
    return {unit for unit in earlier.keys() | later.keys() if _sums(earlier.get(unit)) != _sums(later.get(unit))}


def _sums(tally: Tally | None) -> Mapping[str, object]:
    parts = {} if tally is None else tally.parts
    return {key: part for key, part in parts.items() if part.lines}
