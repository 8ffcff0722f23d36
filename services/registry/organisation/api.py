"""Changes of organisation over HTTP; `dry_run` says what would follow, applying needs its warnings confirmed."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.registry import store, views
from services.registry.api.asking import AsOf
from services.registry.errors import UnitNotFoundError
from services.registry.organisation import correcting, operations
from services.registry.organisation.lineage import lineage, names_around
from services.registry.organisation.schemas import (
    CorrectUnit,
    MergeUnits,
    MoveUnit,
    RenameUnit,
    RetireUnit,
    SplitUnit,
)
from services.registry.organisation.views import LineageEventView, LineageView, OutcomeView
from shared.commands import OfficeEdge
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["organisation"])

Code = Annotated[str, Path(description="Code of a unit.", max_length=64)]
REFUSALS = refusals(403, 404, 409, 412)


def _action(name: str, body: operations.Organising) -> str:
    """Return what the audit log calls it: what is only tried changes nothing."""
    return f"try-to-{name}" if body.dry_run else name


@router.post("/organisation/merges", response_model=OutcomeView, responses=refusals(403, 409))
async def merge_units(body: MergeUnits, edge: OfficeEdge) -> Response:
    """Merge units (office); duties, memberships, posts and references follow by the rules given."""
    return await edge.run(
        _action("merge-units", body),
        ", ".join(body.units),
        lambda conn, act: operations.merge(conn, act, body),
        view=OutcomeView.model_validate,
        body=body,
    )


@router.post("/units/{code}/split", response_model=OutcomeView, responses=REFUSALS)
async def split_unit(code: Code, body: SplitUnit, edge: OfficeEdge) -> Response:
    """Divide a unit among others (office); it may go on beside them."""
    return await edge.run(
        _action("split-unit", body),
        code,
        lambda conn, act: operations.split(conn, act, code, body),
        view=OutcomeView.model_validate,
        body=body,
    )


@router.post("/units/{code}/retire", response_model=OutcomeView, responses=REFUSALS)
async def retire_unit(code: Code, body: RetireUnit, edge: OfficeEdge) -> Response:
    """Let a unit be no more from a day on (office)."""
    return await edge.run(
        _action("retire-unit", body),
        code,
        lambda conn, act: operations.retire(conn, act, code, body),
        view=OutcomeView.model_validate,
        body=body,
    )


@router.post("/units/{code}/rename", response_model=OutcomeView, responses=REFUSALS)
async def rename_unit(code: Code, body: RenameUnit, edge: OfficeEdge) -> Response:
    """Call a unit otherwise from a day on (office)."""
    return await edge.run(
        _action("rename-unit", body),
        code,
        lambda conn, act: operations.rename(conn, act, code, body),
        view=OutcomeView.model_validate,
        body=body,
    )


@router.post("/units/{code}/move", response_model=OutcomeView, responses=REFUSALS)
async def move_unit(code: Code, body: MoveUnit, edge: OfficeEdge) -> Response:
    """Put a unit under another from a day on (office)."""
    return await edge.run(
        _action("move-unit", body),
        code,
        lambda conn, act: operations.move(conn, act, code, body),
        view=OutcomeView.model_validate,
        body=body,
    )


@router.post("/units/{code}/correct", response_model=views.UnitRegisteredView, responses=REFUSALS)
async def correct_unit(code: Code, body: CorrectUnit, edge: OfficeEdge) -> Response:
    """Say that the registry was wrong about some days, also past ones (office); both times are kept."""
    return await edge.run(
        "correct-unit",
        code,
        lambda conn, act: correcting.correct(conn, act, code, body),
        view=views.UnitRegisteredView.model_validate,
        body=body,
    )


@router.get("/units/{code}/lineage", responses=refusals(404))
async def show_lineage(code: Code, at: AsOf, conn: ReadConnection, _caller: Caller) -> LineageView:
    """Show where a unit comes from and what became of it, up to a day (W3C ORG ChangeEvent)."""
    names = await store.unit_names(conn)
    if code not in names:
        raise UnitNotFoundError(f"there is no unit {code}")
    ways, events = await lineage(conn, at, code)
    shown = [LineageEventView.of(event, *await names_around(conn, at, event)) for event in events]
    return LineageView.of(code, at.day, ways, shown, names)
