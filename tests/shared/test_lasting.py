"""A loop that is to last ends its task group, whichever way it ends."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from shared.lasting import LoopEndedError, lasting


async def _returns() -> None:
    await asyncio.sleep(0)


async def _lets_a_cancellation_through() -> None:
    inner = asyncio.create_task(asyncio.sleep(60))
    inner.cancel()
    await inner


@pytest.mark.parametrize(
    ("loop", "reason"),
    [(_returns, "^relay has returned$"), (_lets_a_cancellation_through, "^relay was cancelled from within$")],
)
async def test_a_loop_that_ends_of_itself_ends_its_group(
    loop: Callable[[], Coroutine[None, None, None]], reason: str
) -> None:
    others = asyncio.Event()
    with pytest.RaisesGroup(pytest.RaisesExc(LoopEndedError, match=reason)):
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            group.create_task(others.wait())
            group.create_task(lasting("relay", loop()))


async def test_a_loop_that_is_asked_to_end_is_only_cancelled() -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(lasting("relay", asyncio.sleep(60)))
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
