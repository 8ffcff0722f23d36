"""Plans as they are kept: functions 1:1 with `queries.sql`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from services.registry import rows
from services.registry.domain import Obligation
from services.registry.exchange.planning import Intent
from shared.postgres import Connection, Record, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))

PlanState = Literal["planning", "planned", "failed", "applied"]

_LEFT_BEHIND = "the service ended before it was made"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """A plan: which file, how it is meant, how far it is, what it comes to."""

    id: str
    created_at: datetime
    created_by: str
    file_name: str
    file_digest: str
    file_bytes: int
    effective_on: date
    document: str | None
    complete: bool
    state: PlanState
    rows_total: int
    rows_done: int
    touched_at: datetime
    known_to: int | None
    counts: Mapping[str, Mapping[str, int]]
    remarks: Sequence[str]
    failure: str | None
    applied_at: datetime | None
    applied_by: str | None
    applied_change: int | None

    def count(self, *actions: str) -> int:
        """Return how many lines have one of these actions."""
        return sum(number for counts in self.counts.values() for action, number in counts.items() if action in actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line of a plan."""

    number: int
    list: str
    sheet: str
    row_number: int | None
    key: str
    action: str
    record: Mapping[str, Any] | None
    ends_on: date | None
    changes: Sequence[Mapping[str, Any]]
    faults: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, and how it is meant."""

    name: str
    digest: str
    size: int
    rows: int
    remarks: Sequence[str]
    intent: Intent


async def forget_plans(conn: Connection, before: datetime) -> None:
    """Remove plans that are older."""
    await conn.execute(_SQL["forget_plans"], before)


async def open_plan(conn: Connection, at: datetime, by: str, upload: Upload) -> str:
    """Open a plan and return its id."""
    plan_id: str = await conn.fetchval(
        _SQL["open_plan"],
        at,
        by,
        upload.name,
        upload.digest,
        upload.size,
        upload.intent.effective_on,
        upload.intent.document,
        upload.intent.complete,
        upload.rows,
        list(upload.remarks),
    )
    return plan_id


async def touch_plan(conn: Connection, plan_id: str, done: int) -> None:
    """Say how many rows are done."""
    await conn.execute(_SQL["touch_plan"], UUID(plan_id), done)


async def finish_plan(
    conn: Connection, plan_id: str, known_to: int | None, counts: Mapping[str, Mapping[str, int]]
) -> bool:
    """Say that a plan is made; False if it was made or given up before."""
    return bool(await conn.fetchval(_SQL["finish_plan"], UUID(plan_id), known_to, dict(counts)))


async def fail_plan(conn: Connection, plan_id: str, why: str) -> None:
    """Say that a plan cannot be made."""
    await conn.execute(_SQL["fail_plan"], UUID(plan_id), why)


async def add_lines(conn: Connection, plan_id: str, lines: Sequence[Mapping[str, Any]]) -> None:
    """Add lines to a plan."""
    await conn.execute(_SQL["add_lines"], UUID(plan_id), list(lines))


async def plan_by_id(conn: Connection, plan_id: str) -> KeptPlan | None:
    """Return a plan."""
    row = await conn.fetchrow(_SQL["plan_by_id"], UUID(plan_id))
    return None if row is None else _plan_of(row)


async def lock_plan(conn: Connection, plan_id: str) -> KeptPlan | None:
    """Return a plan; nobody else applies it meanwhile."""
    row = await conn.fetchrow(_SQL["lock_plan"], UUID(plan_id))
    return None if row is None else _plan_of(row)


async def list_plans(conn: Connection, before: str | None, limit: int) -> list[KeptPlan]:
    """Return plans, newest first."""
    found = await conn.fetch(_SQL["list_plans"], None if before is None else UUID(before), limit)
    return [_plan_of(row) for row in found]


async def plan_lines(
    conn: Connection,
    plan_id: str,
    *,
    action: str | None = None,
    of_list: str | None = None,
    after: int = -1,
    limit: int | None = None,
) -> list[KeptLine]:
    """Return lines in their order."""
    found = await conn.fetch(_SQL["plan_lines"], UUID(plan_id), action, of_list, after, limit)
    return [KeptLine(**row) for row in found]


async def apply_plan(conn: Connection, plan_id: str, at: datetime, by: str, change: int | None) -> None:
    """Say that a plan was applied."""
    await conn.execute(_SQL["apply_plan"], UUID(plan_id), at, by, change)


async def obligation_days(conn: Connection, body: str, kind: str) -> list[Obligation]:
    """Return what a body owes of a kind, on all its days."""
    return [rows.obligation_of(row) for row in await conn.fetch(_SQL["obligation_days"], body, kind)]


def _plan_of(row: Record) -> KeptPlan:
    """Return a plan; one at which nobody is any more will not be made."""
    found = dict(row)
    if found.pop("left_behind"):
        found |= {"state": "failed", "failure": _LEFT_BEHIND}
    return KeptPlan(**found)
