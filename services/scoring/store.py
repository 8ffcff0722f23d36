"""Scoring's rows in the database, 1:1 with `queries.sql`; what moves with the position is in `ledger.py`."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from typing import NamedTuple

from services.scoring.domain import AdoptedMethod, Generation, ObservationRow, Rebuild, Subject, TallyRow
from services.scoring.ledger import QUERIES
from services.scoring.method import Method
from services.scoring.rules.base import Part, Tally
from shared.contracts.scoring import MethodAdopted
from shared.postgres import Connection, Record

_CLEARING_SECONDS = 60
"""How long the rows of one generation may take to go: there may be a million."""


class Comparison(NamedTuple):
    """Checksums of a rebuilt and the live generation; `difference` is None when they are equal."""

    checksum: str
    live_checksum: str
    difference: str | None


async def read_epoch(conn: Connection) -> int:
    """Return the number of swaps so far."""
    return int(await conn.fetchval(QUERIES["read_epoch"]))


async def list_live_generations(conn: Connection) -> list[Generation]:
    """Return the generations in force."""
    return [Generation(**row) for row in await conn.fetch(QUERIES["list_live_generations"])]


async def open_adopted_generation(conn: Connection, adopted: MethodAdopted) -> None:
    """Have the fold of a newly adopted method built; once per version."""
    await conn.execute(
        QUERIES["open_adopted_generation"],
        adopted.method,
        adopted.method_version,
        adopted.group,
        adopted.assessed_from,
        adopted.assessed_to,
        adopted.body,
    )


async def open_rebuild_generation(conn: Connection, live: int) -> int:
    """Have a live generation built anew beside it; return the new one's id."""
    return int(await conn.fetchval(QUERIES["open_rebuild_generation"], live))


async def next_building_generation(conn: Connection) -> Generation | None:
    """Return the oldest generation that is to be built."""
    row = await conn.fetchrow(QUERIES["next_building_generation"])
    return None if row is None else Generation(**row)


async def find_generation(conn: Connection, generation: int) -> Rebuild | None:
    """Return what became of a generation."""
    row = await conn.fetchrow(QUERIES["find_generation"], generation)
    return None if row is None else Rebuild(**row)


async def live_generation_of(conn: Connection, method: str) -> int:
    """Return the live generation of a method."""
    return int(await conn.fetchval(QUERIES["live_generation_of"], method))


async def try_builder_lock(conn: Connection) -> bool:
    """Return whether this worker is the one that builds."""
    return bool(await conn.fetchval(QUERIES["try_builder_lock"]))


async def release_builder_lock(conn: Connection) -> None:
    """Let another worker build."""
    await conn.execute(QUERIES["release_builder_lock"])


async def note_build_progress(conn: Connection, generation: int, folded: int, to_fold: int) -> None:
    """Say how far a build is, in records."""
    await conn.execute(QUERIES["note_build_progress"], generation, folded, to_fold)


async def note_comparison(
    conn: Connection, generation: int, checksum: str, live_checksum: str, difference: str | None
) -> None:
    """Keep what the comparison with the live generation gave."""
    await conn.execute(QUERIES["note_comparison"], generation, checksum, live_checksum, difference)


async def finish_as_different(conn: Connection, generation: int) -> None:
    """Leave the live generation in force."""
    await conn.execute(QUERIES["finish_as_different"], generation)


async def swap_in(conn: Connection, generation: Generation) -> None:
    """Put a generation in the place of its method's live one, if there is any, and tell the workers."""
    await conn.execute(QUERIES["retire_live_of"], generation.method)
    await conn.execute(QUERIES["make_live"], generation.id)
    await conn.execute(QUERIES["advance_epoch"])


async def clear_rows(conn: Connection, generation: int) -> None:
    """Delete a generation's lines and tallies."""
    await conn.execute(QUERIES["clear_lines_of"], generation, timeout=_CLEARING_SECONDS)
    await conn.execute(QUERIES["clear_past_of"], generation, timeout=_CLEARING_SECONDS)
    await conn.execute(QUERIES["clear_tallies_of"], generation, timeout=_CLEARING_SECONDS)


async def list_cleared_late(conn: Connection) -> list[int]:
    """Return generations out of use that still have rows."""
    return [row["id"] for row in await conn.fetch(QUERIES["list_cleared_late"])]


async def ledger_rows_in_order(conn: Connection, generation: int) -> AsyncIterator[str]:
    """Yield each ledger line as text, in an order that no locale changes; needs a transaction."""
    async for row in conn.cursor(QUERIES["ledger_rows_in_order"], generation, prefetch=5000):
        yield row["row"]


async def past_rows_in_order(conn: Connection, generation: int) -> AsyncIterator[str]:
    """Yield each line of the past as text; needs a transaction."""
    async for row in conn.cursor(QUERIES["past_rows_in_order"], generation, prefetch=5000):
        yield row["row"]


async def tally_rows_in_order(conn: Connection, generation: int) -> AsyncIterator[str]:
    """Yield each tally as text; needs a transaction."""
    async for row in conn.cursor(QUERIES["tally_rows_in_order"], generation, prefetch=5000):
        yield row["row"]


async def lock_method_code(conn: Connection, code: str) -> None:
    """Let one adoption of a method happen at a time."""
    await conn.execute(QUERIES["lock_method_code"], code)


async def insert_method(conn: Connection, method: AdoptedMethod) -> None:
    """Keep an adopted method."""
    await conn.execute(
        QUERIES["insert_method"],
        method.code,
        method.version,
        method.title,
        method.subject_group,
        method.document,
        method.adopted_on,
        method.assessed_from,
        method.assessed_to,
        method.body,
        method.body_digest,
    )


async def latest_method(conn: Connection, code: str) -> AdoptedMethod | None:
    """Return the newest version of a method."""
    row = await conn.fetchrow(QUERIES["latest_method"], code)
    return None if row is None else AdoptedMethod(**row)


async def methods_beside(conn: Connection, method: AdoptedMethod) -> list[str]:
    """Return the group's other methods whose assessed days overlap."""
    values = method.code, method.subject_group, method.assessed_from, method.assessed_to
    return [row["code"] for row in await conn.fetch(QUERIES["methods_beside"], *values)]


async def find_method(conn: Connection, code: str, version: int) -> AdoptedMethod | None:
    """Return one version of a method."""
    row = await conn.fetchrow(QUERIES["find_method"], code, version)
    return None if row is None else AdoptedMethod(**row)


async def list_methods(conn: Connection, after: tuple[str, int], limit: int) -> list[AdoptedMethod]:
    """Return adopted methods by code and version."""
    return [AdoptedMethod(**row) for row in await conn.fetch(QUERIES["list_methods"], *after, limit)]


async def upsert_unit(conn: Connection, code: str, name: str, kind: str, version: int) -> None:
    """Copy a unit from the registry."""
    await conn.execute(QUERIES["upsert_unit"], code, name, kind, version)


async def upsert_membership(  # noqa: PLR0913, PLR0917 - the row
    conn: Connection, membership: str, body: str, role: str, unit: str, start: date, end: date | None, version: int
) -> None:
    """Copy a membership from the registry."""
    await conn.execute(QUERIES["upsert_membership"], membership, body, role, unit, start, end, version)


async def subjects_of(conn: Connection, method: Method) -> list[Subject]:
    """Return the units that a method assesses, by code."""
    subjects = method.subjects
    if subjects.body is not None:
        start, end = method.assessed.start, method.assessed.end
        found = await list_subjects(conn, subjects.body, subjects.role, start, end)
    elif subjects.kind is not None:
        found = [Subject(**row) for row in await conn.fetch(QUERIES["list_units_of_kind"], subjects.kind)]
    else:
        found = [Subject(**row) for row in await conn.fetch(QUERIES["list_named_units"], list(subjects.units))]
    return [subject for subject in found if subject.code not in subjects.left_out]


async def list_subjects(conn: Connection, body: str, role: str, start: date, end: date) -> list[Subject]:
    """Return the units that held a role in a body on any day from `start` to `end`."""
    return [Subject(**row) for row in await conn.fetch(QUERIES["list_subjects"], body, role, start, end)]


async def list_tallies(
    conn: Connection, generation: int, unit: str | None, after: Sequence[str], limit: int
) -> list[TallyRow]:
    """Return tallies by unit and criterion."""
    return [TallyRow(**row) for row in await conn.fetch(QUERIES["list_tallies"], generation, unit, *after, limit)]


async def all_tallies(conn: Connection, generation: int, *, whole_years: bool = False) -> dict[str, dict[str, Tally]]:
    """Return every tally of a generation by criterion and unit, with its parts.

    `whole_years` leaves out what was observed of parts of a year: most of an indicator's, where no rule reads it.
    """
    return tallies_of_rows(await conn.fetch(QUERIES["all_tallies"], generation, whole_years))


def tallies_of_rows(rows: Sequence[Record]) -> dict[str, dict[str, Tally]]:
    """Return tallies by criterion and unit from rows of unit, criterion, part and its sums."""
    parts: dict[str, dict[str, dict[str, Part]]] = {}
    for unit, criterion, part, lines, weight, points in rows:
        parts.setdefault(criterion, {}).setdefault(unit, {})[part] = Part(lines, weight, points)
    return {code: {unit: Tally(found) for unit, found in units.items()} for code, units in parts.items()}


async def list_observations(
    conn: Connection, generation: int, criterion: str | None, unit: str | None, after: Sequence[str], limit: int
) -> list[ObservationRow]:
    """Return reported values that stand, by indicator and unit."""
    rows = await conn.fetch(QUERIES["list_observations"], generation, criterion, unit, *after, limit)
    return [ObservationRow(**row) for row in rows]
