"""Records checked by the types of their list; each fault at the cell from which it came."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from services.registry.domain import Days
from services.registry.exchange.cells import CellFault
from services.registry.exchange.drafts import Draft
from services.registry.exchange.lists import ListKind
from services.registry.exchange.models import MODELS
from services.registry.exchange.records import Record
from services.registry.registers.kinds import REGISTERS
from services.registry.registers.operations import entry_of
from services.registry.registers.schemas import EntryContent
from shared.errors import InvalidError

COMMON_FIELDS = frozenset({"key", "title", "unit", "sectors", "status", "document"})
"""What entries of every register have; the rest are the register's own."""

_ANY_DAYS = Days(date(2000, 1, 1))


def faults_of(kind: ListKind, record: Record, draft: Draft) -> list[CellFault]:
    """Return what is wrong with a record, each fault at its cell."""
    if kind.name in REGISTERS:
        return list(_entry_faults(kind, record, draft))
    try:
        MODELS[kind.name].model_validate(dict(record))
    except ValidationError as error:
        return [_fault(kind, draft, entry["loc"], entry["msg"], entry.get("ctx")) for entry in error.errors()]
    return []


def content_of(record: Record) -> dict[str, Any]:
    """Return an entry's record as the content of a command: what is the register's own stands apart."""
    own = {
        name: value
        for name, value in record.items()
        if name not in COMMON_FIELDS | {"id", "valid_from", "valid_to"} and value not in (None, [])
    }
    return {**{name: record[name] for name in COMMON_FIELDS if record.get(name) is not None}, "fields": own}


def _entry_faults(kind: ListKind, record: Record, draft: Draft) -> Iterator[CellFault]:
    try:
        entry_of(kind.name, EntryContent.model_validate(content_of(record)), _ANY_DAYS)
    except ValidationError as error:
        for entry in error.errors():
            yield _fault(kind, draft, entry["loc"], entry["msg"], entry.get("ctx"))
    except InvalidError as refusal:
        for fault in refusal.faults:
            key = fault.field.removeprefix("fields.").partition(".")[0]
            yield draft.fault(kind, "key" if key == "fields" else key, fault.reason, fault.expected)


def _fault(
    kind: ListKind, draft: Draft, location: tuple[int | str, ...], reason: str, context: Mapping[str, Any] | None
) -> CellFault:
    stated = context or {}
    expected = stated.get("expected") or stated.get("pattern")
    key = str(location[0]) if location else str(stated.get("field", kind.key[0]))
    missing = len(location) == 1 and (reason == "Field required" or draft.values.get(key) in (None, "", []))
    reason = "is missing" if missing else reason
    match location:
        case ("clauses", int(place), *rest) if place < len(draft.clause_places):
            part = Draft(draft.sheet, draft.row, places=draft.clause_places[place])
            return part.fault(kind, str(rest[0]) if rest else "clause_kind", reason, expected and str(expected))
        case ("clauses", *_):
            return draft.fault(kind, "clause_kind", "a duty has one clause at least", "a clause with kind and words")
    return draft.fault(kind, key, reason, expected and str(expected))
