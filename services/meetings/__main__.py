"""`python -m services.meetings`: API, relay and consumer in one process, or those that flags name."""

import sys

from services.meetings.app import SERVICE
from services.meetings.settings import MeetingsSettings
from shared.process import run

if __name__ == "__main__":
    sys.exit(run(SERVICE, MeetingsSettings))
