"""Routes of simulations (port 8104)."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.scoring.method import read_method
from services.scoring.simulations import operations, store
from services.scoring.simulations.schemas import SimulationView
from services.scoring.yaml_body import YAML_BODY, text_body
from shared.commands import OfficeEdge
from shared.pages import Page, PageQuery, bad_cursor
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["simulations"])

_MOST = 2**31 - 1
SimulationId = Annotated[int, Path(ge=1, le=_MOST)]


@router.post(
    "/v1/simulations",
    status_code=202,
    response_model=SimulationView,
    responses=refusals(403),
    openapi_extra=YAML_BODY,
)
async def start_simulation(request: Request, edge: OfficeEdge) -> Response:
    """Fold the real log by a draft method, as YAML in the body, beside the one in force. Role: office."""
    text = await text_body(request)
    return await edge.run(
        "start-simulation",
        "simulations",
        lambda conn, act: operations.start(conn, act, read_method(text)),
        view=SimulationView.of,
        status=202,
    )


@router.get("/v1/simulations", responses=refusals())
async def list_simulations(page: PageQuery, conn: ReadConnection, _caller: Caller) -> Page[SimulationView]:
    """List simulations in use, newest first."""
    (before,) = page.after_or(None)
    if before is not None and not (isinstance(before, int) and 0 < before <= _MOST):
        raise bad_cursor()
    rows = await store.page_of_simulations(conn, before, page.fetch)
    return page.cut(rows, SimulationView.of, lambda row: [row.id])


@router.get("/v1/simulations/{simulation}", responses=refusals(404))
async def read_simulation(simulation: SimulationId, conn: ReadConnection, _caller: Caller) -> SimulationView:
    """Show how far a simulation is, and each unit's place by the draft and by the method in force."""
    return SimulationView.of(await operations.found(conn, simulation))


@router.delete("/v1/simulations/{simulation}", response_model=SimulationView, responses=refusals(403, 404))
async def give_up_simulation(simulation: SimulationId, edge: OfficeEdge) -> Response:
    """Put a simulation out of use; its rows are cleared away. Role: office."""
    return await edge.run(
        "give-up-simulation",
        f"simulations/{simulation}",
        lambda conn, act: operations.give_up(conn, act, simulation),
        view=SimulationView.of,
    )
