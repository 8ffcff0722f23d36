"""The registry of two days compared: what is new, what ended, what says something else, field by field."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.registry.exchange.directory import Directories
from services.registry.exchange.exporting import directories_of
from services.registry.exchange.lists import LISTS, ListKind, ListName
from services.registry.exchange.naming import name_of
from services.registry.exchange.records import (
    FieldChange,
    Held,
    Holdings,
    Key,
    Record,
    field_changes,
    key_of,
    key_text,
)

What = Literal["new", "ended", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is otherwise on the later day."""

    list: ListName
    key: str
    name: str
    what: What
    changes: tuple[FieldChange, ...]


def differences(before: Holdings, after: Holdings, names: Sequence[ListName]) -> list[Difference]:
    """Return the differences, list by list; what is named is called as on the later day."""
    called = directories_of({name: [*before.get(name, ()), *after.get(name, ())] for name in before})
    return [each for name in names for each in _of_list(LISTS[name], before[name], after[name], called)]


def counts_of(found: Sequence[Difference]) -> Mapping[str, Mapping[str, int]]:
    """Return how many differences each list has, by what they are."""
    counted: dict[str, Counter[str]] = {}
    for each in found:
        counted.setdefault(each.list, Counter())[each.what] += 1
    return counted


def _of_list(
    kind: ListKind, before: Sequence[Held], after: Sequence[Held], called: Directories
) -> Iterator[Difference]:
    old, new = _by_key(kind, before), _by_key(kind, after)
    for key, record in new.items():
        changes = tuple(field_changes(old.get(key, {}), record))
        if key not in old:
            yield Difference(kind.name, key_text(key), name_of(kind, record, called), "new", changes)
        elif changes:
            yield Difference(kind.name, key_text(key), name_of(kind, record, called), "changed", changes)
    for key, record in old.items():
        if key not in new:
            yield Difference(
                kind.name, key_text(key), name_of(kind, record, called), "ended", tuple(field_changes(record, {}))
            )


def _by_key(kind: ListKind, held: Sequence[Held]) -> dict[Key, Record]:
    return {key_of(kind, each.record): each.record for each in held}
