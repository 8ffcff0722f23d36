"""The registry over HTTP."""

from services.registry.api.bodies import router as bodies
from services.registry.api.duties import router as duties
from services.registry.api.units import router as units
from services.registry.exchange.api import router as exchange
from services.registry.history.api import router as history
from services.registry.organisation.api import router as organisation
from services.registry.registers.api import router as registers

ROUTERS = (units, bodies, duties, organisation, history, registers, exchange)