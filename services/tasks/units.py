"""Units that commands name must be known here, from the registry's events, and exist on the day; refusals say more."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.tasks import store
from services.tasks.domain import NamedUnit
from shared.errors import FieldFault, unknown_code
from shared.postgres import Connection

_BEFORE_ANY_END = date.min


def named_in(field: str, codes: Sequence[str]) -> dict[str, str]:
    """Return the codes of a list by the path of each, as refusals name it."""
    return {f"{field}.{index}": code for index, code in enumerate(codes)}


def repeated(named: Mapping[str, str]) -> list[FieldFault]:
    """Return a fault for each field that names a unit which an earlier one names already."""
    first: dict[str, str] = {}
    return [
        FieldFault(field=field, reason=f"{code} stands in {first[code]} already", expected="each unit once")
        for field, code in named.items()
        if first.setdefault(code, field) != field
    ]


async def unknown(conn: Connection, named: Mapping[str, str]) -> list[FieldFault]:
    """Return a fault for each field that names a unit unknown here, with the nearest codes; one may be no more."""
    return await faults(conn, named, _BEFORE_ANY_END)


async def faults(conn: Connection, named: Mapping[str, str], day: date) -> list[FieldFault]:
    """Return a fault for each field that names a unit unknown here, with the nearest codes, or no more on that day."""
    faulty = {each.code: each for each in await store.faulty_units(conn, list(named.values()), day)}
    unknown = any(not each.known for each in faulty.values())
    codes = await store.all_unit_codes(conn) if unknown else []
    return [_fault(field, faulty[code], codes) for field, code in named.items() if code in faulty]


def _fault(field: str, unit: NamedUnit, codes: Sequence[str]) -> FieldFault:
    if not unit.known:
        return unknown_code(field, unit.code, codes)
    return FieldFault(
        field=field,
        reason=f"{unit.code} is no more since {unit.ended_on}",
        expected=unit.open_work_to or "a unit that exists",
    )
