"""The registry as its parts: an API; it takes no events from others."""

from services.registry.api import ROUTERS
from shared.consumer import Subscription
from shared.process import Service

SERVICE = Service(
    name="registry",
    description="Who is responsible for what, on any day: units, posts, bodies and their members, sectors, duties.",
    routers=ROUTERS,
    subscription=Subscription(topics=()),
)
