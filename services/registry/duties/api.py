"""Documents, sectors and duties over HTTP: the office's commands, and one duty item by its code."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict

from services.registry import store
from services.registry.api.asking import AsOf
from services.registry.domain import DutyFilter, Sector, SectorKind
from services.registry.duties import operations
from services.registry.duties.schemas import (
    AmendDuty,
    AssignDuty,
    CorrectDuty,
    DutyCode,
    EndSector,
    EnterSector,
    RecordDocument,
    RevokeDuty,
    SectorCode,
)
from services.registry.errors import DutyNotFoundError
from services.registry.views import DocumentView, DutyView
from shared.clock import Day
from shared.commands import OfficeEdge
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["duties"])

DutyPath = Annotated[DutyCode, Path(description="Code of a duty item, e.g. 3.19.")]
SectorPath = Annotated[SectorCode, Path(description="Code of a sector or theme.")]


class SectorEnteredView(BaseModel):
    """A sector or theme as a command left it."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    kind: SectorKind
    within: str | None
    valid_from: Day
    valid_to: Day | None


@router.post("/documents", status_code=201, response_model=DocumentView, responses=refusals(403, 409))
async def record_document(body: RecordDocument, edge: OfficeEdge) -> Response:
    """Record an official document (office)."""
    return await edge.run(
        "record-document",
        body.number,
        lambda conn, act: operations.record_document(conn, act, body),
        view=DocumentView.model_validate,
        body=body,
        status=201,
    )


@router.put("/sectors/{code}", response_model=SectorEnteredView, responses=refusals(403, 409))
async def enter_sector(code: SectorPath, body: EnterSector, edge: OfficeEdge) -> Response:
    """Enter a sector or theme, or say what it is from a day on (office)."""
    return await edge.run(
        "enter-sector",
        code,
        lambda conn, act: operations.enter_sector(conn, act, code, body),
        view=_sector,
        body=body,
    )


@router.post("/sectors/{code}/end", response_model=SectorEnteredView, responses=refusals(403, 404, 409))
async def end_sector(code: SectorPath, body: EndSector, edge: OfficeEdge) -> Response:
    """Let a sector or theme be no more from a day on (office); 409 names what still refers to it."""
    return await edge.run(
        "end-sector",
        code,
        lambda conn, act: operations.end_sector(conn, act, code, body),
        view=_sector,
        body=body,
    )


def _sector(sector: Sector) -> SectorEnteredView:
    return SectorEnteredView.model_validate(sector)


@router.get("/duties/{code}", responses=refusals(404))
async def show_duty(code: DutyPath, at: AsOf, conn: ReadConnection, _caller: Caller) -> DutyView:
    """Show one duty item, word for word, as it stands on a day."""
    found = await store.list_duties(conn, at, DutyFilter(code=code))
    if not found:
        raise DutyNotFoundError(f"there is no duty {code} on {at.day}")
    return DutyView.of(found[0])


@router.post("/duties", status_code=201, response_model=DutyView, responses=refusals(403, 409))
async def assign_duty(body: AssignDuty, edge: OfficeEdge) -> Response:
    """Let a duty item rest with a unit or post (office); 409 names with whom it rests already."""
    return await edge.run(
        "assign-duty",
        body.code,
        lambda conn, act: operations.assign(conn, act, body),
        view=DutyView.of,
        body=body,
        status=201,
    )


@router.post("/duties/{code}/amend", response_model=DutyView, responses=refusals(403, 404, 409))
async def amend_duty(code: DutyPath, body: AmendDuty, edge: OfficeEdge) -> Response:
    """Let a duty item read otherwise, or rest with another holder, from a day on (office)."""
    return await edge.run(
        "amend-duty",
        code,
        lambda conn, act: operations.amend(conn, act, code, body),
        view=DutyView.of,
        body=body,
    )


@router.post("/duties/{code}/revoke", response_model=DutyView, responses=refusals(403, 404, 409))
async def revoke_duty(code: DutyPath, body: RevokeDuty, edge: OfficeEdge) -> Response:
    """Let a duty item rest with nobody from a day on (office)."""
    return await edge.run(
        "revoke-duty",
        code,
        lambda conn, act: operations.revoke(conn, act, code, body),
        view=DutyView.of,
        body=body,
    )


@router.post("/duties/{code}/correct", response_model=DutyView, responses=refusals(403, 404, 409))
async def correct_duty(code: DutyPath, body: CorrectDuty, edge: OfficeEdge) -> Response:
    """Say that the registry was wrong about a duty item on some days (office); both times are kept."""
    return await edge.run(
        "correct-duty",
        code,
        lambda conn, act: operations.correct(conn, act, code, body),
        view=DutyView.of,
        body=body,
    )
