"""The registry over HTTP."""

from services.registry.api.bodies import router as bodies
from services.registry.api.duties import router as duties
from services.registry.api.units import router as units
from services.registry.history.api import router as history
from services.registry.organisation.api import router as organisation

ROUTERS = (units, bodies, duties, organisation, history)
