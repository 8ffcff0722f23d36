"""From tallies to standings: scores, blocks, bonus, vetoes and gates, totals, ranks, grades. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext

from services.scoring.figures import ObservedFigures
from services.scoring.method import Method
from services.scoring.ranking import Ranked, graded, ranked
from services.scoring.rules.awards import Bonus, Gate, Veto
from services.scoring.rules.base import EXACT, ZERO, Tally, signed
from services.scoring.rules.numbers import plain, rounded
from services.scoring.scores import (
    BlockScore,
    CriterionScore,
    Ground,
    TalliesByCriterion,
    block_score,
    criterion_score,
    rounding_text,
)  # fmt: skip
from services.scoring.unscored import notes_by_unit, unscored

__all__ = ["BlockScore", "CriterionScore", "Standing", "TalliesByCriterion", "Tally", "standings"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's total and its place; rank and total None where the method does not rank it."""

    unit: str
    rank: int | None
    total: Decimal | None
    formula: str
    criteria: tuple[CriterionScore, ...]
    unit_class: str | None = None
    grade: str | None = None
    blocks: tuple[BlockScore, ...] = ()
    bonuses: tuple[CriterionScore, ...] = ()
    notes: tuple[str, ...] = ()
    """Vetoes, gates, why it is not ranked, raters' scores that are missing, why the grade is another; Chinese."""
    rolled_up: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What vetoes and gates say of a unit."""

    notes: tuple[str, ...] = ()
    is_eligible: bool = True
    is_zero: bool = False
    zero_blocks: frozenset[str] = frozenset()
    highest_grade: int = 0


def standings(method: Method, units: Sequence[str], tallies: TalliesByCriterion) -> list[Standing]:
    """Return every unit's standing, best first; equal totals share the better rank, unranked units come last."""
    figures = ObservedFigures(method.indicators, tallies, units, method.year)
    ground = Ground(method, tallies, figures, units)
    with localcontext(EXACT):
        missing = notes_by_unit(unscored(method, units, tallies))
        assessed = [_assess(ground, unit, missing.get(unit, ())) for unit in units]
        placed = _placed(method, assessed)
    order = {code.code if code else None: index for index, code in enumerate(method.classes())}
    return sorted(placed, key=lambda s: (order.get(s.unit_class, 99), s.rank is None, s.rank or 0, s.unit))


@dataclass(frozen=True, slots=True)
class _Assessed:
    standing: Standing
    verdict: _Verdict


def _assess(ground: Ground, unit: str, missing: tuple[str, ...]) -> _Assessed:
    method, unit_class = ground.method, ground.class_of(unit)
    scores = tuple(criterion_score(ground, rule, unit) for rule in method.scored)
    blocks = tuple(
        block_score(ground, block, unit_class, [s for s in scores if not method.blocks or s.block == block.code])
        for block in method.all_blocks
    )
    bonuses = tuple(_bonus(ground, rule, unit) for rule in method.of_kind(Bonus))
    verdict = _verdict(ground, unit)
    blocks = tuple(_zeroed(block) if block.block in verdict.zero_blocks else block for block in blocks)
    total, formula, notes = _total(ground, unit_class, scores, blocks, bonuses, verdict)
    standing = Standing(
        unit, None, total, formula, scores, unit_class, None, blocks if method.blocks else (), bonuses,
        (*verdict.notes, *notes, *missing), _rolled_up(method, total),
    )  # fmt: skip
    return _Assessed(standing, verdict)


def _zeroed(block: BlockScore) -> BlockScore:
    if block.points is None:
        return block
    return replace(block, points=ZERO, formula=f"{block.formula}，该板块计 0")


def _bonus(ground: Ground, rule: Bonus, unit: str) -> CriterionScore:
    score = rule.score(unit, ground.facts(rule.code, unit))
    points = score.points or ZERO
    return CriterionScore(
        rule.code, rule.title, ZERO, points, score.formula, rule.kind, None, points, "不取舍", score.inputs
    )


def _verdict(ground: Ground, unit: str) -> _Verdict:
    found = _Verdict()
    for rule in ground.method.of_kind(Veto, Gate):
        facts = ground.facts(rule.code, unit)
        reason = rule.is_triggered(unit, facts) if isinstance(rule, Veto) else rule.is_failed(unit, facts)
        if reason is not None:
            found = _struck(ground.method, rule, reason, found)
    return found


def _struck(method: Method, rule: Veto | Gate, reason: str, found: _Verdict) -> _Verdict:
    titles = [grade.title for grade in method.grades]
    effect = rule.consequence.effect if isinstance(rule, Veto) else rule.effect
    match effect:
        case "ineligible":
            return replace(found, notes=(*found.notes, f"{reason}，取消评定资格"), is_eligible=False)
        case "cap_grade":
            title = getattr(getattr(rule, "consequence", None), "grade", "")
            highest = max(found.highest_grade, titles.index(title))
            return replace(found, notes=(*found.notes, f"{reason}，等次不高于“{title}”"), highest_grade=highest)
        case "lowest_grade":
            return replace(found, notes=(*found.notes, f"{reason}，定为“{titles[-1]}”"), highest_grade=len(titles) - 1)
    scope = rule.scope if isinstance(rule, Gate) else "total"
    if scope == "total":
        return replace(found, notes=(*found.notes, f"{reason}，总分计 0"), is_zero=True)
    zero = found.zero_blocks | {scope}
    return replace(found, notes=(*found.notes, f"{reason}，该板块计 0"), zero_blocks=zero)


def _total(
    ground: Ground,
    unit_class: str | None,
    scores: Sequence[CriterionScore],
    blocks: Sequence[BlockScore],
    bonuses: Sequence[CriterionScore],
    verdict: _Verdict,
) -> tuple[Decimal | None, str, tuple[str, ...]]:
    method = ground.method
    reason = _why_unranked(method, unit_class, scores)
    if reason is not None:
        return None, reason, (reason,)
    if verdict.is_zero:
        return ZERO, "总分计 0", ()
    total, formula = _sum_of_blocks(method, unit_class, blocks)
    added = sum((bonus.points or ZERO for bonus in bonuses), ZERO)
    if added:
        formula = f"{formula} {signed(added)}（加分）"
    rounds = method.rounds
    return rounded(total + added, rounds.total, rounds.mode), formula, ()


def _why_unranked(method: Method, unit_class: str | None, scores: Sequence[CriterionScore]) -> str | None:
    if method.subjects.classes and unit_class is None:
        return "未编入任何类别，不参加排名"
    policies = {rule.code: rule.not_applicable for rule in method.scored}
    missing = [score for score in scores if score.points is None]
    excluding = next((score for score in missing if policies[score.criterion] == "exclude"), None)
    if excluding is not None:
        return f"“{excluding.title}”不适用，不参加排名"
    return None if any(score.is_measured for score in scores) else "各项均不适用，不参加排名"


def _sum_of_blocks(method: Method, unit_class: str | None, blocks: Sequence[BlockScore]) -> tuple[Decimal, str]:
    """Return the weighted sum; a block in which nothing is applicable is made up for by the others."""
    weights = {block.code: block.weight for block in method.all_blocks}
    there = [block for block in blocks if block.points is not None]
    earned = sum((_points(block) * weights[block.block] for block in there), ZERO)
    if len(there) == len(blocks) == 1:
        return earned, there[0].formula
    shown = " + ".join(
        plain(_points(block)) + (f" × {plain(weights[block.block])}" if weights[block.block] != 1 else "")
        for block in there
    )
    if len(there) == len(blocks):
        return earned, shown
    possible = sum((block.max * weights[block.block] for block in there), ZERO)
    full = method.full_total(unit_class)
    return earned * full / possible, f"({shown}) ÷ {plain(possible)} × {plain(full)}（不适用的板块按比例折算）"


def _points(block: BlockScore) -> Decimal:
    return block.points or ZERO


def _rolled_up(method: Method, total: Decimal | None) -> Decimal | None:
    if method.roll_up is None or total is None:
        return None
    return rounded(total * method.roll_up.weight, method.rounds.total, method.rounds.mode)


def _placed(method: Method, assessed: Sequence[_Assessed]) -> list[Standing]:
    """Return the standings with rank and grade, each class by itself."""
    found: list[Standing] = []
    for unit_class in {each.standing.unit_class: None for each in assessed}:
        members = [each for each in assessed if each.standing.unit_class == unit_class]
        entries = [
            Ranked(
                each.standing.unit, each.standing.total, _tie_points(method, each.standing), each.verdict.highest_grade
            )
            for each in members
            if each.standing.total is not None and each.verdict.is_eligible
        ]
        places = ranked(entries)
        grades = graded(method.grades, entries, places)
        found += [_with_place(each.standing, places, grades) for each in members]
    return found


def _tie_points(method: Method, standing: Standing) -> tuple[Decimal, ...]:
    points: Mapping[str, Decimal | None] = {
        **{block.block: block.points for block in standing.blocks},
        **{score.criterion: score.points for score in (*standing.criteria, *standing.bonuses)},
    }
    return tuple(points.get(code) or ZERO for code in method.tie_break)


def _with_place(
    standing: Standing, places: Mapping[str, int], grades: Mapping[str, tuple[str | None, str | None]]
) -> Standing:
    grade, note = grades.get(standing.unit, (None, None))
    notes = standing.notes if note is None else (*standing.notes, note)
    return replace(standing, rank=places.get(standing.unit), grade=grade, notes=notes)


def total_rounding(method: Method) -> str:
    """Return how totals are rounded."""
    return rounding_text(method.rounds.total, method.rounds)
