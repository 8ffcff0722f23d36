"""What callers of the registers are shown."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from services.registry.registers.domain import Entry, KnownEntry
from services.registry.registers.kinds import Register
from services.registry.views import NamedView
from shared.commands import Versioned


class EntryFacts(BaseModel):
    """An entry of a register in these days."""

    id: str
    register_name: str = Field(examples=["standards"])
    key: str = Field(examples=["GB/T 28003-2011"])
    title: str
    unit: NamedView | None
    sectors: list[NamedView]
    status: str = Field(examples=["in_force"])
    fields: Mapping[str, Any]
    document: str | None
    valid_from: date
    valid_to: date | None


class EntryView(EntryFacts, Versioned):
    """An entry as it stands on the day."""

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """Return the view of an entry."""
        return cls(**_facts(entry), version=entry.version)


class KnownEntryView(EntryFacts):
    """What was once known of an entry, and the change that said it; `superseded_at` null: it is known still."""

    recorded_at: datetime
    superseded_at: datetime | None
    by: str = Field(description="Who made the change, and in which role.")
    action: str
    correction: bool
    change_document: str | None
    reason: str | None

    @classmethod
    def of(cls, known: KnownEntry) -> Self:
        """Return the view of what was known."""
        return cls(
            **_facts(known.entry),
            recorded_at=known.recorded_at,
            superseded_at=known.superseded_at,
            by=f"{known.subject} ({known.role})",
            action=known.action,
            correction=known.correction,
            change_document=known.document,
            reason=known.reason,
        )


class HistoryView(BaseModel):
    """All that was ever known of an entry, latest first."""

    items: list[KnownEntryView]


class RegisterView(BaseModel):
    """A register, its states and its own fields as JSON schema."""

    name: str
    title: str = Field(examples=["服务业标准目录"])
    key: str = Field(description="What its key is called.", examples=["标准号"])
    key_form: str
    states: Mapping[str, str]
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, register: Register) -> Self:
        """Return the view of a register."""
        return cls(
            name=register.name,
            title=register.title,
            key=register.key_heading,
            key_form=register.key_form,
            states={state: words[0] for state, words in register.states.items()},
            fields=register.fields.model_json_schema(),
        )


class RegistersView(BaseModel):
    """Every register."""

    items: list[RegisterView]


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "register_name": entry.register,
        "key": entry.key,
        "title": entry.title,
        "unit": None if entry.unit is None else NamedView(code=entry.unit.code, name=entry.unit.name),
        "sectors": [NamedView(code=each.code, name=each.name) for each in entry.sectors],
        "status": entry.status,
        "fields": entry.fields,
        "document": entry.document,
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
    }
