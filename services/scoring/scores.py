"""One unit's scores: each criterion, what is not applicable, adjustments, blocks. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from services.scoring.grading import Block, Rounding
from services.scoring.method import Method
from services.scoring.rules.adjustments import PREFIX as ADJUSTMENT
from services.scoring.rules.base import (
    EMPTY,
    ONE,
    ZERO,
    Facts,
    Figures,
    Input,
    Score,
    ScoredRule,
    Tally,
    signed,
)  # fmt: skip
from services.scoring.rules.numbers import plain, rounded

TalliesByCriterion = Mapping[str, Mapping[str, Tally]]
"""Tally by criterion (`indicator.…` and `adjustment.…` too), then by unit."""


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One criterion's points for one unit, rounded as the method says, and how they came about."""

    criterion: str
    title: str
    max: Decimal
    points: Decimal | None
    formula: str
    kind: str = ""
    block: str | None = None
    exact: Decimal | None = None
    """The points before rounding."""
    rounding: str = ""
    inputs: tuple[Input, ...] = ()
    wanted: str | None = None
    weight: Decimal = ONE
    is_granted: bool = False
    """Whether nothing was measured and the method gives full marks for it."""

    @property
    def is_measured(self) -> bool:
        """Return whether the points come of facts."""
        return self.points is not None and not self.is_granted


@dataclass(frozen=True, slots=True)
class BlockScore:
    """What a block gives; None where nothing in it is applicable."""

    block: str
    title: str
    max: Decimal
    points: Decimal | None
    formula: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What all standings of a method are computed from."""

    method: Method
    tallies: TalliesByCriterion
    figures: Figures
    units: Sequence[str]
    known: dict[tuple[str, str | None, bool], Facts] = field(default_factory=dict)

    def class_of(self, unit: str) -> str | None:
        """Return the class in which a unit stands."""
        return self.method.subjects.class_of(unit)

    def facts(self, code: str, unit: str, *, all_units: bool = False) -> Facts:
        """Return what a rule may know: tallies of assessed units only, for a stranger must not move anybody's rank."""
        mine = self.class_of(unit)
        key = code, mine, all_units
        if key not in self.known:
            tallies = self.tallies.get(code, {})
            peers = [other for other in self.units if all_units or self.class_of(other) == mine]
            self.known[key] = Facts({peer: tallies.get(peer, EMPTY) for peer in peers}, self.figures)
        return self.known[key]


def criterion_score(ground: Ground, criterion: ScoredRule, unit: str) -> CriterionScore:
    """Return what a criterion gives a unit, joint items averaged, adjustments added, rounded."""
    rule = criterion.for_class(ground.class_of(unit))
    score = _with_adjustment(_joint(ground, criterion, unit), ground, rule, unit)
    points, formula = score.points, score.formula
    is_granted = points is None and rule.not_applicable == "full_marks"
    if is_granted:
        points, formula = rule.max, f"{formula}，按满分计"
    rounds = ground.method.rounds
    given = _rounded(points, rounds.criterion, rounds)
    return CriterionScore(
        rule.code, rule.title, rule.max, given, formula, getattr(rule, "kind", ""), rule.block, points,
        rounding_text(rounds.criterion, rounds), score.inputs, score.wanted, rule.weight, is_granted,
    )  # fmt: skip


def _single(ground: Ground, criterion: ScoredRule, unit: str) -> Score:
    rule = criterion.for_class(ground.class_of(unit))
    return rule.score(unit, ground.facts(rule.code, unit, all_units=rule.peers == "all"))


def _joint(ground: Ground, criterion: ScoredRule, unit: str) -> Score:
    """Return the mean over the units that signed together; those to whom it is not applicable are left out."""
    group = next((group for group in criterion.joint if unit in group), None)
    if group is None:
        return _single(ground, criterion, unit)
    members = [(member, _single(ground, criterion, member)) for member in group if member in ground.units]
    there = [(member, score, score.points) for member, score in members if score.points is not None]
    if not there:
        return _single(ground, criterion, unit)
    mean = sum((points for _, _, points in there), ZERO) / len(there)
    shown = " + ".join(plain(points) for _, _, points in there)
    inputs = tuple(Input(f"{member}得分", points) for member, _, points in there)
    wanted = "；".join(f"{member}：{score.wanted}" for member, score, _ in there if score.wanted)
    return Score(mean, f"共同承担：({shown}) ÷ {len(there)}", inputs, wanted or None)


def _with_adjustment(score: Score, ground: Ground, rule: ScoredRule, unit: str) -> Score:
    """Return the points with what the office or an appeal gave or took, within 0 and full marks.

    What is not applicable has no points to be taken: it stays so, and is no 0 that would cost all of its marks.
    """
    tally = ground.tallies.get(ADJUSTMENT + rule.code, {}).get(unit, EMPTY)
    if not tally.lines:
        return score
    if score.points is None and tally.points <= ZERO:
        return replace(score, formula=f"{score.formula}；调整 {signed(tally.points)}，不适用，无分可扣")
    before = ZERO if score.points is None else score.points
    high = max(rule.max, before)
    points = max(min(ZERO, before), min(high, before + tally.points))
    formula = f"{score.formula}；调整 {signed(tally.points)}，限 0～{plain(high)}"
    taken = f"调整不扣 {plain(-tally.points)} 分" if tally.points < ZERO else None
    wanted = "；".join(filter(None, (score.wanted, taken))) if points < rule.max else None
    return Score(points, formula, (*score.inputs, Input("调整", tally.points)), wanted or None)


def _rounded(points: Decimal | None, places: int | None, rounds: Rounding) -> Decimal | None:
    return points if points is None or places is None else rounded(points, places, rounds.mode)


_MODES = {"half_up": "四舍五入", "half_even": "四舍六入五成双", "down": "直接舍去"}


def rounding_text(places: int | None, rounds: Rounding) -> str:
    """Return how a number was rounded."""
    return "不取舍" if places is None else f"保留{places}位小数，{_MODES[rounds.mode]}"


def block_score(ground: Ground, block: Block, unit_class: str | None, scores: Sequence[CriterionScore]) -> BlockScore:
    """Return a block's points, with what is not applicable made up for by what is measured in the rest of it."""
    method = ground.method
    full = method.full_marks(block, unit_class)
    if not any(score.is_measured for score in scores) and any(score.points is None for score in scores):
        return BlockScore(block.code, block.title, full, None, "各项均不适用")
    points, formula = _combined(method, block, unit_class, scores)
    return BlockScore(block.code, block.title, full, _rounded(points, method.rounds.block, method.rounds), formula)


def _combined(
    method: Method, block: Block, unit_class: str | None, scores: Sequence[CriterionScore]
) -> tuple[Decimal, str]:
    rules = {rule.code: rule for rule in method.members(block)}
    missing = [score for score in scores if score.points is None]
    scaled = [score for score in missing if rules[score.criterion].not_applicable == "scale_deductions"]
    there = [score for score in scores if score.points is not None]
    earned = sum((points * score.weight for score in there if (points := score.points) is not None), ZERO)
    possible = sum((score.max * score.weight for score in there), ZERO)
    whole = sum((score.max * score.weight for score in scores), ZERO)
    weights = sum((score.weight for score in scores), ZERO)
    divisor, mean = (weights, f" ÷ {plain(weights)}") if block.combine == "mean" else (ONE, "")
    if not missing:
        return earned / divisor, (" + ".join(_weighted(score) for score in scores) + mean)
    if scaled:
        earned, possible, text = _scaled_deductions(rules, scaled, earned, possible)
    else:
        text = plain(earned)
    if possible == whole:
        return earned / divisor, f"{text}{mean}"
    full = method.full_marks(block, unit_class)
    return earned * full / possible, f"{text} ÷ {plain(possible)} × {plain(full)}（不适用的项目按比例折算）"


def _weighted(score: CriterionScore) -> str:
    points = plain(score.points or ZERO)
    return points if score.weight == ONE else f"{points} × {plain(score.weight)}"


def _scaled_deductions(
    rules: Mapping[str, ScoredRule], scaled: Sequence[CriterionScore], earned: Decimal, possible: Decimal
) -> tuple[Decimal, Decimal, str]:
    """Return the sum with the scaled criteria at full marks and the rest's deductions times the factor, not below 0."""
    added = sum((score.max * score.weight for score in scaled), ZERO)
    factor = ONE
    for score in scaled:
        factor *= rules[score.criterion].deduction_factor or (possible + added) / possible
    deducted = (possible - earned) * factor
    text = (
        f"{plain(possible + added)} − ({plain(possible)} − {plain(earned)}) × {plain(factor)}（其余各项扣分按系数放大）"
    )
    return max(ZERO, possible + added - deducted), possible + added, text
