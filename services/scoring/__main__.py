"""`python -m services.scoring`: API, relay, consumer and stream in one process, or those that flags name."""

import sys

from services.scoring.app import SERVICE
from services.scoring.settings import ScoringSettings
from shared.process import run

if __name__ == "__main__":
    sys.exit(run(SERVICE, ScoringSettings))
