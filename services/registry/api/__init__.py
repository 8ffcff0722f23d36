"""The registry over HTTP."""

from services.registry.api.bodies import router as bodies
from services.registry.api.duties import router as duties
from services.registry.api.units import router as units
from services.registry.bodies.api import router as body_commands
from services.registry.calendar.api import router as calendar
from services.registry.copying.api import router as copies
from services.registry.duties.api import router as duty_commands
from services.registry.exchange.api import router as exchange
from services.registry.history.api import router as history
from services.registry.organisation.api import router as organisation
from services.registry.posts.api import router as posts
from services.registry.registers.api import router as registers
from services.registry.search.api import router as search

ROUTERS = (
    units,
    bodies,
    duties,
    organisation,
    history,
    registers,
    exchange,
    body_commands,
    duty_commands,
    posts,
    calendar,
    copies,
    search,
)
