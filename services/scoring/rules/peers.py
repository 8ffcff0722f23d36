"""Rules that compare a unit with its peers: the assessed units of its class, or all of them.

`peer_max_ratio`, `rank_steps`, `rank_interpolated`, `efficacy`, `min_max`. A unit without a value is not applicable
itself and no peer of the others. Where all are equal and arithmetic gives 0 ÷ 0, the answer is not applicable.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Facts,
    Input,
    Score,
    UnitCode,
    asked_at_adoption,
    clamped,
    limits_text,
    not_applicable,
)  # fmt: skip
from services.scoring.rules.measures import Direction, MeasuredRule, Reference
from services.scoring.rules.numbers import Points, PositivePoints, Ratio, plain, term

_NOBODY = "各单位均无记录，无从比较"


class PeerRule(MeasuredRule):
    """A rule whose answer needs the values of all peers."""

    direction: Direction = "higher"

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the points among the peers that have a value."""
        own = self.measure.of(unit, facts)
        if own.value is None:
            return not_applicable(own.reason)
        values = self.values(facts)
        if self.measure.expression is None and not any(values.values()):
            return not_applicable(_NOBODY)
        return self.among(unit, own.value, values, facts)

    @abstractmethod
    def among(self, unit: str, own: Decimal, values: Mapping[str, Decimal], facts: Facts) -> Score:
        """Return the points of a unit with this value among the values of all peers."""

    def best(self, values: Iterable[Decimal]) -> Decimal:
        """Return the best of the values."""
        return max(values) if self.direction == "higher" else min(values)

    def rank(self, own: Decimal, values: Iterable[Decimal]) -> int:
        """Return 1 + how many are better: equal values share the better rank."""
        return 1 + sum(1 for other in values if (other > own if self.direction == "higher" else other < own))


class PeerMaxRatio(PeerRule):
    """The best gets full marks, the others their share of the best."""

    kind: Literal["peer_max_ratio"]
    negative: Literal["zero", "not_applicable"] = Field("zero", description="What a value below zero gives.")

    def among(self, unit: str, own: Decimal, values: Mapping[str, Decimal], facts: Facts) -> Score:  # noqa: ARG002
        """Return value ÷ best × full marks; there is no share of a best that is not above zero."""
        best = self.best(values.values())
        inputs = (Input("实际值", own), Input("最好值", best))
        over, under = (own, best) if self.direction == "higher" else (best, own)
        if best <= ZERO or under <= ZERO:
            return not_applicable(f"最好值不大于零（{plain(best)}），无法计算比率", *inputs)
        if own < ZERO:
            if self.negative == "not_applicable":
                return not_applicable(f"实际值为负（{plain(own)}），不计算比率", *inputs)
            return Score(ZERO, f"实际值为负（{plain(own)}），得 0", inputs, f"达到 {plain(best)}")
        wanted = None if own == best else f"达到 {plain(best)}"
        return Score(over * self.max / under, f"{plain(over)} ÷ {plain(under)} × {plain(self.max)}", inputs, wanted)


class RankSteps(PeerRule):
    """First gets full marks, `step` less per rank down to the floor; equal values share the better rank."""

    kind: Literal["rank_steps"]
    step: PositivePoints
    floor: Points = ZERO

    def among(self, unit: str, own: Decimal, values: Mapping[str, Decimal], facts: Facts) -> Score:  # noqa: ARG002
        """Return full marks less one step per better unit; a peer alone is first, and so are all if all are equal."""
        rank = self.rank(own, values.values())
        points = max(self.floor, self.max - self.step * (rank - 1))
        formula = f"{plain(own)}，第{rank}名：{plain(self.max)} − {plain(self.step)} × {rank - 1}"
        if points == self.floor:
            formula += f"，不低于 {plain(self.floor)}"
        return Score(points, formula, _ranked(own, rank, values), _to_be_first(rank, self.best(values.values())))


class RankInterpolated(PeerRule):
    """First gets `first`, last gets `last`, the ranks between are spread evenly; times a coefficient per unit."""

    kind: Literal["rank_interpolated"]
    first: Points | None = Field(None, description="Full marks if left out.")
    last: Points = ZERO
    coefficients: dict[UnitCode, Ratio] = Field({}, description="Coefficient per unit; 1 if left out.")

    def among(self, unit: str, own: Decimal, values: Mapping[str, Decimal], facts: Facts) -> Score:  # noqa: ARG002
        """Return the evenly spread points of the rank; with one peer, the first's."""
        first = self.max if self.first is None else self.first
        rank, count = self.rank(own, values.values()), len(values)
        coefficient = self.coefficients.get(unit, ONE)
        lost = (first - self.last) * (rank - 1) / (count - 1) if count > 1 else ZERO
        spread = f"{plain(first)} − ({plain(first)} − {term(self.last)}) × {rank - 1} ÷ {count - 1}"
        formula = f"第{rank}名，共{count}个：{spread}" if count > 1 else f"仅1个单位：{plain(first)}"
        if coefficient != ONE:
            formula = f"({formula}) × {plain(coefficient)}"
        wanted = _to_be_first(rank, self.best(values.values()))
        return Score((first - lost) * coefficient, formula, _ranked(own, rank, values), wanted)


class Efficacy(PeerRule):
    """Efficacy score (功效系数): (x − unsatisfactory) ÷ (satisfactory − unsatisfactory) × span + base.

    The result is in parts of base + span, and counts so of the full marks: with full marks 100, base 60 and span 40 it
    is the points.
    """

    kind: Literal["efficacy"]
    base: Points = Decimal(60)
    span: PositivePoints = Decimal(40)
    clamp: bool = False
    satisfactory: Reference | None = Field(None, description="The best peer's if left out.")
    unsatisfactory: Reference | None = Field(None, description="The worst peer's if left out.")

    @asked_at_adoption
    def _check_bounds(self) -> None:
        high = self.satisfactory.value if self.satisfactory else None
        low = self.unsatisfactory.value if self.unsatisfactory else None
        if self.base + self.span <= ZERO:
            raise ValueError(
                f"span: base {self.base} + span {self.span} is what full marks stand for, and must be above 0"
            )
        if high is not None and low is not None and high != low and (high > low) != (self.direction == "higher"):
            raise ValueError(f"satisfactory {high} and unsatisfactory {low} contradict direction: {self.direction}")

    def references(self) -> Iterable[Reference]:
        """Return the given bounds."""
        return [bound for bound in (self.satisfactory, self.unsatisfactory) if bound is not None]

    def among(self, unit: str, own: Decimal, values: Mapping[str, Decimal], facts: Facts) -> Score:
        """Return the efficacy score; where the satisfactory bound is not the better one there is none."""
        best, worst = (max, min) if self.direction == "higher" else (min, max)
        bounds = []
        for given, of_peers in ((self.satisfactory, best), (self.unsatisfactory, worst)):
            found = given.of(unit, facts, values.values()) if given else None
            if found is not None and found.value is None:
                return not_applicable(found.reason)
            bounds.append(of_peers(values.values()) if found is None or found.value is None else found.value)
        return self._scored(own, *bounds)

    def _scored(self, own: Decimal, high: Decimal, low: Decimal) -> Score:
        inputs = (Input("实际值", own), Input("满意值", high), Input("不允许值", low))
        if high == low:
            return not_applicable(f"满意值与不允许值相等（{plain(high)}），无法计算功效系数", *inputs)
        if (high > low) != (self.direction == "higher"):
            return not_applicable(f"满意值 {plain(high)} 不优于不允许值 {plain(low)}，无法计算功效系数", *inputs)
        whole = self.base + self.span
        if whole == ZERO:
            return not_applicable("基础分与幅度之和为零，无法折合满分", *inputs)
        result = (own - low) * self.span / (high - low) + self.base
        limits = (self.base, whole) if self.clamp else (None, None)
        points = clamped(result, *limits) * self.max / whole
        formula = (
            f"({plain(own)} − {term(low)}) ÷ ({plain(high)} − {term(low)}) × {plain(self.span)} + {plain(self.base)}"
            f"{limits_text(*limits)}"
        )
        if whole != self.max:
            formula = f"[{formula}] × {plain(self.max)} ÷ {plain(whole)}"
        wanted = f"达到满意值 {plain(high)}" if points < self.max else None
        return Score(points, formula, inputs, wanted)


class MinMax(PeerRule):
    """The peers' lowest to highest, spread over 0 to full marks."""

    kind: Literal["min_max"]

    def among(self, unit: str, own: Decimal, values: Mapping[str, Decimal], facts: Facts) -> Score:  # noqa: ARG002
        """Return where the value lies between worst and best; where they are equal there is no between."""
        low, high = min(values.values()), max(values.values())
        inputs = (Input("实际值", own), Input("最低值", low), Input("最高值", high))
        if low == high:
            return not_applicable(f"各单位数值相同（{plain(low)}），无法计算极差", *inputs)
        ahead = own - low if self.direction == "higher" else high - own
        formula = f"{plain(ahead)} ÷ ({plain(high)} − {term(low)}) × {plain(self.max)}"
        wanted = None if ahead == high - low else f"达到 {plain(self.best(values.values()))}"
        return Score(ahead * self.max / (high - low), formula, inputs, wanted)


def _ranked(own: Decimal, rank: int, values: Mapping[str, Decimal]) -> tuple[Input, ...]:
    return Input("实际值", own), Input("名次", Decimal(rank)), Input("参加比较的单位数", Decimal(len(values)))


def _to_be_first(rank: int, best: Decimal) -> str | None:
    return None if rank == 1 else f"第1名：达到 {plain(best)}"
