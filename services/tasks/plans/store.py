"""Division plans, in the tasks database."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from services.tasks.plans.domain import (
    CONTENT,
    ItemContent,
    Plan,
    PlanComment,
    PlanItem,
    PlanStep,
    ServedItem,
    UnitNames,
)
from shared.commands import Act
from shared.postgres import Connection, Record, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


def _plan(row: Record | None) -> Plan:
    assert row is not None  # noqa: S101 - what was inserted or locked is there
    return Plan(**{**row, "tags": tuple(row["tags"])})


def _item(row: Record) -> PlanItem:
    said: dict[str, Any] = {name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in CONTENT}
    return PlanItem(row["plan_id"], row["edition"], row["item_id"], row["position"], ItemContent(**said))


async def insert_plan(conn: Connection, act: Act, year: int, title: str, text: str | None, tags: Sequence[str]) -> Plan:
    """Insert a draft without items."""
    return _plan(
        await conn.fetchrow(Q["insert_plan"], year, title, text, list(tags), act.correlation_id, act.occurred_at)
    )


async def lock_plan(conn: Connection, plan_id: UUID) -> Plan | None:
    """Return a plan, locked until the transaction ends."""
    row = await conn.fetchrow(Q["lock_plan"], plan_id)
    return None if row is None else _plan(row)


async def find_plan(conn: Connection, plan_id: UUID) -> Plan | None:
    """Return a plan."""
    row = await conn.fetchrow(Q["find_plan"], plan_id)
    return None if row is None else _plan(row)


async def page_of_plans(
    conn: Connection, year: int | None, state: str | None, before: UUID | None, limit: int
) -> list[Plan]:
    """Return plans, newest first."""
    return [_plan(row) for row in await conn.fetch(Q["page_of_plans"], before, year, state, limit)]


async def save_plan(conn: Connection, plan: Plan) -> Plan:
    """Save what became of a plan; return it as it is then."""
    return _plan(
        await conn.fetchrow(
            Q["save_plan"],
            plan.id,
            plan.title,
            plan.text,
            list(plan.tags),
            plan.state,
            plan.edition,
            plan.drafted_edition,
            plan.version,
            plan.document,
            plan.meeting_id,
            plan.adopted_on,
            plan.conditional,
            plan.decision,
            plan.decided_at,
            plan.comments_due_on,
            plan.submitted_at,
            plan.issued_at,
        )
    )


async def items_of(conn: Connection, plan_id: UUID, edition: int) -> list[PlanItem]:
    """Return the items of one edition, in order."""
    return [_item(row) for row in await conn.fetch(Q["items_of"], plan_id, edition)]


async def replace_items(
    conn: Connection, plan_id: UUID, edition: int, items: Sequence[tuple[UUID | None, ItemContent]]
) -> list[PlanItem]:
    """Make these the items of an edition that is being written, in this order; those without an id are new."""
    await conn.execute(Q["drop_items"], plan_id, edition)
    await conn.execute(
        Q["put_items"],
        plan_id,
        edition,
        [item_id for item_id, _ in items],
        list(range(1, len(items) + 1)),
        [_json(content) for _, content in items],
    )
    return await items_of(conn, plan_id, edition)


def _json(content: ItemContent) -> Mapping[str, Any]:
    """Return a content as JSON takes it: exact numbers as text, which PostgreSQL reads as numeric."""
    said = asdict(content)
    exact = {name: _text(said[name]) for name in ("weight", "target_value", "task_id")}
    return said | exact


def _text(number: object) -> str | None:
    return None if number is None else str(number)


async def note_tasks(conn: Connection, plan: Plan, edition: int, tasks: Mapping[UUID, UUID]) -> None:
    """Note which task serves which item."""
    await conn.execute(Q["note_tasks"], plan.id, edition, list(tasks), list(tasks.values()))


async def items_of_tasks(conn: Connection, tasks: Sequence[UUID]) -> list[ServedItem]:
    """Return the items in force that these tasks serve."""
    return [ServedItem(**row) for row in await conn.fetch(Q["items_of_tasks"], list(tasks))]


async def insert_comment(
    conn: Connection, act: Act, plan: Plan, serial: str | None, unit: str, text: str
) -> PlanComment:
    """Note a unit's comment."""
    row = await conn.fetchrow(
        Q["insert_comment"],
        plan.id,
        plan.drafted_edition or plan.edition,
        serial,
        unit,
        text,
        act.principal.subject,
        act.occurred_at,
    )
    assert row is not None  # noqa: S101 - an insert returns its row
    return PlanComment(**row)


async def answer_comment(
    conn: Connection, act: Act, plan_id: UUID, comment_id: UUID, *, taken: bool, answer: str | None
) -> PlanComment | None:
    """Note the office's answer; None if the plan has no such comment."""
    row = await conn.fetchrow(
        Q["answer_comment"], comment_id, plan_id, taken, answer, act.principal.subject, act.occurred_at
    )
    return None if row is None else PlanComment(**row)


async def comments_of(conn: Connection, plan_id: UUID) -> list[PlanComment]:
    """Return all comments on a plan, oldest first."""
    return [PlanComment(**row) for row in await conn.fetch(Q["comments_of"], plan_id)]


async def add_step(conn: Connection, step: PlanStep) -> None:
    """Add a line to a plan's history."""
    await conn.execute(
        Q["add_step"],
        step.plan_id,
        step.edition,
        step.step,
        step.occurred_at,
        step.subject,
        step.role,
        step.reason,
        step.document,
    )


async def steps_of(conn: Connection, plan_id: UUID) -> list[PlanStep]:
    """Return a plan's history, oldest first."""
    return [PlanStep(**row) for row in await conn.fetch(Q["steps_of"], plan_id)]


async def unit_names(conn: Connection) -> list[UnitNames]:
    """Return every unit that is known, with all its names."""
    return [UnitNames(**{**row, "aliases": tuple(row["aliases"])}) for row in await conn.fetch(Q["unit_names"])]
