"""What every rule kind is: evidence out of events, points out of tallies, and a trace of how."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from shared.contracts.envelope import Event

ZERO = Decimal(0)

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]
Points = Annotated[Decimal, Field(max_digits=12, decimal_places=4)]
PositivePoints = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4)]

NotApplicable = Literal["full_marks", "reweight", "exclude"]


class Strict(BaseModel):
    """Base of all parts of a method: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Tally(NamedTuple):
    """A unit's running totals under one criterion."""

    lines: int = 0
    weight: Decimal = ZERO
    points: Decimal = ZERO


EMPTY = Tally()


@dataclass(frozen=True, slots=True)
class Score:
    """What a criterion gives a unit: points (None: not applicable) and the formula with its values."""

    points: Decimal | None
    formula: str


class Rule(Strict, ABC):
    """One criterion of a method."""

    event_types: ClassVar[tuple[str, ...]] = ()
    """CloudEvents types that can be evidence; a rule whose types depend on its parameters overrides `watched`."""

    code: Code = Field(description="Name of the criterion in ledger and tallies.")
    title: str = Field(min_length=1, description="Name of the criterion as officials read it, Chinese.")
    max: PositivePoints = Field(description="Full marks.")
    not_applicable: NotApplicable = Field(
        "reweight",
        description="Where the rule has nothing to measure: full marks, spread over the rest, or not ranked.",
    )

    def watched(self) -> Iterable[str]:
        """Return the event types that this criterion looks at."""
        return self.event_types

    @abstractmethod
    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return what the event says for or against units."""

    @abstractmethod
    def score(self, unit: str, tallies: Mapping[str, Tally]) -> Score:
        """Return the unit's points; `tallies` holds every assessed unit, so that peers can be compared."""


def rounded(value: Decimal, places: int) -> Decimal:
    """Return the value rounded half up (四舍五入) to so many places."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """Return the shortest usual writing of a number: 10, 2.5, not 1E+1 or 2.50."""
    return f"{value.normalize():f}"
