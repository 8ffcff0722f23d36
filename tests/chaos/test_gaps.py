"""Crashes at every numbered gap between two steps: nothing acknowledged is lost, nothing is counted twice."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.chaos.comparison import compare, compare_effects, quiet
from tests.chaos.conftest import KILLS
from tests.chaos.gaps import GAPS
from tests.chaos.ground import Ground, Part, Stopwatch
from tests.chaos.load import Load
from tests.support.eventually import PATIENCE_SECONDS, eventually

OWNER = {"api": "tasks", "relay": "tasks", "consumer": "tasks", "stream": "scoring"}
ROUNDS = max(1, KILLS // 15)


def plan(part: str, rounds: int) -> list[str]:
    """Return each gap of a part with how often it is passed first."""
    chance = random.Random(part)  # noqa: S311 - a schedule, no secret
    return [f"{gap}={chance.randint(1, 4)}" for _ in range(rounds) for gap in GAPS[part]]


async def crashed(parts: Sequence[Part], gaps: int, seconds: float) -> None:
    """Wait until every gap has ended its process, and the last lives run."""

    async def all_over() -> bool:
        assert all(part.process.returncode is None for part in parts), [part.lines for part in parts]
        return sum(line.startswith("ended") for part in parts for line in part.lines) == gaps

    await eventually(all_over, seconds)


async def run(ground: Ground, planned: dict[str, list[str]], seconds: float, *, off: str = "") -> Load:
    """Run the load while every planned gap is reached, then wait until all is quiet."""
    parts = [await ground.start_crashing(OWNER[part], part, ";".join(planned.get(part, [])), off=off) for part in GAPS]
    load = Load(ground)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run())
        group.create_task(load.resolve())
        await crashed(parts, sum(map(len, planned.values())), seconds)
        load.stopping.set()
    await quiet(ground, load.model)
    for part in parts:
        assert all(line.endswith(" 137") for line in part.lines if line.startswith("ended")), part.lines
    return load


async def test_a_crash_at_any_gap_loses_nothing_and_counts_nothing_twice(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    planned, watch = {part: plan(part, ROUNDS) for part in GAPS}, Stopwatch()
    load = await run(ground, planned, PATIENCE_SECONDS + 15 * ROUNDS)
    await compare(ground, load.model)
    await compare_effects(ground, load.model)
    crashes = sum(map(len, planned.values()))
    with capsys.disabled():
        print(f"\n{crashes} crashes at {crashes // ROUNDS} gaps, {load.model} in {watch.seconds:.0f} s")  # noqa: T201 - a figure


async def test_without_the_inbox_the_same_run_fails(ground: Ground) -> None:
    load = await run(ground, {"consumer": plan("consumer", 1)}, PATIENCE_SECONDS, off="inbox")
    with pytest.raises(AssertionError, match="took effect more than once"):
        await compare_effects(ground, load.model)
