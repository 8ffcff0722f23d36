"""What follows for open work when the registry merges, splits or retires a unit: it passes to the unit that follows.

A change that takes effect later waits for its day. An assignment of a unit that is no more, which comes afterwards
(topics come in no common order), passes on at once. What no unit follows goes back to the office as bounced.
"""

from datetime import datetime

from services.tasks import operations as task_operations
from services.tasks.domain import Task
from services.tasks.succession import store
from services.tasks.succession.domain import Succession
from shared.auth import Principal, Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts.envelope import Event
from shared.postgres import Connection

_WATCH = Principal(subject="service:tasks", role=Role.OFFICE)
_MOST_HOPS = 20
"""Changes that one assignment follows through; more would be a circle of units."""


async def take(conn: Connection, event: Event, succession: Succession) -> None:
    """Note what became of a unit, once, and hand its open work over if the day has come."""
    noted = await store.insert_succession(conn, succession)
    if noted and succession.effective_on <= county_date(event.time):
        await hand_over(conn, succession, succession.effective_at)


async def hand_over(conn: Connection, succession: Succession, now: datetime) -> int:
    """Move the unit's open parts; return of how many tasks."""
    await store.note_handed_over(conn, succession.unit, succession.version, now)
    if not succession.ends and succession.open_work_to is None:
        return 0
    act = Act(_WATCH, succession.effective_at, succession.correlation_id, succession.causation_id)
    return await task_operations.pass_on_open_work(
        conn, act, succession.unit, succession.open_work_to, succession.words
    )


async def follow(conn: Connection, task: Task, now: datetime) -> None:
    """Pass on the parts of a new task that were given to units which are no more."""
    for _ in range(_MOST_HOPS):
        ended = await store.successions_of(conn, [part.unit for part in task.current], county_date(now))
        open_ones = [each for each in ended if _has_open_part(task, each.unit)]
        if not open_ones:
            return
        for each in open_ones:
            act = Act(_WATCH, max(each.effective_at, now), task.correlation_id, each.causation_id)
            task = await task_operations.pass_on(conn, act, task.id, each.unit, each.open_work_to, each.words)


def _has_open_part(task: Task, unit: str) -> bool:
    part = task.of_unit(unit)
    return part is not None and task_operations.passes_on(part)
