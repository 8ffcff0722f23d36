"""What can be done with plans until they are issued: each one command in its caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from services.tasks import store as task_store
from services.tasks import units
from services.tasks.errors import CommentNotFoundError, IllegalTransitionError, PlanNotFoundError
from services.tasks.plans import store
from services.tasks.plans.domain import (
    PLAN_TRANSITIONS,
    ItemContent,
    Plan,
    PlanComment,
    PlanItem,
    PlanState,
    PlanStep,
    joint_faults,
)
from shared import outbox
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.payload import Payload
from shared.errors import FieldFault, InvalidError, invalid
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan as the office begins it."""

    year: int
    title: str
    text: str | None
    tags: tuple[str, ...]
    items: tuple[ItemContent, ...] = ()


@dataclass(frozen=True, slots=True)
class Whole:
    """A plan with the items of one of its editions."""

    plan: Plan
    edition: int
    items: list[PlanItem]


async def draft(conn: Connection, act: Act, new: NewPlan) -> Whole:
    """Begin a plan (office)."""
    act.principal.require(Role.OFFICE)
    await require_items(conn, act, new.items)
    plan = await store.insert_plan(conn, act, new.year, new.title, new.text, new.tags)
    await note(conn, act, plan, "draft")
    items = await store.replace_items(conn, plan.id, 1, [(None, item) for item in new.items])
    return Whole(plan, 1, items)


async def write(conn: Connection, act: Act, plan_id: UUID, items: Sequence[ItemContent]) -> Whole:
    """Make these the items of the edition being written (office); items of the same serial number stay the same."""
    plan, edition = await writable(conn, act, plan_id)
    await require_items(conn, act, items)
    kept = {item.content.serial: item for item in await store.items_of(conn, plan_id, edition)}
    paired = [(kept[each.serial].item_id if each.serial in kept else None, _linked(each, kept)) for each in items]
    written = await store.replace_items(conn, plan_id, edition, paired)
    faults = [FieldFault(field=f"items.{serial}", reason=reason) for serial, reason in joint_faults(written)]
    if faults:
        raise InvalidError(*faults)
    return Whole(await store.save_plan(conn, plan), edition, written)


def _linked(content: ItemContent, kept: dict[str, PlanItem]) -> ItemContent:
    """Return the content with the task that serves the item already, in an amendment."""
    before = kept.get(content.serial)
    if content.task_id is not None or before is None:
        return content
    return replace(content, task_id=before.content.task_id)


async def writable(conn: Connection, act: Act, plan_id: UUID) -> tuple[Plan, int]:
    """Return a plan and the edition of it that is being written; refuse if none is."""
    act.principal.require(Role.OFFICE)
    plan = await locked(conn, act, plan_id)
    writing = {PlanState.DRAFT, PlanState.CIRCULATED}
    if plan.drafted_edition is None or (plan.state not in writing and plan.state != PlanState.ISSUED):
        allowed = (
            ["begin-amendment"] if plan.state == PlanState.ISSUED else PLAN_TRANSITIONS.allowed(plan.state, Role.OFFICE)
        )
        raise IllegalTransitionError("the plan", "write", plan.state, allowed)
    return plan, plan.drafted_edition


async def require_items(conn: Connection, act: Act, items: Sequence[ItemContent]) -> None:
    """Refuse items with units that are unknown, named twice or no more, and serial numbers that stand twice."""
    faults: list[FieldFault] = []
    named: dict[str, str] = {}
    serials: set[str] = set()
    for index, item in enumerate(items):
        at = f"items.{index}"
        of_item = {
            f"{at}.lead_unit": item.lead_unit,
            **units.named_in(f"{at}.cooperating_units", item.cooperating_units),
        }
        faults += units.repeated(of_item)
        named |= of_item
        if item.serial in serials:
            faults.append(FieldFault(field=f"{at}.serial", reason=f"{item.serial} stands twice", expected="each once"))
        serials.add(item.serial)
    faults += await units.unknown(conn, named)
    faults += await units.ended(conn, named, county_date(act.occurred_at))
    faults += await _unknown_tasks(conn, items)
    if faults:
        raise InvalidError(*faults)


async def _unknown_tasks(conn: Connection, items: Sequence[ItemContent]) -> list[FieldFault]:
    return [
        FieldFault(field=f"items.{index}.task_id", reason=f"there is no task {item.task_id}", expected="a task's id")
        for index, item in enumerate(items)
        if item.task_id is not None and await task_store.find_task(conn, item.task_id) is None
    ]


async def move(conn: Connection, act: Act, plan_id: UUID, name: str, reason: str | None = None) -> Whole:
    """Take a plan a step that has no fact of its own: circulate, take-back, discard (office)."""
    act.principal.require(Role.OFFICE)
    plan = await locked(conn, act, plan_id)
    transition = PLAN_TRANSITIONS.check("the plan", name, plan.state, act.principal.role)
    plan = await store.save_plan(conn, replace(plan, state=transition.target))
    await note(conn, act, plan, name, reason)
    return await shown(conn, plan)


async def circulate(conn: Connection, act: Act, plan_id: UUID, comments_due_on: date | None) -> Whole:
    """Ask the units for comments (征求意见, office)."""
    act.principal.require(Role.OFFICE)
    plan = await locked(conn, act, plan_id)
    transition = PLAN_TRANSITIONS.check("the plan", "circulate", plan.state, act.principal.role)
    await _require_some(conn, plan)
    plan = await store.save_plan(conn, replace(plan, state=transition.target, comments_due_on=comments_due_on))
    await note(conn, act, plan, "circulate")
    return await shown(conn, plan)


async def comment(conn: Connection, act: Act, plan_id: UUID, unit: str, serial: str | None, text: str) -> PlanComment:
    """Comment on a circulated draft: the unit itself."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    act.principal.require_unit(unit)
    plan = await locked(conn, act, plan_id)
    if plan.state != PlanState.CIRCULATED:
        raise IllegalTransitionError("the plan", "comment", plan.state, ())
    serials = [item.content.serial for item in await store.items_of(conn, plan_id, plan.shown_edition)]
    if serial is not None and serial not in serials:
        raise invalid("serial", f"the plan has no item {serial}", f"one of {', '.join(serials[:20])}")
    return await store.insert_comment(conn, act, plan, serial, unit, text)


async def answer(
    conn: Connection, act: Act, plan_id: UUID, comment_id: UUID, *, taken: bool, text: str | None
) -> PlanComment:
    """Say what becomes of a comment (采纳情况, office)."""
    act.principal.require(Role.OFFICE)
    await locked(conn, act, plan_id)
    found = await store.answer_comment(conn, act, plan_id, comment_id, taken=taken, answer=text)
    if found is None:
        raise CommentNotFoundError(comment_id)
    return found


async def submit(conn: Connection, act: Act, plan_id: UUID) -> Whole:
    """Bring the plan to a meeting for adoption (office); meetings hears of it and can put it on an agenda."""
    act.principal.require(Role.OFFICE)
    plan = await locked(conn, act, plan_id)
    transition = PLAN_TRANSITIONS.check("the plan", "submit", plan.state, act.principal.role)
    count = await _require_some(conn, plan)
    plan = replace(plan, state=transition.target, submitted_at=act.occurred_at)
    plan = await told(conn, act, plan, facts.PlanSubmitted(**fact(plan, count)))
    await note(conn, act, plan, "submit")
    return await shown(conn, plan)


async def _require_some(conn: Connection, plan: Plan) -> int:
    count = len(await store.items_of(conn, plan.id, plan.drafted_edition or plan.edition))
    if count == 0:
        raise invalid("items", "the plan has none", "at least one item")
    return count


async def locked(conn: Connection, act: Act, plan_id: UUID) -> Plan:
    """Return a plan, locked; refuse a stale If-Match."""
    plan = await store.lock_plan(conn, plan_id)
    if plan is None:
        raise PlanNotFoundError(plan_id)
    act.expect(plan.edits)
    return plan


async def told(conn: Connection, act: Act, plan: Plan, payload: Payload) -> Plan:
    """Save the plan at its next version, and say what became of it."""
    plan = replace(plan, version=plan.version + 1)
    await outbox.append(conn, act.event(payload, subject=str(plan.id), version=plan.version))
    return await store.save_plan(conn, plan)


def fact(plan: Plan, items: int, edition: int | None = None) -> dict[str, Any]:
    """Return what every event of the plan says."""
    return {
        "plan_id": plan.id,
        "year": plan.year,
        "title": plan.title,
        "edition": edition or plan.shown_edition,
        "items": items,
    }


async def note(
    conn: Connection, act: Act, plan: Plan, step: str, reason: str | None = None, document: str | None = None
) -> None:
    """Add a line to the plan's history."""
    who = act.principal
    edition = plan.drafted_edition or plan.edition
    await store.add_step(
        conn, PlanStep(plan.id, edition, step, act.occurred_at, who.subject, who.role, reason, document)
    )


async def shown(conn: Connection, plan: Plan) -> Whole:
    """Return the plan with the items of the edition being written, or else of the one in force."""
    edition = plan.drafted_edition or plan.shown_edition
    return Whole(plan, edition, await store.items_of(conn, plan.id, edition))
