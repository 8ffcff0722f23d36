"""Values of indicators for the rules: reported ones out of tallies, derived ones by their formulas. Pure."""

from collections.abc import Mapping, Sequence
from decimal import localcontext

from services.scoring.rules.base import EMPTY, EXACT, ZERO, Figure, Tally
from services.scoring.rules.formula import Scope, Shift, evaluate, parse
from services.scoring.rules.indicators import PREFIX, Indicator, observed_in

_LAST = {"H": 2, "Q": 4, "": 12}


class ObservedFigures:
    """The figures of one standing; each is computed once."""

    def __init__(
        self,
        indicators: Sequence[Indicator],
        tallies: Mapping[str, Mapping[str, Tally]],
        units: Sequence[str],
        period: str,
    ) -> None:
        """Take the tallies by criterion and unit; `period` is the assessed year's."""
        self._declared = {indicator.code: indicator for indicator in indicators}
        self._tallies = tallies
        self._units = units
        self._period = period
        self._known: dict[tuple[str, Scope], Figure] = {}
        self._totals: dict[tuple[str, str], Figure] = {}

    def of(self, unit: str, expression: str, period: str | None) -> Figure:
        """Return a unit's value of an indicator or formula in a period."""
        return self._computed(expression, Scope(unit, period or self._period))

    def _computed(self, expression: str, scope: Scope) -> Figure:
        key = expression, scope
        if key not in self._known:
            with localcontext(EXACT):
                self._known[key] = evaluate(parse(expression), scope, self._lookup, self._moved)
        return self._known[key]

    def _lookup(self, code: str, scope: Scope) -> Figure:
        declared = self._declared.get(code)
        if declared is not None and declared.formula is not None:
            return self._computed(declared.formula, scope)
        if scope.unit is not None:
            return self._reported(code, scope.unit, scope.period)
        key = code, scope.period
        if key not in self._totals:
            self._totals[key] = self._total(*key)
        return self._totals[key]

    def _total(self, code: str, period: str) -> Figure:
        total = ZERO
        for unit in self._units:
            found = self._reported(code, unit, period)
            if found.value is None:
                return Figure(None, f"合计缺少 {unit}：{found.reason}")
            total += found.value
        return Figure(total)

    def _reported(self, code: str, unit: str, period: str) -> Figure:
        declared = self._declared.get(code)
        title = declared.title if declared else code
        definitions = declared.definitions if declared else ()
        found = observed_in(self._tallies.get(PREFIX + code, {}).get(unit, EMPTY).parts, period, definitions)
        if not found:
            return Figure(None, f"没有 {period} 期的“{title}”数据")
        if found[0].lines > 1 or (not definitions and len(found) > 1):
            return Figure(None, f"“{title}”同一期有多份报表，办法没有指明以哪份为准")
        return Figure(found[0].points)

    @staticmethod
    def _moved(function: Shift, scope: Scope) -> Scope:
        match function:
            case "county":
                return Scope(None, scope.period)
            case "previous":
                return Scope(scope.unit, period_before(scope.period))
            case _:
                return Scope(scope.unit, year_before(scope.period))


def year_before(period: str) -> str:
    """Return the same period a year earlier."""
    return f"{int(period[:4]) - 1:04d}{period[4:]}"


def period_before(period: str) -> str:
    """Return the period before: 2026-Q1 gives 2025-Q4, 2026 gives 2025."""
    year, _, within = period.partition("-")
    if not within:
        return f"{int(year) - 1:04d}"
    letter, number = (within[0], int(within[1:])) if within[0].isalpha() else ("", int(within))
    if number == 1:
        year, number = f"{int(year) - 1:04d}", _LAST[letter] + 1
    return f"{year}-{letter}{number - 1}" if letter else f"{year}-{number - 1:02d}"
