"""What tasks does about other services' events: it learns units, and makes the task of each adopted resolution."""

from services.tasks import operations, store
from services.tasks.domain import TaskDraft
from shared.commands import Act
from shared.consumer import Subscription
from shared.contracts.envelope import Event
from shared.contracts.meetings import ResolutionAdopted
from shared.contracts.registry import UnitRegistered
from shared.postgres import Connection


async def on_unit_registered(conn: Connection, event: Event) -> None:
    """Learn a unit; an older event than the one known changes nothing."""
    unit: UnitRegistered = event.data
    await store.learn_unit(conn, unit, event.aggregateversion)


async def on_resolution_adopted(conn: Connection, event: Event) -> None:
    """Make the resolution's task, once, with the event as its cause (永政办发〔2009〕106号 二.2)."""
    await operations.assign_once(conn, Act.because_of(event, "tasks"), _draft(event.data))


def _draft(resolution: ResolutionAdopted) -> TaskDraft:
    units = (resolution.lead_unit, *resolution.cooperating_units)
    if len(set(units)) != len(units):
        raise ValueError(f"resolution {resolution.resolution_id} names a unit twice: {', '.join(units)}")
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


SUBSCRIPTION = Subscription(
    topics=("registry", "meetings"),
    handlers={
        UnitRegistered.event_type: on_unit_registered,
        ResolutionAdopted.event_type: on_resolution_adopted,
    },
)
