"""Adoption and issue of a plan: a meeting's decision adopts it, one act of the office gives out all its tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks.domain import TaskDraft
from services.tasks.plans import operations, store
from services.tasks.plans.domain import PLAN_TRANSITIONS, ItemContent, Plan, PlanItem, PlanState
from services.tasks.plans.operations import Whole
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.contracts.meetings import DecisionTaken
from shared.errors import FieldFault, InvalidError
from shared.postgres import Connection
from shared.text import digest

_ADOPTING = frozenset({"adopted", "adopted_in_principle"})


@dataclass(frozen=True, slots=True)
class Adoption:
    """That a plan was adopted, where and when."""

    adopted_on: date
    meeting_id: UUID | None = None
    conditional: bool = False
    document: str | None = None


async def take_decision(conn: Connection, event: Event) -> None:
    """Take what a meeting decided on a plan; of several decisions the latest holds, whatever order they come in."""
    decided: DecisionTaken = event.data
    plan = None if decided.plan_id is None else await store.lock_plan(conn, decided.plan_id)
    if plan is None or (plan.decided_at is not None and plan.decided_at >= event.time):
        return
    act = Act.because_of(event, "tasks")
    if plan.state in {PlanState.DRAFT, PlanState.CIRCULATED}:
        why = "the plan was not submitted: what the meeting had before it may not be what is written here"
        await operations.note(conn, act, plan, f"{decided.decision}-without-effect", why)
        return
    if plan.state not in {PlanState.SUBMITTED, PlanState.ADOPTED}:
        return
    plan = replace(plan, decision=decided.decision, decided_at=event.time, meeting_id=decided.meeting_id)
    if decided.decision in _ADOPTING:
        conditional = decided.decision == "adopted_in_principle"
        await _adopt(conn, act, plan, Adoption(decided.decided_on, decided.meeting_id, conditional))
    else:
        plan = await store.save_plan(conn, replace(plan, state=PlanState.DRAFT, adopted_on=None))
        await operations.note(conn, act, plan, decided.decision)


async def adopt(conn: Connection, act: Act, plan_id: UUID, adoption: Adoption) -> Whole:
    """Record an adoption that this system's meetings did not tell of (office)."""
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    PLAN_TRANSITIONS.check("the plan", "adopt", plan.state, act.principal.role)
    plan = await _adopt(conn, act, replace(plan, decision="adopted", decided_at=act.occurred_at), adoption)
    return await operations.shown(conn, plan)


async def _adopt(conn: Connection, act: Act, plan: Plan, adoption: Adoption) -> Plan:
    plan = replace(plan, state=PlanState.ADOPTED, adopted_on=adoption.adopted_on, conditional=adoption.conditional)
    count = len(await store.items_of(conn, plan.id, plan.shown_edition))
    payload = facts.PlanAdopted(
        **operations.fact(plan, count),
        adopted_on=adoption.adopted_on,
        meeting_id=adoption.meeting_id,
        conditional=adoption.conditional,
    )
    plan = await operations.told(conn, act, plan, payload)
    await operations.note(conn, act, plan, "adopt", document=adoption.document)
    return plan


async def issue(conn: Connection, act: Act, plan_id: UUID, document: str | None) -> Whole:
    """Issue an adopted plan (印发, office): all its tasks are assigned, or none if one item cannot be."""
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    PLAN_TRANSITIONS.check("the plan", "issue", plan.state, act.principal.role)
    edition = plan.drafted_edition or 1
    items = await store.items_of(conn, plan_id, edition)
    await require_assignable(conn, act, items)
    plan = replace(
        plan,
        state=PlanState.ISSUED,
        edition=edition,
        drafted_edition=None,
        document=document,
        issued_at=act.occurred_at,
    )
    await assign_items(conn, act, plan, edition, items, {})
    payload = facts.PlanIssued(**operations.fact(plan, len(items)), document=document)
    plan = await operations.told(conn, act, plan, payload)
    await operations.note(conn, act, plan, "issue", document=document)
    return await operations.shown(conn, plan)


async def require_assignable(conn: Connection, act: Act, items: Sequence[PlanItem]) -> None:
    """Refuse items whose day has passed or whose units are no more, all of them at once."""
    await operations.require_items(conn, act, [item.content for item in items])
    require_ahead(act, [item for item in items if item.content.task_id is None])


def require_ahead(act: Act, items: Sequence[PlanItem]) -> None:
    """Refuse items whose day has passed, all of them at once."""
    today = county_date(act.occurred_at)
    faults = [
        FieldFault(
            field=f"items.{item.content.serial}.due_on",
            reason=f"{item.content.due_on} has passed",
            expected=f"{today} or later",
        )
        for item in items
        if item.content.due_on < today
    ]
    if faults:
        raise InvalidError(*faults)


async def assign_items(
    conn: Connection, act: Act, plan: Plan, edition: int, items: Sequence[PlanItem], served: Mapping[UUID, UUID]
) -> None:
    """Assign the tasks of items that no task serves yet, and note for each item which task serves it."""
    tasks_of = dict(served) | {item.item_id: item.content.task_id for item in items if item.content.task_id is not None}
    own = [item for item in items if item.item_id not in tasks_of and item.content.joint_with is None]
    made = await tasks.assign_all(conn, act, [drafted(plan, item) for item in own])
    tasks_of |= {item.item_id: task.id for item, task in zip(own, made, strict=True)}
    by_serial = {item.content.serial: tasks_of.get(item.item_id) for item in items}
    for item in items:
        joint = by_serial.get(item.content.joint_with or "")
        if joint is not None:
            tasks_of[item.item_id] = joint
    await store.note_tasks(conn, plan, edition, tasks_of)


def drafted(plan: Plan, item: PlanItem) -> TaskDraft:
    """Return the task of an item."""
    content = item.content
    text = text_of(content)
    return TaskDraft(
        source_kind="plan_item",
        source_id=f"{plan.id}/{content.serial}",
        title=content.title,
        text=text,
        text_digest=None if text is None else digest(text),
        weight=content.weight,
        tags=tuple(dict.fromkeys((*plan.tags, *content.tags))),
        due_on=content.due_on,
        lead_unit=content.lead_unit,
        cooperating_units=content.cooperating_units,
        leader_post=content.leader_post,
        plan_id=plan.id,
        meeting_id=plan.meeting_id,
        kind=content.kind,
        origin=item.origin,
    )


def text_of(content: ItemContent) -> str | None:
    """Return the words of the task: the whole text, and the target."""
    value = "" if content.target_value is None else f"{content.target_value}{content.target_unit or ''}"
    target = "，".join(part for part in (content.target or "", value) if part)
    words = [content.text or "", f"目标：{target}" if target else ""]
    return "\n".join(part for part in words if part) or None
