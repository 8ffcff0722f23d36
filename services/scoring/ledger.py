"""The ledger in the database: lines, tallies and the position in the log, moved together in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from services.scoring.fold import Fold, Line, by_age
from shared import outbox
from shared.contracts.envelope import Event
from shared.contracts.scoring import TallyPart, TallyUpdated
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))

TALLY_TOPIC = "scoring.tallies"


class Partition(NamedTuple):
    """A partition of a topic (full name)."""

    topic: str
    number: int


class MovedUnit(NamedTuple):
    """A unit one of whose tallies moved in a generation."""

    generation: int
    unit: str


async def apply_lines(conn: Connection, lines: Sequence[Line]) -> list[MovedUnit]:
    """Write lines, the newest of each key into the ledger, the others into its past; move the tallies accordingly."""
    if not lines:
        return []
    current, past = by_age(lines)
    (row,) = await conn.fetch(QUERIES["apply_lines"], _as_json(current))
    if row["written"] < len(current):
        past += current
    if past:
        await conn.execute(QUERIES["keep_past"], _as_json(past))
    return [MovedUnit(*moved) for moved in zip(row["generations"], row["units"], strict=True)]


async def ensure_positions(conn: Connection, partitions: Sequence[Partition]) -> None:
    """Begin at 0 with partitions that were never folded."""
    await conn.execute(QUERIES["ensure_positions"], *_columns(partitions))


async def positions(conn: Connection) -> dict[Partition, int]:
    """Return where the live fold stands."""
    return _by_partition(await conn.fetch(QUERIES["list_positions"]))


async def lock_all_positions(conn: Connection) -> dict[Partition, int]:
    """Return where the live fold stands and hold it there until the transaction ends."""
    return _by_partition(await conn.fetch(QUERIES["lock_all_positions"]))


async def lock_positions(conn: Connection, partitions: Sequence[Partition]) -> dict[Partition, int]:
    """Return and hold the positions of some partitions."""
    return _by_partition(await conn.fetch(QUERIES["lock_positions"], *_columns(partitions)))


async def move_positions(conn: Connection, moved: Mapping[Partition, int]) -> None:
    """Note that everything before these offsets is folded."""
    await conn.execute(QUERIES["move_positions"], *_columns(list(moved)), list(moved.values()))


async def announce(conn: Connection, moved: Sequence[MovedUnit], folds: Sequence[Fold], at: datetime) -> None:
    """Append one notice per moved unit, with all its tallies, to the outbox; `at` is the time of the newest event."""
    if not moved:
        return
    by_generation = {fold.generation: fold for fold in folds}
    rows = await conn.fetch(QUERIES["tallies_of_units"], *(list(column) for column in zip(*moved, strict=True)))
    parts: dict[MovedUnit, list[TallyPart]] = {unit: [] for unit in moved}
    for row in rows:
        part = TallyPart(criterion=row["criterion"], lines=row["lines"], weight=row["weight"], points=row["points"])
        parts[MovedUnit(row["generation"], row["unit"])].append(part)
    notices = {
        (by_generation[unit.generation].method, unit.unit): TallyUpdated(
            method=by_generation[unit.generation].method,
            method_version=by_generation[unit.generation].method_version,
            unit=unit.unit,
            tallies=tuple(found),
        )
        for unit, found in parts.items()
    }
    await _append_notices(conn, notices, at)


async def _append_notices(conn: Connection, notices: Mapping[tuple[str, str], TallyUpdated], at: datetime) -> None:
    keys = sorted(notices)
    revisions = await conn.fetch(
        QUERIES["next_notice_revisions"], *(list(column) for column in zip(*keys, strict=True))
    )
    events = [
        Event.of(notices[method, unit], subject=f"{method}/{unit}", version=revision, time=at)
        for method, unit, revision in revisions
    ]
    await outbox.append_all(conn, events, TALLY_TOPIC)


def _as_json(lines: Sequence[Line]) -> list[str]:
    return [orjson.dumps(column, default=str).decode() for column in zip(*lines, strict=True)]  # str: of Decimal


def _columns(partitions: Sequence[Partition]) -> tuple[list[str], list[int]]:
    return [partition.topic for partition in partitions], [partition.number for partition in partitions]


def _by_partition(rows: Sequence[Record]) -> dict[Partition, int]:
    return {Partition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
