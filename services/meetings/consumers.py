"""What the service hears from others: units and bodies from the registry, fulfilment from tasks.

Each handler keeps only what is newer than what it has, so that duplicates and disorder change nothing.
"""

from datetime import datetime
from uuid import UUID

import structlog

from services.meetings import store
from services.meetings.domain import FulfilmentState
from shared.contracts.envelope import Event
from shared.contracts.registry import BodyChanged, UnitRegistered
from shared.contracts.tasks import TaskCompleted, TaskFact
from shared.postgres import Connection

log = structlog.get_logger(__name__)


async def on_unit_registered(conn: Connection, event: Event) -> None:
    """A unit may be named in resolutions from now on."""
    unit: UnitRegistered = event.data
    await store.learn_unit(conn, unit.unit, unit.name, event.aggregateversion)


async def on_body_changed(conn: Connection, event: Event) -> None:
    """A body may meet from now on."""
    body: BodyChanged = event.data
    await store.learn_body(conn, body.body, body.name, event.aggregateversion)


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
