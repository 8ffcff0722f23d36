"""Rules that compare a unit with its peers: `rank_steps` and `peer_max_ratio`.

Both measure how often an event happened for the unit; the peers are the units that the method assesses.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from services.scoring.rules.base import EMPTY, ZERO, Evidence, Points, PositivePoints, Rule, Score, Tally, plain
from services.scoring.rules.matching import EventName, unit_event
from shared.contracts.envelope import Event

_ONE = Decimal(1)


class PeerRule(Rule):
    """A measure by which units are compared: how often `counted` happened."""

    counted: EventName = Field(description="Event without prefix and version, e.g. `tasks.report-accepted`.")

    def watched(self) -> Iterable[str]:
        """Return the one type that is counted."""
        return (unit_event(self.counted).event_type,)

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return one line per event."""
        if event.type in self.watched():
            yield Evidence(event.data.unit, f"event:{event.id}", _ONE, _ONE, "counted", f"{self.title}：1次")


class RankSteps(PeerRule):
    """First gets full marks, `step` less per rank down to the floor; equal values share the better rank."""

    kind: Literal["rank_steps"]
    step: PositivePoints
    floor: Points = ZERO

    def score(self, unit: str, tallies: Mapping[str, Tally]) -> Score:
        """Return full marks less one step per better unit; not applicable where nobody has anything."""
        value = tallies.get(unit, EMPTY).points
        values = [tally.points for tally in tallies.values()]
        if not any(values):
            return Score(None, "各单位均无记录，无从比较")
        rank = 1 + sum(1 for other in values if other > value)
        points = max(self.floor, self.max - self.step * (rank - 1))
        return Score(points, f"{plain(value)}次，第{rank}名：{plain(self.max)} − {plain(self.step)} × {rank - 1}")


class PeerMaxRatio(PeerRule):
    """The best gets full marks, the others their share of the best."""

    kind: Literal["peer_max_ratio"]

    def score(self, unit: str, tallies: Mapping[str, Tally]) -> Score:
        """Return value ÷ best × full marks; not applicable where the best is not above zero."""
        value = tallies.get(unit, EMPTY).points
        best = max((tally.points for tally in tallies.values()), default=ZERO)
        if best <= ZERO:
            return Score(None, "各单位均无记录，无从比较")
        points = max(ZERO, value / best * self.max)
        return Score(points, f"{plain(value)} ÷ {plain(best)} × {plain(self.max)}")
