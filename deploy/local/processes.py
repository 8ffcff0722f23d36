"""Starting, finding again, and ending the stack's processes.

A process is known by a file that names its process id and command line. So whoever comes later, another command or
a new supervisor after the old one was killed, finds what runs, and never mistakes a stranger who got the same
process id for it.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import psutil

from deploy.local.layout import Layout

POLL_SECONDS = 0.05
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Command:
    """How a process is started."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    working_folder: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    keep_open: tuple[int, ...] = ()

    def full_environment(self) -> dict[str, str]:
        """Return our environment with this process's settings in place of any for something else."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("XIETIAO_")}
        return {**inherited, **self.environment}


@dataclass(frozen=True)
class Running:
    """A process that was found alive."""

    pid: int
    since: datetime


def log_path(layout: Layout, name: str) -> Path:
    """Return where a process's output goes."""
    return layout.logs / f"{name}.log"


def find(layout: Layout, name: str) -> Running | None:
    """Return the process of this name if it is alive."""
    try:
        record = _read_record(layout, name)
        process = psutil.Process(record["pid"])
        argv = process.cmdline()  # empty while a process ends: it is still there
        if process.status() == psutil.STATUS_ZOMBIE or (argv and argv != record["argv"]):
            return None
    except (FileNotFoundError, ValueError, KeyError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return Running(record["pid"], datetime.fromisoformat(record["since"]))


def start(layout: Layout, command: Command) -> Running:
    """Start a process in a session of its own, its output in its log; it outlives whoever started it."""
    with log_path(layout, command.name).open("ab") as log:
        process = subprocess.Popen(
            list(command.argv),
            cwd=command.working_folder,
            env=command.full_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=command.keep_open,
            **identity(command.user),
        )
    running = Running(process.pid, datetime.now(UTC))
    _remember(layout, command, running)
    _children[process.pid] = process
    return running


def register_self(layout: Layout, name: str) -> None:
    """Make the present process findable under a name."""
    me = psutil.Process()
    _remember(layout, Command(name, me.cmdline()), Running(me.pid, datetime.now(UTC)))


def forget_self(layout: Layout, name: str) -> None:
    """Undo `register_self`, unless another process has taken the name over since."""
    running = find(layout, name)
    if running is not None and running.pid == os.getpid():
        _record_path(layout, name).unlink()


def stop(layout: Layout, names: Iterable[str]) -> list[str]:
    """End processes and wait until they are gone; return the names of those that were running.

    All are asked at once; who is still there after `STOP_SECONDS` is ended without asking.
    """
    running = [name for name in names if ask_to_stop(layout, name)]
    deadline = time.monotonic() + STOP_SECONDS
    for name in running:
        if not gone_within(layout, name, deadline - time.monotonic()):
            kill(layout, name)
    return running


def ask_to_stop(layout: Layout, name: str) -> bool:
    """Ask a process to end, in the way it was started with; False if it does not run."""
    running = find(layout, name)
    if running is None:
        return False
    _signal(running.pid, signal.Signals(_read_record(layout, name)["stop_signal"]))
    return True


def kill(layout: Layout, name: str) -> None:
    """End a process without asking."""
    running = find(layout, name)
    if running is not None:
        _signal(running.pid, signal.SIGKILL)
        child = _children.pop(running.pid, None)
        if child is not None:
            child.wait(STOP_SECONDS)
        gone_within(layout, name, STOP_SECONDS)


def gone_within(layout: Layout, name: str, seconds: float) -> bool:
    """Wait for a process to be gone; False if it is still there after so many seconds."""
    deadline = time.monotonic() + seconds
    while find(layout, name) is not None:
        if time.monotonic() > deadline:
            return False
        reap()
        time.sleep(POLL_SECONDS)
    reap()
    return True


def reap() -> None:
    """Collect the exit of children that ended, so that they do not linger as zombies."""
    for pid, process in list(_children.items()):
        if process.poll() is not None:
            del _children[pid]


def last_lines(layout: Layout, name: str, count: int = 5) -> str:
    """Return the end of a process's log, for an error message; the steps of a Java stack trace say nothing there."""
    try:
        lines = log_path(layout, name).read_text(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    telling = [line for line in lines if not line.startswith("\tat ")]
    return "\n".join(f"    {line}" for line in telling[-count:])


_children: dict[int, subprocess.Popen[bytes]] = {}
"""Processes started by this very process; only their parent can collect their exit."""


def _record_path(layout: Layout, name: str) -> Path:
    return layout.run / f"{name}.json"


def _read_record(layout: Layout, name: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(_record_path(layout, name).read_text())
    return record


def _remember(layout: Layout, command: Command, running: Running) -> None:
    record = {
        "pid": running.pid,
        "argv": list(command.argv),
        "since": running.since.isoformat(),
        "stop_signal": int(command.stop_signal),
    }
    draft = layout.run / f".{command.name}.{os.getpid()}"
    draft.write_text(json.dumps(record))
    draft.replace(_record_path(layout, command.name))


class Identity(TypedDict, total=False):
    """Whom a process runs as."""

    user: str
    group: str
    extra_groups: list[str]


def identity(user: str | None) -> Identity:
    """Return the arguments of `subprocess` that make a process another user's; none for our own."""
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
