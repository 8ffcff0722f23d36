"""Wait for a server that was started: until it answers, or with its last words."""

import asyncio
from collections.abc import Awaitable, Callable

from deploy.local import processes
from deploy.local.errors import StartError
from deploy.local.layout import Layout

READY_SECONDS = 180.0
"""Ends the wait for what hangs: who has ended is noticed at once, and a busy machine may take ten times as long."""
POLL_SECONDS = 0.05


async def wait_ready(layout: Layout, name: str, title: str, answers: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the process of this name answers; `title` is what an operator calls it.

    Raises:
        StartError: it ended, or did not answer in time; says what it printed last.
    """
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not await answers():
                processes.reap()
                if processes.find(layout, name) is None:
                    raise _failure(layout, name, f"{title} ended while it started")
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError as error:
        raise _failure(layout, name, f"{title} did not answer within {READY_SECONDS:.0f} s") from error


def _failure(layout: Layout, name: str, what: str) -> StartError:
    log = processes.log_path(layout, name)
    return StartError(f"{what}; its log {log} ends with:\n{processes.last_lines(layout, name)}")
