"""The tasks service as its parts: routes, what it consumes, and the overdue watch beside them."""

from services.tasks import api, consumers, overdue
from services.tasks.reports import api as reports_api
from shared.process import Service

SERVICE = Service(
    name="tasks",
    description="Who does or reports what, by when: tasks with a lead and cooperating units, and expected reports.",
    routers=(api.router, reports_api.router),
    subscription=consumers.SUBSCRIPTION,
    loops={"overdue": overdue.watch},
)
