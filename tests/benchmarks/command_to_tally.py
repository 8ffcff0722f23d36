"""From the answer to `complete` to the tally that shows it, over HTTP, on a stack of its own.

    .venv/bin/python -m tests.benchmarks.command_to_tally [completions]

Each round makes a task, takes it to its request, completes it and reads the unit's tally until it has moved. A read
takes part of what is measured: the figures are upper bounds.
"""

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from deploy.local.client import Client
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.stack import Stack
from shared.auth import Role
from shared.clock import county_date, system_clock

UNIT = "330324-jmj"
PORT_BASE = "19100"
WARM_UP = 20


def main() -> int:
    """Measure and print."""
    completions = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory(prefix="xietiao-bench-") as folder:
        data = Path(folder) / "stack"
        _xietiao("up", "--detach", "--port-base", PORT_BASE, "--data", str(data))
        try:
            client = Client(Stack.of(Layout.of(data)).services)
            measured = [_one(client) for _ in range(WARM_UP + completions)][WARM_UP:]
        finally:
            _xietiao("down", "--data", str(data))
    _show(measured)
    return 0


def _one(client: Client) -> float:
    before = _points(client)
    due_on = county_date(system_clock()) + timedelta(days=9)
    task = client.post(
        "tasks",
        "/v1/tasks",
        {
            "title": "量测",
            "source_kind": "instruction",
            "source_id": str(uuid4()),
            "lead_unit": UNIT,
            "due_on": due_on.isoformat(),
        },
    )
    part = f"/v1/tasks/{task['id']}/assignments/{UNIT}"
    for step in ("acknowledge", "request-completion"):
        client.post("tasks", f"{part}/{step}", {}, role=Role.UNIT, unit=UNIT)
    client.post("tasks", f"{part}/complete", {})
    answered = time.perf_counter()
    while _points(client) == before:
        pass
    return time.perf_counter() - answered


def _points(client: Client) -> Decimal:
    found = client.get("scoring", "/v1/tallies", unit=UNIT)["items"]
    return next((Decimal(tally["points"]) for tally in found if tally["criterion"] == "key-tasks"), Decimal(0))


def _show(seconds: list[float]) -> None:
    milliseconds = sorted(1000 * each for each in seconds)
    centiles = statistics.quantiles(milliseconds, n=100)
    sys.stdout.write(
        f"{' '.join(sys.orig_argv)}\n{platform.platform()}, Python {platform.python_version()}\n"
        f"{len(milliseconds)} completions: median {statistics.median(milliseconds):.0f} ms, "
        f"99th percentile {centiles[98]:.0f} ms, greatest {milliseconds[-1]:.0f} ms\n"
    )


def _xietiao(*arguments: str) -> None:
    subprocess.run((sys.executable, "-m", "deploy.local", *arguments), cwd=REPOSITORY, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
