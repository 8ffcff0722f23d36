"""Which method's fold a read is about: the one that is named, else the group's in force."""

from typing import Annotated

from fastapi import Depends, Query, Request

from services.scoring import operations
from services.scoring.domain import Generation
from services.scoring.errors import SimulationNotFoundError
from services.scoring.method import Group
from services.scoring.simulations.store import simulated_generation
from shared.clock import county_date
from shared.postgres import Connection
from shared.runtime import ReadConnection, runtime_of


async def _chosen(
    request: Request,
    conn: ReadConnection,
    method: Annotated[str | None, Query(description="Code of a method; else the group's method in force.")] = None,
    group: Annotated[Group, Query(description="Whose method, where none is named.")] = "departments",
    simulation: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="A simulated draft instead.")] = None,
) -> Generation:
    if simulation is not None:
        return await _simulated(conn, simulation)
    today = county_date(runtime_of(request).clock())
    return await operations.choose_generation(conn, today, method, group)


async def _simulated(conn: Connection, simulation: int) -> Generation:
    found = await simulated_generation(conn, simulation)
    if found is None:
        raise SimulationNotFoundError(f"there is no simulation {simulation} that has caught up")
    return found


Chosen = Annotated[Generation, Depends(_chosen)]
