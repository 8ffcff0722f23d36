"""What a total is put together from, and what moved it between two moments. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Literal, NamedTuple

from services.scoring.grading import Block
from services.scoring.method import Method
from services.scoring.rules.base import EXACT, ONE, ZERO
from services.scoring.schemas import shown
from services.scoring.scores import CriterionScore
from services.scoring.standings import Standing

Source = Literal["criterion", "block", "bonus", "total"]


class Contribution(NamedTuple):
    """What a criterion, a block's arithmetic, a bonus or the total's arithmetic gives to a total."""

    source: Source
    code: str
    title: str
    points: Decimal


class Moved(NamedTuple):
    """A contribution that differs between two moments."""

    source: Source
    code: str
    title: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """Return by how much it moved the total."""
        return self.after - self.before


def contributions(method: Method, standing: Standing) -> list[Contribution]:
    """Return what adds up to a unit's total, exactly; nothing where it has none.

    A criterion gives its points times its weights. What a block makes of them beyond that (spread over what is not
    applicable, rounded) is the block's; what the total makes of the blocks (likewise, or set to 0) is the total's.
    Numbers are cut at the twelfth place, where quotients would go on.
    """
    if standing.total is None:
        return []
    with localcontext(EXACT):
        found = [*_of_blocks(method, standing), *_of_bonuses(standing)]
        rest = shown(standing.total) - sum((each.points for each in found), ZERO)
        return [*found, Contribution("total", "", "总分的折算、取舍和否决", rest)]


def _of_blocks(method: Method, standing: Standing) -> Iterator[Contribution]:
    given = {score.block: score.points for score in standing.blocks}
    for block in method.all_blocks:
        scores = [score for score in standing.criteria if not method.blocks or score.block == block.code]
        found = [_of_criterion(block, score, scores) for score in scores]
        yield from found
        if block.code in given:
            whole = shown((given[block.code] or ZERO) * block.weight)
            rest = whole - sum((each.points for each in found), ZERO)
            yield Contribution("block", block.code, f"{block.title}：折算和取舍", rest)


def _of_criterion(block: Block, score: CriterionScore, scores: Sequence[CriterionScore]) -> Contribution:
    divisor = sum((each.weight for each in scores), ZERO) if block.combine == "mean" else ONE
    points = (score.points or ZERO) * score.weight * block.weight / divisor
    return Contribution("criterion", score.criterion, score.title, shown(points))


def _of_bonuses(standing: Standing) -> Iterator[Contribution]:
    for bonus in standing.bonuses:
        yield Contribution("bonus", bonus.criterion, bonus.title, shown(bonus.points or ZERO))


def moved(before: Sequence[Contribution], after: Sequence[Contribution]) -> list[Moved]:
    """Return the contributions that differ, in the order of the method; one that is not there counts as 0."""
    earlier, later = _by_source(before), _by_source(after)
    found = [
        Moved(each.source, each.code, each.title, earlier.get(key, ZERO), later.get(key, ZERO))
        for key, each in {(each.source, each.code): each for each in (*before, *after)}.items()
    ]
    return [each for each in found if each.difference]


def _by_source(given: Sequence[Contribution]) -> Mapping[tuple[str, str], Decimal]:
    return {(each.source, each.code): each.points for each in given}
