"""An entry of a register, and what of it may be searched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.registry.domain import Fact, Named
from services.registry.registers.kinds import REGISTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Fact):
    """One entry in these days; `fields` is what its register has beyond the others, as JSON."""

    register: str
    key: str
    title: str
    unit: Named | None = None
    sectors: tuple[Named, ...] = ()
    status: str
    fields: Mapping[str, Any]
    document: str | None = None
    id: str = field(default="", compare=False)
    version: int = field(default=0, compare=False)

    @property
    def words(self) -> str:
        """Return the words by which it is found: key, title, its fields' values and the Chinese words of its states."""
        register = REGISTERS[self.register]
        of_status = register.states.get(self.status, ())
        values = [
            word for name, value in self.fields.items() for word in _words(register.fields.words.get(name), value)
        ]
        return " ".join((self.key, self.title, *of_status[:1], *values))


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are asked for."""

    register: str | None = None
    id: str | None = None
    text: str | None = None
    status: str | None = None
    sector: str | None = None
    unit: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What was known of an entry once: who said so when, by which document, and until when it was held true."""

    entry: Entry
    recorded_at: datetime
    superseded_at: datetime | None
    subject: str
    role: str
    action: str
    correction: bool
    document: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class TakenKey:
    """Another entry that has a key."""

    id: str
    title: str
    valid_from: date
    valid_to: date | None


def _words(chinese: Mapping[str, tuple[str, ...]] | None, value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    return [chinese[value][0]] if chinese is not None and isinstance(value, str) and value in chinese else [str(value)]
