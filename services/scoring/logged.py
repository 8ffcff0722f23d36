"""A log of events as `xietiao events --json` prints it, and who is assessed by what it says. Pure."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from services.scoring.method import Method
from shared.contracts.envelope import Event, UnknownTypeError, UnreadableEventError, UnsupportedVersionError, read_event
from shared.contracts.registry import MembershipChanged, UnitChanged, UnitRegistered
from shared.errors import FieldFault, InvalidError

_INSTANT: TypeAdapter[datetime] = TypeAdapter(AwareDatetime)


class Logged(NamedTuple):
    """An event, and since when the log has had it."""

    event: Event
    recorded_at: datetime


def read_log(text: str) -> list[Logged]:
    """Return the events in a text, one a line: with their place in the log, or bare, recorded when they happened.

    Events of an unknown type or version are left out, as the stream does.

    Raises:
        InvalidError: a line is no event; it is named.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found += _read(line)
        except UnreadableEventError as error:
            raise InvalidError(FieldFault(field=f"line {number}", reason=error.reason)) from error
    return found


def _read(line: str) -> list[Logged]:
    if not line.strip():
        return []
    content, recorded_at = line, None
    record = _record(line)
    if "unreadable" in record:
        return []
    if "event" in record:
        content, recorded_at = json.dumps(record["event"]), _instant(record.get("recorded_at"))
    try:
        event = read_event(content.encode())
    except (UnknownTypeError, UnsupportedVersionError):
        return []
    return [Logged(event, recorded_at or event.time)]


def _record(line: str) -> dict[str, Any]:
    """Return the members of a line; of one that is no JSON object none, which is for the event's own reader to say."""
    try:
        content = json.loads(line)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _instant(text: object) -> datetime | None:
    try:
        return None if text is None else _INSTANT.validate_python(text)
    except ValidationError as error:
        raise UnreadableEventError("recorded_at is no instant with a time zone") from error


def assessed_in(method: Method, events: Sequence[Event]) -> dict[str, str]:
    """Return the assessed units (name by code) by the registry's events in the log.

    Where the log holds none of those: every unit of which an event speaks, without a name.
    """
    units = _newest(events, lambda told: told.unit, UnitRegistered, UnitChanged)
    subjects = method.subjects
    if subjects.body is not None:
        codes = _members(method, _newest(events, lambda told: told.membership_id, MembershipChanged).values())
    elif subjects.kind is not None:
        codes = {code for code, told in units.items() if told.kind == subjects.kind}
    else:
        codes = set(subjects.units)
    codes = codes or {event.data.unit for event in events if getattr(event.data, "unit", None)}
    return {code: units[code].name if code in units else "" for code in sorted(codes)}


def _newest(events: Iterable[Event], key: Callable[[Any], str], *payloads: type) -> dict[str, Any]:
    """Return what the newest event tells, by a key of it."""
    found: dict[str, Event] = {}
    for event in events:
        if isinstance(event.data, payloads):
            name = key(event.data)
            if name not in found or event.aggregateversion > found[name].aggregateversion:
                found[name] = event
    return {name: event.data for name, event in found.items()}


def _members(method: Method, memberships: Iterable[MembershipChanged]) -> set[str]:
    subjects, assessed = method.subjects, method.assessed
    return {
        held.holder_unit
        for held in memberships
        if held.holder_unit is not None
        and (held.body, held.role) == (subjects.body, subjects.role)
        and held.valid_from <= assessed.end
        and (held.valid_to is None or held.valid_to > assessed.start)
    }
