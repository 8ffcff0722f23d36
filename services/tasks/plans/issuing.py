"""Adoption and issue of a plan: a meeting's decision does both, or leaves the issue to the office after mending it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks.domain import TaskDraft
from services.tasks.plans import operations, store
from services.tasks.plans.domain import PLAN_TRANSITIONS, ItemContent, Plan, PlanItem, PlanState, content_digest
from services.tasks.plans.operations import Whole
from shared.auth import Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.contracts.meetings import DecisionTaken
from shared.errors import InvalidError
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
    why = await _ineffective(conn, plan, decided)
    if why is not None:
        await operations.note(conn, act, plan, f"{decided.decision}-without-effect", why)
        return
    plan = replace(plan, decision=decided.decision, decided_at=event.time, meeting_id=decided.meeting_id)
    if decided.decision in _ADOPTING:
        await _adopt_and_issue(conn, act, plan, decided)
    elif decided.decision == "deferred":
        await _wait(conn, act, plan)
    else:
        plan = await operations.withdraw(conn, act, plan, meeting_id=decided.meeting_id)
        await operations.note(conn, act, plan, decided.decision)


async def _ineffective(conn: Connection, plan: Plan, decided: DecisionTaken) -> str | None:
    """Return why a decision changes nothing of the plan; None if it does."""
    if plan.state in {PlanState.DRAFT, PlanState.CIRCULATED}:
        return "the plan was not submitted: what the meeting had before it may not be what is written here"
    if plan.state not in {PlanState.SUBMITTED, PlanState.ADOPTED}:
        return f"the plan is {plan.state} already"
    written = content_digest(plan, await store.items_of(conn, plan.id, plan.shown_edition))
    if decided.plan_digest in (None, written):
        return None
    return "the words of the plan are no longer those that the meeting had before it"


async def _adopt_and_issue(conn: Connection, act: Act, plan: Plan, decided: DecisionTaken) -> None:
    """Adopt a plan; one that is adopted as it stands is issued, unless something stands in the way of its tasks."""
    conditional = decided.decision == "adopted_in_principle" or decided.conditions_digest is not None
    plan = await _adopt(conn, act, plan, Adoption(decided.decided_on, decided.meeting_id, conditional))
    if conditional:
        return
    items = await store.items_of(conn, plan.id, plan.shown_edition)
    hindrances = await operations.hindrances(conn, county_date(act.occurred_at), items)
    if hindrances:
        why = "; ".join(f"{fault.field}: {fault.reason}" for fault in hindrances)
        await operations.note(conn, act, plan, "issue-hindered", why)
        return
    await _issue(conn, act, plan, items, None)


async def _wait(conn: Connection, act: Act, plan: Plan) -> None:
    """Leave a deferred plan to a later meeting; one that was adopted waits again."""
    if plan.state == PlanState.ADOPTED:
        plan = replace(plan, state=PlanState.SUBMITTED, adopted_on=None, conditional=False)
        plan = await operations.bring(conn, act, plan)
    else:
        plan = await store.save_plan(conn, plan)
    await operations.note(conn, act, plan, "deferred")


async def adopt(conn: Connection, act: Act, plan_id: UUID, adoption: Adoption) -> Whole:
    """Record an adoption that this system's meetings did not tell of (office)."""
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    PLAN_TRANSITIONS.check("the plan", "adopt", plan.state, act.principal.role)
    plan = await _adopt(conn, act, replace(plan, decision="adopted", decided_at=act.occurred_at), adoption)
    return await operations.with_hindrances(conn, act.occurred_at, await operations.shown(conn, plan))


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
    """Issue an adopted plan (印发, office): all its tasks are assigned, or none if one item cannot be.

    A plan that a meeting's decision issued is given the number of its document.
    """
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    if plan.state == PlanState.ISSUED and plan.document is None and document is not None:
        return await operations.shown(conn, await _number(conn, act, plan, document))
    PLAN_TRANSITIONS.check("the plan", "issue", plan.state, act.principal.role)
    items = await store.items_of(conn, plan_id, plan.shown_edition)
    await require_assignable(conn, act, items)
    return await operations.shown(conn, await _issue(conn, act, plan, items, document))


async def _issue(conn: Connection, act: Act, plan: Plan, items: Sequence[PlanItem], document: str | None) -> Plan:
    edition = plan.shown_edition
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
    return plan


async def _number(conn: Connection, act: Act, plan: Plan, document: str) -> Plan:
    plan = replace(plan, document=document)
    count = len(await store.items_of(conn, plan.id, plan.edition))
    plan = await operations.told(conn, act, plan, facts.PlanNumbered(**operations.fact(plan, count), document=document))
    await operations.note(conn, act, plan, "number", document=document)
    return plan


async def require_assignable(conn: Connection, act: Act, items: Sequence[PlanItem]) -> None:
    """Refuse items whose day has passed or whose units are no more, all of them at once."""
    hindrances = await operations.hindrances(conn, county_date(act.occurred_at), items)
    if hindrances:
        raise InvalidError(*hindrances)


def require_ahead(act: Act, items: Sequence[PlanItem]) -> None:
    """Refuse items whose day has passed, all of them at once."""
    faults = operations.passed(county_date(act.occurred_at), items)
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
