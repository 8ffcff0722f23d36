"""Simulations in the database, 1:1 with `queries.sql`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from services.scoring.domain import Generation
from services.scoring.method import Method
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Simulation:
    """A draft's fold: how far it is, and what it says beside the method in force."""

    id: int
    method: str
    method_version: int
    title: str
    state: str
    folded: int
    to_fold: int
    comparison: list[dict[str, Any]] | None
    failure: str | None
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None


async def open_simulation(conn: Connection, draft: Method, requested_by: str) -> int:
    """Have a draft folded; return the generation's id."""
    return int(
        await conn.fetchval(
            Q["open_simulation"],
            draft.method,
            draft.version,
            draft.group,
            draft.assessed.start,
            draft.assessed.end,
            draft.to_body(),
            requested_by,
        )
    )


async def retire_simulations_beyond(conn: Connection, kept: int) -> None:
    """Put all but the newest finished simulations out of use."""
    await conn.execute(Q["retire_simulations_beyond"], kept)


async def retire_simulation(conn: Connection, simulation: int) -> bool:
    """Put a simulation out of use; False if there is none."""
    return await conn.fetchval(Q["retire_simulation"], simulation) is not None


async def find_simulation(conn: Connection, simulation: int) -> Simulation | None:
    """Return a simulation."""
    row = await conn.fetchrow(Q["find_simulation"], simulation)
    return None if row is None else Simulation(**row)


async def page_of_simulations(conn: Connection, before: int | None, limit: int) -> list[Simulation]:
    """Return simulations in use, newest first, without their comparisons."""
    return [Simulation(**row) for row in await conn.fetch(Q["page_of_simulations"], before, limit)]


async def finish_simulation(conn: Connection, simulation: int, comparison: list[dict[str, Any]]) -> None:
    """Keep what a simulation says."""
    await conn.execute(Q["finish_simulation"], simulation, comparison)


async def fail_simulation(conn: Connection, simulation: int, why: str) -> None:
    """Keep why a simulation came to nothing."""
    await conn.execute(Q["fail_simulation"], simulation, why)


async def simulated_generation(conn: Connection, simulation: int) -> Generation | None:
    """Return the fold of a simulation that has caught up."""
    row = await conn.fetchrow(Q["simulated_generation"], simulation)
    return None if row is None else Generation(**row)
