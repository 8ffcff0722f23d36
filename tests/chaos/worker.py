"""One part of a real service that ends itself at each of some gaps, one life after another, and then runs on.

`python -m tests.chaos.worker SERVICE PART`; `CHAOS_GAPS` holds `gap=passes` joined by `;`. Each life is a fork
of this process, which has only imported the code: starting one costs no start of Python. Each end is told by one line
on standard output. `CHAOS_OFF` names a guard that is switched off: `inbox`, `position`, `version`. `CHAOS_LOSE` lets
the stream lose the records at some offsets, `first-last`, as a consumer does whose commit ran ahead.
"""

import os
import signal
import sys

from services.meetings.app import SERVICE as MEETINGS
from services.meetings.settings import MeetingsSettings
from services.scoring.app import SERVICE as SCORING
from services.scoring.settings import ScoringSettings
from services.tasks.app import SERVICE as TASKS
from services.tasks.settings import TasksSettings
from shared.process import Service, run
from shared.settings import ServiceSettings
from tests.chaos import gaps
from tests.chaos.ground import COUNTED

SERVICES: dict[str, tuple[Service, type[ServiceSettings]]] = {
    "meetings": (MEETINGS, MeetingsSettings),
    "tasks": (TASKS, TasksSettings),
    "scoring": (SCORING, ScoringSettings),
}


def live(service: Service, settings: type[ServiceSettings], armed: str | None) -> None:
    """Be the service, until the gap; never returns."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if off := os.environ.get("CHAOS_OFF"):
        gaps.SWITCH_OFF[off]()
    if lost := os.environ.get("CHAOS_LOSE"):
        gaps.lose_records(*map(int, lost.split("-")))
    if service.name in COUNTED:
        service = gaps.counting_effects(service)
    if armed is not None:
        gap, passes = armed.split("=")
        service = gaps.arm(service, gap, int(passes))
    os._exit(run(service, settings))


def main(name: str, part: str) -> int:
    """Live once per gap, then once more without any."""
    service, settings = SERVICES[name]
    sys.argv = [sys.argv[0], f"--{part}"]
    planned = [gap for gap in os.environ["CHAOS_GAPS"].split(";") if gap]
    for armed in [*planned, None]:
        sys.stdout.write(f"alive {armed}\n")
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            live(service, settings, armed)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        sys.stdout.write(f"ended {armed} {code}\n")
        sys.stdout.flush()
        if code != gaps.KILLED:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
