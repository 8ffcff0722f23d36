"""What every rule kind is: evidence out of events, points out of tallies and figures, and a trace of how.

Arithmetic is decimal with 50 significant digits (`EXACT`): products and sums of what events and methods hold are exact;
only a quotient is cut, at its 50th digit, and nothing is rounded but where the method says so.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import cached_property, wraps
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.scoring.rules.numbers import PositivePoints, Ratio, plain
from shared.contracts.envelope import Event

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN, traps=[Overflow, InvalidOperation, DivisionByZero])
"""How scores are computed; where a rule divides, it looks first whether the divisor is zero."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
UnitCode = Annotated[str, Field(pattern=r"^[0-9a-z]+(-[0-9a-z]+)*$", min_length=2, max_length=64)]

NotApplicable = Literal["full_marks", "reweight", "scale_deductions", "exclude"]


class Strict(BaseModel):
    """Base of all parts of a method: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


_FORGIVEN: ContextVar[list[str] | None] = ContextVar("forgiven", default=None)


@contextmanager
def forgiving() -> Iterator[list[str]]:
    """Take what breaks rules asked at adoption in spite of it; the list says which were broken."""
    forgiven: list[str] = []
    token = _FORGIVEN.set(forgiven)
    try:
        yield forgiven
    finally:
        _FORGIVEN.reset(token)


def asked_at_adoption(rule: Callable[[Any], None]) -> Any:  # noqa: ANN401 - pydantic's decorator keeps no type either
    """Make a rule about a part as a whole that computing does not need.

    What was adopted before the language had the rule goes on computing as it did; see `forgiving`.
    """

    @wraps(rule)
    def run(self: Any) -> Any:  # noqa: ANN401 - the part
        try:
            rule(self)
        except ValueError as error:
            forgiven = _FORGIVEN.get()
            if forgiven is None:
                raise
            forgiven.append(str(error))
        return self

    return model_validator(mode="after")(run)


class Evidence(NamedTuple):
    """One fact for or against a unit.

    The same `source_key` replaces the unit's earlier evidence under the criterion; `counts` false takes it back.
    """

    unit: str
    source_key: str
    weight: Decimal
    points: Decimal
    rule: str
    text: str
    counts: bool = True
    earned_at: datetime | None = None
    """When it was earned, if not when the event happened: decides whether it falls in the assessed interval."""
    part: str = ""
    """Which part of the tally it moves, e.g. its month, where the rule caps by month."""


class Part(NamedTuple):
    """One part of a tally."""

    lines: int = 0
    weight: Decimal = ZERO
    points: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Tally:
    """A unit's running totals under one criterion, by the parts that its rule needs."""

    parts: Mapping[str, Part] = field(default_factory=dict)

    @classmethod
    def of(cls, lines: int, weight: Decimal = ZERO, points: Decimal = ZERO) -> Self:
        """Return a tally of one part."""
        return cls({"": Part(lines, weight, points)})

    @property
    def lines(self) -> int:
        """Return how many lines count."""
        return sum(part.lines for part in self.parts.values())

    @property
    def weight(self) -> Decimal:
        """Return the sum of their weights."""
        return sum((part.weight for part in self.parts.values()), ZERO)

    @property
    def points(self) -> Decimal:
        """Return the sum of their points."""
        return sum((part.points for part in self.parts.values()), ZERO)


EMPTY = Tally()


class Input(NamedTuple):
    """A number that went into a score, by its Chinese name."""

    name: str
    value: Decimal


class Figure(NamedTuple):
    """A unit's value of an indicator; None with the reason where there is none. It is never read as zero."""

    value: Decimal | None
    reason: str = ""


class Figures(Protocol):
    """Where rules read the values of indicators."""

    def of(self, unit: str, expression: str, period: str | None) -> Figure:
        """Return a unit's value of an indicator or formula in a period, the assessed year's if None."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may know when it scores a unit: the tallies of all its peers (itself included), and figures."""

    tallies: Mapping[str, Tally]
    figures: Figures
    known: dict[object, dict[str, Decimal]] = field(default_factory=dict, compare=False, repr=False)
    """Values of all peers by what is measured: the same for each of them."""

    @property
    def peers(self) -> Sequence[str]:
        """Return the units that are compared with each other."""
        return list(self.tallies)

    def tally(self, unit: str) -> Tally:
        """Return a unit's tally."""
        return self.tallies.get(unit, EMPTY)


@dataclass(frozen=True, slots=True)
class Score:
    """What a criterion gives a unit: points (None: not applicable) and the formula with its values."""

    points: Decimal | None
    formula: str
    inputs: tuple[Input, ...] = ()
    wanted: str | None = None
    """What would have been needed for full marks, Chinese; None where nothing is missing or nothing can be said."""


def not_applicable(reason: str, *inputs: Input) -> Score:
    """Return that a criterion has nothing to measure, and why."""
    return Score(None, reason, inputs)


class Rule(Strict, ABC):
    """One criterion of a method, of any kind."""

    event_types: ClassVar[tuple[str, ...]] = ()
    """CloudEvents types that can be evidence; a rule whose types depend on its parameters overrides `watched`."""
    is_scored: ClassVar[bool] = True
    """Whether it has full marks that are part of the method's total; bonus, veto and gate have none."""
    is_bounded: ClassVar[bool] = True
    """Whether only what happened on assessed days counts; raters score after the year."""
    takes_adjustments: ClassVar[bool] = False
    """Whether the office's adjustments under this criterion are evidence of the rule itself."""

    code: Code = Field(description="Name of the criterion in ledger and tallies.")
    title: str = Field(min_length=1, max_length=200, description="Name of the criterion as officials read it, Chinese.")
    block: Code | None = Field(None, description="Block to which it belongs.")

    def watched(self) -> Iterable[str]:
        """Return the event types that this criterion looks at."""
        return self.event_types

    @property
    def compares(self) -> bool:
        """Return whether a unit's score may depend on other units' tallies."""
        return True

    def indicators(self) -> Iterable[str]:
        """Return the indicators and formulas that it reads."""
        return ()

    @property
    def variants(self) -> Sequence[Self]:
        """Return the rule, and what it is for classes with parameters of their own."""
        return (self,)

    def evidence(self, event: Event) -> Iterable[Evidence]:  # noqa: ARG002 - a rule on indicators alone makes no lines
        """Return what the event says for or against units."""
        return ()


class ScoredRule(Rule):
    """A criterion with full marks."""

    max: PositivePoints = Field(description="Full marks.")
    weight: PositivePoints = Field(ONE, description="What a point counts in the block; 1 if left out.")
    not_applicable: NotApplicable = Field(
        "reweight",
        description="Where the rule has nothing to measure: full marks, spread over the rest of the block, the rest's "
        "deductions scaled, or not ranked.",
    )
    deduction_factor: Ratio | None = Field(
        None, description="With scale_deductions: the factor; block's full marks ÷ the rest's if left out."
    )
    peers: Literal["class", "all"] = Field("class", description="With whom a unit is compared: its class, or all.")
    joint: tuple[tuple[UnitCode, ...], ...] = Field(
        (), description="Units that signed for it together: each gets the mean of the group's scores."
    )
    by_class: dict[str, dict[str, Any]] = Field(
        {}, description="Other parameters for a class of units, e.g. `B: { max: 12 }`."
    )

    @abstractmethod
    def score(self, unit: str, facts: Facts) -> Score:
        """Return the unit's points."""

    def for_class(self, code: str | None) -> Self:
        """Return the rule with the parameters of a class."""
        return self.class_rules.get(code or "", self)

    @cached_property
    def class_rules(self) -> Mapping[str, Self]:
        """Return the rule by class, where a class has other parameters."""
        return {code: self._varied(code, changed) for code, changed in self.by_class.items()}

    @property
    def variants(self) -> Sequence[Self]:
        """Return the rule, and what it is for classes with parameters of their own."""
        return (self, *self.class_rules.values())

    @asked_at_adoption
    def _check_joint(self) -> None:
        named = [unit for group in self.joint for unit in group]
        if len(set(named)) != len(named) or any(len(group) == 1 for group in self.joint):
            raise ValueError("joint: each group names two units or more, and no unit stands twice")

    @model_validator(mode="after")
    def _check_class_rules(self) -> Self:
        _ = self.class_rules  # builds, and so checks, each
        return self

    def _varied(self, code: str, changed: Mapping[str, Any]) -> Self:
        fixed = sorted(changed.keys() - self.class_parameters())
        if fixed:
            allowed = ", ".join(sorted(self.class_parameters()))
            raise ValueError(f"by_class.{code}: {', '.join(fixed)} cannot differ by class; what can: {allowed}")
        content = self.model_dump(by_alias=True, exclude={"by_class"}, exclude_unset=True)
        try:
            return type(self).model_validate(content | dict(changed))
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            raise ValueError(f"by_class.{code}.{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error

    @classmethod
    def class_parameters(cls) -> frozenset[str]:
        """Return what may differ by class: what scores are computed from, not what lines are made of."""
        return frozenset({"max", "weight", "base", "floor", "cap", "caps", "clamp"}) & cls.model_fields.keys()


def clamped(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    """Return the value, not below `low` and not above `high`."""
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value


def limits_text(low: Decimal | None, high: Decimal | None) -> str:
    """Return how a formula names its limits."""
    if low is None and high is None:
        return ""
    if low is None or high is None:
        return f"，不高于 {plain(high)}" if high is not None else f"，不低于 {plain(low or ZERO)}"
    return f"，限 {plain(low)}～{plain(high)}"


def signed(value: Decimal) -> str:
    """Return a number as it stands in a sum: `+ 3`, `− 2`."""
    return f"− {plain(-value)}" if value < ZERO else f"+ {plain(value)}"
