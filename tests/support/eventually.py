"""Wait for what happens in its own time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE_SECONDS = 120.0
"""Ends a test that hangs, and says nothing of how fast anything must be: on a busy machine a process that is ready in
three seconds takes twenty and more."""


async def eventually(look: Callable[[], Awaitable[Found]], seconds: float = PATIENCE_SECONDS) -> Found:
    """Return what `look` finds as soon as it is true; fail when it stays false for so long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not (found := await look()):
        assert loop.time() < deadline, f"after {seconds} s still {found!r}"
        await asyncio.sleep(0.02)
    return found
