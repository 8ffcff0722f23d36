"""Which method's fold a read is about: the one that is named, else the group's in force on the day asked for."""

from datetime import date
from typing import Annotated

from fastapi import Depends, Query, Request

from services.scoring import operations
from services.scoring.domain import Generation
from services.scoring.errors import SimulationNotFoundError
from services.scoring.explain.moments import AtMoment
from services.scoring.method import Group
from services.scoring.simulations.store import simulated_generation
from shared.clock import county_date
from shared.errors import invalid
from shared.postgres import Connection
from shared.runtime import ReadConnection, runtime_of

MethodCode = Annotated[str | None, Query(description="Code of a method; else the group's method in force.")]
Grouped = Annotated[Group, Query(description="Whose method, where none is named.")]
SimulationId = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="A simulated draft instead.")]


async def _chosen(
    request: Request,
    conn: ReadConnection,
    method: MethodCode = None,
    group: Grouped = "departments",
    simulation: SimulationId = None,
) -> Generation:
    today = county_date(runtime_of(request).clock())
    return await _found(conn, today, method, group, simulation)


async def _chosen_then(
    request: Request,
    conn: ReadConnection,
    moment: AtMoment,
    method: MethodCode = None,
    group: Grouped = "departments",
    simulation: SimulationId = None,
) -> Generation:
    now = runtime_of(request).clock()
    return await _found(conn, county_date(min(now, moment.as_of)), method, group, simulation)


async def _found(conn: Connection, day: date, method: str | None, group: str, simulation: int | None) -> Generation:
    if simulation is None:
        return await operations.choose_generation(conn, day, method, group)
    found = await simulated_generation(conn, simulation)
    if found is None:
        raise SimulationNotFoundError(f"there is no simulation {simulation} that has caught up")
    if method not in {None, found.method}:
        raise invalid("method", f"simulation {simulation} is of {found.method}", "that method, or no method")
    return found


Chosen = Annotated[Generation, Depends(_chosen)]
"""By today, where no method is named."""
ChosenThen = Annotated[Generation, Depends(_chosen_then)]
"""By the day of `as_of`, where no method is named."""
