"""`incidents`: begin at full marks (or a base) and add or subtract by a table; never below the floor (扣完为止).

What a month or the year may give or take can be capped, and incidents can escalate: −0.5, −1, −2, then −5 each. The
tally is kept by month and by line of the table where that is needed, so it is exact however the events came in.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Evidence,
    Facts,
    Input,
    Part,
    Score,
    ScoredRule,
    Strict,
    asked_at_adoption,
    clamped,
    limits_text,
    signed,
)  # fmt: skip
from services.scoring.rules.matching import EventMatch, EventName, Telling, shape_of, short_name
from services.scoring.rules.numbers import Points, PositivePoints, plain
from shared.clock import county_date
from shared.contracts.envelope import Event


class Caps(Strict):
    """How much at most, in either direction, a month and the whole year give or take."""

    month: PositivePoints | None = None
    year: PositivePoints | None = None


class Incident(EventMatch):
    """One line of the table: which event, under which condition, gives or takes how many points."""

    points: Points | None = Field(None, description="What each gives or takes; or `escalating`.")
    escalating: tuple[Points, ...] = Field((), description="The first, the second …; the last for each one more.")
    cap: PositivePoints | None = Field(None, description="At most so much of this line in the year.")
    text: str = Field(min_length=1, max_length=200, description="Why, Chinese, as the ledger shows it.")
    key: tuple[str, ...] = Field(
        (),
        description="Fields that name the matter: of one matter the newest event decides, also that nothing happened. "
        "Empty: each event is an incident of its own, and stays.",
    )
    taken_back_by: tuple[EventName, ...] = Field(
        (), description="Events of the same matter (`key`) and unit that take the incident back."
    )

    @model_validator(mode="after")
    def _check_incident(self) -> Self:
        if self.taken_back_by and not self.key:
            raise ValueError("key: taken_back_by needs the fields that name the matter, e.g. [task_id]")
        for event in (self.event, *self.taken_back_by):
            missing = [name for name in self.key if name not in shape_of(event).fields]
            if missing:
                known = ", ".join(sorted(shape_of(event).fields))
                raise ValueError(f"key: {event} has no field {', '.join(missing)}; it has: {known}")
        return self

    @cached_property
    def event_types(self) -> frozenset[str]:
        """Return the types that make or take back lines."""
        return frozenset(shape_of(name).payload.event_type for name in (self.event, *self.taken_back_by))

    def verdicts(self, event: Event) -> Iterator[tuple[Telling, str, bool]]:
        """Return each unit of which the event speaks, the source of its line, and whether it counts."""
        if event.type == self.event_type:
            for telling in self.units(event.data):
                holds = self.takes(telling)
                if holds or self.key:
                    yield telling, self._source(telling, self.event, event), holds
        elif event.type in self.event_types:
            name = short_name(event.type)
            for telling in shape_of(name).units(event.data):
                yield telling, self._source(telling, name, event), False

    def _source(self, telling: Telling, name: str, event: Event) -> str:
        if not self.key:
            return f"event:{event.id}"
        fields = shape_of(name).fields
        return "matter:" + "|".join(str(fields[each][1](telling.data, telling.share)) for each in self.key)


class Incidents(ScoredRule):
    """Points for single happenings."""

    kind: Literal["incidents"]
    incidents: tuple[Incident, ...] = Field(min_length=1, max_length=100)
    base: Points | None = Field(None, description="Where it begins; full marks if absent.")
    floor: Points = ZERO
    cap: Points | None = Field(None, description="Never above this; full marks if absent.")
    caps: Caps = Caps()
    escalating: tuple[Points, ...] = Field(
        (),
        description="One ladder for all lines of the table: the first incident, the second …, the last for each more.",
    )

    @asked_at_adoption
    def _check_points(self) -> None:
        """Refuse lines that say twice, or not at all, what they give: the rule's ladder is for all of them."""
        for index, each in enumerate(self.incidents):
            stated = (each.points is not None) + bool(each.escalating)
            if self.escalating and stated:
                raise ValueError(f"incidents.{index}.points: the criterion's escalating says what each incident gives")
            if not self.escalating and stated != 1:
                raise ValueError(f"incidents.{index}.points: state either points or escalating")

    @property
    def compares(self) -> bool:
        """Return whether others' tallies matter: never."""
        return False

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[tuple[int, Incident], ...]]:
        types = {event_type for incident in self.incidents for event_type in incident.event_types}
        return {
            event_type: tuple((i, each) for i, each in enumerate(self.incidents) if event_type in each.event_types)
            for event_type in types
        }

    @cached_property
    def _is_by_month(self) -> bool:
        return self.caps.month is not None

    @cached_property
    def _is_by_line(self) -> bool:
        return any(each.escalating or each.cap is not None for each in self.incidents)

    def watched(self) -> Iterable[str]:
        """Return the types named in the table."""
        return self._by_type

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return one line per incident."""
        for index, incident in self._by_type.get(event.type, ()):
            for telling, source, counts in incident.verdicts(event):
                yield Evidence(
                    telling.unit,
                    f"{source}:{index}",
                    ONE,
                    incident.points or ZERO,
                    f"incident-{index + 1}",
                    incident.text if counts else f"{incident.text}：不成立或已撤回",
                    counts,
                    None,
                    self._part(event, index),
                )

    def _part(self, event: Event, index: int) -> str:
        month = f"{county_date(event.time):%Y-%m}" if self._is_by_month else ""
        return f"{month}|{index}" if self._is_by_line else month

    def score(self, unit: str, facts: Facts) -> Score:
        """Return base plus all incidents, between floor and full marks."""
        tally = facts.tally(unit)
        base = self.max if self.base is None else self.base
        high = self.max if self.cap is None else self.cap
        change = self._change(tally.parts)
        points = clamped(base + change, self.floor, high)
        formula = f"{plain(base)} {signed(change)}{limits_text(self.floor, high)}"
        inputs = (Input("起始分", base), Input("事项数", Decimal(tally.lines)), Input("加减分合计", change))
        return Score(points, formula, inputs, self._wanted(base, change, points))

    def _wanted(self, base: Decimal, change: Decimal, points: Decimal) -> str | None:
        """Return what full marks would have needed; points below the floor were lost too."""
        if points >= self.max:
            return None
        taken = base >= self.max
        return f"{'少扣' if taken else '再得'} {plain(self.max - base - change)} 分即得满分"

    def _change(self, parts: Mapping[str, Part]) -> Decimal:
        """Return what all incidents give together, within the caps; months in order, for ladders climb through them."""
        climbed: dict[str, int] = {}
        given: dict[str, Decimal] = {}
        months: dict[str, Decimal] = {}
        for key in sorted(parts):
            month, _, line = key.partition("|")
            points = self._points_of(line, parts[key], climbed, given)
            months[month] = months.get(month, ZERO) + points
        limit = self.caps.month
        total = sum((_within(points, limit) for points in months.values()), ZERO)
        return _within(total, self.caps.year)

    def _points_of(self, line: str, part: Part, climbed: dict[str, int], given: dict[str, Decimal]) -> Decimal:
        incident = self.incidents[int(line)] if line else None
        ladder = self.escalating or (incident.escalating if incident else ())
        if not ladder:
            points = part.points
        else:
            rung = "" if self.escalating else line
            points = _climb(ladder, climbed.get(rung, 0), part.lines)
            climbed[rung] = climbed.get(rung, 0) + part.lines
        if incident is None or incident.cap is None:
            return points
        before = given.get(line, ZERO)
        given[line] = _within(before + points, incident.cap)
        return given[line] - before


def _climb(ladder: tuple[Decimal, ...], begun: int, count: int) -> Decimal:
    """Return what `count` incidents give after `begun` others."""
    return sum((ladder[min(rung, len(ladder) - 1)] for rung in range(begun, begun + count)), ZERO)


def _within(points: Decimal, limit: Decimal | None) -> Decimal:
    return points if limit is None else clamped(points, -limit, limit)
