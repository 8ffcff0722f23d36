"""One action on many things: each in a savepoint of its own, so that a refusal of one leaves the others done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks.domain import Words
from services.tasks.reports import operations as reports
from services.tasks.supervision import operations as supervision
from services.tasks.supervision.domain import SlipRule
from shared.auth import Role
from shared.commands import Act
from shared.errors import ConflictError, RefusalError
from shared.postgres import Connection

BulkAction = Literal[
    "complete-assignments",
    "send-back-assignments",
    "remind-assignments",
    "issue-slips",
    "accept-reports",
    "send-back-reports",
    "lock-reports",
    "remind-reports",
    "withdraw-reports",
]


@dataclass(frozen=True, slots=True)
class BulkItem:
    """A report, or a unit's part of a task."""

    id: UUID
    unit: str | None


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item."""

    id: UUID
    unit: str | None
    result: Literal["done", "refused"]
    code: str | None = None
    detail: str | None = None
    allowed: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is asked for."""

    action: BulkAction
    items: Sequence[BulkItem]
    reason: str
    slips: SlipRule


_Step = Callable[[Connection, Act, BulkItem, Bulk], Awaitable[object]]


def _unit(item: BulkItem) -> str:
    if item.unit is None:
        raise AssertionError("the body says that a unit is needed")
    return item.unit


ACTIONS: Mapping[BulkAction, _Step] = {
    "complete-assignments": lambda conn, act, item, _: tasks.move(conn, act, item.id, _unit(item), "complete", Words()),
    "send-back-assignments": lambda conn, act, item, bulk: tasks.move(
        conn, act, item.id, _unit(item), "send-back", Words(reason=bulk.reason)
    ),
    "remind-assignments": lambda conn, act, item, _: supervision.remind(conn, act, item.id, _unit(item)),
    "issue-slips": lambda conn, act, item, bulk: supervision.issue(
        conn, act, item.id, _unit(item), bulk.slips, text=bulk.reason, answer_due_on=None
    ),
    "accept-reports": lambda conn, act, item, _: reports.accept(conn, act, item.id),
    "send-back-reports": lambda conn, act, item, bulk: reports.send_back(conn, act, item.id, bulk.reason),
    "lock-reports": lambda conn, act, item, _: reports.lock(conn, act, item.id),
    "remind-reports": lambda conn, act, item, _: reports.remind(conn, act, item.id),
    "withdraw-reports": lambda conn, act, item, bulk: reports.withdraw(conn, act, item.id, bulk.reason),
}

NEEDS_REASON = frozenset({"send-back-assignments", "issue-slips", "send-back-reports", "withdraw-reports"})
NEEDS_UNIT = frozenset({"complete-assignments", "send-back-assignments", "remind-assignments", "issue-slips"})


async def run(conn: Connection, act: Act, bulk: Bulk) -> list[ItemResult]:
    """Act on each item (office); they are locked in one order, so that two bulk actions never wait for each other."""
    act.principal.require(Role.OFFICE)
    in_order = sorted(bulk.items, key=lambda item: (item.id, item.unit or ""))
    results = {item: await _one(conn, act, item, bulk) for item in in_order}
    return [results[item] for item in bulk.items]


async def _one(conn: Connection, act: Act, item: BulkItem, bulk: Bulk) -> ItemResult:
    try:
        async with conn.transaction():
            await ACTIONS[bulk.action](conn, act, item, bulk)
    except RefusalError as refusal:
        allowed = refusal.allowed if isinstance(refusal, ConflictError) else None
        return ItemResult(item.id, item.unit, "refused", refusal.code, refusal.detail, allowed)
    return ItemResult(item.id, item.unit, "done")
