"""How low and how high scores and totals can be by a method's own numbers; None where there is no limit. Pure."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from services.scoring.grading import Assessed, Block
from services.scoring.method import Method
from services.scoring.rules.awards import Bonus
from services.scoring.rules.base import ZERO, ScoredRule
from services.scoring.rules.incidents import Incidents
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.levels import BaseSteps, StepTable, TargetRatio
from services.scoring.rules.mixed import INNER_MAX, Composite
from services.scoring.rules.peers import Efficacy, RankInterpolated
from services.scoring.rules.reporting import ThreeWay

Limit = Decimal | None
"""None: no limit."""


def lowest(rule: ScoredRule) -> Limit:
    """Return the least that a rule can give."""
    match rule:
        case BaseSteps():
            return ZERO if rule.clamp is None else rule.clamp.low
        case StepTable():
            return min(line.points for line in rule.table)
        case RankInterpolated():
            return min(rule.last, rule.last * max(rule.coefficients.values(), default=Decimal(1)))
        case Efficacy():
            below = rule.unsatisfactory is not None and not rule.clamp
            return None if below else rule.base * rule.max / (rule.base + rule.span)
        case Composite():
            return _mixed(rule, lowest)
    floor = getattr(rule, "floor", ZERO)
    return floor if isinstance(floor, Decimal) else ZERO


def highest(rule: ScoredRule) -> Limit:  # noqa: PLR0911 - one answer per kind
    """Return the most that a rule can give, which its parameters may keep above or below its full marks."""
    match rule:
        case TargetRatio():
            return rule.max if rule.shortfall is not None else _times(rule.cap, rule.max)
        case BaseSteps():
            return rule.max if rule.clamp is None else rule.clamp.high
        case StepTable():
            return max(line.points for line in rule.table)
        case RankInterpolated():
            first = rule.max if rule.first is None else rule.first
            return first * max((Decimal(1), *rule.coefficients.values()))
        case Efficacy():
            return None if rule.satisfactory is not None and not rule.clamp else rule.max
        case Composite():
            return _mixed(rule, highest)
        case Incidents() | ThreeWay() | Lateness():
            return _from_base(rule)
    cap = getattr(rule, "cap", None)
    return rule.max if cap is None else cap


def _times(cap: Limit, full: Decimal) -> Limit:
    return None if cap is None else cap * full


def _mixed(rule: Composite, limit: Callable[[ScoredRule], Limit]) -> Limit:
    found = [(part.weight, limit(part.rule)) for part in rule.parts]
    weights = sum((weight for weight, _ in found), ZERO)
    total = _sum(None if each is None else weight * each for weight, each in found)
    return None if total is None else total * rule.max / weights / INNER_MAX


def _from_base(rule: Incidents | ThreeWay | Lateness) -> Decimal:
    base = rule.max if rule.base is None else rule.base
    limit = rule.max if not isinstance(rule, Incidents) or rule.cap is None else rule.cap
    return limit if any(points > ZERO for points in _points(rule)) else min(base, limit)


def _points(rule: Incidents | ThreeWay | Lateness) -> Iterable[Decimal]:
    match rule:
        case Incidents():
            ladders = (rule.escalating, *(each.escalating for each in rule.incidents))
            return [*(each.points or ZERO for each in rule.incidents), *(rung for ladder in ladders for rung in ladder)]
        case ThreeWay():
            return rule.points.on_time, rule.points.chased, rule.points.missing
        case _:
            return [line.points for line in rule.table]


def _sum(limits: Iterable[Limit]) -> Limit:
    total = ZERO
    for limit in limits:
        if limit is None:
            return None
        total += limit
    return total


def lowest_total(method: Method, unit_class: str | None) -> Limit:
    """Return the lowest total of a class; 0 or below, for the office may take what a criterion gives."""
    return _sum(_of_block(method, block, unit_class, _lowest_or_zero) for block in method.all_blocks)


def highest_total(method: Method, unit_class: str | None) -> Limit:
    """Return the highest total of a class, with every bonus."""
    blocks = _sum(_of_block(method, block, unit_class, highest) for block in method.all_blocks)
    return _sum([blocks, *(_most_of_bonus(bonus, method.assessed) for bonus in method.of_kind(Bonus))])


def _lowest_or_zero(rule: ScoredRule) -> Limit:
    found = lowest(rule)
    return None if found is None else min(ZERO, found)


def _of_block(method: Method, block: Block, unit_class: str | None, limit: Callable[[ScoredRule], Limit]) -> Limit:
    rules = [rule.for_class(unit_class) for rule in method.members(block)]
    total = _sum(_times(limit(rule), rule.weight) for rule in rules)
    weights = sum((rule.weight for rule in rules), ZERO)
    if total is None or not weights:
        return total
    return (total / weights if block.combine == "mean" else total) * block.weight


def _most_of_bonus(bonus: Bonus, assessed: Assessed) -> Limit:
    months = (assessed.end.year - assessed.start.year) * 12 + assessed.end.month - assessed.start.month + 1
    by_months = _times(bonus.caps.month, Decimal(months))
    limits = [limit for limit in (bonus.caps.year, by_months) if limit is not None]
    return min(limits, default=None)
