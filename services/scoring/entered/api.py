"""Routes of entered scores and adjustments (port 8104)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response

from services.scoring.entered import operations, store
from services.scoring.entered.domain import AdjustmentState
from services.scoring.entered.schemas import (
    AdjustmentView,
    Decide,
    DecideWithReason,
    EnterScores,
    ProposeAdjustment,
    ScoreView,
    SheetView,
)
from services.scoring.errors import AdjustmentNotFoundError, ScoreNotFoundError
from shared.auth import Role
from shared.commands import CommandEdge, OfficeEdge, edge_for
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["entered"])

LeadingEdge = Annotated[CommandEdge, Depends(edge_for(Role.OFFICE, Role.LEADER))]
MethodFilter = Annotated[str | None, Query(max_length=64, description="Code of a method.")]
UnitFilter = Annotated[str | None, Query(max_length=64, description="Code of a unit.")]


@router.post("/v1/score-sheets", response_model=SheetView, responses=refusals(403, 404, 409))
async def enter_scores(body: EnterScores, edge: LeadingEdge) -> Response:
    """Enter a rater group's scores: all lines or none; a line that is there is corrected. Roles: office, leader."""
    return await edge.run(
        "enter-scores",
        f"methods/{body.method}/scores",
        lambda conn, act: operations.enter_scores(conn, act, body),
        view=lambda sheet: sheet,
        body=body,
    )


@router.get("/v1/scores", responses=refusals())
async def list_scores(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    method: MethodFilter = None,
    unit: UnitFilter = None,
    criterion: Annotated[str | None, Query(max_length=64, description="Code of a criterion.")] = None,
) -> Page[ScoreView]:
    """List entered scores, oldest first, those taken back too."""
    rows = await store.page_of_scores(conn, id_bound(page), method, criterion, unit, page.fetch)
    return page.cut(rows, ScoreView.of, lambda score: [str(score.id)])


@router.get("/v1/scores/{score}", responses=refusals(404))
async def read_score(score: UUID, conn: ReadConnection, _caller: Caller) -> ScoreView:
    """Show an entered score."""
    found = await store.find_score(conn, score)
    if found is None:
        raise ScoreNotFoundError(f"there is no score {score}")
    return ScoreView.of(found)


@router.post("/v1/scores/{score}/withdraw", response_model=ScoreView, responses=refusals(403, 404, 409, 412))
async def withdraw_score(score: UUID, edge: LeadingEdge) -> Response:
    """Take a score back. Roles: office; leader for what the same leader entered."""
    return await edge.run(
        "withdraw-score",
        f"scores/{score}",
        lambda conn, act: operations.withdraw_score(conn, act, score),
        view=ScoreView.of,
    )


@router.post("/v1/adjustments", status_code=201, response_model=AdjustmentView, responses=refusals(403, 404, 409))
async def propose_adjustment(body: ProposeAdjustment, edge: OfficeEdge) -> Response:
    """Propose points on a document; a second person approves them. Role: office."""
    return await edge.run(
        "propose-adjustment",
        "adjustments",
        lambda conn, act: operations.propose_adjustment(conn, act, body),
        view=AdjustmentView.of,
        body=body,
        status=201,
    )


@router.get("/v1/adjustments", responses=refusals())
async def list_adjustments(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    method: MethodFilter = None,
    unit: UnitFilter = None,
    state: Annotated[AdjustmentState | None, Query(description="The adjustment's state.")] = None,
) -> Page[AdjustmentView]:
    """List adjustments, oldest first."""
    rows = await store.page_of_adjustments(conn, id_bound(page), method, unit, state, page.fetch)
    return page.cut(rows, AdjustmentView.of, lambda adjustment: [str(adjustment.id)])


@router.get("/v1/adjustments/{adjustment}", responses=refusals(404))
async def read_adjustment(adjustment: UUID, conn: ReadConnection, _caller: Caller) -> AdjustmentView:
    """Show an adjustment."""
    found = await store.find_adjustment(conn, adjustment)
    if found is None:
        raise AdjustmentNotFoundError(f"there is no adjustment {adjustment}")
    return AdjustmentView.of(found)


_DECISIONS = refusals(403, 404, 409, 412)
_NO_REASON = Decide()


@router.post("/v1/adjustments/{adjustment}/approve", response_model=AdjustmentView, responses=_DECISIONS)
async def approve_adjustment(
    adjustment: UUID, edge: LeadingEdge, body: Annotated[Decide, Body()] = _NO_REASON
) -> Response:
    """Approve what another person proposed. Roles: office, leader."""
    return await edge.run(
        "approve-adjustment",
        f"adjustments/{adjustment}",
        lambda conn, act: operations.approve_adjustment(conn, act, adjustment, body.reason),
        view=AdjustmentView.of,
        body=body,
    )


@router.post("/v1/adjustments/{adjustment}/refuse", response_model=AdjustmentView, responses=_DECISIONS)
async def refuse_adjustment(adjustment: UUID, body: DecideWithReason, edge: LeadingEdge) -> Response:
    """Refuse a proposed adjustment. Roles: office, leader."""
    return await edge.run(
        "refuse-adjustment",
        f"adjustments/{adjustment}",
        lambda conn, act: operations.refuse_adjustment(conn, act, adjustment, body.reason),
        view=AdjustmentView.of,
        body=body,
    )


@router.post("/v1/adjustments/{adjustment}/withdraw", response_model=AdjustmentView, responses=_DECISIONS)
async def withdraw_adjustment(adjustment: UUID, body: DecideWithReason, edge: OfficeEdge) -> Response:
    """Withdraw an adjustment; approved points are taken back. Role: office."""
    return await edge.run(
        "withdraw-adjustment",
        f"adjustments/{adjustment}",
        lambda conn, act: operations.withdraw_adjustment(conn, act, adjustment, body.reason),
        view=AdjustmentView.of,
        body=body,
    )
