"""How a criterion says which events it looks at: a name, and conditions on the event's own fields.

An event is written without prefix and version, `tasks.assignment-sent-back`; it must speak of units, one or several.
A field that no such event has is refused when the method is loaded, with what there is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from typing import Annotated, Any, NamedTuple, Self, get_args, get_origin

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from services.scoring.rules.base import Strict, asked_at_adoption
from services.scoring.rules.numbers import Whole, WrittenNumber
from shared.clock import Day
from shared.contracts.catalogue import PAYLOADS
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.contracts.tasks import Role

_TOLD_BY = ("tasks", "meetings")
"""Services whose events are facts about units; the registry's are joined by time, scoring's own are results."""

Getter = Callable[[Any, Any], Any]
"""Reads a field of an event's data or of its share for one unit."""
Condition = Callable[[Any], bool]


class Telling(NamedTuple):
    """What an event says of one unit: the data, and the unit's own share of it (the data again where there is none)."""

    unit: str
    data: Any
    share: Any


class _Shape(NamedTuple):
    """How a type of event speaks of units."""

    payload: type[Payload]
    units: Callable[[Any], Sequence[Telling]]
    fields: Mapping[str, tuple[Any, Getter]]


class _ResolutionShare(NamedTuple):
    unit: str
    role: Role


@cache
def unit_events() -> Mapping[str, _Shape]:
    """Return every event that speaks of units, by its short name."""
    found = {}
    for event_type, payload in PAYLOADS.items():
        shape = _shape(payload) if event_type.split(".")[2] in _TOLD_BY else None
        if shape is not None:
            found[short_name(event_type)] = shape
    return found


def short_name(event_type: str) -> str:
    """Return how a method writes an event type."""
    return event_type.removeprefix("cn.xietiao.").removesuffix(".v1")


def unit_event(name: str) -> type[Payload]:
    """Return the payload of an event that speaks of units; raise `ValueError` saying which names there are."""
    return shape_of(name).payload


def shape_of(name: str) -> _Shape:
    """Return how an event speaks of units; raise `ValueError` saying which names there are."""
    shape = unit_events().get(name)
    if shape is None:
        raise ValueError(f"no event of units is called {name}; there are: {', '.join(sorted(unit_events()))}")
    return shape


def _shape(payload: type[Payload]) -> _Shape | None:
    own = {name: (info.annotation, _of_data(name)) for name, info in payload.model_fields.items()}
    if "unit" in own:
        return _Shape(payload, _single, own)
    if "assignments" in own:
        parts = {"unit": (str, _of_share("unit")), "role": (Role, _of_share("role"))}
        due = {"assignment_due_on": (own["due_on"][0], _of_share("due_on"))}
        return _Shape(payload, _each_assignment, {**own, **parts, **due})
    if "lead_unit" in own:
        parts = {"unit": (str, _of_share("unit")), "role": (Role, _of_share("role"))}
        return _Shape(payload, _lead_and_cooperating, {**own, **parts})
    return None


def _single(data: Any) -> Sequence[Telling]:  # noqa: ANN401 - any payload with a unit
    return (Telling(data.unit, data, data),)


def _each_assignment(data: Any) -> Sequence[Telling]:  # noqa: ANN401 - any payload with assignments
    return [Telling(part.unit, data, part) for part in data.assignments]


def _lead_and_cooperating(data: Any) -> Sequence[Telling]:  # noqa: ANN401 - any payload with a lead unit
    shares = [_ResolutionShare(data.lead_unit, "lead")]
    shares += [_ResolutionShare(unit, "cooperating") for unit in data.cooperating_units]
    return [Telling(share.unit, data, share) for share in shares]


def _of_data(name: str) -> Getter:
    return lambda data, _share: getattr(data, name)


def _of_share(name: str) -> Getter:
    return lambda _data, share: getattr(share, name)


def _check(name: str) -> str:
    shape_of(name)
    return name


EventName = Annotated[str, AfterValidator(_check), WithJsonSchema({"type": "string", "enum": sorted(unit_events())})]
"""Name of an event about units, e.g. `tasks.report-accepted`."""


def _as_text(value: object) -> object:
    """Keep conditions as they are written, whether they come from YAML (texts) or JSON."""
    if isinstance(value, Mapping):
        return {str(key): _one_or_several(entry) for key, entry in value.items()}
    return _one_or_several(value)


def _one_or_several(value: object) -> object:
    return [_one(entry) for entry in value] if isinstance(value, list | tuple) else _one(value)


def _one(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    raise ValueError(f"{value} is no condition; {_CONDITIONS}")


_CONDITIONS = "write a value, [several], {from, to}, {not: …} or {given: true}"


_SCALAR = {"type": ["string", "number", "boolean"]}
_ONE_OR_SEVERAL = [_SCALAR, {"type": "array", "items": _SCALAR}]
_SPECIAL = {
    "type": "object",
    "properties": {"from": _SCALAR, "to": _SCALAR, "given": _SCALAR, "not": {"anyOf": _ONE_OR_SEVERAL}},
    "additionalProperties": False,
}

Wanted = Annotated[
    str | list[str] | dict[str, str | list[str]],
    BeforeValidator(_as_text),
    WithJsonSchema({"anyOf": [*_ONE_OR_SEVERAL, _SPECIAL]}),
]
"""A value, several of which one must be, `{from, to}` (both included), `{not: …}` or `{given: true}`."""


class EventMatch(Strict):
    """Which events are meant."""

    event: EventName = Field(description="Event without prefix and version, e.g. `tasks.assignment-sent-back`.")
    where: dict[str, Wanted] = Field(
        {}, description="Conditions on fields: a value, a list of values, {from, to}, {not: …}, {given: true}."
    )
    roles: tuple[Role, ...] = Field((), description="Only for units in these roles; short for `where: {role: …}`.")

    @model_validator(mode="after")
    def _check_conditions(self) -> Self:
        _ = self._conditions  # compiles, and so checks, each
        return self

    @asked_at_adoption
    def _check_written(self) -> None:
        """Refuse numbers and days that only a program would write so: 1_000, seconds for a day."""
        for name, wanted in self.where.items():
            for text in _texts(wanted):
                try:
                    as_written(shape_of(self.event).fields[name][0], text)
                except ValidationError as error:
                    raise ValueError(f"where.{name}: {error.errors(include_url=False)[0]['msg']}") from error

    @cached_property
    def _conditions(self) -> tuple[tuple[Getter, Condition], ...]:
        shape = shape_of(self.event)
        wanted: dict[str, Any] = dict(self.where) | ({"role": list(self.roles)} if self.roles else {})
        return tuple(_compiled(self.event, shape, name, value) for name, value in wanted.items())

    @cached_property
    def event_type(self) -> str:
        """Return the CloudEvents type."""
        return shape_of(self.event).payload.event_type

    @cached_property
    def units(self) -> Callable[[Any], Sequence[Telling]]:
        """Return what finds the units of which such an event speaks."""
        return shape_of(self.event).units

    def takes(self, telling: Telling) -> bool:
        """Return whether the conditions hold."""
        conditions = self._conditions
        return not conditions or all(holds(get(telling.data, telling.share)) for get, holds in conditions)

    def taken(self, event: Event) -> Sequence[Telling]:
        """Return each unit of which the event speaks and that is meant; nothing of another type of event."""
        if event.type != self.event_type:
            return ()
        return [telling for telling in self.units(event.data) if self.takes(telling)]

    def number_reader(self, field: str) -> Callable[[Telling], Decimal | None]:
        """Return what reads a number, None where there is none; raise `ValueError` if the field holds none."""
        fields = shape_of(self.event).fields
        read = self.reader(field)
        if not _is_number(fields[field][0]):
            numbers = ", ".join(sorted(name for name, (annotation, _) in fields.items() if _is_number(annotation)))
            raise ValueError(f"sum: {field} of {self.event} is no number; numbers are: {numbers or 'none'}")

        def number(telling: Telling) -> Decimal | None:
            found = read(telling)
            return None if found is None else Decimal(found)

        return number

    def reader(self, field: str) -> Callable[[Telling], Any]:
        """Return what reads a field; raise `ValueError` saying which there are."""
        get = _field(self.event, shape_of(self.event), field)[1]
        return lambda telling: get(telling.data, telling.share)


def as_written(annotation: Any, text: object) -> None:  # noqa: ANN401 - a type
    """Raise pydantic's `ValidationError` where a number or a day is not written as people write it."""
    adapter = next((_WRITTEN[kind] for kind in _WRITTEN if kind in (annotation, *get_args(annotation))), None)
    if adapter is not None and text is not None:
        adapter.validate_python(text)


_WRITTEN: Mapping[type, TypeAdapter[Any]] = {
    Decimal: TypeAdapter(WrittenNumber),
    int: TypeAdapter(Whole),
    date: TypeAdapter(Day),
}


def _texts(wanted: str | list[str] | dict[str, str | list[str]]) -> Iterator[str]:
    """Yield the values in a condition."""
    match wanted:
        case dict():
            for word, entry in wanted.items():
                if word != "given":
                    yield from _texts(entry)
        case list():
            yield from wanted
        case _:
            yield wanted


def _is_number(annotation: Any) -> bool:  # noqa: ANN401 - a type
    return not {int, Decimal}.isdisjoint((annotation, *get_args(annotation)))


def _field(event: str, shape: _Shape, name: str) -> tuple[Any, Getter]:
    if name not in shape.fields:
        raise ValueError(f"where: {event} has no field {name}; it has: {', '.join(sorted(shape.fields))}")
    return shape.fields[name]


def _compiled(event: str, shape: _Shape, name: str, wanted: Any) -> tuple[Getter, Condition]:  # noqa: ANN401 - as written
    annotation, getter = _field(event, shape, name)
    try:
        return getter, _condition(annotation, wanted)
    except (ValidationError, InvalidOperation) as error:
        reason = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise ValueError(f"where.{name}: {reason}") from error
    except ValueError as error:
        raise ValueError(f"where.{name}: {error}") from error


def _condition(annotation: Any, wanted: Any) -> Condition:  # noqa: ANN401 - as written
    if isinstance(wanted, Mapping):
        return _special(annotation, wanted)
    element = _element(annotation)
    values = [wanted] if isinstance(wanted, str) else wanted
    allowed = frozenset(TypeAdapter(element or annotation).validate_python(value) for value in values)
    if not allowed:
        raise ValueError("at least one value is needed")
    if element is not None:
        return lambda found: not allowed.isdisjoint(found)
    return lambda found: found in allowed


def _special(annotation: Any, wanted: Mapping[str, Any]) -> Condition:  # noqa: ANN401 - as written
    words = set(wanted)
    if words == {"not"}:
        holds = _condition(annotation, wanted["not"])
        return lambda found: not holds(found)
    if words == {"given"}:
        expected = TypeAdapter(bool).validate_python(wanted["given"])
        return lambda found: (found is not None) == expected
    if words and words <= {"from", "to"}:
        return _range(annotation, wanted)
    raise ValueError(f"{{{', '.join(sorted(words))}}} is no condition; {_CONDITIONS}")


def _range(annotation: Any, wanted: Mapping[str, Any]) -> Condition:  # noqa: ANN401 - as written
    adapter = TypeAdapter(annotation)
    low = adapter.validate_python(wanted["from"]) if "from" in wanted else None
    high = adapter.validate_python(wanted["to"]) if "to" in wanted else None
    if isinstance(low, str) or isinstance(high, str):
        raise ValueError("from and to are for numbers and dates")  # noqa: TRY004 - becomes a fault of the method
    if low is not None and high is not None and high < low:
        raise ValueError(f"to: {high} is below from: {low}")
    return lambda found: found is not None and (low is None or found >= low) and (high is None or found <= high)


def _element(annotation: Any) -> Any:  # noqa: ANN401 - a type
    """Return the type of a list's elements; None of what is no list."""
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    return None
