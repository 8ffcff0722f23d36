"""What the authors of a method get wrong though it can be read: findings, in Chinese, with path and advice. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Literal, NamedTuple

from services.scoring.attainable import highest, highest_total, lowest_total
from services.scoring.fold import witnesses
from services.scoring.method import Method
from services.scoring.method_faults import NONE_DECLARED, faults_of
from services.scoring.rules.awards import Bonus, Gate, Veto
from services.scoring.rules.base import EMPTY, ONE, ZERO, Rule, ScoredRule
from services.scoring.rules.completion import Completion
from services.scoring.rules.formula import names, parse
from services.scoring.rules.incidents import Incidents
from services.scoring.rules.indicators import PREFIX
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.levels import ImprovementSteps, StepTable
from services.scoring.rules.matching import short_name
from services.scoring.rules.measures import MeasuredRule
from services.scoring.rules.mixed import Composite
from services.scoring.rules.numbers import Interval, gaps, plain
from services.scoring.rules.panel import Panel
from services.scoring.rules.peers import Efficacy, MinMax, PeerMaxRatio, RankInterpolated, RankSteps
from services.scoring.rules.reporting import ThreeWay
from services.scoring.tallying import tallies_of
from services.scoring.trial import Trial, unused_by_type
from services.scoring.unscored import unscored
from services.scoring.wording import source_of

Level = Literal["错误", "问题", "提示"]
"""错误: adoption refuses it. 问题: it can be adopted and is surely not meant. 提示: worth a look."""


_LONGEST_YEAR = 366
"""Days."""
_NAMED = 8
"""Units that a finding names; of more it says how many."""


class Finding(NamedTuple):
    """Something the authors should look at."""

    level: Level
    path: str
    text: str


def findings(method: Method, trial: Trial | None = None) -> list[Finding]:
    """Return what is wrong or odd; with a trial also what no fact touched."""
    refused = [Finding("错误", fault.path, _fault_text(fault.words, fault.expected)) for fault in faults_of(method)]
    found = [*refused, *_grades(method), *_around(method), *_criteria(method), *_named_units(method)]
    found += [*_undeclared(method), *_small_classes(method)]
    if trial is not None:
        found += [*_without_data(method, trial), *_units_without(trial), *_scores_of(trial), *_unused(trial)]
    return found


def _fault_text(words: str, expected: str | None) -> str:
    return f"{words}（可用：{expected}）" if expected and expected != NONE_DECLARED else words


def _grades(method: Method) -> Iterator[Finding]:
    if not method.grades or not method.scored:
        return
    for between in gaps([grade.band for grade in method.grades]):
        if not _holds_total(between, method.rounds.total):
            continue
        yield Finding("问题", "grades", f"总分落在 {between} 时没有等次")
    codes = [each.code if each else None for each in method.classes()]
    for index, grade in enumerate(method.grades):
        path, text = f"grades.{index}.band", f"“{grade.title}”{grade.band}"
        for whose, reason in _unreachable(method, codes, grade.band):
            yield Finding("问题", path, f"{whose}{text} {reason}")
        if grade.quota is not None and _units_known(method) and grade.quota.places(_units_known(method)) == 0:
            yield Finding("问题", f"grades.{index}.quota", f"“{grade.title}”名额为 0，无人能得")
    yield from _beyond_grades(method, codes)


def _holds_total(between: Interval, places: int) -> bool:
    """Return whether a total of so many places can lie in a bounded interval: none lies between 89.99 and 90."""
    step = ONE.scaleb(-places)
    least = ((between.low or ZERO) / step).to_integral_value(ROUND_CEILING) * step
    return least in between or least + step in between


def _unreachable(method: Method, codes: Sequence[str | None], band: Interval) -> list[tuple[str, str]]:
    """Return for which classes no total can lie in a band, and why; said once if it is so for all for one reason."""
    titles = {each.code: each.title for each in method.subjects.classes}
    found = [(titles.get(code or "", ""), _why_empty(band, method, code)) for code in codes]
    there = [(title, reason) for title, reason in found if reason]
    whole = len(there) == len(codes) and len({reason for _, reason in there}) == 1
    return [("", there[0][1])] if whole else there


def _why_empty(band: Interval, method: Method, code: str | None) -> str:
    low, high = lowest_total(method, code), highest_total(method, code)
    if high is not None and not band.overlaps(Interval(None, has_low=False, high=high, has_high=True)):
        return f"无法达到：总分最高 {plain(high)}"
    if low is not None and not band.overlaps(Interval(low, has_low=True, high=None, has_high=False)):
        return f"无人会落入：总分最低 {plain(low)}"
    return ""


def _beyond_grades(method: Method, codes: Sequence[str | None]) -> Iterator[Finding]:
    lows, highs = ([limit(method, code) for code in codes] for limit in (lowest_total, highest_total))
    last, first = method.grades[-1].band, method.grades[0].band
    bottom, top = last.low, first.high
    if bottom is not None and any(low is None or (low <= bottom and low not in last) for low in lows):
        yield Finding("问题", "grades", f"总分{'低于' if last.has_low else '不高于'} {plain(bottom)} 时没有等次")
    if top is not None and any(high is None or (high >= top and high not in first) for high in highs):
        yield Finding("问题", "grades", f"总分{'高于' if first.has_high else '不低于'} {plain(top)} 时没有等次")


def _units_known(method: Method) -> int:
    classes = method.subjects.classes
    return min((len(each.units) for each in classes), default=len(method.subjects.units))


def _around(method: Method) -> Iterator[Finding]:
    """Yield what is odd about what stands around the criteria."""
    until, last = method.late_data.until, method.assessed.end
    if until != "publication" and until < last:
        yield Finding("问题", "late_data.until", f"迟到数据截止日 {until} 早于考核期末 {last}，其后的事项都不计")
    if (days := (last - method.assessed.start).days + 1) > _LONGEST_YEAR:
        yield Finding("提示", "assessed", f"考核期有 {days} 天，长于一年")
    rounding = method.rounding
    if rounding is not None and "places" in method.model_fields_set and method.places != rounding.total:
        yield Finding("问题", "places", f"已写 rounding（总分 {rounding.total} 位），places: {method.places} 不起作用")
    unscored_codes = {rule.code: rule.title for rule in method.of_kind(Veto, Gate)}
    for index, code in enumerate(method.tie_break):
        if code in unscored_codes:
            yield Finding("问题", f"tie_break.{index}", f"“{unscored_codes[code]}”没有分值，不能用来比较")
    if method.roll_up is not None and method.roll_up.weight > 1:
        yield Finding(
            "问题", "roll_up.weight", f"计入权重 {plain(method.roll_up.weight)} 大于 1；百分之五写作 5% 或 0.05"
        )
    if method.rectification is not None and method.scored:
        below = method.rectification.below
        lows, highs = ([limit(method, each.code if each else None) for each in method.classes()]
                       for limit in (lowest_total, highest_total))  # fmt: skip
        if all(high is not None and high < below for high in highs):
            yield Finding("问题", "rectification.below", f"整改线 {plain(below)} 高于总分最高，所有单位都要整改")
        if all(low is not None and low >= below for low in lows):
            yield Finding("问题", "rectification.below", f"整改线 {plain(below)} 不高于总分最低，没有单位会被要求整改")


def _assessed_units(method: Method) -> frozenset[str]:
    """Return who is assessed, as far as the method itself names them."""
    subjects = method.subjects
    named = subjects.units or [unit for each in subjects.classes for unit in each.units]
    return frozenset(named) - frozenset(subjects.left_out)


def _named_units(method: Method) -> Iterator[Finding]:
    """Yield units that a method names and does not assess, and assessed ones without a reference of their own."""
    yield from _misplaced(method)
    assessed = _assessed_units(method)
    if not assessed:
        return
    for index, rule in enumerate(method.criteria):
        path = f"criteria.{index}"
        by_unit = [(variant, units, each.by_unit) for variant, units in _by_class(method, rule, assessed)
                   for each in getattr(variant, "references", tuple)() if each.by_unit]  # fmt: skip
        for _, units, numbers in by_unit:
            if lacking := sorted(units - numbers.keys()):
                yield Finding("问题", path, f"“{rule.title}”没有给 {_some(lacking)} 核定数值，对其不适用")
        yield from _strangers(path, rule.title, [unit for *_, numbers in by_unit for unit in numbers], assessed)
        yield from _strangers(path, rule.title, getattr(rule, "coefficients", {}), assessed)
        yield from _strangers(path, rule.title, [u for group in getattr(rule, "joint", ()) for u in group], assessed)


def _misplaced(method: Method) -> Iterator[Finding]:
    """Yield units that stand in a class or are left out, and are not assessed or assessed after all."""
    subjects = method.subjects
    named, left_out = set(subjects.units), set(subjects.left_out)
    placed = {unit for each in subjects.classes for unit in each.units}
    if strangers := sorted((placed & left_out) | (placed - named if named else set())):
        yield Finding("问题", "subjects.classes", f"类别里写了不在考核对象内的单位：{_some(strangers)}")
    if named and (strangers := sorted(left_out - named)):
        yield Finding("问题", "subjects.except", f"除外的单位本不在考核对象内：{_some(strangers)}")
    if named and named <= left_out:
        yield Finding("问题", "subjects.except", "考核对象全部除外，没有单位被考核")


def _by_class(method: Method, rule: Rule, assessed: frozenset[str]) -> Iterator[tuple[Rule, frozenset[str]]]:
    """Yield what a criterion is for each class, with those of the assessed units that are in it."""
    for each in method.classes():
        if each is None or not isinstance(rule, ScoredRule):
            yield rule, assessed
            return
        yield rule.for_class(each.code), assessed & frozenset(each.units)


def _strangers(path: str, title: str, named: Iterable[str], assessed: frozenset[str]) -> Iterator[Finding]:
    if strangers := sorted(set(named) - assessed):
        yield Finding("问题", path, f"“{title}”写了不在考核对象内的单位：{_some(strangers)}")


def _some(names: Sequence[str]) -> str:
    return "、".join(names[:_NAMED]) + (f"等{len(names)}个" if len(names) > _NAMED else "")


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
        if isinstance(rule, MeasuredRule) and rule.measure.formula and not [*names(parse(rule.measure.formula))]:
            yield Finding("问题", f"{path}.measure", f"“{rule.title}”的公式没有用到任何指标")
        if isinstance(rule, ScoredRule):
            yield from dict.fromkeys(found for each in rule.variants for found in _limits(each, path))
            yield from _short_of_full_marks(method, rule, path)
        if isinstance(rule, Bonus) and rule.caps.month and rule.caps.year and rule.caps.month > rule.caps.year:
            month, year = plain(rule.caps.month), plain(rule.caps.year)
            yield Finding("问题", f"{path}.caps", f"每月上限 {month} 高于全年上限 {year}，不起作用")


_AT_MOST_FULL = {"base": "基础分", "floor": "最低分", "first": "第1名分"}


def _limits(rule: ScoredRule, path: str) -> Iterator[Finding]:
    """Yield limits of a rule's points that contradict each other or its full marks."""
    for name, words in _AT_MOST_FULL.items():
        value = None if (name, type(rule)) == ("base", Efficacy) else getattr(rule, name, None)
        if value is not None and value > rule.max:
            yield Finding("问题", f"{path}.{name}", f"{words} {plain(value)} 高于满分 {plain(rule.max)}")
    match rule:
        case Incidents() | ImprovementSteps() if rule.cap is not None:
            if rule.floor > rule.cap:
                yield Finding("问题", f"{path}.floor", f"最低分 {plain(rule.floor)} 高于上限 {plain(rule.cap)}")
        case RankInterpolated() if rule.last > (rule.max if rule.first is None else rule.first):
            yield Finding("问题", f"{path}.last", f"末名分 {plain(rule.last)} 高于第1名分")
        case Composite():
            for index, part in enumerate(rule.parts):
                yield from _limits(part.rule, f"{path}.components.{index}.rule")
        case _:
            pass


def _short_of_full_marks(method: Method, rule: ScoredRule, path: str) -> Iterator[Finding]:
    for each in method.classes():
        of_class = rule.for_class(each.code if each else None)
        most = highest(of_class)
        if most is not None and most < of_class.max:
            whose = f"{each.title}“{rule.title}”" if each and rule.by_class else f"“{rule.title}”"
            yield Finding("问题", path, f"{whose}最多得 {plain(most)}，达不到满分 {plain(of_class.max)}")
            if not rule.by_class:
                return


def _table(rule: Completion | StepTable | Panel | ThreeWay | Lateness, path: str) -> Iterator[Finding]:
    match rule:
        case Completion():
            yield from _later_is_better(f"{path}.lateness", [(step.days, step.factor) for step in rule.lateness])
        case Lateness():
            yield from _later_is_better(
                f"{path}.table", [(0, ZERO), *((line.days, line.points) for line in rule.table)]
            )
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
    rules = [variant for rule in method.criteria for variant in rule.variants]
    read = {name for rule in rules for text in rule.indicators() for name in names(parse(text))}
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
        missing = [code for code in dict.fromkeys(method.reported_by(rule)) if PREFIX + code not in seen]
        path = f"criteria.{index}"
        if missing:
            yield Finding("问题", path, f"“{rule.title}”没有数据：事实中没有指标 {'、'.join(missing)}")
        elif rule.code not in seen and _needs_lines(rule):
            level: Level = "提示" if isinstance(rule, Incidents) else "问题"
            yield Finding(level, path, f"“{rule.title}”没有数据：{source_of(method, rule)}均无相符事项")
        elif reason := _for_nobody(trial, rule.code):
            yield Finding("问题", path, f"“{rule.title}”对所有单位都不适用：{reason}")


def _for_nobody(trial: Trial, code: str) -> str | None:
    """Return why a criterion gives no unit a score of its own; None if it gives one."""
    found = [score for standing in trial.standings for score in standing.criteria if score.criterion == code]
    return found[0].formula if found and not any(score.is_measured for score in found) else None


def _scores_of(trial: Trial) -> Iterator[Finding]:
    """Yield whose raters' scores are missing, and where several stand for one that is taken as it is."""
    tallies = tallies_of(trial.lines)
    units = [standing.unit for standing in trial.standings]
    paths = {rule.code: f"criteria.{index}" for index, rule in enumerate(trial.method.criteria)}
    for each in unscored(trial.method, units, tallies):
        yield Finding("提示", paths[each.criterion], f"{trial.names.get(each.unit) or each.unit}：{each.text}")
    for panel in trial.method.of_kind(Panel):
        for unit, title, count in panel.doubly_scored(
            {unit: tallies.get(panel.code, {}).get(unit, EMPTY) for unit in units}
        ):
            name = trial.names.get(unit) or unit
            yield Finding("问题", paths[panel.code], f"{name}：“{title}”直接采用一人评分，却有{count}人")


def _needs_lines(rule: object) -> bool:
    """Return whether a criterion without any line says nothing; none of what is deducted or awarded is a fact too."""
    if isinstance(rule, Veto | Bonus | Composite):
        return False
    if isinstance(rule, Gate):
        return bool(rule.match)
    return not isinstance(rule, MeasuredRule) or rule.measure.expression is None


def _units_without(trial: Trial) -> Iterator[Finding]:
    touched = {line.unit for line in trial.lines}
    named = trial.names.keys() | _assessed_units(trial.method)
    for unit in sorted(named - touched - set(trial.method.subjects.left_out)):
        yield Finding("问题", "units", f"{trial.names.get(unit) or unit}没有任何数据")
    if trial.method.subjects.classes:
        unplaced = [trial.names.get(each.unit) or each.unit for each in trial.standings if each.unit_class is None]
        if unplaced:
            yield Finding("问题", "subjects.classes", f"{_some(unplaced)}未编入任何类别，不参加排名")


def _unused(trial: Trial) -> Iterator[Finding]:
    strangers = sorted({line.unit for line in trial.lines} - trial.names.keys())
    if strangers:
        yield Finding("提示", "facts", f"不在考核对象内，其事项不计：{_some(strangers)}")
    known = {kind for _, kinds in witnesses(trial.method) for kind in kinds}
    for unused in unused_by_type(trial):
        why = "没有符合条件的项目，或不在考核期内" if unused.event_type in known else "没有项目考核这类事项"
        yield Finding("提示", "facts", f"{short_name(unused.event_type)}（{unused.when}）未计入：{why}")
