"""Loops that are to run as long as their process."""

import asyncio
from collections.abc import Coroutine


class LoopEndedError(Exception):
    """A loop has ended, and nobody had asked it to."""


async def lasting(name: str, loop: Coroutine[None, None, None]) -> None:
    """Run a loop; however it ends, a task group that runs it ends too.

    A group takes a cancelled task for one that is done, and goes on without it. A library that lets the cancellation
    of one of its own tasks through would end a loop so, and the process would look alive.

    Raises:
        LoopEndedError: it has returned, or a cancellation came out of it that nobody had asked for.
    """
    try:
        await loop
    except asyncio.CancelledError as error:
        if was_cancelled():
            raise
        raise LoopEndedError(f"{name} was cancelled from within") from error
    raise LoopEndedError(f"{name} has returned")


def was_cancelled() -> bool:
    """Say whether somebody has asked the current task to end; if not, a cancellation comes from a task within it."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
