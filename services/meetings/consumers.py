"""What the service hears from others: copies of what they know, and what follows from it for meetings of its own.

Each handler keeps only what is newer than what it has, so that duplicates and disorder change nothing.
"""

from datetime import datetime
from uuid import UUID

import structlog

from services.meetings import store
from services.meetings.convening import consumers as convening
from services.meetings.copies import consumers as copies
from services.meetings.domain import FulfilmentState
from shared.consumer import Subscription
from shared.contracts.envelope import Event
from shared.contracts.registry import (
    MembershipChanged,
    PostChanged,
    UnitChanged,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
)
from shared.contracts.tasks import (
    PlanSubmitted,
    TaskAssigned,
    TaskCancelled,
    TaskCompleted,
    TaskFact,
    TaskReopened,
)
from shared.postgres import Connection

log = structlog.get_logger(__name__)


async def on_membership_changed(conn: Connection, event: Event) -> None:
    """Who is a member changed, and so who is invited to what is to come."""
    await copies.on_membership_changed(conn, event)
    await convening.on_membership_changed(conn, event)


async def on_unit_changed(conn: Connection, event: Event) -> None:
    """A unit is called otherwise, or is no more."""
    await copies.HANDLERS[event.type](conn, event)
    await convening.on_invitee_changed(conn, event, event.data.unit)


async def on_post_changed(conn: Connection, event: Event) -> None:
    """A post is called otherwise, or is no more."""
    await copies.on_post_changed(conn, event)
    await convening.on_invitee_changed(conn, event, event.data.post)


async def on_plan_submitted(conn: Connection, event: Event) -> None:
    """A plan waits for adoption, and lies on the table of meetings that have it on the agenda already."""
    await copies.on_plan(conn, event)
    await convening.on_plan_submitted(conn, event)


async def on_task_assigned(conn: Connection, event: Event) -> None:
    """A resolution has become a task."""
    await _follow(conn, event, FulfilmentState.IN_PROGRESS)


async def on_task_completed(conn: Connection, event: Event) -> None:
    """A resolution is fulfilled."""
    task: TaskCompleted = event.data
    await _follow(conn, event, FulfilmentState.FULFILLED, task.done_at, task.days_late)


async def on_task_reopened(conn: Connection, event: Event) -> None:
    """A resolution counts as fulfilled no longer."""
    await _follow(conn, event, FulfilmentState.IN_PROGRESS)


async def on_task_cancelled(conn: Connection, event: Event) -> None:
    """A resolution need not be fulfilled."""
    await _follow(conn, event, FulfilmentState.CANCELLED)


async def _follow(
    conn: Connection,
    event: Event,
    state: FulfilmentState,
    fulfilled_at: datetime | None = None,
    days_late: int | None = None,
) -> None:
    await copies.on_task(conn, event)
    resolution_id = _resolution_of(event.data)
    if resolution_id is None:
        return
    await store.follow_task(
        conn,
        task_id=event.data.task_id,
        resolution_id=resolution_id,
        version=event.aggregateversion,
        state=state,
        fulfilled_at=fulfilled_at,
        days_late=days_late,
    )


def _resolution_of(task: TaskFact) -> UUID | None:
    """Return the resolution from which the task was made; None if it has another source."""
    if task.source_kind != "resolution":
        return None
    try:
        return UUID(task.source_id)
    except ValueError:
        log.warning("task names a resolution that is none of this service", source_id=task.source_id)
        return None


SUBSCRIPTION = Subscription(
    topics=("registry", "tasks"),
    generation=3,  # since papers follow all that becomes of their reports
    handlers={
        **copies.HANDLERS,
        MembershipChanged.event_type: on_membership_changed,
        PostChanged.event_type: on_post_changed,
        **{kind.event_type: on_unit_changed for kind in (UnitChanged, UnitRetired, UnitsMerged, UnitSplit)},
        PlanSubmitted.event_type: on_plan_submitted,
        TaskAssigned.event_type: on_task_assigned,
        TaskCompleted.event_type: on_task_completed,
        TaskReopened.event_type: on_task_reopened,
        TaskCancelled.event_type: on_task_cancelled,
        **{kind.event_type: convening.on_report for kind in convening.REPORTS},
    },
)
