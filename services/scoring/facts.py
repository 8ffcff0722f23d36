"""Facts as a person writes them down (YAML), turned into events: to try a method without any server.

Every fact becomes an event of the kind that the services tell, and goes through the same fold. Fields that are left out
are filled as `_FILLED` says; a field that the event does not have is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Self, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from services.scoring.method import load_yaml, validation_faults
from services.scoring.rules.base import Strict
from services.scoring.rules.indicators import IndicatorCode
from services.scoring.rules.matching import as_written, shape_of
from services.scoring.rules.measures import PERIOD
from services.scoring.rules.numbers import WrittenNumber
from shared.clock import COUNTY_ZONE, Day, end_of_county_day
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.contracts.scoring import AdjustmentApproved, ScoreEntered
from shared.contracts.tasks import Observation, ReportSubmitted
from shared.errors import FieldFault, InvalidError

Unit = Annotated[str, Field(pattern=r"^[0-9a-z]+(-[0-9a-z]+)*$", min_length=2, max_length=64)]
_DAY: TypeAdapter[date] = TypeAdapter(Day)


class UnitFact(Strict):
    """An assessed unit."""

    code: Unit
    name: str = ""


class ObservationFact(Strict):
    """Values of an indicator in a period, by unit, as one report of each unit, or of the one that reports on them."""

    indicator: IndicatorCode
    period: str = Field(pattern=PERIOD)
    values: dict[Unit, WrittenNumber] = Field(min_length=1)
    definition: str = Field("report", description="The report's definition.")
    reporter: Unit | None = Field(None, description="Unit that reports on all of them; left out: each on itself.")


class ScoreFact(Strict):
    """Scores of a group's raters."""

    criterion: str
    unit: Unit
    group: str
    scores: tuple[WrittenNumber, ...] = Field(min_length=1)


class AdjustmentFact(Strict):
    """What the office gave or took on a document."""

    criterion: str
    unit: Unit
    points: WrittenNumber
    on: Day
    document: str = "（未写文号）"


class Facts(Strict):
    """Everything that a method is tried on."""

    title: str = ""
    units: tuple[UnitFact, ...] = Field(min_length=1)
    observations: tuple[ObservationFact, ...] = ()
    events: tuple[dict[str, Any], ...] = ()
    scores: tuple[ScoreFact, ...] = ()
    adjustments: tuple[AdjustmentFact, ...] = ()
    expected: dict[Unit, WrittenNumber | None] = Field(
        {}, description="Totals by unit that must come of it; null: none."
    )

    @model_validator(mode="after")
    def _check_units(self) -> Self:
        """Refuse numbers of a unit that is not named: they would be lost without a word."""
        known = [unit.code for unit in self.units]
        twice = sorted({unit for unit in known if known.count(unit) > 1})
        if twice:
            raise ValueError(f"units: {', '.join(twice)} stands twice")
        named = [(f"observations.{i}.values", unit) for i, fact in enumerate(self.observations) for unit in fact.values]
        named += [(f"scores.{i}.unit", fact.unit) for i, fact in enumerate(self.scores)]
        named += [(f"adjustments.{i}.unit", fact.unit) for i, fact in enumerate(self.adjustments)]
        for path, unit in named:
            if unit not in known:
                raise ValueError(f"{path}: {unit} is not among the units: {', '.join(known)}")
        return self

    @model_validator(mode="after")
    def _check_observations(self) -> Self:
        """Refuse a second value of the same in the same report: one of them would be lost without a word."""
        told = set()
        for index, fact in enumerate(self.observations):
            for unit in fact.values:
                value = fact.indicator, fact.period, fact.definition, fact.reporter or unit, unit
                if value in told:
                    raise ValueError(f"observations.{index}.values: {unit} has {fact.indicator} {fact.period} twice")
                told.add(value)
        return self


def read_facts(text: str) -> Facts:
    """Return the facts in a YAML text; refuse them with path and reason of each fault."""
    content = load_yaml(text, "facts as YAML")
    if isinstance(content, dict) and isinstance(content.get("units"), list):
        content["units"] = [{"code": unit} if isinstance(unit, str) else unit for unit in content["units"]]
    try:
        return Facts.model_validate(content)
    except ValidationError as error:
        raise InvalidError(*validation_faults(error)) from error


def events_of(facts: Facts, method: str) -> list[Event]:
    """Return the facts as events; refuse what cannot be one, with path and reason."""
    versions: dict[str, int] = {}
    return [
        Event.of(payload, subject=subject, version=_next(versions, subject), time=at)
        for subject, at, payload in (
            *_happenings(facts.events),
            *_reports(facts.observations),
            *_entered(facts.scores, method),
            *_adjusted(facts.adjustments, method),
        )
    ]


_Told = tuple[str, datetime, Payload]


def _next(versions: dict[str, int], subject: str) -> int:
    versions[subject] = versions.get(subject, 0) + 1
    return versions[subject]


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), COUNTY_ZONE)


def _id(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"xietiao:facts:{name}")


def _happenings(events: Iterable[Mapping[str, Any]]) -> Iterator[_Told]:
    for index, written in enumerate(events):
        path = f"events.{index}"
        try:
            yield _happening(path, dict(written), f"事项{index + 1}")
        except ValidationError as error:
            faults = [fault.model_copy(update={"field": f"{path}.{fault.field}"}) for fault in validation_faults(error)]
            raise InvalidError(*faults) from error


def _happening(path: str, written: dict[str, Any], unnamed: str) -> _Told:
    name = str(written.pop("event", ""))
    try:
        payload = shape_of(name).payload
    except ValueError as error:
        raise InvalidError(FieldFault(field=f"{path}.event", reason=str(error))) from error
    day = _day(path, written)
    matter = str(written.pop("of", unnamed))
    _take_units(payload, written, day)
    unknown = sorted(written.keys() - payload.model_fields.keys())
    if unknown:
        known = ", ".join(("event", "on", "of", *sorted(payload.model_fields)))
        raise InvalidError(FieldFault(field=f"{path}.{unknown[0]}", reason=f"{name} has no such field", expected=known))
    _check_written(path, payload, written)
    content = _filled(payload, day, matter) | {key: _instant(payload, key, value) for key, value in written.items()}
    if "on_time" in payload.model_fields and "on_time" not in written:
        content["on_time"] = str(content.get("days_late", 0)) == "0"
    return str(_id(matter)), _noon(day), payload.model_validate(content)


def _check_written(path: str, payload: type[Payload], written: Mapping[str, Any]) -> None:
    for field, value in written.items():
        try:
            as_written(payload.model_fields[field].annotation, value)
        except ValidationError as error:
            (fault, *_) = validation_faults(error)
            raise InvalidError(fault.model_copy(update={"field": f"{path}.{field}"})) from error


def _day(path: str, written: dict[str, Any]) -> date:
    if "on" not in written:
        raise InvalidError(
            FieldFault(field=f"{path}.on", reason="the day on which it happened is needed", expected="e.g. 2026-03-05")
        )
    try:
        return _DAY.validate_python(written.pop("on"))
    except ValidationError as error:
        (fault, *_) = validation_faults(error)
        raise InvalidError(fault.model_copy(update={"field": f"{path}.on"})) from error


def _take_units(payload: type[Payload], written: dict[str, Any], day: date) -> None:
    """Turn `lead` and `cooperating` into assignments, where the event has those."""
    if "assignments" not in payload.model_fields or "assignments" in written:
        return
    due = written.get("due_on", day.isoformat())
    units = [(written.pop("lead"), "lead")] if "lead" in written else []
    cooperating = written.pop("cooperating", [])
    units += [(unit, "cooperating") for unit in ([cooperating] if isinstance(cooperating, str) else cooperating)]
    written["assignments"] = [{"unit": unit, "role": role, "due_on": due} for unit, role in units]


def _filled(payload: type[Payload], day: date, matter: str) -> dict[str, Any]:
    """Return what is filled in where a fact does not say it."""
    instant = _noon(day)
    known: dict[str, Any] = {
        "title": matter, "source_kind": "plan_item", "source_id": matter, "weight": 1, "due_on": day,
        "assignment_due_on": day, "role": "lead", "days_late": 0, "done_at": instant, "submitted_at": instant,
        "due_at": end_of_county_day(day), "definition": "report", "definition_version": 1, "submission": 1,
        "period": f"{day:%Y-%m}", "percent": 50, "body": "coordination-meeting", "kind": "coordination",
        "held_on": day, "adopted_on": day, "sequence": 1, "month": f"{day:%Y-%m}", "answer_due_on": day,
        "previous_due_on": day, "extension": 1, "cause": "decided", "colour": "blue", "attendance": "present",
        "invested": 0, "invested_to_date": 0, "planned_in_year": 0, "cooperating_units": [],
    }  # fmt: skip
    found = {name: known[name] for name in payload.model_fields if name in known}
    ids = {name: _id(matter) for name, info in payload.model_fields.items() if info.annotation is UUID}
    return found | ids


def _instant(payload: type[Payload], field: str, value: object) -> object:
    """Let a day stand for an instant: noon in the county, or the day's end for what falls due."""
    annotation = payload.model_fields[field].annotation
    is_instant = annotation is datetime or datetime in get_args(annotation) or field.endswith("_at")
    if not (is_instant and isinstance(value, str) and len(value) == len("2026-03-05")):
        return value
    try:
        day = _DAY.validate_python(value)
    except ValidationError:
        return value  # which the event's own schema refuses, with the path
    return end_of_county_day(day) if field.startswith("due") else _noon(day)


def _reports(observations: Iterable[ObservationFact]) -> Iterator[_Told]:
    held: dict[tuple[str, str, str], list[Observation]] = {}
    for fact in observations:
        for unit, value in fact.values.items():
            reporter = fact.reporter or unit
            of = None if unit == reporter else unit
            observation = Observation(indicator=fact.indicator, value=value, unit=of)
            held.setdefault((fact.definition, fact.period, reporter), []).append(observation)
    for (definition, period, reporter), found in held.items():
        at = _noon(date(int(period[:4]), 12, 31))
        report = _id(f"report:{definition}:{period}:{reporter}")
        payload = ReportSubmitted(
            report_id=report, definition=definition, definition_version=1, unit=reporter, period=period, due_at=at,
            submission=1, submitted_at=at, days_late=0, on_time=True, observations=tuple(found),
            observed_units=_observed(found, reporter),
        )  # fmt: skip
        yield str(report), at, payload


def _observed(found: Iterable[Observation], reporter: str) -> tuple[str, ...]:
    """Return the units of which a report tells values, as its event names them: none if it is only the reporter."""
    units = {each.unit or reporter for each in found}
    return () if units == {reporter} else tuple(sorted(units))


def _entered(scores: Iterable[ScoreFact], method: str) -> Iterator[_Told]:
    counts: dict[tuple[str, str, str], int] = {}
    for fact in scores:
        for score in fact.scores:
            key = fact.criterion, fact.unit, fact.group
            counts[key] = counts.get(key, 0) + 1
            score_id = _id(f"score:{key}:{counts[key]}")
            day = date(2026, 12, 31)
            payload = ScoreEntered(
                score_id=score_id, method=method, method_version=1, criterion=fact.criterion, unit=fact.unit,
                rater_group=fact.group, rater=str(counts[key]), score=score, scored_on=day,
            )  # fmt: skip
            yield str(score_id), _noon(day), payload


def _adjusted(adjustments: Iterable[AdjustmentFact], method: str) -> Iterator[_Told]:
    for index, fact in enumerate(adjustments):
        adjustment_id = _id(f"adjustment:{index}")
        payload = AdjustmentApproved(
            adjustment_id=adjustment_id, method=method, method_version=1, criterion=fact.criterion, unit=fact.unit,
            points=fact.points, effective_on=fact.on, document=fact.document,
        )  # fmt: skip
        yield str(adjustment_id), _noon(fact.on), payload
