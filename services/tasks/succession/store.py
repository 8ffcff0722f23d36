"""What became of units, in the tasks database."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from services.tasks.succession.domain import Succession
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


async def insert_succession(conn: Connection, told: Succession) -> bool:
    """Note what became of a unit; return whether it was new."""
    row = await conn.fetchval(
        Q["insert_succession"],
        told.unit,
        told.version,
        told.open_work_to,
        told.ends,
        told.effective_on,
        told.document,
        told.told_at,
        told.correlation_id,
        told.causation_id,
    )
    return bool(row)


async def note_handed_over(conn: Connection, unit: str, version: int, at: datetime) -> None:
    """Note that a change took effect on open work."""
    await conn.execute(Q["note_handed_over"], unit, version, at)


async def lock_due_succession(conn: Connection, today: date) -> Succession | None:
    """Return the earliest change whose day has come, locked; None if there is none that nobody deals with."""
    row = await conn.fetchrow(Q["lock_due_succession"], today)
    return None if row is None else Succession(**row)


async def successions_of(conn: Connection, units: Sequence[str], day: date) -> list[Succession]:
    """Return what became of these units up to a day, where work passes on."""
    return [Succession(**row) for row in await conn.fetch(Q["successions_of"], list(units), day)]
