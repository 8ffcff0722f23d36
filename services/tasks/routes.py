"""The routes of the core: tasks, what is asked of the office, the files of tasks."""

from services.tasks import api
from services.tasks.attachments import api as attachments_api
from services.tasks.extensions import api as extensions_api
from services.tasks.milestones import api as milestones_api
from services.tasks.plans import api as plans_api
from services.tasks.plans import exports_api as plan_exports_api
from services.tasks.requests import api as requests_api
from services.tasks.search import api as search_api

ROUTERS = (
    api.router,
    attachments_api.router,
    extensions_api.router,
    requests_api.router,
    plans_api.router,
    plan_exports_api.router,
    search_api.router,
    milestones_api.router,
)
