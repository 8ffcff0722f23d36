"""`bonus`, `veto` and `gate`: what is given beyond full marks, and what voids or caps the whole.

The office's approved adjustments under such a criterion are evidence of it, with their document.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Code,
    Evidence,
    Facts,
    Input,
    Part,
    Rule,
    Score,
    Strict,
    Tally,
    asked_at_adoption,
)  # fmt: skip
from services.scoring.rules.incidents import Caps
from services.scoring.rules.matching import EventMatch
from services.scoring.rules.measures import Measure
from services.scoring.rules.numbers import Amount, PositivePoints, plain
from shared.clock import COUNTY_ZONE, county_date
from shared.contracts.envelope import Event
from shared.contracts.scoring import AdjustmentApproved, AppealDecided

_DECIDED = (AdjustmentApproved.event_type, AppealDecided.event_type)
_LIFTED = "lifted"
"""Part of the tally that says that an appeal was upheld."""

PartOf = Callable[[date, str, Decimal], str]
"""Returns the part of the tally by day, matter and points."""


class Award(EventMatch):
    """One line of the tariff."""

    points: PositivePoints
    text: str = Field(min_length=1, max_length=200, description="For what, Chinese, as the ledger shows it.")
    matter: str | None = Field(
        None, description="Field that names the matter, with higher_only; else each event is one."
    )

    @model_validator(mode="after")
    def _check_matter(self) -> Self:
        if self.matter is not None:
            self.reader(self.matter)
        return self


class Bonus(Rule):
    """Awards by tariff, and by the office's adjustments; beyond full marks."""

    is_scored: ClassVar[bool] = False
    takes_adjustments: ClassVar[bool] = True

    kind: Literal["bonus"]
    awards: tuple[Award, ...] = ()
    caps: Caps = Field(Caps(), description="At most so much in a month, and in the year.")
    higher_only: bool = Field(default=False, description="Of one matter only the higher award counts.")

    @property
    def compares(self) -> bool:
        """Return whether others' tallies matter: never."""
        return False

    def watched(self) -> Iterable[str]:
        """Return the tariff's events, and adjustments."""
        return {*(award.event_type for award in self.awards), *_DECIDED}

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return one line per award."""
        if event.type in _DECIDED:
            yield from _decided(self.code, event.data, self._part)
            return
        for index, award in enumerate(self.awards):
            for telling in award.taken(event):
                matter = f"event:{event.id}" if award.matter is None else str(award.reader(award.matter)(telling))
                part = self._part(county_date(event.time), matter, award.points)
                yield Evidence(
                    telling.unit, f"event:{event.id}:{index}", ONE, award.points, f"award-{index + 1}", award.text,
                    part=part,
                )  # fmt: skip

    def _part(self, day: date, matter: str, points: Decimal) -> str:
        month = f"{day:%Y-%m}"
        return f"{month}|{plain(points)}|{matter}" if self.higher_only else month

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the awards within the caps; 0 where there is none, for a bonus is nothing that one must have."""
        months = self._by_month(facts.tally(unit).parts)
        capped = {month: self._capped(points, self.caps.month) for month, points in sorted(months.items())}
        points = self._capped(sum(capped.values(), ZERO), self.caps.year)
        inputs = tuple(Input(month, earned) for month, earned in sorted(months.items()))
        return Score(points, self._formula(capped, points), inputs)

    def _formula(self, capped: Mapping[str, Decimal], points: Decimal) -> str:
        if not capped:
            return "无加分"
        limits = [f"每月不超过 {plain(self.caps.month)}"] if self.caps.month else []
        limits += [f"全年不超过 {plain(self.caps.year)}"] if self.caps.year else []
        shown = " + ".join(f"{month}：{plain(given)}" for month, given in capped.items())
        return f"{shown} = {plain(points)}{''.join(f'，{limit}' for limit in limits)}"

    def _by_month(self, parts: Mapping[str, Part]) -> dict[str, Decimal]:
        months: dict[str, Decimal] = {}
        for month, points in self._counted(parts):
            months[month] = months.get(month, ZERO) + points
        return months

    def _counted(self, parts: Mapping[str, Part]) -> Iterator[tuple[str, Decimal]]:
        """Yield what counts by month; with `higher_only` of each matter its highest award, in the first month of it."""
        best: dict[str, tuple[Decimal, str]] = {}
        for key in sorted(key for key, part in parts.items() if part.lines):
            month, _, rest = key.partition("|")
            if not rest:
                yield month, parts[key].points
                continue
            written, _, matter = rest.partition("|")
            points = Decimal(written)
            if matter not in best or points > best[matter][0]:
                best[matter] = points, month
        for points, month in best.values():
            yield month, points

    @staticmethod
    def _capped(points: Decimal, cap: Decimal | None) -> Decimal:
        return points if cap is None else min(points, cap)


class _Condition(Rule):
    """A criterion without points that decides about others'."""

    is_scored: ClassVar[bool] = False
    takes_adjustments: ClassVar[bool] = True

    match: tuple[EventMatch, ...] = Field((), description="Events that trigger, or satisfy, it.")

    def watched(self) -> Iterable[str]:
        """Return the events named, and the office's decisions under this criterion."""
        return {*(match.event_type for match in self.match), *_DECIDED}

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return one line per event."""
        if event.type in _DECIDED:
            yield from _decided(self.code, event.data, lambda *_: _LIFTED if event.type == _DECIDED[1] else "")
            return
        for index, match in enumerate(self.match):
            for telling in match.taken(event):
                yield Evidence(telling.unit, f"event:{event.id}:{index}", ONE, ZERO, f"match-{index + 1}", self.title)


def is_lifted(tally: Tally) -> bool:
    """Return whether an appeal against the condition was upheld."""
    return tally.parts.get(_LIFTED, Part()).lines > 0


def happened(tally: Tally) -> int:
    """Return how many events count for a condition; none once an appeal was upheld."""
    return 0 if is_lifted(tally) else tally.lines


class VoidEligibility(Strict):
    """The unit is not ranked and gets no grade; its total is shown."""

    effect: Literal["ineligible"]


class CapGrade(Strict):
    """The unit's grade is at best the named one."""

    effect: Literal["cap_grade"]
    grade: str = Field(description="Title of a grade of this method.")


class Veto(_Condition):
    """An event voids the year's eligibility, or caps the grade (一票否决)."""

    kind: Literal["veto"]
    consequence: Annotated[VoidEligibility | CapGrade, Field(discriminator="effect")] = VoidEligibility(
        effect="ineligible"
    )

    def is_triggered(self, unit: str, facts: Facts) -> str | None:
        """Return the reason if it is."""
        found = happened(facts.tally(unit))
        return f"一票否决“{self.title}”：{found}起" if found else None


class Gate(_Condition):
    """A minimum; where it is not met, the whole, or a block, fails."""

    kind: Literal["gate"]
    measure: Measure | None = Field(None, description="What is measured; or events by `match`.")
    at_least: Amount | None = Field(None, description="Number of events, or value of the measure; 1 event if absent.")
    at_most: Amount | None = None
    scope: Literal["total"] | Code = Field("total", description="What fails: `total`, or the code of a block.")
    effect: Literal["zero", "lowest_grade", "ineligible"] = Field(
        "zero", description="zero: its points are 0; lowest_grade and ineligible are for the total."
    )

    @asked_at_adoption
    def _check_gate(self) -> None:
        if (self.measure is None) == (not self.match):
            raise ValueError("match: state either match (events) or measure (an indicator)")
        if self.measure is not None and self.measure.expression is None:
            raise ValueError("measure: a gate counts events by match, not by measure")
        if self.measure is not None and self.at_least is None and self.at_most is None:
            raise ValueError("at_least: a measure needs at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f"at_most: {self.at_most} is below at_least: {self.at_least}")
        if self.scope != "total" and self.effect != "zero":
            raise ValueError(f"effect: {self.effect} is for the scope total; a block can only be zero")

    def indicators(self) -> Iterable[str]:
        """Return what is measured."""
        return () if self.measure is None else self.measure.expressions()

    def is_failed(self, unit: str, facts: Facts) -> str | None:
        """Return the reason if it is not met; an indicator without a value leaves it open, and is said so elsewhere."""
        value = self.value_of(unit, facts)
        if value is None or is_lifted(facts.tally(unit)):
            return None
        least = ONE if self.at_least is None and self.at_most is None else self.at_least
        if least is not None and value < least:
            return f"“{self.title}”未达到底线：{plain(value)} < {plain(least)}"
        if self.at_most is not None and value > self.at_most:
            return f"“{self.title}”超过上限：{plain(value)} > {plain(self.at_most)}"
        return None

    def value_of(self, unit: str, facts: Facts) -> Decimal | None:
        """Return the number of events, or the measured value; None where there is none."""
        if self.measure is None:
            return Decimal(happened(facts.tally(unit)))
        return self.measure.of(unit, facts).value


def _decided(code: str, told: AdjustmentApproved | AppealDecided, part: PartOf) -> Iterator[Evidence]:
    if told.criterion != code:
        return
    if isinstance(told, AdjustmentApproved):
        key, counts = f"adjustment:{told.adjustment_id}", not told.withdrawn
        matter, words = told.document, f"依据{told.document}{'（已撤回）' if told.withdrawn else ''}"
    else:
        key, counts = f"appeal:{told.appeal_id}", told.upheld
        matter, words = key, f"申诉{'成立' if told.upheld else '不成立'}"
    where = part(told.effective_on, matter, told.points)
    earned_at = datetime.combine(told.effective_on, time(), COUNTY_ZONE)  # decided mostly after the last assessed day
    yield Evidence(told.unit, key, ONE, told.points, key.partition(":")[0], words, counts, earned_at, where)
