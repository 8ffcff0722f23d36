"""A city evaluation and the gaps that it shows. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any, Literal, NamedTuple
from uuid import UUID

from services.scoring.rules.base import EXACT, HUNDRED, ZERO
from services.scoring.rules.numbers import plain, rounded

Direction = Literal["higher", "lower"]
References = Literal["target", "average", "best"]

_NAMES: dict[References, str] = {"target": "目标值", "average": "全市平均", "best": "全市最好"}
_PERCENT_PLACES = 2


class CityIndicator(NamedTuple):
    """One indicator as the city published it; what the city did not publish is None."""

    code: str
    title: str
    unit_of_measure: str | None
    direction: Direction
    ours: Decimal | None
    target: Decimal | None
    average: Decimal | None
    best: Decimal | None

    def as_json(self) -> dict[str, Any]:
        """Return the indicator as JSON values, decimals as texts."""
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in self._asdict().items()}

    @classmethod
    def of_json(cls, row: dict[str, Any]) -> "CityIndicator":
        """Return the indicator that was kept."""
        numbers = {name: None if row[name] is None else Decimal(row[name]) for name in ("ours", *_NAMES)}
        return cls(**{**row, **numbers})


@dataclass(frozen=True, slots=True)
class CityEvaluation:
    """An evaluation of one year."""

    id: UUID
    year: int
    title: str
    document: str | None
    published_on: date
    indicators: tuple[CityIndicator, ...]
    imported_by: str
    imported_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Improvement:
    """A measure that was ordered; its task is at the tasks service."""

    id: UUID
    evaluation: UUID
    indicator: str
    title: str
    lead_unit: str
    cooperating_units: tuple[str, ...]
    due_on: date
    text: str | None
    ordered_by: str
    ordered_at: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """How far the county's value is from a reference; `gap` above zero: behind it, whatever direction is better."""

    reference: References
    value: Decimal | None
    gap: Decimal | None
    percent: Decimal | None
    """The gap in per cent of the reference's amount; None where that is zero."""
    reached: bool | None
    text: str


def gaps(indicator: CityIndicator) -> tuple[Gap, ...]:
    """Return the gap to the target, the city's average and its best."""
    with localcontext(EXACT):
        return tuple(_gap(indicator, reference) for reference in _NAMES)


def _gap(indicator: CityIndicator, reference: References) -> Gap:
    value: Decimal | None = getattr(indicator, reference)
    name = _NAMES[reference]
    if value is None or indicator.ours is None:
        missing = name if value is None else "本县数值"
        return Gap(reference, value, None, None, None, f"没有{missing}，无法比较")
    behind = value - indicator.ours if indicator.direction == "higher" else indicator.ours - value
    percent = None if value == ZERO else rounded(behind / abs(value) * HUNDRED, _PERCENT_PLACES)
    return Gap(reference, value, behind, percent, behind <= ZERO, _text(indicator, name, value, behind))


def _text(indicator: CityIndicator, name: str, value: Decimal, behind: Decimal) -> str:
    measure = indicator.unit_of_measure or ""
    shown = f"本县 {plain(indicator.ours or ZERO)}{measure}，{name} {plain(value)}{measure}"
    if behind == ZERO:
        return f"{shown}，持平"
    difference = "个百分点" if measure in {"%", "％"} else measure
    return f"{shown}，{'差' if behind > ZERO else '优于'} {plain(abs(behind))}{difference}"
