"""The meetings service as its parts: routes, what it consumes, and the watch over obligations beside them."""

from services.meetings import api, consumers
from services.meetings.convening import api as convening
from services.meetings.followup import api as followup
from services.meetings.minutes import api as minutes
from services.meetings.obligations import api as obligations
from services.meetings.obligations import watch
from services.meetings.papers import api as papers
from services.meetings.proceedings import api as proceedings
from shared.process import Service

SERVICE = Service(
    name="meetings",
    description="What must be decided and when, what was decided, who does it by when, and whether it is done.",
    routers=(
        obligations.router,
        convening.router,
        proceedings.router,
        minutes.router,
        papers.router,
        followup.router,
        api.router,
    ),
    subscription=consumers.SUBSCRIPTION,
    loops={watch.NAME: watch.watch},
)
