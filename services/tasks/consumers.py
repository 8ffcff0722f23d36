"""What tasks does about other services' events: it learns units and what becomes of them, and makes tasks of orders.

A task is made once of each thing that asks for one, however often and in which order events come: `origin` is unique.
"""

from datetime import date
from decimal import Decimal

from services.tasks import operations, store
from services.tasks.domain import Task, TaskDraft
from services.tasks.plans import issuing as plans
from services.tasks.problems import operations as problems
from services.tasks.succession import operations as successions
from services.tasks.succession.domain import Succession
from shared.commands import Act
from shared.consumer import Subscription
from shared.contracts.envelope import Event
from shared.contracts.meetings import DecisionTaken, ResolutionAdopted
from shared.contracts.registry import UnitChanged, UnitRegistered, UnitRetired, UnitsMerged, UnitSplit
from shared.contracts.scoring import ImprovementOrdered, IndicatorWarned, OrderFact, RectificationOrdered
from shared.postgres import Connection

_WEIGHT = Decimal(1)

ORDERS: dict[type[OrderFact], str] = {
    RectificationOrdered: "rectification",
    ImprovementOrdered: "improvement",
    IndicatorWarned: "indicator-warning",
}
"""By kind of order: the tag by which methods and lists select its tasks."""


async def on_unit_told(conn: Connection, event: Event) -> None:
    """Learn a unit, or its newer names; an older event than the one known changes nothing."""
    unit: UnitRegistered | UnitChanged = event.data
    await store.learn_unit(conn, unit, event.aggregateversion)


async def on_unit_retired(conn: Connection, event: Event) -> None:
    """Hand the open work of a retired unit over, or back to the office."""
    retired: UnitRetired = event.data
    await _succeed(conn, event, retired.unit, retired.open_work_to, retired.retired_on, retired.document)


async def on_units_merged(conn: Connection, event: Event) -> None:
    """Hand the open work of a merged unit over, or back to the office."""
    merged: UnitsMerged = event.data
    await _succeed(conn, event, merged.unit, merged.open_work_to, merged.effective_on, merged.document)


async def on_unit_split(conn: Connection, event: Event) -> None:
    """Hand the open work of a divided unit over; without a taker it stays with a unit that continues."""
    split: UnitSplit = event.data
    ends = not split.continues
    await _succeed(conn, event, split.unit, split.open_work_to, split.effective_on, split.document, ends=ends)


async def _succeed(
    conn: Connection,
    event: Event,
    unit: str,
    to_unit: str | None,
    day: date,
    document: str | None,
    *,
    ends: bool = True,
) -> None:
    told = Succession(
        unit=unit,
        version=event.aggregateversion,
        open_work_to=to_unit,
        ends=ends,
        effective_on=day,
        document=document,
        told_at=event.time,
        correlation_id=event.correlationid or event.id,
        causation_id=event.id,
    )
    await successions.take(conn, event, told)


async def on_resolution_adopted(conn: Connection, event: Event) -> None:
    """Make the resolution's task, or that of this part of it, with the event as its cause (二.2).

    Of a resolution on a problem it is the problem's task too, so that one matter has not two.
    """
    task = await _assign(conn, event, _of_resolution(event.data))
    if task is not None and event.data.problem_id is not None:
        await problems.take_task(conn, Act.because_of(event, "tasks"), event.data.problem_id, task)


async def on_order(conn: Connection, event: Event) -> None:
    """Make the task of scoring's order: rectification, improvement, or what a warning asks for (四)."""
    order: OrderFact = event.data
    tag = ORDERS[type(order)]
    units = (order.lead_unit, *order.cooperating_units)
    _require_each_once(units, f"order {order.order_id}")
    draft = TaskDraft(
        source_kind="instruction",
        source_id=str(order.order_id),
        title=order.title,
        weight=_WEIGHT,
        tags=(tag,),
        due_on=order.due_on,
        lead_unit=order.lead_unit,
        cooperating_units=order.cooperating_units,
        text_digest=order.text_digest,
        text_link=order.text_link,
        origin=f"{tag}:{order.order_id}",
    )
    await _assign(conn, event, draft)


async def _assign(conn: Connection, event: Event, draft: TaskDraft) -> Task | None:
    task = await operations.assign_once(conn, Act.because_of(event, "tasks"), draft)
    if task is not None:
        await successions.follow(conn, task, event.time)
    return task


def _of_resolution(resolution: ResolutionAdopted) -> TaskDraft:
    _require_each_once((resolution.lead_unit, *resolution.cooperating_units), f"resolution {resolution.resolution_id}")
    return TaskDraft(
        source_kind="resolution",
        source_id=str(resolution.resolution_id),
        title=resolution.title,
        weight=resolution.weight,
        tags=resolution.tags,
        due_on=resolution.due_on,
        lead_unit=resolution.lead_unit,
        cooperating_units=resolution.cooperating_units,
        leader_post=resolution.leader_post,
        text_digest=resolution.text_digest,
        text_link=resolution.text_link,
        meeting_id=resolution.meeting_id,
        origin=f"resolution:{resolution.resolution_id}:{resolution.part}",
    )


def _require_each_once(units: tuple[str, ...], what: str) -> None:
    if len(set(units)) != len(units):
        raise ValueError(f"{what} names a unit twice: {', '.join(units)}")


SUBSCRIPTION = Subscription(
    topics=("registry", "meetings", "scoring"),
    handlers={
        UnitRegistered.event_type: on_unit_told,
        UnitChanged.event_type: on_unit_told,
        UnitRetired.event_type: on_unit_retired,
        UnitsMerged.event_type: on_units_merged,
        UnitSplit.event_type: on_unit_split,
        ResolutionAdopted.event_type: on_resolution_adopted,
        DecisionTaken.event_type: plans.take_decision,
        **{kind.event_type: on_order for kind in ORDERS},
    },
)
