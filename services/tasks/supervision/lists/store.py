"""The lists' statements: one function per query of `queries.sql`."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal
from uuid import UUID

from services.tasks.domain import Assignment
from shared.contracts.tasks import Role, SlipColour
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))

WaitingKind = Literal["completion", "bounced", "extension", "request", "report", "problem"]
PlaceOfPart = tuple[date, UUID, str]
PlaceOfWaiting = tuple[datetime, UUID, str]


@dataclass(frozen=True, slots=True)
class PartFilter:
    """Which owed parts a list shows; None means any."""

    unit: str | None = None
    role: Role | None = None
    due_from: date | None = None
    due_to: date | None = None
    q: str | None = None
    never_acknowledged: bool = False
    slip: SlipColour | None = None


@dataclass(frozen=True, slots=True)
class OwedPart:
    """A part that is owed, with what a list shows of its task and open slip."""

    part: Assignment
    title: str
    version: int
    weight: Decimal
    tags: tuple[str, ...]
    leader_post: str | None
    assigned_at: datetime
    slip_colour: SlipColour | None
    slip_answer_due_on: date | None


@dataclass(frozen=True, slots=True)
class UnitOverdue:
    """How much a unit owes after its due date."""

    unit: str
    name: str | None
    parts: int
    oldest_due_on: date | None
    blue: int
    yellow: int
    red: int
    reports: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a decision."""

    kind: WaitingKind
    id: UUID
    unit: str
    title: str
    since: datetime
    level: Literal["office", "leader"]


@dataclass(frozen=True, slots=True)
class WaitingCount:
    """How much of a kind waits, and since when."""

    kind: WaitingKind
    count: int
    oldest: datetime


async def owed_parts(conn: Connection, wanted: PartFilter, after: PlaceOfPart | None, limit: int) -> list[OwedPart]:
    """Return parts that are owed, soonest due first."""
    query = Q["unacknowledged_parts"] if wanted.never_acknowledged else Q["owed_parts"]
    rows = await conn.fetch(
        query,
        wanted.unit,
        wanted.role,
        wanted.due_from,
        wanted.due_to,
        wanted.q,
        wanted.slip,
        *(after or (None, None, None)),
        limit,
    )
    return [
        OwedPart(
            Assignment(
                task_id=row["task_id"],
                unit=row["unit"],
                role=row["role"],
                due_on=row["due_on"],
                state=row["state"],
                percent=row["percent"],
                overdue_at=row["overdue_at"],
            ),
            row["title"],
            row["version"],
            row["weight"],
            tuple(row["tags"]),
            row["leader_post"],
            row["assigned_at"],
            row["slip_colour"],
            row["slip_answer_due_on"],
        )
        for row in rows
    ]


async def overdue_by_unit(conn: Connection, today: date, now: datetime, unit: str | None) -> list[UnitOverdue]:
    """Return how much each unit owes after its due date, most first."""
    return [UnitOverdue(**row) for row in await conn.fetch(Q["overdue_by_unit"], today, now, unit)]


async def waiting(
    conn: Connection,
    level: str | None,
    kind: WaitingKind | None,
    unit: str | None,
    after: PlaceOfWaiting | None,
    limit: int,
) -> list[Waiting]:
    """Return what waits for a decision, longest waiting first."""
    rows = await conn.fetch(Q["waiting"], level, kind, unit, *(after or (None, None, None)), limit)
    return [Waiting(**row) for row in rows]


async def waiting_counts(conn: Connection, level: str | None, unit: str | None) -> list[WaitingCount]:
    """Return how much waits, by kind."""
    return [WaitingCount(**row) for row in await conn.fetch(Q["waiting_counts"], level, unit)]
