"""Amendment of an issued plan: a new edition is written beside the one in force, then takes effect as a whole.

The earlier edition is kept. What it changes of tasks under way are transitions of those tasks, with the amendment as
what they rest on: a new item is assigned, a dropped one cancelled, a unit replaced, a day moved.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks import store as task_store
from services.tasks.changes import TaskChange
from services.tasks.domain import Basis, Words
from services.tasks.errors import AmendmentImpossibleError, IllegalTransitionError
from services.tasks.plans import operations, store
from services.tasks.plans.domain import PLAN_TRANSITIONS, Difference, ItemContent, Plan, PlanItem, differences
from services.tasks.plans.issuing import assign_items, drafted, require_ahead, require_assignable
from services.tasks.plans.operations import Whole
from services.tasks.states import GONE, OPEN, State
from shared.auth import Role
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.postgres import Connection


async def begin(conn: Connection, act: Act, plan_id: UUID) -> Whole:
    """Begin the next edition as a copy of the one in force (office)."""
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    PLAN_TRANSITIONS.check("the plan", "amend", plan.state, act.principal.role)
    if plan.drafted_edition is not None:
        raise IllegalTransitionError(
            "the plan", "begin-amendment", "being amended", ["write", "amend", "drop-amendment"]
        )
    plan = replace(plan, drafted_edition=plan.edition + 1)
    copied = [(item.item_id, item.content) for item in await store.items_of(conn, plan_id, plan.edition)]
    items = await store.replace_items(conn, plan_id, plan.edition + 1, copied)
    plan = await store.save_plan(conn, plan)
    await operations.note(conn, act, plan, "begin-amendment")
    return Whole(plan, plan.edition + 1, items)


async def drop(conn: Connection, act: Act, plan_id: UUID) -> Whole:
    """Give the edition being written up; the one in force stays (office)."""
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    edition = _drafted(plan, "drop-amendment")
    await store.replace_items(conn, plan_id, edition, [])
    plan = await store.save_plan(conn, replace(plan, drafted_edition=None))
    await operations.note(conn, act, plan, "drop-amendment")
    return await operations.shown(conn, plan)


def _drafted(plan: Plan, name: str) -> int:
    PLAN_TRANSITIONS.check("the plan", "amend", plan.state, Role.OFFICE)
    if plan.drafted_edition is None:
        raise IllegalTransitionError("the plan", name, plan.state, ["begin-amendment"])
    return plan.drafted_edition


async def amend(conn: Connection, act: Act, plan_id: UUID, reason: str, document: str | None) -> Whole:
    """Put the edition being written in force, all of it or nothing (调整, office)."""
    act.principal.require(Role.OFFICE)
    plan = await operations.locked(conn, act, plan_id)
    edition = _drafted(plan, "amend")
    before = await store.items_of(conn, plan_id, plan.edition)
    after = await store.items_of(conn, plan_id, edition)
    found = differences(before, after)
    await require_assignable(conn, act, [each.after for each in found if each.after and each.kind == "added"])
    require_ahead(act, [each.after for each in found if each.after and _moved(each)])
    plan = replace(plan, edition=edition, drafted_edition=None)
    act = replace(act, expected_version=None)
    words = Words(reason=reason, basis=Basis("plan_amendment", document or plan.title))
    await _apply(conn, act, plan, found, words)
    await assign_items(conn, act, plan, edition, after, {})
    payload = facts.PlanAmended(**operations.fact(plan, len(after)), document=document)
    plan = await operations.told(conn, act, plan, payload)
    await operations.note(conn, act, plan, "amend", reason, document)
    return await operations.shown(conn, plan)


def _moved(each: Difference) -> bool:
    """Return whether an item under way is given another day."""
    return (
        each.before is not None and each.after is not None and each.before.content.due_on != each.after.content.due_on
    )


async def _apply(conn: Connection, act: Act, plan: Plan, found: Sequence[Difference], words: Words) -> None:
    still = {each.after.content.task_id for each in found if each.after is not None}
    for each in found:
        task_id = None if each.before is None else each.before.content.task_id
        if task_id is None or each.kind == "same":
            continue
        change = await tasks.locked(conn, act, task_id)
        if each.after is None:
            if task_id not in still:
                _cancel(change, words)
        elif each.before is not None and each.after.content.joint_with is None:
            _change(change, plan, each.before, each.after, words)
        await _saved(conn, change)


async def _saved(conn: Connection, change: TaskChange) -> None:
    await task_store.save_content(conn, change.task)
    if change.events:
        await task_store.save_changes(conn, [change])


def _cancel(change: TaskChange, words: Words) -> None:
    """Make the task of a dropped item void; one that is done stays done."""
    if change.task.state not in {State.COMPLETED, State.CLOSED_OUT, State.CANCELLED}:
        change.move_all("cancel", words)


def _change(change: TaskChange, plan: Plan, before: PlanItem, after: PlanItem, words: Words) -> None:
    old, new = before.content, after.content
    _change_lead(change, old, new, words)
    _change_cooperation(change, old, new, words)
    if new.due_on != old.due_on:
        for part in change.task.assignments:
            if part.state in OPEN and part.due_on != new.due_on:
                change.extend(part.unit, new.due_on, words)
    if _said(new) != _said(old):
        draft = drafted(plan, after)
        stated = replace(
            change.task,
            title=draft.title,
            text=draft.text,
            text_digest=draft.text_digest,
            weight=draft.weight,
            tags=draft.tags,
            leader_post=draft.leader_post,
        )
        change.restate(stated, words)


def _said(content: ItemContent) -> tuple[object, ...]:
    return (
        content.title,
        content.text,
        content.target,
        content.target_value,
        content.target_unit,
        content.weight,
        content.tags,
        content.leader_post,
    )


def _change_lead(change: TaskChange, old: ItemContent, new: ItemContent, words: Words) -> None:
    if new.lead_unit in {old.lead_unit, change.task.lead.unit}:
        return
    lead = change.task.lead
    if lead.state not in OPEN | {State.BOUNCED}:
        raise AmendmentImpossibleError(
            f"item {new.serial}: {lead.unit} leads and its part is {lead.state}: {new.lead_unit} cannot take it over",
            ("reopen it first", "leave the lead unit as it is"),
        )
    change.reassign(lead.unit, new.lead_unit, None, words)


def _change_cooperation(change: TaskChange, old: ItemContent, new: ItemContent, words: Words) -> None:
    for unit in set(old.cooperating_units) - set(new.cooperating_units) - {new.lead_unit}:
        part = change.task.of_unit(unit)
        if part is not None and tasks.passes_on(part):
            change.give_back(unit, words)
    present = {part.unit for part in change.task.assignments if part.state not in GONE}
    added = [unit for unit in new.cooperating_units if unit not in present]
    if added:
        change.add(added, new.due_on, words)
