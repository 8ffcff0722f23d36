"""What the authors of a method get wrong though it can be read: findings, in Chinese, with path and advice. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from services.scoring.fold import witnesses
from services.scoring.method import Method
from services.scoring.method_faults import faults_of
from services.scoring.rules.awards import Bonus, Gate, Veto
from services.scoring.rules.base import ZERO, ScoredRule
from services.scoring.rules.completion import Completion
from services.scoring.rules.formula import names, parse
from services.scoring.rules.incidents import Incidents
from services.scoring.rules.indicators import PREFIX
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.levels import BaseSteps, StepTable, TargetRatio
from services.scoring.rules.measures import MeasuredRule
from services.scoring.rules.mixed import Composite
from services.scoring.rules.numbers import gaps, plain
from services.scoring.rules.panel import Panel
from services.scoring.rules.peers import Efficacy, MinMax, PeerMaxRatio, RankInterpolated, RankSteps
from services.scoring.rules.reporting import ThreeWay
from services.scoring.trial import Trial
from services.scoring.wording import source_of

Level = Literal["错误", "问题", "提示"]
"""错误: adoption refuses it. 问题: it can be adopted and is surely not meant. 提示: worth a look."""


_UNBOUNDED = Decimal(-1000)
"""What stands for no lower limit."""


class Finding(NamedTuple):
    """Something the authors should look at."""

    level: Level
    path: str
    text: str


def findings(method: Method, trial: Trial | None = None) -> list[Finding]:
    """Return what is wrong or odd; with a trial also what no fact touched."""
    refused = [Finding("错误", fault.path, _fault_text(fault.words, fault.expected)) for fault in faults_of(method)]
    found = [*refused, *_grades(method), *_criteria(method), *_undeclared(method), *_small_classes(method)]
    if trial is not None:
        found += [*_without_data(method, trial), *_units_without(trial), *_unused(trial)]
    return found


def _fault_text(words: str, expected: str | None) -> str:
    return f"{words}（可用：{expected}）" if expected else words


def _grades(method: Method) -> Iterator[Finding]:
    if not method.grades or not method.scored:
        return
    low, high = _attainable(method)
    bands = [grade.band for grade in method.grades]
    for between in gaps(bands):
        yield Finding("问题", "grades", f"总分落在 {between} 时没有等次")
    for index, grade in enumerate(method.grades):
        above = high is not None and grade.band.low is not None and (
            grade.band.low > high or (grade.band.low == high and not grade.band.has_low)
        )  # fmt: skip
        below = grade.band.high is not None and (
            grade.band.high < low or (grade.band.high == low and not grade.band.has_high)
        )
        if above:
            yield Finding(
                "问题", f"grades.{index}.band", f"“{grade.title}”{grade.band} 无法达到：总分最高 {plain(high or ZERO)}"
            )
        if below:
            yield Finding(
                "问题", f"grades.{index}.band", f"“{grade.title}”{grade.band} 无人会落入：总分最低 {plain(low)}"
            )
        if grade.quota is not None and _units_known(method) and grade.quota.places(_units_known(method)) == 0:
            yield Finding("问题", f"grades.{index}.quota", f"“{grade.title}”名额为 0，无人能得")
    lowest = bands[-1].low
    if lowest is not None and lowest > low:
        yield Finding("问题", "grades", f"总分低于 {plain(lowest)} 时没有等次")
    top = bands[0].high
    if top is not None and (high is None or top < high):
        yield Finding("问题", "grades", f"总分高于 {plain(top)} 时没有等次")


def _units_known(method: Method) -> int:
    classes = method.subjects.classes
    return min((len(each.units) for each in classes), default=len(method.subjects.units))


def _attainable(method: Method) -> tuple[Decimal, Decimal | None]:
    """Return the lowest and the highest possible total; None where there is no highest."""
    codes = [each.code if each else None for each in method.classes()]
    high = max(method.full_total(code) for code in codes)
    high += sum(
        ((_highest(rule) - rule.max) * rule.weight for rule in method.scored if _counts_plainly(method, rule)), ZERO
    )
    low = sum((min(ZERO, _lowest(rule)) * rule.weight for rule in method.scored), ZERO)
    for bonus in method.of_kind(Bonus):
        if bonus.caps.year is None:
            return low, None
        high += bonus.caps.year
    return low, high


def _counts_plainly(method: Method, rule: ScoredRule) -> bool:
    """Return whether a point of the criterion is a point of the total."""
    blocks = {block.code: block for block in method.all_blocks}
    block = blocks.get(rule.block or "")
    return not rule.by_class and (block is None or (block.combine == "sum" and block.weight == 1))


def _highest(rule: ScoredRule) -> Decimal:
    """Return the most that a criterion can give, which its parameters may keep above or below its full marks."""
    match rule:
        case TargetRatio():
            return rule.max if rule.shortfall is not None or rule.cap is None else rule.cap * rule.max
        case BaseSteps():
            return rule.max if rule.clamp is None or rule.clamp.high is None else rule.clamp.high
        case StepTable():
            return max(line.points for line in rule.table)
        case Incidents():
            return _most_of_incidents(rule)
    return getattr(rule, "cap", None) or rule.max


def _most_of_incidents(rule: Incidents) -> Decimal:
    base = rule.max if rule.base is None else rule.base
    ladders = (rule.escalating, *(each.escalating for each in rule.incidents))
    gives = any((each.points or ZERO) > ZERO for each in rule.incidents) or any(
        rung > ZERO for ladder in ladders for rung in ladder
    )
    limit = rule.max if rule.cap is None else rule.cap
    return limit if gives else min(base, limit)


def _lowest(rule: ScoredRule) -> Decimal:
    match rule:
        case BaseSteps() if rule.clamp is not None:
            return _UNBOUNDED if rule.clamp.low is None else rule.clamp.low
        case StepTable():
            return min(line.points for line in rule.table)
        case RankInterpolated():
            return rule.last
        case Efficacy():
            return ZERO if rule.clamp or rule.satisfactory is rule.unsatisfactory is None else _UNBOUNDED
    floor = getattr(rule, "floor", ZERO)
    return floor if isinstance(floor, Decimal) else ZERO


def _criteria(method: Method) -> Iterator[Finding]:
    for index, rule in enumerate(method.criteria):
        path = f"criteria.{index}"
        match rule:
            case Completion() | StepTable() | Panel() | ThreeWay() | Lateness():
                yield from _table(rule, path)
            case RankSteps():
                yield from _ranks(method, rule, path)
            case _:
                pass
        base = None if isinstance(rule, Efficacy) else getattr(rule, "base", None)
        if isinstance(rule, ScoredRule) and base is not None and base > rule.max:
            yield Finding("问题", f"{path}.base", f"基础分 {plain(base)} 高于满分 {plain(rule.max)}")
        if isinstance(rule, ScoredRule) and _highest(rule) < rule.max:
            yield Finding("问题", path, f"“{rule.title}”最多得 {plain(_highest(rule))}，达不到满分 {plain(rule.max)}")
        if isinstance(rule, Bonus) and rule.caps.month and rule.caps.year and rule.caps.month > rule.caps.year:
            month, year = plain(rule.caps.month), plain(rule.caps.year)
            yield Finding("问题", f"{path}.caps", f"每月上限 {month} 高于全年上限 {year}，不起作用")


def _table(rule: Completion | StepTable | Panel | ThreeWay | Lateness, path: str) -> Iterator[Finding]:
    match rule:
        case Completion():
            yield from _later_is_better(f"{path}.lateness", [(step.days, step.factor) for step in rule.lateness])
        case Lateness():
            yield from _later_is_better(f"{path}.table", [(line.days, line.points) for line in rule.table])
        case StepTable():
            for between in gaps([line.band for line in rule.table]):
                yield Finding("问题", f"{path}.table", f"数值落在 {between} 时没有分值，按不适用处理")
        case Panel():
            weights = sum((group.weight for group in rule.groups), ZERO)
            if weights not in {Decimal(1), Decimal(100)}:
                yield Finding("问题", f"{path}.groups", f"各组权重之和为 {plain(weights)}，不是 1 或 100")
        case ThreeWay() if not rule.points.missing <= rule.points.chased <= rule.points.on_time:
            yield Finding("问题", f"{path}.points", "按时、催报、未报三档分值应依次不升")


def _later_is_better(path: str, steps: Sequence[tuple[int, Decimal]]) -> Iterator[Finding]:
    for (_, before), (days, after) in pairwise(steps):
        if after > before:
            yield Finding("问题", path, f"逾期更久（{days}天）反而得分更高")


def _ranks(method: Method, rule: RankSteps, path: str) -> Iterator[Finding]:
    count = _units_known(method)
    if count and rule.max - rule.step * (count - 1) < rule.floor:
        last = int((rule.max - rule.floor) / rule.step) + 1
        yield Finding("提示", path, f"{count}个单位中第{last + 1}名起均为最低分 {plain(rule.floor)}")


def _undeclared(method: Method) -> Iterator[Finding]:
    if not method.indicators:
        return
    read = {name for rule in method.criteria for text in rule.indicators() for name in names(parse(text))}
    read |= {name for each in method.indicators if each.formula for name in names(parse(each.formula))}
    for code in sorted(read - method.declared.keys()):
        yield Finding("问题", "indicators", f"用到的指标 {code} 没有声明；已声明：{'、'.join(sorted(method.declared))}")
    for code in sorted(method.declared.keys() - read):
        yield Finding("提示", "indicators", f"指标“{method.declared[code].title}”没有被任何项目使用")


def _small_classes(method: Method) -> Iterator[Finding]:
    peers = (RankSteps, RankInterpolated, PeerMaxRatio, MinMax, Efficacy)
    comparing = [rule.title for rule in method.scored if isinstance(rule, peers) and rule.peers == "class"]
    for each in method.subjects.classes:
        if len(each.units) == 1 and comparing:
            yield Finding("问题", "subjects.classes", f"“{each.title}”只有1个单位，“{comparing[0]}”无从比较")


def _without_data(method: Method, trial: Trial) -> Iterator[Finding]:
    seen = {line.criterion for line in trial.lines}
    for index, rule in enumerate(method.criteria):
        missing = [code for code in _reported_by(method, rule) if PREFIX + code not in seen]
        path = f"criteria.{index}"
        if missing:
            yield Finding("问题", path, f"“{rule.title}”没有数据：事实中没有指标 {'、'.join(missing)}")
        elif rule.code not in seen and _needs_lines(rule):
            level: Level = "提示" if isinstance(rule, Incidents) else "问题"
            yield Finding(level, path, f"“{rule.title}”没有数据：{source_of(method, rule)}均无相符事项")


def _needs_lines(rule: object) -> bool:
    """Return whether a criterion without any line says nothing; none of what is deducted or awarded is a fact too."""
    if isinstance(rule, Veto | Bonus | Composite):
        return False
    if isinstance(rule, Gate):
        return bool(rule.match)
    return not isinstance(rule, MeasuredRule) or rule.measure.expression is None


def _reported_by(method: Method, rule: object) -> list[str]:
    expressions: Iterable[str] = getattr(rule, "indicators", tuple)()
    codes: dict[str, None] = {}
    for expression in expressions:
        codes |= dict.fromkeys(method.reported_in(expression))
    return list(codes)


def _units_without(trial: Trial) -> Iterator[Finding]:
    touched = {line.unit for line in trial.lines}
    for unit, name in trial.names.items():
        if unit not in touched and unit not in trial.method.subjects.left_out:
            yield Finding("问题", "units", f"{name or unit}没有任何数据")


def _unused(trial: Trial) -> Iterator[Finding]:
    known = {kind for _, kinds in witnesses(trial.method) for kind in kinds}
    for event in trial.unused:
        name = event.type.removeprefix("cn.xietiao.").removesuffix(".v1")
        why = "没有符合条件的项目，或不在考核期内" if event.type in known else "没有项目考核这类事项"
        yield Finding("提示", "facts", f"{name}（{event.time.date()}）未计入：{why}")
