"""What a rule measures, and against what: indicators, formulas, counted events, constants, peers.

A value that is missing makes the criterion not applicable to the unit, with the reason; it is never read as zero. Only
counted events can be none: no event is a count of zero.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Evidence,
    Facts,
    Figure,
    ScoredRule,
    Strict,
    UnitCode,
)  # fmt: skip
from services.scoring.rules.formula import parse
from services.scoring.rules.matching import EventMatch, Telling
from services.scoring.rules.numbers import Amount
from shared.contracts.envelope import Event

PERIOD = r"^[12][0-9]{3}(-(H[12]|Q[1-4]|0[1-9]|1[0-2]))?$"
Direction = Literal["higher", "lower"]

_Counted = tuple[str, EventMatch, Callable[[Telling], Decimal | None] | None]
"""End of the source key, which events, and what reads the field that is summed."""


class Measure(Strict):
    """A value of each unit: an indicator, a formula over indicators, or counted events."""

    indicator: str | None = Field(None, description="Code of an indicator, reported or derived.")
    formula: str | None = Field(None, description="Formula over indicators, e.g. `added-value ÷ gdp × 100`.")
    period: str | None = Field(
        None, pattern=PERIOD, description="2026, 2026-H1, 2026-Q1, 2026-01; else the assessed year."
    )
    events: tuple[EventMatch, ...] = Field((), description="Events that are counted.")
    sum: str | None = Field(None, description="With one `events`: sum this field instead of counting.")

    @model_validator(mode="before")
    @classmethod
    def _from_code(cls, content: Any) -> Any:  # noqa: ANN401 - as written
        return {"indicator": content} if isinstance(content, str) else content

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "description": "Code of an indicator."}, handler(schema)]}

    @model_validator(mode="after")
    def _check_measure(self) -> Self:
        if sum((self.indicator is not None, self.formula is not None, bool(self.events))) != 1:
            raise ValueError("measure: state one of indicator, formula, events")
        if self.sum is not None:
            if len(self.events) != 1:
                raise ValueError("sum: needs exactly one entry in events")
            self.events[0].number_reader(self.sum)
        if self.expression is not None:
            parse(self.expression)
        return self

    @property
    def expression(self) -> str | None:
        """Return the indicator or formula; None where events are counted."""
        return self.indicator or self.formula

    def expressions(self) -> Iterable[str]:
        """Return the indicator or formula, if it is one."""
        return () if self.expression is None else (self.expression,)

    def of(self, unit: str, facts: Facts) -> Figure:
        """Return a unit's value."""
        if self.expression is None:
            return Figure(facts.tally(unit).points)
        return facts.figures.of(unit, self.expression, self.period)

    def evidence(self, event: Event, title: str) -> Iterable[Evidence]:
        """Return a line per event that is counted, or whose field is summed and has a number."""
        for suffix, match, read in self._by_type.get(event.type, ()):
            for telling in match.taken(event):
                number = ONE if read is None else read(telling)
                if number is not None:
                    yield Evidence(telling.unit, f"event:{event.id}{suffix}", ONE, number, "counted", title)

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[_Counted, ...]]:
        found: dict[str, tuple[_Counted, ...]] = {}
        for index, match in enumerate(self.events):
            read = None if self.sum is None else match.number_reader(self.sum)
            found[match.event_type] = (*found.get(match.event_type, ()), (f":{index}" if index else "", match, read))
        return found


class Reference(Strict):
    """Against what a value is held: a number, another indicator, a number per unit, or the peers."""

    value: Amount | None = None
    indicator: str | None = None
    formula: str | None = None
    period: str | None = Field(None, pattern=PERIOD)
    by_unit: dict[UnitCode, Amount] = Field({}, description="A number per unit.")
    peers: Literal["average", "median", "highest", "lowest", "total"] | None = Field(
        None, description="Of the measured values of all peers that have one."
    )

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, content: Any) -> Any:  # noqa: ANN401 - as written
        return content if isinstance(content, dict | Reference) else {"value": content}

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = {"type": ["number", "string"], "pattern": r"^-?[0-9]+(\.[0-9]+)?%?$"}
        return {"anyOf": [number, handler(schema)]}

    @model_validator(mode="after")
    def _check_reference(self) -> Self:
        stated = (self.value, self.indicator, self.formula, self.by_unit or None, self.peers)
        if sum(entry is not None for entry in stated) != 1:
            raise ValueError("state one of a number, indicator, formula, by_unit, peers")
        for expression in self.expressions():
            parse(expression)
        return self

    def expressions(self) -> Iterable[str]:
        """Return the indicator or formula, if it is one."""
        return [text for text in (self.indicator, self.formula) if text is not None]

    def of(self, unit: str, facts: Facts, values: Iterable[Decimal]) -> Figure:
        """Return what a unit's value is held against; `values` are those of the peers."""
        if self.value is not None:
            return Figure(self.value)
        if self.by_unit:
            found = self.by_unit.get(unit)
            return Figure(found, "" if found is not None else "办法没有给该单位定参照值")
        if self.peers is not None:
            return _of_peers(self.peers, sorted(values))
        expression = self.indicator or self.formula
        assert expression is not None  # noqa: S101 - one of the five is stated
        return facts.figures.of(unit, expression, self.period)


def _of_peers(which: str, values: list[Decimal]) -> Figure:
    if not values:
        return Figure(None, "没有可比单位的数据")
    middle = len(values) // 2
    match which:
        case "average":
            return Figure(sum(values, ZERO) / len(values))
        case "median":
            return Figure(values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2)
        case "highest":
            return Figure(values[-1])
        case "lowest":
            return Figure(values[0])
        case _:
            return Figure(sum(values, ZERO))


def _with_counted(schema: dict[str, Any]) -> None:
    """Say in the JSON schema that `counted` may stand for `measure`."""
    schema["properties"]["counted"] = {"type": "string", "description": "Event that is counted; short for a measure."}
    schema["required"].remove("measure")
    schema["anyOf"] = [{"required": ["measure"]}, {"required": ["counted"]}]


class MeasuredRule(ScoredRule):
    """A criterion that is scored from one value per unit."""

    model_config = ConfigDict(json_schema_extra=_with_counted)

    measure: Measure = Field(description="What is measured.")

    @model_validator(mode="before")
    @classmethod
    def _from_counted(cls, content: Any) -> Any:  # noqa: ANN401 - as written
        """Take `counted: <event>` for a measure, as methods of the first version have it."""
        if isinstance(content, dict) and "counted" in content and "measure" not in content:
            content = dict(content)
            content["measure"] = {"events": [{"event": content.pop("counted")}]}
        return content

    def watched(self) -> Iterable[str]:
        """Return the events that are counted, if any are."""
        return {match.event_type for match in self.measure.events}

    def indicators(self) -> Iterable[str]:
        """Return the indicators and formulas that are read."""
        yield from self.measure.expressions()
        for reference in self.references():
            yield from reference.expressions()

    def references(self) -> Iterable[Reference]:
        """Return what values are held against."""
        return ()

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return a line per counted event."""
        return self.measure.evidence(event, self._counted)

    @cached_property
    def _counted(self) -> str:
        return f"{self.title}：1次"

    def values(self, facts: Facts) -> dict[str, Decimal]:
        """Return the values of all peers that have one."""
        key = self.measure.expression, self.measure.period
        if key not in facts.known:
            found = {unit: self.measure.of(unit, facts).value for unit in facts.peers}
            facts.known[key] = {unit: value for unit, value in found.items() if value is not None}
        return facts.known[key]

    @classmethod
    def class_parameters(cls) -> frozenset[str]:
        """Return what may differ by class: all but what is measured, and among whom."""
        fixed = {"code", "title", "kind", "block", "measure", "peers", "joint", "by_class", "not_applicable"}
        return frozenset(cls.model_fields.keys() - fixed)
