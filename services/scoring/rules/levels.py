"""Rules that hold a unit's value against something fixed or its own past.

`target_ratio`, `step_table`, `base_steps`, `improvement_steps`. Where arithmetic gives no answer (a target that is not
above zero, a value in no band, nothing to compare with) the criterion is not applicable, with that reason.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from services.scoring.rules.base import (
    HUNDRED,
    ONE,
    ZERO,
    Facts,
    Figure,
    Input,
    Score,
    Strict,
    asked_at_adoption,
    clamped,
    limits_text,
    not_applicable,
    signed,
)  # fmt: skip
from services.scoring.rules.measures import Direction, MeasuredRule, Reference
from services.scoring.rules.numbers import (
    Interval,
    Points,
    PositiveAmount,
    PositivePoints,
    Ratio,
    overlapping,
    plain,
    rounded,
)  # fmt: skip

Mode = Literal["linear", "whole_steps", "started_steps"]
_GUARD_PLACES = 30
"""A quotient is looked at to so many places before whole steps are counted: 0.99…9 from a division cut short is 1."""


def steps_in(difference: Decimal, step: Decimal, mode: Mode) -> Decimal:
    """Return how many steps a difference has; whole ones truncate towards zero, started ones count in full."""
    exact = difference / step
    if mode == "linear":
        return exact
    seen = rounded(exact, _GUARD_PLACES)
    whole = rounded(seen, 0, "down")
    if mode == "started_steps" and whole != seen:
        whole += ONE if seen > ZERO else -ONE
    return whole


class Clamp(Strict):
    """Limits of a result; left out on one side, it is open there."""

    low: Points | None = Field(None, alias="from")
    high: Points | None = Field(None, alias="to")

    @asked_at_adoption
    def _check_order(self) -> None:
        if self.low is not None and self.high is not None and self.high < self.low:
            raise ValueError(f"to: {self.high} is below from: {self.low}")


class Shortfall(Strict):
    """So many points off for each part of the target that is missing."""

    per: Ratio = Field(description="E.g. 10%.")
    points: PositivePoints
    mode: Mode = "whole_steps"


class TargetRatio(MeasuredRule):
    """Actual ÷ target × full marks."""

    kind: Literal["target_ratio"]
    target: Reference
    cap: Ratio | None = Field(ONE, description="Counts at most so much of the target: 1 or 100%, 120%; null: no cap.")
    floor: Points = ZERO
    cliff: Ratio | None = Field(None, description="At most so much of the target done gives the floor.")
    shortfall: Shortfall | None = Field(None, description="Points off by steps instead of pro rata.")
    direction: Direction = Field("higher", description="lower: target ÷ actual, for what should be small.")

    def references(self) -> Iterable[Reference]:
        """Return the target."""
        return (self.target,)

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the part of the target times full marks; a target that is not above zero gives no ratio."""
        actual = self.measure.of(unit, facts)
        if actual.value is None:
            return not_applicable(actual.reason)
        target = self.target.of(unit, facts, self.values(facts).values())
        if target.value is None:
            return not_applicable(target.reason)
        inputs = (Input("实际值", actual.value), Input("目标值", target.value))
        over, under = (actual.value, target.value) if self.direction == "higher" else (target.value, actual.value)
        if under <= ZERO:
            name = "目标值" if self.direction == "higher" else "实际值"
            return not_applicable(f"{name}不大于零（{plain(under)}），无法计算完成率", *inputs)
        return self._scored(over, under, inputs, target.value)

    def _scored(self, over: Decimal, under: Decimal, inputs: tuple[Input, ...], target: Decimal) -> Score:
        ratio = over / under
        shown = f"{plain(over)} ÷ {plain(under)}"
        wanted = f"达到目标值 {plain(target)}" if ratio < ONE else None
        if self.cliff is not None and ratio <= self.cliff:
            formula = f"{shown}，未超过 {plain(self.cliff * HUNDRED)}%，得 {plain(self.floor)}"
            return Score(self.floor, formula, inputs, wanted)
        if self.shortfall is not None:
            return self._by_shortfall(ratio, shown, inputs, wanted)
        limit = None if self.cap is None else self.cap * self.max
        points = clamped(over * self.max / under, self.floor, limit)
        return Score(points, f"{shown} × {plain(self.max)}{limits_text(self.floor, limit)}", inputs, wanted)

    def _by_shortfall(self, ratio: Decimal, shown: str, inputs: tuple[Input, ...], wanted: str | None) -> Score:
        assert self.shortfall is not None  # noqa: S101 - asked by the caller
        steps = steps_in(max(ZERO, ONE - ratio), self.shortfall.per, self.shortfall.mode)
        points = max(self.floor, self.max - self.shortfall.points * steps)
        formula = (
            f"{shown}，欠缺每 {plain(self.shortfall.per * HUNDRED)}% 扣 {plain(self.shortfall.points)}："
            f"{plain(self.max)} − {plain(self.shortfall.points)} × {plain(steps)}"
        )
        return Score(points, formula, inputs, wanted)


class Band(Strict):
    """Values that get the same points."""

    band: Interval
    points: Points


class StepTable(MeasuredRule):
    """Value bands with explicit ends."""

    kind: Literal["step_table"]
    table: tuple[Band, ...] = Field(min_length=1, max_length=100)

    @asked_at_adoption
    def _check_bands(self) -> None:
        both = overlapping([line.band for line in self.table])
        if both is not None:
            raise ValueError(f"table: {both[0]} and {both[1]} overlap; a value may lie in one band only")
        if max(line.points for line in self.table) > self.max:
            raise ValueError(f"table: a band gives more than the full marks {self.max}")

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the points of the band in which the value lies; in none, the rule has no answer."""
        actual = self.measure.of(unit, facts)
        if actual.value is None:
            return not_applicable(actual.reason)
        inputs = (Input("实际值", actual.value),)
        line = next((line for line in self.table if actual.value in line.band), None)
        if line is None:
            return not_applicable(f"{plain(actual.value)} 不在任何分档内", *inputs)
        best = max(self.table, key=lambda each: each.points)
        wanted = None if line.points >= best.points else f"进入分档 {best.band}"
        return Score(line.points, f"{plain(actual.value)} 属 {line.band}，得 {plain(line.points)}", inputs, wanted)


class BaseSteps(MeasuredRule):
    """Base ± points per unit of difference to a reference."""

    kind: Literal["base_steps"]
    base: Points
    reference: Reference
    step: PositiveAmount = Field(description="Unit of the difference, e.g. 0.5 percentage points.")
    points: PositivePoints = Field(description="What each unit of difference gives or takes.")
    mode: Mode = "whole_steps"
    clamp: Clamp | None = Field(None, description="Limits; 0 and full marks if left out.")
    direction: Direction = "higher"

    def references(self) -> Iterable[Reference]:
        """Return what the value is held against."""
        return (self.reference,)

    def score(self, unit: str, facts: Facts) -> Score:
        """Return base plus the steps above, less the steps below the reference; negative values are values."""
        actual = self.measure.of(unit, facts)
        if actual.value is None:
            return not_applicable(actual.reason)
        reference = self.reference.of(unit, facts, self.values(facts).values())
        if reference.value is None:
            return not_applicable(reference.reason)
        ahead = actual.value - reference.value
        change = self.points * steps_in(ahead if self.direction == "higher" else -ahead, self.step, self.mode)
        low, high = (ZERO, self.max) if self.clamp is None else (self.clamp.low, self.clamp.high)
        points = clamped(self.base + change, low, high)
        formula = (
            f"{plain(self.base)} {signed(change)}"
            f"（{plain(actual.value)} 与 {plain(reference.value)} 相差 {plain(ahead)}，"
            f"每 {plain(self.step)} {plain(self.points)} 分）{limits_text(low, high)}"
        )
        inputs = (Input("实际值", actual.value), Input("参照值", reference.value))
        return Score(points, formula, inputs, self._wanted(points, reference.value))

    def _wanted(self, points: Decimal, reference: Decimal) -> str | None:
        """Return what full marks would have needed; of a mean of the peers only how far ahead, for it moves along."""
        if points >= self.max:
            return None
        needed: Mode = "linear" if self.mode == "linear" else "started_steps"
        ahead = steps_in(self.max - self.base, self.points, needed) * self.step
        if self.reference.peers is not None:
            return f"{'高于' if self.direction == 'higher' else '低于'}参照值 {plain(rounded(ahead, 4))}"
        return f"达到 {plain(rounded(reference + (ahead if self.direction == 'higher' else -ahead), 4))}"


class ImprovementSteps(MeasuredRule):
    """Each +step of change gives points."""

    kind: Literal["improvement_steps"]
    step: PositiveAmount
    points: PositivePoints
    cap: Points | None = Field(None, description="Full marks if left out.")
    floor: Points = Field(ZERO, description="A change for the worse gives this at least.")
    mode: Mode = "whole_steps"
    since: Literal["previous", "year_before"] | Reference = Field(
        "year_before", description="Against what it changed: the period before, a year before, or a reference."
    )
    direction: Direction = "higher"

    def references(self) -> Iterable[Reference]:
        """Return what the change is counted from."""
        if isinstance(self.since, Reference):
            return (self.since,)
        return (Reference(formula=f"{self.since}({self.measure.expression})"),) if self.measure.expression else ()

    @model_validator(mode="after")
    def _check_since(self) -> Self:
        if self.measure.expression is None and not isinstance(self.since, Reference):
            raise ValueError("since: counted events have no earlier period; state a reference")
        return self

    def _before(self, unit: str, facts: Facts) -> Figure:
        reference = next(iter(self.references()))
        if not isinstance(self.since, Reference):
            reference = reference.model_copy(update={"period": self.measure.period})
        return reference.of(unit, facts, self.values(facts).values())

    def score(self, unit: str, facts: Facts) -> Score:
        """Return points per whole step of change for the better, between floor and cap."""
        actual = self.measure.of(unit, facts)
        if actual.value is None:
            return not_applicable(actual.reason)
        before = self._before(unit, facts)
        if before.value is None:
            return not_applicable(before.reason)
        change = actual.value - before.value if self.direction == "higher" else before.value - actual.value
        steps = steps_in(change, self.step, self.mode)
        high = self.max if self.cap is None else self.cap
        points = clamped(self.points * steps, self.floor, high)
        formula = (
            f"变化 {plain(change)}，每 {plain(self.step)} 得 {plain(self.points)}："
            f"{plain(self.points)} × {plain(steps)}{limits_text(self.floor, high)}"
        )
        needed = steps_in(high, self.points, "started_steps") * self.step
        wanted = f"变化达到 {plain(needed)}" if points < high else None
        return Score(points, formula, (Input("实际值", actual.value), Input("比较基数", before.value)), wanted)
