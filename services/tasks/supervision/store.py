"""Supervision's tables: one function per query of `queries.sql`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.tasks.supervision.domain import Occasion, Reminder, Slip, SlipState
from services.tasks.supervision.lights import DatedTarget
from shared.contracts.tasks import SlipColour
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))

Targets = dict[tuple[UUID, str], list[DatedTarget]]
"""Dated targets by task and unit, in the order of days."""


@dataclass(frozen=True, slots=True)
class SlipFilter:
    """Which slips a list shows; None means any."""

    unit: str | None = None
    state: SlipState | None = None
    colour: SlipColour | None = None
    task_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DuePart:
    """A part that is due to be reminded of, or to get a slip; `base_day` is that from which working days count."""

    task_id: UUID
    unit: str
    due_on: date
    base_day: date | None = None


async def earliest_waiting(conn: Connection, now: datetime) -> datetime | None:
    """Return the earliest moment at which something happened that was not said yet."""
    moment: datetime | None = await conn.fetchval(Q["earliest_waiting"], now)
    return moment


async def first_to_remind(conn: Connection, now: datetime, up_to: date) -> date | None:
    """Return the earliest due date, up to a day, of parts that their units were not reminded of."""
    day: date | None = await conn.fetchval(Q["first_to_remind"], up_to, now)
    return day


async def first_report_to_remind(conn: Connection, now: datetime, up_to: datetime) -> datetime | None:
    """Return the earliest due moment, up to another, of reports that their units were not reminded of."""
    moment: datetime | None = await conn.fetchval(Q["first_report_to_remind"], up_to, now)
    return moment


async def first_base(conn: Connection, up_to: date) -> date | None:
    """Return the earliest day, up to another, after which a slip is to follow."""
    day: date | None = await conn.fetchval(Q["first_base"], up_to)
    return day


async def lock_parts_to_remind(
    conn: Connection, days: tuple[date, date], assigned_by: datetime, limit: int
) -> list[DuePart]:
    """Return parts due between two days of which their units were not reminded, their tasks locked."""
    return [DuePart(**row) for row in await conn.fetch(Q["tasks_to_remind"], *days, assigned_by, limit)]


async def lock_parts_for_slips(conn: Connection, last_base: date, limit: int) -> list[DuePart]:
    """Return overdue parts about which a slip is to go out, their tasks locked."""
    return [DuePart(**row) for row in await conn.fetch(Q["parts_for_slips"], last_base, limit)]


async def lock_lapsing_slips(conn: Connection, today: date, limit: int) -> list[Slip]:
    """Return open slips whose last day for an answer is over, their tasks locked."""
    return [Slip(**row) for row in await conn.fetch(Q["lapsing_slips"], today, limit)]


async def latest_slips(conn: Connection, tasks: Sequence[UUID]) -> dict[tuple[UUID, str], Slip]:
    """Return the newest slip about each part of some tasks."""
    rows = await conn.fetch(Q["latest_slips"], list(tasks))
    return {(row["task_id"], row["unit"]): Slip(**row) for row in rows}


async def new_id(conn: Connection) -> UUID:
    """Return an id for a row that an event names before it is there."""
    made: UUID = await conn.fetchval(Q["new_id"])
    return made


async def insert_slip(conn: Connection, slip: Slip) -> None:
    """Keep a slip that went out."""
    await conn.execute(
        Q["insert_slip"],
        slip.id,
        slip.task_id,
        slip.unit,
        slip.due_on,
        slip.colour,
        slip.issued_at,
        slip.issued_by,
        slip.text,
        slip.answer_due_on,
    )


async def close_slip(conn: Connection, slip: Slip) -> None:
    """Keep how a slip ended."""
    await conn.execute(
        Q["close_slip"],
        slip.id,
        str(slip.state),
        slip.closed_at,
        slip.answered_at,
        slip.answered_by,
        slip.answer,
        slip.on_time,
    )


async def find_slip(conn: Connection, slip_id: UUID) -> Slip | None:
    """Return a slip."""
    row = await conn.fetchrow(Q["find_slip"], slip_id)
    return None if row is None else Slip(**row)


async def page_of_slips(conn: Connection, wanted: SlipFilter, before: UUID | None, limit: int) -> list[Slip]:
    """Return slips, newest first."""
    state = wanted.state and wanted.state.value
    rows = await conn.fetch(Q["page_of_slips"], before, wanted.unit, state, wanted.colour, wanted.task_id, limit)
    return [Slip(**row) for row in rows]


async def insert_reminders(conn: Connection, reminders: Sequence[Reminder]) -> None:
    """Keep reminders; one that was given already is left out."""
    await conn.execute(
        Q["insert_reminders"],
        [each.matter for each in reminders],
        [each.matter_id for each in reminders],
        [each.unit for each in reminders],
        [each.title for each in reminders],
        [each.due_at for each in reminders],
        [each.occasion for each in reminders],
        [each.reminded_at for each in reminders],
        [each.reminded_by for each in reminders],
    )


async def page_of_reminders(
    conn: Connection, unit: str | None, occasion: Occasion | None, before: UUID | None, limit: int
) -> list[Reminder]:
    """Return reminders, newest first."""
    return [Reminder(**row) for row in await conn.fetch(Q["page_of_reminders"], before, unit, occasion, limit)]


async def replace_targets(conn: Connection, task_id: UUID, unit: str, targets: Sequence[DatedTarget]) -> None:
    """Keep the targets of a part in place of those it had."""
    await conn.execute(Q["drop_targets"], task_id, unit)
    await conn.execute(
        Q["insert_targets"],
        task_id,
        unit,
        [each.due_on for each in targets],
        [each.percent for each in targets],
        [each.title for each in targets],
    )


async def targets_of(conn: Connection, tasks: Sequence[UUID]) -> Targets:
    """Return the targets of several tasks' parts."""
    found: Targets = {}
    for row in await conn.fetch(Q["targets_of"], list(tasks)):
        target = DatedTarget(row["due_on"], row["percent"], row["title"])
        found.setdefault((row["task_id"], row["unit"]), []).append(target)
    return found
