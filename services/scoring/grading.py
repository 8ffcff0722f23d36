"""What stands around the criteria of a method: blocks, classes, rounding, grades, quota, late data, roll-up."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from services.scoring.rules.base import ONE, Code, Strict, UnitCode, asked_at_adoption
from services.scoring.rules.numbers import Interval, Points, PositivePoints, Ratio, RoundingMode, Whole, as_whole
from shared.clock import Day
from shared.contracts.registry import UnitKind

Places = Annotated[int, Field(ge=0, le=8), BeforeValidator(as_whole)]
_Units = Annotated[int, Field(ge=0), BeforeValidator(as_whole)]


class UnitClass(Strict):
    """Units that are compared and ranked among themselves."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,20}$")]
    title: str = Field(min_length=1, max_length=100)
    units: tuple[UnitCode, ...] = Field(min_length=1)


class Subjects(Strict):
    """Who is assessed: units that hold a role in a body on an assessed day, units of a kind, or units by name."""

    body: str | None = Field(None, min_length=1, description="Body in the registry, e.g. `coordination-meeting`.")
    role: str = Field("member", min_length=1)
    kind: UnitKind | None = Field(None, description="All units of this kind, e.g. township.")
    units: tuple[UnitCode, ...] = Field((), description="Or exactly these.")
    left_out: tuple[UnitCode, ...] = Field((), alias="except", description="Units that are not assessed after all.")
    classes: tuple[UnitClass, ...] = Field((), description="Classes, each ranked by itself; every unit in one.")

    @model_validator(mode="after")
    def _check_one_source(self) -> Self:
        if sum((self.body is not None, self.kind is not None, bool(self.units))) != 1:
            raise ValueError("subjects: state one of body, kind, units")
        return self

    @asked_at_adoption
    def _check_classes(self) -> None:
        codes = [each.code for each in self.classes]
        placed = tuple(unit for each in self.classes for unit in each.units)
        if len(set(codes)) != len(codes):
            raise ValueError(f"classes: each code may stand once, found {', '.join(codes)}")
        for where, named in (("classes", placed), ("units", self.units), ("except", self.left_out)):
            twice = sorted({unit for unit in named if named.count(unit) > 1})
            if twice:
                raise ValueError(f"{where}: {', '.join(twice)} in more than one place")

    def class_of(self, unit: str) -> str | None:
        """Return the code of the unit's class, if there are classes."""
        return self._class_by_unit.get(unit)

    @cached_property
    def _class_by_unit(self) -> Mapping[str, str]:
        return {unit: each.code for each in self.classes for unit in each.units}


class Assessed(Strict):
    """The assessed interval, both days included (1 December to 30 November is common); by the event's day."""

    start: Day = Field(alias="from")
    end: Day = Field(alias="to")

    @asked_at_adoption
    def _check_order(self) -> None:
        if self.end < self.start:
            raise ValueError(f"to: {self.end} is before from: {self.start}")


class Block(Strict):
    """Criteria that belong together: what is not applicable among them is made up for by the rest of them."""

    code: Code
    title: str = Field(min_length=1, max_length=100)
    max: PositivePoints | None = Field(None, description="Its full marks, stated so that a slip is noticed.")
    weight: PositivePoints = Field(ONE, description="What its points count in the total.")
    combine: Literal["sum", "mean"] = Field("sum", description="mean: the weighted mean of its criteria's points.")


class Rounding(Strict):
    """Decimal places; null: not rounded."""

    criterion: Places | None = 2
    block: Places | None = None
    total: Places = 2
    mode: RoundingMode = "half_up"


class Quota(Strict):
    """How many units may get a grade; who ties with the one at the limit and no longer fits falls to the next grade."""

    top: _Units | None = Field(None, description="At most so many units.")
    share: Ratio | None = Field(
        None, le=1, description="At most this part of the ranked units, e.g. 30%; rounded down."
    )

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.top is None) == (self.share is None):
            raise ValueError("quota: state top or share")
        return self

    def places(self, ranked: int) -> int:
        """Return how many of so many ranked units may have the grade."""
        return self.top if self.top is not None else int((self.share or ONE) * ranked)


class Grade(Strict):
    """A grade (等次) and the totals that get it; the best first."""

    title: str = Field(min_length=1, max_length=20)
    band: Interval = Field(description="Totals, e.g. `[90, )`: 90 belongs to one band only.")
    quota: Quota | None = None


class LateData(Strict):
    """What becomes of facts that arrive late: they count until publication, or only if the log had them by a day."""

    until: Literal["publication"] | Day = "publication"


class RollUp(Strict):
    """How much of the total goes to the county's overall assessment."""

    to: str = Field(min_length=1, max_length=100)
    weight: Ratio


class Rectification(Strict):
    """A total below the threshold opens a rectification task (整改)."""

    below: Points
    due_days: Whole = Field(30, ge=1, le=366, description="Calendar days from publication.")
    title: str = Field("考核结果整改", min_length=1, max_length=200)


def share_text(ratio: Decimal) -> str:
    """Return a part of a whole as a percentage."""
    return f"{(ratio * 100).normalize():f}%"
