"""The meetings service as its parts: routes, and the events of others that it consumes."""

from services.meetings import consumers
from services.meetings.api import router
from shared.consumer import Subscription
from shared.contracts.registry import BodyChanged, UnitRegistered
from shared.contracts.tasks import TaskAssigned, TaskCancelled, TaskCompleted, TaskReopened
from shared.process import Service

SERVICE = Service(
    name="meetings",
    description="What was decided, who does it by when, and whether it is done.",
    routers=(router,),
    subscription=Subscription(
        topics=("registry", "tasks"),
        handlers={
            UnitRegistered.event_type: consumers.on_unit_registered,
            BodyChanged.event_type: consumers.on_body_changed,
            TaskAssigned.event_type: consumers.on_task_assigned,
            TaskCompleted.event_type: consumers.on_task_completed,
            TaskReopened.event_type: consumers.on_task_reopened,
            TaskCancelled.event_type: consumers.on_task_cancelled,
        },
    ),
)
