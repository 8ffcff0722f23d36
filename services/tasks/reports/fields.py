"""The fields of a report: typed, with unit of measure and range; what is submitted is read against them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from services.tasks.reports.expressions import Value, ValueType
from shared.contracts.tasks import Observation
from shared.errors import FieldFault
from shared.sheets import read_day, read_number
from shared.text import LONG_TEXT_MAX

FieldType = Literal["integer", "decimal", "text", "date", "choice"]
Stated = str | int | float | bool | None
"""A value as JSON, or a cell, states it."""

MOST_DIGITS = 30
MOST_DECIMALS = 10
_COMPARED_AS: Mapping[FieldType, ValueType] = {
    "integer": "number", "decimal": "number", "text": "text", "choice": "text", "date": "date",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportField:
    """One thing that a report states."""

    indicator: str
    title: str
    unit_of_measure: str | None
    required: bool
    type: FieldType = "decimal"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[str, ...] = ()

    @property
    def compared_as(self) -> ValueType:
        """Return how rules compare the field."""
        return _COMPARED_AS[self.type]

    @property
    def expected(self) -> str:
        """Return what a value must be, for refusals and forms."""
        match self.type:
            case "choice":
                return f"one of {'、'.join(self.choices)}"
            case "text":
                return f"text of 1 to {LONG_TEXT_MAX} characters"
            case "date":
                return "a day, e.g. 2026-03-31"
            case _:
                return f"{'a whole number' if self.type == 'integer' else 'a number'}{self._range}{self._measure}"

    @property
    def _range(self) -> str:
        if self.minimum is not None and self.maximum is not None:
            return f" from {self.minimum} to {self.maximum}"
        if self.minimum is not None:
            return f", {self.minimum} or more"
        return "" if self.maximum is None else f", {self.maximum} or less"

    @property
    def _measure(self) -> str:
        return "" if self.unit_of_measure is None else f" ({self.unit_of_measure})"

    def read(self, stated: Stated) -> Value | FieldFault:
        """Return the value that is stated, or the fault with rule, field and value."""
        match self.type:
            case "integer" | "decimal":
                return self._read_number(stated)
            case "date":
                found = read_day(stated) if isinstance(stated, str) else None
                return self._fault("type", stated, "is no day") if found is None else found
            case "choice":
                fits = isinstance(stated, str) and stated in self.choices
                return str(stated) if fits else self._fault("choice", stated, "is none of the choices")
            case "text":
                return self._read_text(stated)

    def _read_text(self, stated: Stated) -> Value | FieldFault:
        text = stated.strip() if isinstance(stated, str) else ""
        if not text or len(text) > LONG_TEXT_MAX or any(ord(sign) < ord(" ") and sign not in "\n\t\r" for sign in text):
            return self._fault("type", stated, "is no text, is blank, too long or holds control characters")
        return text

    def _read_number(self, stated: Stated) -> Decimal | FieldFault:
        if isinstance(stated, bool):
            return self._fault("type", stated, "true and false are no numbers")
        number = read_number("" if stated is None else str(stated), self.unit_of_measure)
        if number is None or not _storable(number):
            return self._fault("type", stated, "is no number, or one of too many digits")
        if self.type == "integer" and number != number.to_integral_value():
            return self._fault("type", stated, "is no whole number")
        low = self.minimum is not None and number < self.minimum
        high = self.maximum is not None and number > self.maximum
        return self._fault("range", stated, "is out of range") if low or high else number

    def missing(self) -> FieldFault:
        """Return the fault of a required field that is not stated."""
        return self._fault("required", None, "is missing")

    def _fault(self, rule: str, stated: Stated, reason: str) -> FieldFault:
        return FieldFault(
            field=f"values.{self.indicator}",
            reason=reason,
            expected=f"{self.title}: {self.expected}",
            rule=rule,
            value=None if stated is None else str(stated)[:200],
        )


def _storable(number: Decimal) -> bool:
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return False
    return -exponent <= MOST_DECIMALS and max(len(digits) + max(exponent, 0), -exponent) <= MOST_DIGITS


def place(unit: str | None, path: str) -> str:
    """Return the path of something in a unit's row, as refusals name it; without a unit the report has no rows."""
    return path if unit is None else f"rows.{unit}.{path}"


def read_values(
    fields: Sequence[ReportField], stated: Mapping[str, Stated]
) -> tuple[dict[str, Value], list[FieldFault]]:
    """Return the values in the fields' order and what is wrong: not asked for, missing, of wrong type or range.

    An optional field that is stated as null or blank is one that is not stated.
    """
    asked = {field.indicator: field for field in fields}
    faults = [
        FieldFault(field=f"values.{name}", reason="is not asked for", expected=f"some of {', '.join(asked)}")
        for name in stated
        if name not in asked
    ]
    values: dict[str, Value] = {}
    for name, field in asked.items():
        given = stated.get(name)
        if given is None or given == "":
            faults += [field.missing()] if field.required else []
            continue
        found = field.read(given)
        if isinstance(found, FieldFault):
            faults.append(found)
        else:
            values[name] = found
    return values, faults


def written(values: Mapping[str, Value]) -> dict[str, str]:
    """Return the values as text, exact, as they are kept and shown."""
    return {name: value.isoformat() if isinstance(value, date) else str(value) for name, value in values.items()}


def read_back(fields: Sequence[ReportField], kept: Mapping[str, str]) -> dict[str, Value]:
    """Return kept values as this definition's fields read them; what it no longer asks for, or otherwise, is left."""
    found = {field.indicator: field.read(kept[field.indicator]) for field in fields if field.indicator in kept}
    return {name: value for name, value in found.items() if not isinstance(value, FieldFault)}


def observations(
    fields: Sequence[ReportField], values: Mapping[str, Value], unit: str | None
) -> tuple[Observation, ...]:
    """Return the numbers with their units of measure, in the definition's order: what events may carry.

    `unit`: whose row it is; None if the report is on its own unit.
    """
    stated = ((field, values.get(field.indicator)) for field in fields)
    return tuple(
        Observation(indicator=field.indicator, value=value, unit_of_measure=field.unit_of_measure, unit=unit)
        for field, value in stated
        if isinstance(value, Decimal)
    )
