"""Facts as records: what is compared, written into files and kept in plans."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.registry.exchange.lists import ListKind, ListName
from shared.sheets import normalised

Record = Mapping[str, Any]
Key = tuple[Any, ...]

_NOT_CONTENT = frozenset({"id", "valid_from", "valid_to"})


@dataclass(frozen=True, slots=True)
class Held:
    """A record that the registry holds, and its days; documents have none."""

    record: Record
    valid_from: date | None
    valid_to: date | None

    def on(self, day: date) -> bool:
        """Say whether it holds on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)

    @property
    def dated(self) -> dict[str, Any]:
        """Return the record with its days, as it stands in files."""
        if self.valid_from is None:
            return dict(self.record)
        return {**self.record, "valid_from": self.valid_from, "valid_to": self.valid_to}


Holdings = Mapping[ListName, list[Held]]
"""What the registry holds, list by list."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that says something else now."""

    field: str
    before: Any
    after: Any


def key_of(kind: ListKind, record: Record) -> Key:
    """Return what a record is about."""
    return tuple(record.get(field) for field in kind.key)


def key_text(key: Key) -> str:
    """Return a key as one text."""
    return " / ".join(str(part) for part in key if part is not None)


def content(record: Record) -> dict[str, Any]:
    """Return what a record says: without its days, without what is empty."""
    return {
        name: value for name, value in record.items() if name not in _NOT_CONTENT and value not in (None, [], "", ())
    }


def field_changes(before: Record, after: Record) -> list[FieldChange]:
    """Return what differs, field by field, in the order of the later record's fields."""
    old, new = content(before), content(after)
    names = dict.fromkeys([*new, *old])
    return [
        FieldChange(name, old.get(name), new.get(name))
        for name in names
        if _as_read(old.get(name)) != _as_read(new.get(name))
    ]


def _as_read(value: Any) -> Any:  # noqa: ANN401 - any part of a record
    """Return a value as a file's reader would have it: spaces and full-width signs make no difference."""
    if isinstance(value, str):
        return normalised(value)
    if isinstance(value, list | tuple):
        return [_as_read(each) for each in value]
    return {name: _as_read(part) for name, part in content(value).items()} if isinstance(value, Mapping) else value
