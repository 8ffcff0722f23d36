"""Units that commands name must be known here, from the registry's events; a refusal suggests near ones."""

from collections.abc import Mapping, Sequence
from datetime import date

from services.tasks import store
from services.tasks.succession import store as successions
from shared.errors import FieldFault, unknown_code
from shared.postgres import Connection


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
    """Return a fault for each field that names a unit unknown here, with the nearest codes."""
    known = await store.known_among(conn, list(named.values()))
    strangers = {field: code for field, code in named.items() if code not in known}
    if not strangers:
        return []
    codes = await store.all_unit_codes(conn)
    return [unknown_code(field, code, codes) for field, code in strangers.items()]


async def ended(conn: Connection, named: Mapping[str, str], day: date) -> list[FieldFault]:
    """Return a fault for each field that names a unit which is no more on that day, with the one that follows it."""
    gone = {each.unit: each for each in await successions.successions_of(conn, list(named.values()), day) if each.ends}
    return [
        FieldFault(
            field=field,
            reason=f"{code} is no more since {gone[code].effective_on}",
            expected=gone[code].open_work_to or "a unit that exists",
        )
        for field, code in named.items()
        if code in gone
    ]
