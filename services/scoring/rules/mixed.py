"""`composite`: a weighted mix of level, growth and increment of one indicator, each by a rule of its own (4:3:3)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from services.scoring.rules.base import ZERO, Facts, Input, Score, Strict, asked_at_adoption, not_applicable
from services.scoring.rules.levels import BaseSteps, ImprovementSteps, StepTable, TargetRatio
from services.scoring.rules.measures import MeasuredRule, Reference
from services.scoring.rules.numbers import PositivePoints, plain
from services.scoring.rules.peers import Efficacy, MinMax, PeerMaxRatio, RankInterpolated, RankSteps

Inner = Annotated[
    TargetRatio | StepTable | BaseSteps | ImprovementSteps
    | PeerMaxRatio | RankSteps | RankInterpolated | Efficacy | MinMax,
    Field(discriminator="kind"),
]  # fmt: skip
_INNER: TypeAdapter[MeasuredRule] = TypeAdapter(Inner)

_VIEWS: Mapping[str, tuple[str, str]] = {
    "level": ("水平", "{x}"),
    "growth": ("增速", "growth({x})"),
    "increment": ("增量", "{x} − year_before({x})"),
}
INNER_MAX = Decimal(100)
_OF_THE_WHOLE = frozenset(
    {"code", "title", "block", "max", "weight", "not_applicable", "deduction_factor", "peers", "joint", "by_class",
     "measure", "counted"}
)  # fmt: skip
"""Keys that a component's rule has from the composite."""


class Component(Strict):
    """One view of the indicator, with its weight and its rule."""

    of: Literal["level", "growth", "increment"]
    weight: PositivePoints
    rule: dict[str, Any] = Field(
        description="A rule on values, without code, title, measure and max: it gives 0 to 100."
    )


class BuiltComponent(NamedTuple):
    """A component with its rule, built."""

    title: str
    weight: Decimal
    rule: MeasuredRule


class Composite(MeasuredRule):
    """A mix of views of one indicator."""

    kind: Literal["composite"]
    components: tuple[Component, ...] = Field(min_length=1)
    missing: Literal["reweight", "not_applicable"] = Field(
        "reweight", description="Where one view has no value: the others count for it, or there is no score."
    )

    @model_validator(mode="after")
    def _check_components(self) -> Self:
        if self.measure.expression is None:
            raise ValueError("measure: a composite needs an indicator or formula")
        views = [component.of for component in self.components]
        if len(set(views)) != len(views):
            raise ValueError("components: each of level, growth, increment once")
        _ = self.parts  # builds, and so checks, each
        return self

    @asked_at_adoption
    def _check_keys(self) -> None:
        for index, component in enumerate(self.components):
            if taken := sorted(component.rule.keys() & _OF_THE_WHOLE):
                raise ValueError(
                    f"components.{index}.rule: {', '.join(taken)} cannot be stated here, only of the whole"
                )

    @cached_property
    def parts(self) -> tuple[BuiltComponent, ...]:
        """Return the components with their rules."""
        return tuple(self._part(index, component) for index, component in enumerate(self.components))

    def _part(self, index: int, component: Component) -> BuiltComponent:
        title, form = _VIEWS[component.of]
        inner = self.measure.indicator or f"({self.measure.formula})"
        measure = {"formula": form.format(x=inner), "period": self.measure.period}
        whole = {"code": self.code, "title": title, "max": INNER_MAX, "measure": measure, "peers": self.peers}
        try:
            rule = _INNER.validate_python(whole | component.rule)
        except ValidationError as error:
            fault = error.errors(include_url=False)[0]
            path = ".".join(str(part) for part in fault["loc"][1:])  # the first is the kind
            raise ValueError(f"components.{index}.rule.{path}: {fault['msg']}") from error
        return BuiltComponent(title, component.weight, rule)

    def references(self) -> Iterable[Reference]:
        """Return what the parts are held against."""
        return [reference for part in self.parts for reference in part.rule.references()]

    def indicators(self) -> Iterable[str]:
        """Return what the parts read."""
        for part in self.parts:
            yield from part.rule.indicators()

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the weighted mean of the parts, of full marks."""
        scores = [(part, part.rule.score(unit, facts)) for part in self.parts]
        missing = [(part, score) for part, score in scores if score.points is None]
        if missing and (self.missing == "not_applicable" or len(missing) == len(scores)):
            part, score = missing[0]
            return not_applicable(f"{part.title}：{score.formula}")
        there = [(part, score, score.points) for part, score in scores if score.points is not None]
        weights = sum((part.weight for part, _, _ in there), ZERO)
        earned = sum((part.weight * points for part, _, points in there), ZERO)
        shown = " + ".join(f"{plain(part.weight)} × {plain(points)}" for part, _, points in there)
        formula = f"({shown}) ÷ {plain(weights)} × {plain(self.max)} ÷ {plain(INNER_MAX)}"
        details = "；".join(f"{part.title}：{score.formula}" for part, score in scores)
        inputs = tuple(Input(f"{part.title}得分", points) for part, _, points in there)
        wanted = "；".join(f"{part.title}{score.wanted}" for part, score, _ in there if score.wanted)
        return Score(earned * self.max / weights / INNER_MAX, f"{formula}（{details}）", inputs, wanted or None)
