"""The registry over HTTP."""

from services.registry.api.bodies import router as bodies
from services.registry.api.duties import router as duties
from services.registry.api.units import router as units

ROUTERS = (units, bodies, duties)
