"""The tasks service as its parts: routes, what it consumes, and the overdue watch beside them."""

from services.tasks import consumers, routes
from services.tasks.handlers import merged
from services.tasks.problems import api as problems_api
from services.tasks.problems import operations as problems
from services.tasks.projects import api as projects_api
from services.tasks.reports import api as reports_api
from services.tasks.reports import definitions_api, forms_api, papers
from services.tasks.reports.calendar import registry_copies
from services.tasks.reports.files import api as report_files_api
from services.tasks.succession import watch as handover_watch
from services.tasks.supervision import api as supervision_api
from services.tasks.supervision import watch
from services.tasks.supervision.lists import api as lists_api
from shared.consumer import Subscription
from shared.process import Service

_HANDLERS = merged(consumers.SUBSCRIPTION.handlers, registry_copies.HANDLERS, papers.HANDLERS, problems.HANDLERS)

SERVICE = Service(
    name="tasks",
    description="Who does or reports what, by when: tasks with a lead and cooperating units, and expected reports.",
    routers=(
        *routes.ROUTERS,
        definitions_api.router,
        reports_api.router,
        forms_api.router,
        report_files_api.router,
        problems_api.router,
        projects_api.router,
        supervision_api.router,
        lists_api.router,
    ),
    subscription=Subscription(consumers.SUBSCRIPTION.topics, _HANDLERS),
    loops={watch.NAME: watch.watch, handover_watch.NAME: handover_watch.watch},
)
