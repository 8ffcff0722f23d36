"""What makes a method as a whole refused, though each part is well formed: path and reason of every fault."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from services.scoring.rules.awards import Gate, Veto
from services.scoring.rules.formula import names, parse
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.numbers import overlapping, plain

if TYPE_CHECKING:
    from services.scoring.method import Method  # which asks for its own faults when it is read

_MOST_DERIVED = 20
"""Other formulas behind one formula: far more than a county derives, far fewer than would exhaust the stack."""


NONE_DECLARED = "none is declared"


class Fault(NamedTuple):
    """One fault: for programs and for the office."""

    path: str
    reason: str
    words: str
    """The reason in Chinese."""
    expected: str | None = None


def faults_of(method: "Method") -> Iterator[Fault]:
    """Yield each fault."""
    yield from _codes(method)
    yield from _indicators(method)
    yield from _blocks(method)
    yield from _classes(method)
    if not method.scored:
        reason = "no criterion has full marks: a method of bonus, veto and gate only"
        yield Fault("criteria", reason, "没有一个项目有分值，只有加分、否决和底线")
        return
    yield from _totals(method)
    yield from _grades(method)
    yield from _criteria(method)


def _codes(method: "Method") -> Iterator[Fault]:
    codes = [criterion.code for criterion in method.criteria]
    yield from _twice("criteria", codes)
    blocks = [block.code for block in method.blocks]
    if len({*blocks, *codes}) != len(blocks) + len(set(codes)):
        reason = "a block's code may stand once, and no criterion may have it"
        yield Fault("blocks", reason, "板块代码只能出现一次，也不能与项目代码相同")
    for index, code in enumerate(method.tie_break):
        if code not in {*codes, *blocks}:
            yield _unknown(f"tie_break.{index}", code, "criterion or block", "项目或板块", [*codes, *blocks])


def _twice(path: str, names: Sequence[str]) -> Iterator[Fault]:
    if len(set(names)) != len(names):
        found = ", ".join(names)
        yield Fault(path, f"each code may stand once, found {found}", f"代码或名称重复：{found}")


def _indicators(method: "Method") -> Iterator[Fault]:
    yield from _twice("indicators", [indicator.code for indicator in method.indicators])
    for index, indicator in enumerate(method.indicators):
        path = f"indicators.{index}.formula"
        behind = _behind(method, indicator.code)
        if indicator.code in behind:
            yield Fault(path, f"{indicator.code} is derived from itself", f"“{indicator.title}”的公式用到了它自己")
        derived = [code for code in behind if code in method.declared and method.declared[code].formula]
        if len(derived) > _MOST_DERIVED:
            reason = f"{indicator.code} is derived over {len(derived)} other formulas; at most {_MOST_DERIVED}"
            yield Fault(path, reason, f"“{indicator.title}”经过 {len(derived)} 个公式推导，最多 {_MOST_DERIVED} 个")


def _behind(method: "Method", code: str) -> set[str]:
    """Return every indicator that one is derived from, over any number of formulas."""
    found: set[str] = set()
    waiting = [code]
    while waiting:
        indicator = method.declared.get(waiting.pop())
        if indicator is not None and indicator.formula is not None:
            fresh = set(names(parse(indicator.formula))) - found
            found |= fresh
            waiting += fresh
    return found


def _blocks(method: "Method") -> Iterator[Fault]:
    known = [block.code for block in method.blocks]
    for index, criterion in enumerate(method.criteria):
        path = f"criteria.{index}.block"
        if criterion.block is not None and criterion.block not in known:
            yield _unknown(path, criterion.block, "block", "板块", known)
        elif method.blocks and criterion.block is None and criterion.is_scored:
            words = f"“{criterion.title}”没有写明属于哪个板块"
            yield Fault(path, "the method has blocks: state one", words, ", ".join(known))
    for index, block in enumerate(method.blocks):
        if not method.members(block):
            yield Fault(f"blocks.{index}", f"block {block.code} has no criterion", f"板块“{block.title}”没有项目")
            continue
        full = method.full_marks(block, None)
        if block.max is not None and full != block.max and not method.subjects.classes:
            reason = f"the criteria's full marks come to {plain(full)}, not {plain(block.max)}"
            words = f"板块“{block.title}”各项分值合计 {plain(full)}，不是写明的 {plain(block.max)}"
            yield Fault(f"blocks.{index}.max", reason, words)


def _classes(method: "Method") -> Iterator[Fault]:
    known = [each.code for each in method.subjects.classes]
    for index, rule in enumerate(method.criteria):
        for code in getattr(rule, "by_class", {}):
            if code not in known:
                yield _unknown(f"criteria.{index}.by_class", code, "class", "类别", known)
    placed = {unit for each in method.subjects.classes for unit in each.units}
    unplaced = ", ".join(unit for unit in method.subjects.units if placed and unit not in placed)
    if unplaced:
        yield Fault("subjects.classes", f"in no class: {unplaced}", f"没有编入任何类别：{unplaced}")


def _totals(method: "Method") -> Iterator[Fault]:
    known = [each.code for each in method.subjects.classes]
    if isinstance(method.total, dict) and set(method.total) != set(known):
        reason = "states other classes than subjects.classes"
        yield Fault("total", reason, "写明总分的类别与考核对象的类别不一致", ", ".join(known))
        return
    for unit_class in method.classes():
        code = unit_class.code if unit_class else None
        found, stated = method.full_total(code), method.total_of(code)
        if found != stated:
            of_class = f" of class {code}" if code else ""
            reason = f"the criteria's full marks{of_class} add up to {plain(found)}, not {plain(stated)}"
            words = (
                f"{unit_class.title if unit_class else ''}各项分值合计 {plain(found)}，不是写明的总分 {plain(stated)}"
            )
            yield Fault(f"total.{code}" if isinstance(method.total, dict) else "total", reason, words)


def _grades(method: "Method") -> Iterator[Fault]:
    yield from _twice("grades", [grade.title for grade in method.grades])
    both = overlapping([grade.band for grade in method.grades])
    if both is not None:
        reason = f"{both[0]} and {both[1]} overlap; a total may lie in one band only"
        yield Fault("grades", reason, f"等次分数段 {both[0]} 与 {both[1]} 重叠，一个总分只能属于一个等次")
    lows = [grade.band.low for grade in method.grades]
    stated = [low for low in lows if low is not None]
    if None in lows[:-1] or stated != sorted(stated, reverse=True):
        yield Fault("grades", "the best grade stands first, each next one below it", "等次应由高到低排列")
    if method.grades and method.grades[-1].quota is not None:
        reason = "the last grade takes everybody who is left; it can have no quota"
        yield Fault(f"grades.{len(method.grades) - 1}.quota", reason, "最低等次不能限定名额")


def _criteria(method: "Method") -> Iterator[Fault]:
    titles = [grade.title for grade in method.grades]
    for index, criterion in enumerate(method.criteria):
        path = f"criteria.{index}"
        if isinstance(criterion, Veto) and criterion.consequence.effect == "cap_grade":
            if criterion.consequence.grade not in titles:
                yield _unknown(f"{path}.consequence.grade", criterion.consequence.grade, "grade", "等次", titles)
        elif isinstance(criterion, Gate):
            yield from _gate(method, criterion, path)
        elif isinstance(criterion, Lateness):
            yield from _calendar(method, criterion, path)
        if getattr(criterion, "deduction_factor", None) and _policy(criterion) != "scale_deductions":
            reason = "only with not_applicable: scale_deductions"
            yield Fault(f"{path}.deduction_factor", reason, "扣分放大系数只与 scale_deductions 一起使用")


def _policy(criterion: object) -> str:
    return str(getattr(criterion, "not_applicable", ""))


def _calendar(method: "Method", lateness: Lateness, path: str) -> Iterator[Fault]:
    years = range(method.assessed.start.year, method.assessed.end.year + 1)
    unknown = ", ".join(map(str, lateness.unknown_years(years)))
    if unknown:
        reason = f"nobody has said yet which days of {unknown} are worked"
        yield Fault(f"{path}.calendar", reason, f"{unknown} 年的工作日尚未公布，请在 calendar 中写明")


def _gate(method: "Method", gate: Gate, path: str) -> Iterator[Fault]:
    blocks = [block.code for block in method.blocks]
    if gate.scope not in {"total", *blocks}:
        yield _unknown(f"{path}.scope", gate.scope, "block", "板块", ["total", *blocks])
    if gate.effect == "lowest_grade" and not method.grades:
        yield Fault(f"{path}.effect", "the method has no grades", "办法没有规定等次")


def _unknown(path: str, found: str, what: str, words: str, known: Iterable[str]) -> Fault:
    expected = ", ".join(known) or NONE_DECLARED
    return Fault(path, f"there is no {what} {found}", f"没有{words} {found}", expected)
