"""What makes a method as a whole refused, though each part is well formed: path and reason of every fault."""

from collections.abc import Iterable, Iterator

from services.scoring.grading import share_text
from services.scoring.method import Method
from services.scoring.rules.awards import Gate, Veto
from services.scoring.rules.formula import names, parse
from services.scoring.rules.lateness import Lateness
from services.scoring.rules.numbers import overlapping, plain
from shared.errors import FieldFault

_MOST_DERIVED = 20
"""Other formulas behind one formula: far more than a county derives, far fewer than would exhaust the stack."""


def faults_of(method: Method) -> Iterator[FieldFault]:
    """Yield each fault."""
    yield from _codes(method)
    yield from _indicators(method)
    yield from _blocks(method)
    yield from _classes(method)
    if not method.scored:
        yield FieldFault(field="criteria", reason="no criterion has full marks: a method of bonus, veto and gate only")
        return
    yield from _totals(method)
    yield from _grades(method)
    yield from _criteria(method)


def _codes(method: Method) -> Iterator[FieldFault]:
    codes = [criterion.code for criterion in method.criteria]
    if len(set(codes)) != len(codes):
        yield FieldFault(field="criteria", reason=f"each code may stand once, found {', '.join(codes)}")
    blocks = [block.code for block in method.blocks]
    if len({*blocks, *codes}) != len(blocks) + len(set(codes)):
        yield FieldFault(field="blocks", reason="a block's code may stand once, and no criterion may have it")
    for index, code in enumerate(method.tie_break):
        if code not in {*codes, *blocks}:
            yield _unknown(f"tie_break.{index}", code, "criterion or block", [*codes, *blocks])


def _indicators(method: Method) -> Iterator[FieldFault]:
    codes = [indicator.code for indicator in method.indicators]
    if len(set(codes)) != len(codes):
        yield FieldFault(field="indicators", reason=f"each code may stand once, found {', '.join(codes)}")
    for index, indicator in enumerate(method.indicators):
        behind = _behind(method, indicator.code)
        if indicator.code in behind:
            yield FieldFault(field=f"indicators.{index}.formula", reason=f"{indicator.code} is derived from itself")
        derived = [code for code in behind if code in method.declared and method.declared[code].formula]
        if len(derived) > _MOST_DERIVED:
            reason = f"{indicator.code} is derived over {len(derived)} other formulas; at most {_MOST_DERIVED}"
            yield FieldFault(field=f"indicators.{index}.formula", reason=reason)


def _behind(method: Method, code: str) -> set[str]:
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


def _blocks(method: Method) -> Iterator[FieldFault]:
    known = [block.code for block in method.blocks]
    for index, criterion in enumerate(method.criteria):
        if criterion.block is not None and criterion.block not in known:
            yield _unknown(f"criteria.{index}.block", criterion.block, "block", known)
        elif method.blocks and criterion.block is None and criterion.is_scored:
            yield FieldFault(
                field=f"criteria.{index}.block", reason="the method has blocks: state one", expected=", ".join(known)
            )
    for index, block in enumerate(method.blocks):
        if not method.members(block):
            yield FieldFault(field=f"blocks.{index}", reason=f"block {block.code} has no criterion")
            continue
        full = method.full_marks(block, None)
        if block.max is not None and full != block.max and not method.subjects.classes:
            reason = f"the criteria's full marks come to {plain(full)}, not {plain(block.max)}"
            yield FieldFault(field=f"blocks.{index}.max", reason=reason)


def _classes(method: Method) -> Iterator[FieldFault]:
    known = [each.code for each in method.subjects.classes]
    for index, rule in enumerate(method.criteria):
        for code in getattr(rule, "by_class", {}):
            if code not in known:
                yield _unknown(f"criteria.{index}.by_class", code, "class", known)
    placed = {unit for each in method.subjects.classes for unit in each.units}
    unplaced = [unit for unit in method.subjects.units if placed and unit not in placed]
    if unplaced:
        yield FieldFault(field="subjects.classes", reason=f"in no class: {', '.join(unplaced)}")


def _totals(method: Method) -> Iterator[FieldFault]:
    known = [each.code for each in method.subjects.classes]
    if isinstance(method.total, dict) and set(method.total) != set(known):
        yield FieldFault(field="total", reason="states other classes than subjects.classes", expected=", ".join(known))
        return
    for unit_class in method.classes():
        code = unit_class.code if unit_class else None
        found, stated = method.full_total(code), method.total_of(code)
        if found != stated:
            of_class = f" of class {code}" if code else ""
            reason = f"the criteria's full marks{of_class} add up to {plain(found)}, not {plain(stated)}"
            yield FieldFault(field=f"total.{code}" if isinstance(method.total, dict) else "total", reason=reason)


def _grades(method: Method) -> Iterator[FieldFault]:
    titles = [grade.title for grade in method.grades]
    if len(set(titles)) != len(titles):
        yield FieldFault(field="grades", reason=f"each title may stand once, found {', '.join(titles)}")
    both = overlapping([grade.band for grade in method.grades])
    if both is not None:
        yield FieldFault(field="grades", reason=f"{both[0]} and {both[1]} overlap; a total may lie in one band only")
    lows = [grade.band.low for grade in method.grades]
    if any(low is None for low in lows[:-1]) or [low for low in lows if low is not None] != sorted(
        (low for low in lows if low is not None), reverse=True
    ):
        yield FieldFault(field="grades", reason="the best grade stands first, each next one below it")
    shares = [grade.quota.share for grade in method.grades if grade.quota and grade.quota.share]
    if method.grades and method.grades[-1].quota is not None:
        yield FieldFault(
            field=f"grades.{len(method.grades) - 1}.quota",
            reason="the last grade takes everybody who is left; it can have no quota"
            + (f" ({share_text(shares[-1])})" if shares else ""),
        )


def _criteria(method: Method) -> Iterator[FieldFault]:
    titles = [grade.title for grade in method.grades]
    for index, criterion in enumerate(method.criteria):
        path = f"criteria.{index}"
        if isinstance(criterion, Veto) and criterion.consequence.effect == "cap_grade":
            if criterion.consequence.grade not in titles:
                yield _unknown(f"{path}.consequence.grade", criterion.consequence.grade, "grade", titles)
        elif isinstance(criterion, Gate):
            yield from _gate(method, criterion, path)
        elif isinstance(criterion, Lateness):
            years = range(method.assessed.start.year, method.assessed.end.year + 1)
            unknown = ", ".join(map(str, criterion.unknown_years(years)))
            if unknown:
                yield FieldFault(
                    field=f"{path}.calendar", reason=f"nobody has said yet which days of {unknown} are worked"
                )
        if getattr(criterion, "deduction_factor", None) and criterion.not_applicable != "scale_deductions":  # type: ignore[union-attr]
            yield FieldFault(field=f"{path}.deduction_factor", reason="only with not_applicable: scale_deductions")


def _gate(method: Method, gate: Gate, path: str) -> Iterator[FieldFault]:
    blocks = [block.code for block in method.blocks]
    if gate.scope not in {"total", *blocks}:
        yield _unknown(f"{path}.scope", gate.scope, "block", ["total", *blocks])
    if gate.effect == "lowest_grade" and not method.grades:
        yield FieldFault(field=f"{path}.effect", reason="the method has no grades")


def _unknown(field: str, found: str, what: str, known: Iterable[str]) -> FieldFault:
    return FieldFault(
        field=field, reason=f"there is no {what} {found}", expected=", ".join(known) or "none is declared"
    )
