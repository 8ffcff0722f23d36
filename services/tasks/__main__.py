"""Run the tasks service: `python -m services.tasks [--api] [--relay] [--consumer] [--overdue]`."""

import sys

from services.tasks.app import SERVICE
from services.tasks.settings import TasksSettings
from shared.process import run

if __name__ == "__main__":
    sys.exit(run(SERVICE, TasksSettings))
