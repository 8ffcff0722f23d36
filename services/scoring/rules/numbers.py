"""Numbers as a method writes them: exact decimals, percentages, intervals with explicit ends, rounding."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from functools import cache, lru_cache
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

_MOST_DIGITS = Context(prec=100)

RoundingMode = Literal["half_up", "half_even", "down"]
_MODES = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}

_END = r"[-−]?[0-9]+(?:\.[0-9]+)?%?"
_INTERVAL = re.compile(rf"^\s*([\[(（【])\s*({_END})?\s*[,，]\s*({_END})?\s*([\])）】])\s*$")


def read_number(text: str) -> Decimal:
    """Return a number as it is written; `80%` is 0.8."""
    digits = text.strip().replace("−", "-")
    number = Decimal(digits.removesuffix("%"))
    number = number or number.copy_abs()  # nothing is −0
    return number.scaleb(-2) if digits.endswith("%") else number


_WRITTEN = re.compile(r"[-+−]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?")
_PERCENTAGE = re.compile(r"[-+−]?[0-9]+(?:\.[0-9]+)?%")


def as_number(value: object) -> object:
    """Take a number as people write it; what else Python reads as one (NaN, 1_000, other scripts) is a slip."""
    if not isinstance(value, str):
        return value
    if not _WRITTEN.fullmatch(value.strip()):
        raise ValueError(f"{value!r} is no number; write it with the digits 0 to 9, e.g. 3 or 0.5")
    return read_number(value)


_WHOLE = re.compile(r"[-+]?[0-9]+")


def as_whole(value: object) -> object:
    """Take a whole number as people write it."""
    if isinstance(value, str) and not _WHOLE.fullmatch(value.strip()):
        raise ValueError(f"{value!r} is no whole number; write it with the digits 0 to 9, e.g. 3")
    return value


Whole = Annotated[int, BeforeValidator(as_whole)]


def _as_ratio(value: object) -> object:
    if isinstance(value, str) and value.strip().endswith(("%", "％")):
        if not _PERCENTAGE.fullmatch(value.strip()):
            raise ValueError(f"{value!r} is no percentage; write e.g. 80% or 0.8")
        return read_number(value)
    return as_number(value)


_NUMBER = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}]})
_POSITIVE = WithJsonSchema(
    {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"}]}
)
_NUMBER_OR_PERCENTAGE = WithJsonSchema(
    {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?%?$"}]}
)

WrittenNumber = Annotated[Decimal, BeforeValidator(as_number), Field(max_digits=24, decimal_places=8)]
"""A number as people write it, as large as an event may hold it."""
Points = Annotated[Decimal, BeforeValidator(as_number), Field(max_digits=12, decimal_places=4), _NUMBER]
PositivePoints = Annotated[Decimal, BeforeValidator(as_number), Field(gt=0, max_digits=12, decimal_places=4), _POSITIVE]
Amount = Annotated[Decimal, BeforeValidator(_as_ratio), Field(max_digits=24, decimal_places=8), _NUMBER_OR_PERCENTAGE]
"""A value of an indicator, a target, a reference."""
PositiveAmount = Annotated[
    Decimal, BeforeValidator(_as_ratio), Field(gt=0, max_digits=24, decimal_places=8), _NUMBER_OR_PERCENTAGE
]
Ratio = Annotated[
    Decimal, BeforeValidator(_as_ratio), Field(gt=0, max_digits=12, decimal_places=8), _NUMBER_OR_PERCENTAGE
]
"""A part of a whole: 0.8 or 80%."""


Factor = Annotated[
    Decimal, BeforeValidator(_as_ratio), Field(ge=0, le=1, max_digits=6, decimal_places=4), _NUMBER_OR_PERCENTAGE
]
"""A part of a whole from nothing to all of it: 0, 0.5 or 50%, 1."""


_PLACES_SHOWN = 8


def rounded(value: Decimal, places: int, mode: RoundingMode = "half_up") -> Decimal:
    """Return the value rounded to so many places, half up (四舍五入) unless told otherwise."""
    result = value.quantize(_last_digit(places), _MODES[mode], _MOST_DIGITS)
    return result or result.copy_abs()  # nothing is −0.00


@cache
def _last_digit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


@lru_cache(maxsize=4096)
def plain(value: Decimal) -> str:
    """Return the shortest usual writing of a number: 10, 2.5, not 1E+1 or 2.50; at most 8 places, `…` if cut."""
    if not value:
        return "0"
    text = f"{_MOST_DIGITS.normalize(value):f}"
    if len(text.partition(".")[2]) <= _PLACES_SHOWN:
        return text
    shown = rounded(value, _PLACES_SHOWN)
    return f"{_MOST_DIGITS.normalize(shown) if shown else 0:f}…"


def term(value: Decimal) -> str:
    """Return a number as it stands behind a minus: in brackets if it is negative itself."""
    return f"({plain(value)})" if value < 0 else plain(value)


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval with explicit ends, written as in mathematics: `[80, 90)`, `[90, ]`, `(, 60)`."""

    low: Decimal | None
    has_low: bool
    high: Decimal | None
    has_high: bool

    @classmethod
    def read(cls, text: str) -> "Interval":
        """Return the interval in a text.

        Raises:
            ValueError: it is none, or it is empty.
        """
        found = _INTERVAL.match(text)
        if found is None:
            raise ValueError(
                f"{text!r} is no interval; write e.g. [80, 90) or [90, ) with [ ] for ends that belong to it"
            )
        opening, low, high, closing = found.groups()
        interval = cls(
            None if low is None else read_number(low),
            opening in "[【",
            None if high is None else read_number(high),
            closing in "]】",
        )
        if interval.is_empty:
            raise ValueError(f"{text!r} holds no number")
        return interval

    @property
    def is_empty(self) -> bool:
        """Return whether no number lies in it."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.has_low and self.has_high))

    def __contains__(self, value: Decimal) -> bool:
        above = self.low is None or value > self.low or (self.has_low and value == self.low)
        below = self.high is None or value < self.high or (self.has_high and value == self.high)
        return above and below

    def __str__(self) -> str:
        low = "" if self.low is None else plain(self.low)
        high = "" if self.high is None else plain(self.high)
        return f"{'[' if self.has_low else '('}{low}, {high}{']' if self.has_high else ')'}"

    def overlaps(self, other: "Interval") -> bool:
        """Return whether a number lies in both."""
        return not _meet(self, other).is_empty

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's hook
        return core_schema.no_info_plain_validator_function(
            _read_interval, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": _INTERVAL.pattern,
            "description": "Interval with explicit ends, e.g. `[80, 90)`.",
            "examples": ["[80, 90)", "[90, 100]", "(, 60)"],
        }


def _read_interval(value: object) -> Interval:
    if isinstance(value, Interval):
        return value
    if not isinstance(value, str):
        raise ValueError("an interval is a text, e.g. '[80, 90)'")  # noqa: TRY004 - pydantic turns only ValueErrors into faults
    return Interval.read(value)


def _meet(left: Interval, right: Interval) -> Interval:
    low, has_low = _higher_low(left, right)
    high, has_high = _lower_high(left, right)
    return Interval(low, has_low, high, has_high)


def _higher_low(left: Interval, right: Interval) -> tuple[Decimal | None, bool]:
    if left.low is None or right.low is None:
        return (right.low, right.has_low) if left.low is None else (left.low, left.has_low)
    if left.low == right.low:
        return left.low, left.has_low and right.has_low
    return max((left.low, left.has_low), (right.low, right.has_low))


def _lower_high(left: Interval, right: Interval) -> tuple[Decimal | None, bool]:
    if left.high is None or right.high is None:
        return (right.high, right.has_high) if left.high is None else (left.high, left.has_high)
    if left.high == right.high:
        return left.high, left.has_high and right.has_high
    return min((left.high, left.has_high), (right.high, right.has_high))


def overlapping(intervals: Sequence[Interval]) -> tuple[Interval, Interval] | None:
    """Return two intervals that share a number, if there are any."""
    for index, left in enumerate(intervals):
        for right in intervals[index + 1 :]:
            if left.overlaps(right):
                return left, right
    return None


def gaps(intervals: Sequence[Interval]) -> list[Interval]:
    """Return what lies between intervals that do not overlap."""
    ordered = sorted(intervals, key=lambda each: (each.low is not None, each.low or Decimal(0), not each.has_low))
    found = []
    for left, right in pairwise(ordered):
        between = Interval(left.high, not left.has_high, right.low, not right.has_low)
        if left.high is not None and right.low is not None and not between.is_empty:
            found.append(between)
    return found
