"""`panel`: raters' scores, in groups with weights (60/20/10/10): a mean, a trimmed mean, the chief's score direct."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal, NamedTuple, Self

from pydantic import Field

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Code,
    Evidence,
    Facts,
    Input,
    Score,
    ScoredRule,
    Strict,
    Tally,
    asked_at_adoption,
    not_applicable,
)  # fmt: skip
from services.scoring.rules.numbers import PositivePoints, plain
from shared.contracts.envelope import Event
from shared.contracts.scoring import ScoreEntered

TRIMMED_FROM = 4
"""From so many scores on, a trimmed mean drops the highest and the lowest."""


class Unscored(NamedTuple):
    """A rater group that has not scored a unit, or by fewer raters than another unit."""

    criterion: str
    title: str
    group: str
    unit: str
    scored: int
    most: int

    @property
    def text(self) -> str:
        """Return what is missing, Chinese."""
        if not self.scored:
            return f"“{self.title}”缺“{self.group}”评分"
        return f"“{self.title}”只有{self.scored}位“{self.group}”评分，其他单位有{self.most}位"


class RaterGroup(Strict):
    """Raters who count together."""

    code: Code
    title: str = Field(min_length=1, max_length=100)
    weight: PositivePoints
    average: Literal["mean", "trimmed", "direct"] = Field(
        "mean", description="trimmed: from 4 scores on without the highest and the lowest; direct: one rater's score."
    )


class Panel(ScoredRule):
    """Raters' scores of a unit."""

    event_types: ClassVar[tuple[str, ...]] = (ScoreEntered.event_type,)
    is_bounded: ClassVar[bool] = False

    kind: Literal["panel"]
    groups: tuple[RaterGroup, ...] = Field(min_length=1, max_length=50)
    scale: PositivePoints | None = Field(None, description="Highest score a rater may give; full marks if left out.")
    missing: Literal["reweight", "not_applicable"] = Field(
        "reweight", description="Where a group has not scored: the others count for it, or there is no score."
    )

    @property
    def compares(self) -> bool:
        """Return whether others' tallies matter: never."""
        return False

    @property
    def highest(self) -> Decimal:
        """Return the highest score that a rater may give, to a unit of any class."""
        return self.max if self.scale is None else self.scale

    def _varied(self, code: str, changed: Mapping[str, Any]) -> Self:
        return super()._varied(code, changed).model_copy(update={"scale": self.highest})

    @asked_at_adoption
    def _check_groups(self) -> None:
        codes = [group.code for group in self.groups]
        if len(set(codes)) != len(codes):
            raise ValueError(f"groups: each code may stand once, found {', '.join(codes)}")

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the rater's score; a withdrawn one counts no longer."""
        told: ScoreEntered = event.data
        group = next((each for each in self.groups if each.code == told.rater_group), None)
        if told.criterion == self.code and group is not None:
            fits = ZERO <= told.score <= self.highest
            yield Evidence(
                told.unit,
                f"score:{told.score_id}",
                ONE,
                told.score,
                "withdrawn" if told.withdrawn else "scored",
                f"{group.title}{told.rater}号评分 {plain(told.score)}"
                f"{'' if fits else f'：不在 0～{plain(self.highest)} 之内，不计'}",
                fits and not told.withdrawn,
                part=f"{told.rater_group}|{told.rater}|{told.score_id}",
            )

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the groups' weighted mean, of full marks; not applicable where nobody has scored."""
        by_group = self._scores(unit, facts)
        there = [
            (group, _average(group.average, by_group[group.code])) for group in self.groups if group.code in by_group
        ]
        absent = [group.title for group in self.groups if group.code not in by_group]
        if not there or (absent and self.missing == "not_applicable"):
            return not_applicable(f"尚无评分：{'、'.join(absent)}")
        weights = sum((group.weight for group, _ in there), ZERO)
        mean = sum((group.weight * average for group, average in there), ZERO) / weights
        scale = self.highest
        shown = " + ".join(f"{plain(group.weight)} × {plain(average)}" for group, average in there)
        formula = f"({shown}) ÷ {plain(weights)}"
        if scale != self.max:
            formula += f" × {plain(self.max)} ÷ {plain(scale)}"
        if absent:
            formula += f"（{'、'.join(absent)}未评分，由其余各组折算）"
        inputs = tuple(Input(f"{group.title}（{_AVERAGES[group.average]}，{len(by_group[group.code])}人）", average)
                       for group, average in there)  # fmt: skip
        wanted = "；".join(f"{group.title}均评 {plain(scale)} 分" for group, average in there if average < scale)
        return Score(mean * self.max / scale, formula, inputs, wanted or None)

    def unscored(self, tallies: Mapping[str, Tally]) -> Iterator[Unscored]:
        """Yield whose scores are missing among peers; units that signed together are scored together."""
        for group in self.groups:
            counts = {unit: _raters(group.code, tally) for unit, tally in tallies.items()}
            most = max(counts.values(), default=0)
            for unit in tallies:
                together = next((each for each in self.joint if unit in each), (unit,))
                scored = max(counts.get(each, 0) for each in together)
                if scored < max(most, 1):
                    yield Unscored(self.code, self.title, group.title, unit, scored, most)

    def doubly_scored(self, tallies: Mapping[str, Tally]) -> Iterator[tuple[str, str, int]]:
        """Yield unit, group and how many scored, where a group whose one score is taken as it is has several."""
        for group in self.groups:
            counts = {unit: _raters(group.code, tally) for unit, tally in tallies.items()}
            if group.average == "direct":
                yield from ((unit, group.title, count) for unit, count in counts.items() if count > 1)

    def _scores(self, unit: str, facts: Facts) -> Mapping[str, list[Decimal]]:
        found: dict[str, list[Decimal]] = {}
        for key, part in sorted(facts.tally(unit).parts.items()):
            if part.lines:
                found.setdefault(key.partition("|")[0], []).append(part.points)
        return found


def _raters(group: str, tally: Tally) -> int:
    return sum(part.lines for key, part in tally.parts.items() if key.partition("|")[0] == group)


_AVERAGES: Mapping[str, str] = {"mean": "平均", "trimmed": "去掉最高最低后平均", "direct": "直接采用"}


def _average(how: str, scores: list[Decimal]) -> Decimal:
    """Return the average; a direct score is one rater's, and of several their mean."""
    if how == "trimmed" and len(scores) >= TRIMMED_FROM:
        scores = sorted(scores)[1:-1]
    return sum(scores, ZERO) / len(scores)
