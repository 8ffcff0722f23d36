"""What changes a register: entering an entry, saying otherwise of it from a day on, ending it; the office does."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from services.registry import store as registry_store
from services.registry.changes.operations import changing
from services.registry.domain import Days, Named, days
from services.registry.errors import OverlapError
from services.registry.keeping import clear
from services.registry.registers import store
from services.registry.registers.domain import Entry
from services.registry.registers.errors import EntryNotFoundError, RegisterNotFoundError
from services.registry.registers.kinds import REGISTERS, Register
from services.registry.registers.schemas import AmendEntry, EndEntry, EntryContent, RecordEntry
from services.registry.telling import tell
from shared.auth import Role
from shared.commands import Act
from shared.contracts import registry as events
from shared.errors import FieldFault, InvalidError, invalid, unknown_code
from shared.postgres import Connection

_DIGITS = 10
"""A field's value of fewer digits is a number; registration numbers are keys, not fields."""


def register_named(name: str) -> Register:
    """Return a register; refuse a name that none has."""
    if name not in REGISTERS:
        raise RegisterNotFoundError(f"there is no register {name}; there are {', '.join(REGISTERS)}")
    return REGISTERS[name]


def stated_fields(register: str, where: Sequence[str]) -> dict[str, object]:
    """Return the values that fields must have, from `field:value`; refuse a field that the register does not keep."""
    known = register_named(register).fields.model_fields
    found: dict[str, object] = {}
    for each in where:
        name, _, value = each.partition(":")
        if name not in known or not value:
            raise invalid("where", f"{each[:60]} is no field with its value", f"field:value, one of {', '.join(known)}")
        found[name] = int(value) if value.isascii() and value.isdigit() and len(value) < _DIGITS else value
    return found


async def record_entry(conn: Connection, act: Act, register: str, body: RecordEntry) -> Entry:
    """Enter an entry; refuse a key that another entry of the register has on some of the same days."""
    act.principal.require(Role.OFFICE)
    entry = entry_of(register, body, Days(body.valid_from, body.valid_to))
    async with changing(conn, act, "record-entry", document=body.document):
        return await enter_entry(conn, act, entry)


async def amend_entry(conn: Connection, act: Act, register: str, entry_id: str, body: AmendEntry) -> Entry:
    """Say otherwise of an entry from a day on (up to another, or for good); what held before stays known."""
    act.principal.require(Role.OFFICE)
    known = await _locked(conn, act, register, entry_id)
    entry = replace(
        entry_of(register, body, Days(body.valid_from, body.valid_to)), id=entry_id, position=known[0].position
    )
    async with changing(
        conn, act, "amend-entry", correction=body.correction, document=body.document, reason=body.reason
    ):
        return await continue_entry(conn, act, entry, known)


async def end_entry(conn: Connection, act: Act, register: str, entry_id: str, body: EndEntry) -> Entry:
    """End an entry: from the day on it stands in the register no longer."""
    act.principal.require(Role.OFFICE)
    known = await _locked(conn, act, register, entry_id)
    async with changing(conn, act, "end-entry", document=body.document, reason=body.reason):
        return await finish_entry(conn, act, known, body.ends_on, body.document)


async def enter_entry(conn: Connection, act: Act, entry: Entry) -> Entry:
    """Enter an entry within a change that was begun, and say so."""
    await _check_references(conn, entry)
    await _check_key(conn, entry)
    entered = replace(entry, id=await store.add_entry(conn, entry))
    return await _told(conn, act, entered)


async def continue_entry(conn: Connection, act: Act, entry: Entry, known: list[Entry]) -> Entry:
    """Put an entry in the place of what is known of it on its days, within a change that was begun, and say so."""
    await _check_references(conn, entry)
    await _check_key(conn, entry)
    await clear(conn, "register_entry", known, entry.days, store.add_entry)
    await store.add_entry(conn, entry)
    return await _told(conn, act, entry)


async def finish_entry(conn: Connection, act: Act, known: list[Entry], ends_on: date, document: str | None) -> Entry:
    """Take all days from one on from an entry, within a change that was begun, and say so."""
    last = known[-1]
    if last.valid_to is not None and last.valid_to <= ends_on:
        raise invalid("ends_on", f"the entry ends on {last.valid_to} already", f"a day before {last.valid_to}")
    if ends_on <= known[0].valid_from:
        raise invalid("ends_on", f"the entry begins on {known[0].valid_from}", f"a day after {known[0].valid_from}")
    await clear(conn, "register_entry", known, Days(ends_on), store.add_entry)
    standing = next(each for each in reversed(known) if each.valid_from < ends_on)
    return await _told(conn, act, replace(standing, valid_to=ends_on, document=document or standing.document))


def entry_of(register: str, body: EntryContent, on: Days) -> Entry:
    """Return the entry that a body describes; refuse what its register does not keep, naming each field."""
    kind = register_named(register)
    faults = [FieldFault(field="key", reason=fault, expected=kind.key_form) for fault in kind.key_faults(body.key)]
    if body.status not in kind.states:
        faults.append(
            FieldFault(field="status", reason=f"{body.status} is no state here", expected=" | ".join(kind.states))
        )
    fields, more = _fields_of(kind, body)
    if faults or more:
        raise InvalidError(*faults, *more)
    return Entry(
        register=register,
        key=body.key,
        title=body.title,
        unit=None if body.unit is None else Named(body.unit),
        sectors=tuple(Named(code) for code in body.sectors),
        status=body.status,
        fields=fields,
        document=body.document,
        valid_from=on.first,
        valid_to=on.end,
    )


def _fields_of(kind: Register, body: EntryContent) -> tuple[dict[str, object], list[FieldFault]]:
    try:
        found = kind.parsed(body.fields, body.key)
    except ValidationError as error:
        return {}, [
            FieldFault(
                field=".".join(("fields", *map(str, fault["loc"]))),
                reason=fault["msg"],
                expected=str(fault.get("ctx", {}).get("expected", "")) or None,
            )
            for fault in error.errors()
        ]
    except PydanticCustomError as error:
        expected = (error.context or {}).get("expected")
        return {}, [FieldFault(field="fields", reason=error.message(), expected=expected)]
    return found.model_dump(mode="json", exclude_defaults=True), []


async def _locked(conn: Connection, act: Act, register: str, entry_id: str) -> list[Entry]:
    """Lock an entry and return what is known of it; refuse one that is not there, or changed since it was read."""
    register_named(register)
    version = await registry_store.lock_aggregate(conn, entry_id)
    known = [] if version is None else await store.entry_days(conn, entry_id)
    if version is None or not known or known[0].register != register:
        raise EntryNotFoundError(f"the register {register} has no entry {entry_id}")
    act.expect(version)
    return known


async def _check_references(conn: Connection, entry: Entry) -> None:
    """Refuse a unit or sector that the registry lacks on the entry's first day; later changes of theirs are known."""
    first, unit = (entry.valid_from, entry.valid_from + timedelta(days=1)), entry.unit
    if unit is not None and not await registry_store.unit_covers(conn, unit.code, *first):
        codes = await registry_store.unit_codes(conn)
        if unit.code not in codes:
            raise InvalidError(unknown_code("unit", unit.code, codes))
        raise invalid("unit", f"{unit.code} is not in the registry on {entry.valid_from}", "a unit of that day")
    unknown = await store.unknown_sectors(conn, [each.code for each in entry.sectors], *first)
    if unknown:
        raise InvalidError(unknown_code("sectors", unknown[0], await store.sector_codes(conn)))


async def _check_key(conn: Connection, entry: Entry) -> None:
    taken = await store.entry_of_key(conn, entry)
    if taken is not None:
        raise OverlapError(
            f"{entry.key} is {taken.title} already, {days(taken.valid_from, taken.valid_to)}",
            ["another key", "an amendment of that entry"],
        )


async def _told(conn: Connection, act: Act, entry: Entry) -> Entry:
    payload = events.RegisterEntryChanged(
        entry_id=entry.id,
        register_name=entry.register,
        key=entry.key,
        title=entry.title,
        unit=None if entry.unit is None else entry.unit.code,
        sectors=tuple(sector.code for sector in entry.sectors),
        status=entry.status,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        document=entry.document,
    )
    return replace(entry, version=await tell(conn, act, payload, entry.id, "register_entry"))
