"""`incidents`: begin at full marks (or a base) and add or subtract by a table; never below the floor (扣完为止)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from pydantic import Field

from services.scoring.rules.base import EMPTY, ZERO, Evidence, Points, Rule, Score, Strict, Tally, plain
from services.scoring.rules.matching import EventName, unit_event
from shared.contracts.envelope import Event
from shared.contracts.tasks import Role


class Incident(Strict):
    """One line of the table: which event, under which condition, gives or takes how many points."""

    event: EventName = Field(description="Event without prefix and version, e.g. `tasks.assignment-sent-back`.")
    roles: tuple[Role, ...] = Field((), description="Only for units in these roles; empty means all.")
    points: Points
    text: str = Field(min_length=1, description="Why, Chinese, as the ledger shows it.")


class Incidents(Rule):
    """Points for single happenings."""

    kind: Literal["incidents"]
    incidents: tuple[Incident, ...] = Field(min_length=1)
    base: Points | None = Field(None, description="Where it begins; full marks if absent.")
    floor: Points = ZERO

    def watched(self) -> Iterable[str]:
        """Return the types named in the table."""
        return {unit_event(incident.event).event_type for incident in self.incidents}

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return one line per incident; each event is an incident of its own."""
        for index, incident in enumerate(self.incidents):
            if unit_event(incident.event).event_type != event.type:
                continue
            if incident.roles and getattr(event.data, "role", None) not in incident.roles:
                continue
            yield Evidence(
                event.data.unit,
                f"event:{event.id}:{index}",
                Decimal(1),
                incident.points,
                f"incident-{index + 1}",
                incident.text,
            )

    def score(self, unit: str, tallies: Mapping[str, Tally]) -> Score:
        """Return base plus all incidents, between floor and full marks."""
        tally = tallies.get(unit, EMPTY)
        base = self.max if self.base is None else self.base
        points = max(self.floor, min(self.max, base + tally.points))
        formula = f"{plain(base)} + ({plain(tally.points)})，限 {plain(self.floor)}～{plain(self.max)}"
        return Score(points, formula)
