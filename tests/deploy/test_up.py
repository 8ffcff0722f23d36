"""The whole stack as an operator runs it: up, used, hurt, stopped, up again."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from deploy.local import processes
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import is_free
from deploy.local.stack import COMPONENTS, SUPERVISOR
from tests.support.eventually import PATIENCE_SECONDS
from tests.support.ports import all_free, free_base

pytestmark = pytest.mark.servers


@pytest.fixture
def port_base() -> int:
    """Find a base around which nobody listens: other stacks and containers may run on this machine."""
    return free_base()


def xietiao(layout: Layout, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "deploy.local", *arguments, "--data", str(layout.root)),
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def status(layout: Layout) -> dict[str, dict[str, Any]]:
    components = json.loads(xietiao(layout, "status", "--json").stdout)["components"]
    return {each["name"]: each for each in components}


def recovered_since(layout: Layout, first: dict[str, dict[str, Any]], killed: Sequence[str]) -> bool:
    """Say whether everything is up, and what was killed is another process than at first."""
    now = status(layout)
    return all(each["state"] == "up" for each in now.values()) and all(
        now[name]["pid"] != first[name]["pid"] for name in killed
    )


def eventually(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.5)


def test_up_serves_recovers_what_is_killed_and_goes_down_without_a_trace(layout: Layout, port_base: int) -> None:
    up = xietiao(layout, "up", "--detach", "--port-base", str(port_base))
    assert up.returncode == 0, up.stdout + up.stderr
    assert f"http://127.0.0.1:{port_base + 1}/docs" in up.stdout

    first = status(layout)
    assert {name: each["state"] for name, each in first.items()} == dict.fromkeys(COMPONENTS, "up")

    token = xietiao(layout, "token", "--role", "office").stdout.strip()
    answer = httpx.get(
        f"http://127.0.0.1:{port_base + 1}/v1/coverage",
        params={"as_of": "2009-07-06"},
        headers={"authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.status_code == httpx.codes.OK, answer.text

    again = xietiao(layout, "up", "--detach")
    assert (again.returncode, "runs already" in again.stdout) == (0, True)

    killed = ("tasks", "kafka", "postgres")
    for name in killed:
        os.kill(first[name]["pid"], signal.SIGKILL)
    eventually(lambda: recovered_since(layout, first, killed))

    supervisor = processes.find(layout, SUPERVISOR)
    assert supervisor is not None
    os.kill(supervisor.pid, signal.SIGKILL)
    recovered = xietiao(layout, "up", "--detach")
    assert recovered.returncode == 0, recovered.stdout + recovered.stderr
    assert all(each["state"] == "up" for each in status(layout).values())

    down = xietiao(layout, "down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert all(f"{name}" in down.stdout for name in COMPONENTS)
    assert {each["state"] for each in status(layout).values()} == {"down"}
    assert all_free(port_base)
    assert "Nothing runs" in xietiao(layout, "down").stdout


def test_in_the_foreground_an_interrupt_stops_everything(layout: Layout, port_base: int) -> None:
    command = (sys.executable, "-m", "deploy.local", "up", "--servers-only", "--port-base", str(port_base))
    with subprocess.Popen(
        (*command, "--data", str(layout.root)), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as foreground:
        assert foreground.stdout is not None
        seen = ""
        while "Ctrl-C" not in seen:
            line = foreground.stdout.readline()
            assert line, seen
            seen += line
        foreground.send_signal(signal.SIGINT)
        rest, _ = foreground.communicate(timeout=PATIENCE_SECONDS)

    assert foreground.returncode == 0
    assert "kafka           stopped" in rest
    assert all(processes.find(layout, name) is None for name in COMPONENTS)


def test_a_port_in_use_is_refused_before_anything_starts(layout: Layout, port_base: int) -> None:
    with subprocess.Popen(
        (sys.executable, "-m", "http.server", str(port_base + 1), "--bind", "127.0.0.1"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as stranger:
        eventually(lambda: not is_free(port_base + 1))
        refused = xietiao(layout, "up", "--detach", "--port-base", str(port_base))
        stranger.terminate()

    assert refused.returncode == 1
    assert refused.stderr.strip() == (
        f"xietiao: port {port_base + 1} (registry) is in use by another program: "
        "choose another with --registry-port or --port-base"
    )
    assert all(processes.find(layout, name) is None for name in COMPONENTS)
