"""What can be done with plans until they are issued: each one command in its caller's transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
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
    content_digest,
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
from shared.text import digest


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
    """A plan with the items of one of its editions, and what stands in the way of issuing it."""

    plan: Plan
    edition: int
    items: list[PlanItem]
    hindrances: Sequence[FieldFault] = ()


async def draft(conn: Connection, act: Act, new: NewPlan) -> Whole:
    """Begin a plan (office)."""
    act.principal.require(Role.OFFICE)
    await require_items(conn, act, new.items)
    plan = await store.insert_plan(conn, act, new.year, new.title, new.text, new.tags)
    await note(conn, act, plan, "draft")
    items = await _put(conn, plan.id, 1, [(None, item) for item in new.items])
    return await with_hindrances(conn, act.occurred_at, Whole(plan, 1, items))


async def write(conn: Connection, act: Act, plan_id: UUID, items: Sequence[ItemContent]) -> Whole:
    """Make these the items of the edition being written (office); items of the same serial number stay the same."""
    plan, edition = await writable(conn, act, plan_id)
    await require_items(conn, act, items)
    kept = {item.content.serial: item for item in await store.items_of(conn, plan_id, edition)}
    paired = [(kept[each.serial].item_id if each.serial in kept else None, _linked(each, kept)) for each in items]
    written = await _put(conn, plan_id, edition, paired)
    if plan.state == PlanState.ADOPTED:
        await note(conn, act, plan, "mend")
    return await with_hindrances(conn, act.occurred_at, Whole(await store.save_plan(conn, plan), edition, written))


async def _put(
    conn: Connection, plan_id: UUID, edition: int, items: Sequence[tuple[UUID | None, ItemContent]]
) -> list[PlanItem]:
    """Make these the items of an edition; refuse one that shares a task with an item that has none of its own."""
    written = await store.replace_items(conn, plan_id, edition, items)
    faults = [
        FieldFault(field=f"items.{serial}.joint_with", reason=reason, expected="an item with a task of its own")
        for serial, reason in joint_faults(written)
    ]
    if faults:
        raise InvalidError(*faults)
    return written


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
    if plan.drafted_edition is None or not await _is_written(conn, act, plan):
        allowed = (
            ["begin-amendment"] if plan.state == PlanState.ISSUED else PLAN_TRANSITIONS.allowed(plan.state, Role.OFFICE)
        )
        raise IllegalTransitionError("the plan", "write", plan.state, allowed)
    return plan, plan.drafted_edition


async def _is_written(conn: Connection, act: Act, plan: Plan) -> bool:
    """Return whether a plan's words may change now: one that was adopted, only if it must be mended to be issued."""
    if plan.state != PlanState.ADOPTED:
        return plan.state in {PlanState.DRAFT, PlanState.CIRCULATED, PlanState.ISSUED}
    return plan.conditional or bool((await with_hindrances(conn, act.occurred_at, await shown(conn, plan))).hindrances)


async def require_items(conn: Connection, act: Act, items: Sequence[ItemContent]) -> None:
    """Refuse items with units that are unknown, named twice or no more, and serial numbers that stand twice."""
    placed = {f"items.{index}": item for index, item in enumerate(items)}
    faults = [*_repeated_serials(placed), *await item_faults(conn, county_date(act.occurred_at), placed)]
    if faults:
        raise InvalidError(*faults)


def _repeated_serials(items: Mapping[str, ItemContent]) -> Iterator[FieldFault]:
    serials: set[str] = set()
    for at, item in items.items():
        if item.serial in serials:
            yield FieldFault(field=f"{at}.serial", reason=f"{item.serial} stands twice", expected="each once")
        serials.add(item.serial)


async def item_faults(conn: Connection, day: date, items: Mapping[str, ItemContent]) -> list[FieldFault]:
    """Return what is wrong with units and tasks that items name on a day; each item by its path."""
    faults: list[FieldFault] = []
    named: dict[str, str] = {}
    for at, item in items.items():
        of_item = {
            f"{at}.lead_unit": item.lead_unit,
            **units.named_in(f"{at}.cooperating_units", item.cooperating_units),
        }
        faults += units.repeated(of_item)
        named |= of_item
    return [
        *faults,
        *await units.faults(conn, named, day),
        *await _unknown_tasks(conn, items),
    ]


async def _unknown_tasks(conn: Connection, items: Mapping[str, ItemContent]) -> list[FieldFault]:
    return [
        FieldFault(field=f"{at}.task_id", reason=f"there is no task {item.task_id}", expected="a task's id")
        for at, item in items.items()
        if item.task_id is not None and await task_store.find_task(conn, item.task_id) is None
    ]


async def with_hindrances(conn: Connection, moment: datetime, whole: Whole) -> Whole:
    """Return a plan that is not issued yet with all that would keep it from being issued now."""
    if whole.plan.edition > 0:
        return whole
    return replace(whole, hindrances=await hindrances(conn, county_date(moment), whole.items))


async def hindrances(conn: Connection, day: date, items: Sequence[PlanItem]) -> list[FieldFault]:
    """Return why items cannot be assigned on a day: units that are no more, days that have passed, by serial number."""
    placed = {f"items.{item.content.serial}": item.content for item in items}
    new = [item for item in items if item.content.task_id is None]
    return [*await item_faults(conn, day, placed), *passed(day, new)]


def passed(day: date, items: Sequence[PlanItem]) -> list[FieldFault]:
    """Return a fault for each item whose due day has passed."""
    return [
        FieldFault(
            field=f"items.{item.content.serial}.due_on",
            reason=f"{item.content.due_on} has passed",
            expected=f"{day} or later",
        )
        for item in items
        if item.content.due_on < day
    ]


async def discard(conn: Connection, act: Act, plan_id: UUID, reason: str) -> Whole:
    """Give a draft up (office); no meeting waits for it, so nothing is told."""
    act.principal.require(Role.OFFICE)
    plan = await locked(conn, act, plan_id)
    transition = PLAN_TRANSITIONS.check("the plan", "discard", plan.state, act.principal.role)
    plan = await store.save_plan(conn, replace(plan, state=transition.target))
    await note(conn, act, plan, "discard", reason)
    return await shown(conn, plan)


async def take_back(conn: Connection, act: Act, plan_id: UUID, reason: str) -> Whole:
    """Take a plan back to the draft before it is issued (office): no meeting need adopt it any more."""
    act.principal.require(Role.OFFICE)
    plan = await locked(conn, act, plan_id)
    PLAN_TRANSITIONS.check("the plan", "take-back", plan.state, act.principal.role)
    plan = await withdraw(conn, act, plan, reason=reason)
    await note(conn, act, plan, "take-back", reason)
    return await shown(conn, plan)


async def withdraw(
    conn: Connection, act: Act, plan: Plan, *, meeting_id: UUID | None = None, reason: str | None = None
) -> Plan:
    """Let a plan be a draft again, and say that it waits for no adoption."""
    plan = replace(plan, state=PlanState.DRAFT, adopted_on=None, conditional=False)
    count = len(await store.items_of(conn, plan.id, plan.shown_edition))
    payload = facts.PlanWithdrawn(
        **fact(plan, count), meeting_id=meeting_id, reason_digest=None if reason is None else digest(reason)
    )
    return await told(conn, act, plan, payload)


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
    await _require_some(conn, plan)
    plan = await bring(conn, act, replace(plan, state=transition.target, submitted_at=act.occurred_at))
    await note(conn, act, plan, "submit")
    return await shown(conn, plan)


async def bring(conn: Connection, act: Act, plan: Plan) -> Plan:
    """Say that a plan waits for adoption, and in which words."""
    items = await store.items_of(conn, plan.id, plan.shown_edition)
    payload = facts.PlanSubmitted(**fact(plan, len(items)), content_digest=content_digest(plan, items))
    return await told(conn, act, plan, payload)


async def _require_some(conn: Connection, plan: Plan) -> None:
    if not await store.items_of(conn, plan.id, plan.shown_edition):
        raise invalid("items", "the plan has none", "at least one item")


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
