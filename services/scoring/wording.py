"""What a criterion measures and how it scores, in Chinese, as a leader reads it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.scoring.event_names import conditions_text, event_name, field_name
from services.scoring.grading import share_text
from services.scoring.method import Method
from services.scoring.rules.awards import Bonus, Gate, Veto
from services.scoring.rules.base import ZERO, Rule, ScoredRule
from services.scoring.rules.completion import Completion
from services.scoring.rules.formula import NAME
from services.scoring.rules.incidents import Caps, Incidents
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.levels import BaseSteps, ImprovementSteps, StepTable, TargetRatio
from services.scoring.rules.matching import EventMatch
from services.scoring.rules.measures import Measure, Reference
from services.scoring.rules.mixed import Composite
from services.scoring.rules.numbers import plain
from services.scoring.rules.panel import Panel
from services.scoring.rules.peers import Efficacy, MinMax, PeerMaxRatio, RankInterpolated, RankSteps
from services.scoring.rules.reporting import ThreeWay

KIND_NAMES: Mapping[str, str] = {
    "completion": "任务完成率", "incidents": "事项加减分", "lateness": "逾期扣分", "three_way": "报送三档计分",
    "target_ratio": "目标完成率", "peer_max_ratio": "与最好单位之比", "improvement_steps": "进步计分",
    "base_steps": "基准增减分", "rank_steps": "名次递减", "rank_interpolated": "名次插值", "efficacy": "功效系数",
    "min_max": "极差标准化", "step_table": "分档计分", "composite": "水平增速增量综合", "panel": "评委评分",
    "bonus": "加分", "veto": "一票否决", "gate": "底线",
}  # fmt: skip

POLICY_NAMES: Mapping[str, str] = {
    "full_marks": "按满分计", "reweight": "分值折算到同板块其余项目", "scale_deductions": "其余项目扣分按系数放大",
    "exclude": "不参加排名",
}  # fmt: skip

_SHOWN = 8
"""Units whose own number is shown."""
_MODES = {"linear": "按比例", "whole_steps": "满一档计一档", "started_steps": "不足一档按一档计"}
_PEERS = {"average": "各单位平均值", "median": "各单位中位数", "highest": "最高值", "lowest": "最低值", "total": "合计"}


_FUNCTIONS = {"year_before": "上年同期", "previous": "上期", "county": "全县合计", "growth": "增速"}


def source_of(method: Method, criterion: Rule) -> str:
    """Return where a criterion's facts come from."""
    measure = getattr(criterion, "measure", None)
    if isinstance(measure, Measure):
        return _measure(method, measure)
    for kind, words in _SOURCES.items():
        if isinstance(criterion, kind):
            return words(criterion)
    raise AssertionError(f"no source for {type(criterion).__name__}")


def _tasks(criterion: Completion) -> str:
    wanted = {"tags": list(criterion.match.tags), "source_kind": list(criterion.match.source_kinds)}
    return conditions_text({key: value for key, value in wanted.items() if value}, criterion.match.roles)


def _events(matches: Iterable[EventMatch], *more: str) -> str:
    return "；".join([*dict.fromkeys(_event(match) for match in matches), *more])


_SOURCES: Mapping[type[Rule], Callable[[Any], str]] = {
    Completion: lambda rule: "交办任务及办结情况" + _tasks(rule),
    Incidents: lambda rule: _events(rule.incidents),
    Lateness: lambda rule: _events(rule.match),
    ThreeWay: lambda rule: f"报表：{'、'.join(rule.definitions)}" if rule.definitions else "全部报表",
    Panel: lambda rule: "、".join(f"{group.title}（{plain(group.weight)}）" for group in rule.groups) + "评分",
    Bonus: lambda rule: _events(rule.awards, "依文件加分"),
    Veto: lambda rule: _events(rule.match, "依文件认定"),
    Gate: lambda rule: _events(rule.match, "依文件认定"),
}


def _event(match: EventMatch) -> str:
    return event_name(match.event) + conditions_text(match.where, match.roles)


def _measure(method: Method, measure: Measure) -> str:
    if measure.expression is None:
        what = "；".join(_event(match) for match in measure.events)
        return f"{what}{'次数' if measure.sum is None else f'的{field_name(measure.sum)}合计'}"
    return f"{indicator_text(method, measure.expression)}，{measure.period or method.year} 期"


def indicator_text(method: Method, expression: str) -> str:
    """Return an indicator by its title, a formula with the titles in it."""
    declared = method.declared.get(expression)
    if declared is not None:
        return declared.title + (f"（{declared.unit_of_measure}）" if declared.unit_of_measure else "")
    titles = {code: indicator.title for code, indicator in method.declared.items()}
    return NAME.sub(lambda found: _FUNCTIONS.get(found[0]) or titles.get(found[0], found[0]), expression)


def scoring_of(method: Method, criterion: Rule) -> str:
    """Return how a criterion turns facts into points, for each class that has parameters of its own."""
    if not isinstance(criterion, ScoredRule):
        return _words(method, criterion)
    said = {each: _words(method, criterion.for_class(each.code if each else None)) for each in method.classes()}
    if len(set(said.values())) == 1:
        return next(iter(said.values())) + _together(method, criterion)
    return "。".join(f"{each.title}：{text}" for each, text in said.items() if each) + _together(method, criterion)


def _words(method: Method, criterion: Rule) -> str:
    for kind, words in _WORDS.items():
        if isinstance(criterion, kind):
            return words(method, criterion)
    raise AssertionError(f"no words for {type(criterion).__name__}")


def _together(method: Method, rule: ScoredRule) -> str:
    """Return with whom a unit is compared, and with whom it signs, where that is not as usual."""
    among = "；与全部考核对象比较" if rule.peers == "all" and method.subjects.classes else ""
    joint = "、".join(f"（{'、'.join(group)}）" for group in rule.joint)
    return among + (f"；共同承担取平均：{joint}" if joint else "")


def policy_of(rule: ScoredRule) -> str:
    """Return what becomes of a criterion that has nothing to measure."""
    factor = f"（{plain(rule.deduction_factor)}）" if rule.deduction_factor is not None else ""
    return POLICY_NAMES[rule.not_applicable] + factor


def _completion(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    shares = f"牵头按 {plain(rule.shares.lead)}、配合按 {plain(rule.shares.cooperating)} 计权"
    late = "；".join(f"逾期{step.days}天起按 {plain(step.factor)} 计" for step in rule.lateness)
    joint = "；共同任务取各承担单位平均" if rule.sharing == "averaged" else ""
    floor = f"；最低 {plain(rule.floor)} 分" if rule.floor else ""
    return f"已完成权重 ÷ 应完成权重 × {plain(rule.max)}；{shares}{f'；{late}' if late else ''}{joint}{floor}"


def _incidents(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    base = rule.max if rule.base is None else rule.base
    lines = "；".join(f"{incident.text} {_incident_points(incident)}".rstrip() for incident in rule.incidents)
    ladder = f"；依次 {_ladder(rule.escalating)}" if rule.escalating else ""
    high = f"；最高 {plain(rule.cap)} 分" if rule.cap is not None else ""
    return f"基础分 {plain(base)}；{lines}{ladder}{_caps(rule.caps)}{high}；最低 {plain(rule.floor)} 分（扣完为止）"


def _incident_points(incident: Any) -> str:  # noqa: ANN401 - an Incident
    each = "" if incident.points is None else f"{_signed(incident.points)} 分/次"
    points = _ladder(incident.escalating) if incident.escalating else each
    back = f"，{'、'.join(map(event_name, incident.taken_back_by))}的不计" if incident.taken_back_by else ""
    return points + (f"，最多 {plain(incident.cap)} 分" if incident.cap else "") + back


def _ladder(points: Sequence[Decimal]) -> str:
    return "、".join(_signed(each) for each in points) + "（以后每次同最后一档）"


def _signed(points: Decimal) -> str:
    return f"+{plain(points)}" if points > 0 else plain(points).replace("-", "−")


def _caps(caps: Caps) -> str:
    month = f"；每月最多 {plain(caps.month)} 分" if caps.month else ""
    return month + (f"；全年最多 {plain(caps.year)} 分" if caps.year else "")


def _lateness(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    days = "工作日" if rule.days == "working" else "自然日"
    table = "；".join(f"逾期{line.days}天 {_signed(line.points)} 分" for line in rule.table)
    base = rule.max if rule.base is None else rule.base
    return f"基础分 {plain(base)}；{table}（{days}，末档为以上）；最低 {plain(rule.floor)} 分"


def _three_way(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    base = rule.max if rule.base is None else rule.base
    on_time, chased, missing = map(_signed, (rule.points.on_time, rule.points.chased, rule.points.missing))
    points = f"按时 {on_time}，催报后报送 {chased}，未报 {missing}"
    single = f"；当期仅一份的按 {plain(rule.single_item)} 计" if rule.single_item != 1 else ""
    return f"基础分 {plain(base)}；每份{points}{single}；最低 {plain(rule.floor)} 分"


def _target(method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    target = _reference(method, rule.target)
    ratio = f"实际 ÷ 目标（{target}）" if rule.direction == "higher" else f"目标（{target}）÷ 实际"
    cliff = f"；完成 {share_text(rule.cliff)} 及以下得 {plain(rule.floor)} 分" if rule.cliff else ""
    if rule.shortfall is not None:
        short = rule.shortfall
        steps = f"每欠 {share_text(short.per)} 扣 {plain(short.points)} 分（{_MODES[short.mode]}）"
        return f"{ratio}；满分 {plain(rule.max)}，{steps}{cliff or _floor(rule.floor)}"
    cap = f"，最高 {share_text(rule.cap)}" if rule.cap is not None else "，不封顶"
    return f"{ratio} × {plain(rule.max)}{cap}{cliff or _floor(rule.floor)}"


def _floor(floor: Decimal) -> str:
    return f"，最低 {_signed(floor).removeprefix('+')} 分" if floor else ""


def _reference(method: Method, reference: Reference) -> str:
    if reference.value is not None:
        return plain(reference.value)
    if reference.peers is not None:
        return _PEERS[reference.peers]
    if reference.by_unit:
        return f"逐单位核定：{_by_unit(reference.by_unit)}"
    return indicator_text(method, reference.indicator or reference.formula or "")


def _by_unit(numbers: Mapping[str, Decimal]) -> str:
    shown = [f"{unit} {plain(number)}" for unit, number in list(numbers.items())[:_SHOWN]]
    return "、".join(shown) + (f"等 {len(numbers)} 个" if len(numbers) > _SHOWN else "")


def _table(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    return "；".join(f"{line.band} 得 {plain(line.points)}" for line in rule.table)


def _base(method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    low, high = (Decimal(0), rule.max) if rule.clamp is None else (rule.clamp.low, rule.clamp.high)
    limits = _between(low, high)
    better, worse = ("高", "低") if rule.direction == "higher" else ("低", "高")
    return (
        f"与{_reference(method, rule.reference)}持平得 {plain(rule.base)}；"
        f"每{better} {plain(rule.step)} 加 {plain(rule.points)}，"
        f"每{worse} {plain(rule.step)} 减 {plain(rule.points)}（{_MODES[rule.mode]}）{limits}"
    )


def _between(low: Decimal | None, high: Decimal | None) -> str:
    if low is None and high is None:
        return "，不设上下限"
    if low is None or high is None:
        return f"，最高 {plain(high)} 分，不设下限" if high is not None else f"，最低 {plain(low or ZERO)} 分，不封顶"
    return f"，{plain(low)}～{plain(high)} 分"


def _improvement(method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    words = {"previous": "上期", "year_before": "上年同期"}
    since = words[rule.since] if isinstance(rule.since, str) else _reference(method, rule.since)
    change = "提高" if rule.direction == "higher" else "降低"
    high = rule.max if rule.cap is None else rule.cap
    step, points = plain(rule.step), plain(rule.points)
    return (
        f"比{since}每{change} {step} 得 {points} 分（{_MODES[rule.mode]}），最高 {plain(high)} 分{_floor(rule.floor)}"
    )


def _rank_steps(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    points = (
        f"第1名 {plain(rule.max)} 分，每低一名减 {plain(rule.step)} 分，最低 {plain(rule.floor)} 分，并列取较好名次"
    )
    return points + _better(rule)


def _better(rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    return "；数值低者为优" if rule.direction == "lower" else ""


def _peer_max_ratio(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    if rule.direction == "lower":
        return f"最好单位 ÷ 实际 × {plain(rule.max)}{_better(rule)}"
    negative = "得 0 分" if rule.negative == "zero" else "不适用"
    return f"实际 ÷ 最好单位 × {plain(rule.max)}；负值{negative}"


def _rank_interpolated(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    first = rule.max if rule.first is None else rule.first
    coefficient = f"，乘以单位系数：{_by_unit(rule.coefficients)}" if rule.coefficients else ""
    return f"第1名 {plain(first)} 分，末名 {plain(rule.last)} 分，其间均匀递减{coefficient}{_better(rule)}"


def _efficacy(method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    high = _reference(method, rule.satisfactory) if rule.satisfactory else "最好值"
    low = _reference(method, rule.unsatisfactory) if rule.unsatisfactory else "最差值"
    clamp = "，限于两端" if rule.clamp else ""
    return (
        f"（实际 − 不允许值 {low}）÷（满意值 {high} − 不允许值 {low}）"
        f"× {plain(rule.span)} + {plain(rule.base)}{clamp}，折合满分 {plain(rule.max)}{_better(rule)}"
    )


def _composite(method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    parts = [
        f"{part.title}（权重 {plain(part.weight)}，{KIND_NAMES[part.rule.kind]}：{_words(method, part.rule)}）"
        for part in rule.parts
    ]
    missing = "；缺一项即不适用" if rule.missing == "not_applicable" else ""
    return f"{'、'.join(parts)}，加权平均，折合满分 {plain(rule.max)}{missing}"


def _panel(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    words = {"mean": "取平均", "trimmed": "去掉最高最低后平均", "direct": "直接采用"}
    groups = "；".join(f"{group.title}占 {plain(group.weight)}，{words[group.average]}" for group in rule.groups)
    scale = f"评分满分 {plain(rule.highest)}，" if rule.highest != rule.max else ""
    missing = "；有一组未评分即不适用" if rule.missing == "not_applicable" else ""
    return f"{groups}；{scale}折合满分 {plain(rule.max)}{missing}"


def _bonus(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    awards = "；".join(f"{award.text} +{plain(award.points)}" for award in rule.awards)
    higher = "；同一事项只取最高" if rule.higher_only else ""
    return f"{awards or '依文件加分'}{_caps(rule.caps)}{higher}"


def _veto(_method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    if rule.consequence.effect == "cap_grade":
        return f"发生即等次不高于“{rule.consequence.grade}”"
    return "发生即取消评定资格"


def _gate(method: Method, rule: Any) -> str:  # noqa: ANN401 - see _WORDS
    least = Decimal(1) if rule.at_least is None and rule.at_most is None else rule.at_least
    bounds = ([f"不少于 {plain(least)}"] if least is not None else []) + (
        [f"不超过 {plain(rule.at_most)}"] if rule.at_most is not None else []
    )
    titles = {block.code: f"板块“{block.title}”" for block in method.blocks}
    zero = f"{titles.get(rule.scope, '总分')}计 0"
    effects = {"zero": zero, "lowest_grade": "定为最低等次", "ineligible": "取消评定资格"}
    return f"应{'、'.join(bounds)}，否则{effects[rule.effect]}"


_WORDS: Mapping[type[Rule], Callable[[Method, Any], str]] = {
    Completion: _completion,
    Incidents: _incidents,
    Lateness: _lateness,
    ThreeWay: _three_way,
    TargetRatio: _target,
    StepTable: _table,
    BaseSteps: _base,
    ImprovementSteps: _improvement,
    PeerMaxRatio: _peer_max_ratio,
    RankSteps: _rank_steps,
    RankInterpolated: _rank_interpolated,
    Efficacy: _efficacy,
    MinMax: lambda _method, rule: f"最差 0 分，最好 {plain(rule.max)} 分，其间按比例{_better(rule)}",
    Composite: _composite,
    Panel: _panel,
    Bonus: _bonus,
    Veto: _veto,
    Gate: _gate,
}
