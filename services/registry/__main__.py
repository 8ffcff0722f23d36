"""`python -m services.registry`: run the registry (API and relay; it consumes nothing)."""

import sys

from services.registry.app import SERVICE
from services.registry.settings import RegistrySettings
from shared.process import run

if __name__ == "__main__":
    sys.exit(run(SERVICE, RegistrySettings))
