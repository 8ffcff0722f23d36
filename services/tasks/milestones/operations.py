"""What can be done with milestones: plan them, reach one; each one command in its caller's transaction."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.tasks import operations as tasks
from services.tasks import store as task_store
from services.tasks.domain import Words
from services.tasks.errors import MilestoneNotFoundError, MilestoneReachedError
from services.tasks.milestones import store
from services.tasks.milestones.domain import Milestone, Node, percent_of, planned, targets_of
from services.tasks.states import State
from services.tasks.supervision import payloads
from services.tasks.supervision import store as supervision
from shared.auth import Role
from shared.commands import Act
from shared.errors import FieldFault, InvalidError
from shared.postgres import Connection


async def plan(conn: Connection, act: Act, task_id: UUID, nodes: Sequence[Node]) -> list[Milestone]:
    """Say through which nodes a task goes, and by when (office, or its lead): dated ones are the lead's targets."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    change = await tasks.locked(conn, act, task_id)
    act.principal.require_unit(change.task.lead.unit)
    _require_sound(nodes, change.task.lead.due_on)
    made = planned(task_id, nodes, await store.milestones_of(conn, task_id))
    await store.replace_milestones(conn, task_id, made)
    lead, targets = change.task.lead, targets_of(made)
    await supervision.replace_targets(conn, task_id, lead.unit, targets)
    if change.task.state != State.DRAFT:
        change.tell(lead.unit, "set-targets", payloads.targets_set(targets))
        await task_store.save_changes(conn, [change])
    return made


def _require_sound(nodes: Sequence[Node], due_on: date) -> None:
    """Refuse nodes that stand twice, or are due after the task is."""
    titles = [node.title for node in nodes]
    faults = [
        FieldFault(field=f"milestones.{index}.title", reason=f"{title} stands twice", expected="each once")
        for index, title in enumerate(titles)
        if title in titles[:index]
    ]
    faults += [
        FieldFault(field=f"milestones.{index}.due_on", reason=f"{node.due_on} is late", expected=f"up to {due_on}")
        for index, node in enumerate(nodes)
        if node.due_on is not None and node.due_on > due_on
    ]
    if faults:
        raise InvalidError(*faults)


async def reach(conn: Connection, act: Act, task_id: UUID, number: int, words: Words) -> list[Milestone]:
    """Say that a node was reached (lead, or the office for it): progress of the lead's part, by the share of nodes."""
    act.principal.require(Role.UNIT, Role.OFFICE)
    change = await tasks.locked(conn, act, task_id)
    lead = change.task.lead
    act.principal.require_unit(lead.unit)
    present = await store.milestones_of(conn, task_id)
    found = next((each for each in present if each.number == number), None)
    if found is None:
        raise MilestoneNotFoundError(number, [each.number for each in present])
    if found.reached_at is not None:
        raise MilestoneReachedError([found.title])
    await store.reach_milestone(conn, task_id, number, act.occurred_at, act.principal.subject)
    after = await store.milestones_of(conn, task_id)
    note = f"节点完成：{found.title}" + (f"\n{words.note}" if words.note else "")
    percent = max(lead.percent, percent_of(after))
    said = Words(note=note, percent=percent, attachments=words.attachments)
    await tasks.move(conn, act, task_id, lead.unit, "progress", said)
    return after
