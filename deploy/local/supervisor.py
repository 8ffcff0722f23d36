"""Keeps the stack running: what died is started again, what hangs is ended first.

It knows components by their record on disk, so it can take over what another process started.
"""

import asyncio
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.local import processes
from deploy.local.errors import StackError
from deploy.local.services import HEALTH_TIMEOUT_SECONDS, NAMES
from deploy.local.stack import Stack

ROUND_SECONDS = 1.0
ASK_SECONDS = 10.0
HANGING_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0
"""After running so long, a component's earlier failures are forgiven."""

Tell = Callable[[str, str], None]
"""Takes a component and what happened to it."""


@dataclass
class Watched:
    """What the supervisor remembers of one component; times are monotonic seconds."""

    failures: int = 0
    started_at: float = 0.0
    not_before: float = 0.0
    well_at: float = field(default_factory=time.monotonic)


class Supervisor:
    """Watches some components of a stack."""

    def __init__(self, stack: Stack, names: tuple[str, ...], tell: Tell) -> None:
        self._stack = stack
        self._tell = tell
        self._watched = {name: Watched() for name in names}
        self._asked_at = time.monotonic()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            await asyncio.sleep(ROUND_SECONDS)
            processes.reap()
            for name, watched in self._watched.items():
                await asyncio.to_thread(self._restart_if_dead, name, watched)
            if time.monotonic() - self._asked_at > ASK_SECONDS:
                await self._ask_all()

    def _restart_if_dead(self, name: str, watched: Watched) -> None:
        now = time.monotonic()
        if processes.find(self._stack.layout, name) is not None:
            if watched.failures and now - watched.started_at > HEALTHY_SECONDS:
                watched.failures = 0
            return
        if now < watched.not_before:
            return
        watched.failures += 1
        self._tell(name, f"ended; starting it again (its log: {processes.log_path(self._stack.layout, name)})")
        self._start(name)
        watched.started_at = watched.well_at = time.monotonic()
        watched.not_before = watched.started_at + min(LONGEST_PAUSE_SECONDS, 2.0**watched.failures)

    def _start(self, name: str) -> None:
        try:
            self._stack.start(name)
        except (StackError, OSError) as error:  # tried again after the pause
            self._tell(name, f"cannot be started: {error}")

    async def _ask_all(self) -> None:
        self._asked_at = time.monotonic()
        names = [name for name in self._watched if name in NAMES]
        answers = await asyncio.gather(*(asyncio.to_thread(self._makes_progress, name) for name in names))
        for name, well in zip(names, answers, strict=True):
            await asyncio.to_thread(self._end_if_hanging, name, self._watched[name], well=well)

    def _makes_progress(self, name: str) -> bool:
        try:
            with urllib.request.urlopen(f"{self._stack.services.url(name)}/healthz", timeout=HEALTH_TIMEOUT_SECONDS):  # noqa: S310 - our own address
                return True
        except (OSError, http.client.HTTPException):  # no answer or half of one, or 503: a loop stands still
            return False

    def _end_if_hanging(self, name: str, watched: Watched, *, well: bool) -> None:
        if well:
            watched.well_at = time.monotonic()
        elif time.monotonic() - watched.well_at > HANGING_SECONDS:
            self._tell(name, f"has made no progress for {HANGING_SECONDS:.0f} s; ending it")
            processes.kill(self._stack.layout, name)
            watched.well_at = time.monotonic()
