"""Scoring as its parts: routes, the registry facts that it copies, and the stream that folds the log."""

from services.scoring import consumers, projector
from services.scoring.api import router
from services.scoring.city.api import router as city_router
from services.scoring.entered.api import router as entered_router
from services.scoring.explain.api import router as explain_router
from services.scoring.publications.api import router as publications_router
from services.scoring.simulations.api import router as simulations_router
from shared.consumer import Subscription
from shared.contracts.registry import MembershipChanged, UnitChanged, UnitRegistered
from shared.process import Service
from shared.runtime import Runtime


async def _stream(runtime: Runtime) -> None:
    """Import faust only in a process that runs the stream: the API's image does not have it."""
    from services.scoring.stream import run_stream  # noqa: PLC0415 - see above

    await run_stream(runtime)


SERVICE = Service(
    name="scoring",
    description="What it all amounts to: evidence, tallies, scores and standings, each explained down to its event.",
    routers=(router, explain_router, entered_router, publications_router, simulations_router, city_router),
    subscription=Subscription(
        topics=("registry",),
        handlers={
            UnitRegistered.event_type: consumers.on_unit_registered,
            UnitChanged.event_type: consumers.on_unit_registered,
            MembershipChanged.event_type: consumers.on_membership_changed,
        },
    ),
    loops={"stream": _stream},
    replays={projector.CONSUMER: projector.replay},
)
