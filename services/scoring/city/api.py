"""Routes of city evaluations (port 8104)."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Query, Response, UploadFile
from pydantic import ValidationError

from services.scoring.city import operations, store
from services.scoring.city.reading import read_city_table
from services.scoring.city.schemas import EvaluationView, ImportEvaluation, ImprovementView, OrderImprovement
from services.scoring.errors import EvaluationNotFoundError
from services.scoring.method import validation_faults
from shared.clock import Day
from shared.commands import OfficeEdge
from shared.errors import InvalidError
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection
from shared.text import Title
from shared.web import refusals

router = APIRouter(tags=["city evaluation"])


@router.post("/v1/city-evaluations", status_code=201, response_model=EvaluationView, responses=refusals(403))
async def import_evaluation(body: ImportEvaluation, edge: OfficeEdge) -> Response:
    """Enter the city's published evaluation, or correct it by entering it again. Role: office."""
    return await _import(edge, body)


@router.post("/v1/city-evaluations/file", status_code=201, response_model=EvaluationView, responses=refusals(403))
async def import_evaluation_file(
    edge: OfficeEdge,
    file: Annotated[UploadFile, File(description="The city's table, xlsx or csv.")],
    year: Annotated[int, Form(ge=1949, le=2199)],
    title: Annotated[Title, Form()],
    published_on: Annotated[Day, Form()],
    document: Annotated[Title | None, Form()] = None,
) -> Response:
    """Enter the city's published evaluation from its table, numbers as the sheet shows them. Role: office.

    12.5% is 12.5 where the unit of measure is %; where it is not, the cell is refused.
    """
    indicators = await asyncio.to_thread(read_city_table, await file.read())
    try:
        body = ImportEvaluation(
            year=year, title=title, published_on=published_on, document=document, indicators=indicators
        )
    except ValidationError as error:
        raise InvalidError(*validation_faults(error)) from error
    return await _import(edge, body)


async def _import(edge: OfficeEdge, body: ImportEvaluation) -> Response:
    return await edge.run(
        "import-city-evaluation",
        "city-evaluations",
        lambda conn, act: operations.import_evaluation(conn, act, body),
        view=EvaluationView.of,
        body=body,
        status=201,
    )


@router.get("/v1/city-evaluations", responses=refusals())
async def list_evaluations(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    year: Annotated[int | None, Query(ge=1949, le=2199)] = None,
) -> Page[EvaluationView]:
    """List city evaluations with the gap of each indicator, oldest first."""
    rows = await store.page_of_evaluations(conn, id_bound(page), year, page.fetch)
    return page.cut(rows, EvaluationView.of, lambda row: [str(row.id)])


@router.get("/v1/city-evaluations/{evaluation}", responses=refusals(404))
async def read_evaluation(evaluation: UUID, conn: ReadConnection, _caller: Caller) -> EvaluationView:
    """Show a city evaluation: per indicator the gap to the target, to the city's average and to its best."""
    found = await store.find_evaluation(conn, evaluation)
    if found is None:
        raise EvaluationNotFoundError(f"there is no city evaluation {evaluation}")
    return EvaluationView.of(found)


@router.post(
    "/v1/city-evaluations/{evaluation}/improvements",
    status_code=201,
    response_model=ImprovementView,
    responses=refusals(403, 404, 409),
)
async def order_improvement(evaluation: UUID, body: OrderImprovement, edge: OfficeEdge) -> Response:
    """Order a measure against a gap; it becomes one task, however often it is ordered. Role: office."""
    return await edge.run(
        "order-improvement",
        f"city-evaluations/{evaluation}",
        lambda conn, act: operations.order_improvement(conn, act, evaluation, body),
        view=ImprovementView.of,
        body=body,
        status=201,
    )


@router.get("/v1/city-evaluations/{evaluation}/improvements", responses=refusals(404))
async def list_improvements(evaluation: UUID, conn: ReadConnection, _caller: Caller) -> list[ImprovementView]:
    """List an evaluation's measures, oldest first."""
    if await store.find_evaluation(conn, evaluation) is None:
        raise EvaluationNotFoundError(f"there is no city evaluation {evaluation}")
    return [ImprovementView.of(each) for each in await store.improvements_of(conn, evaluation)]


@router.get("/v1/improvements/{improvement}", responses=refusals(404))
async def read_improvement(improvement: UUID, conn: ReadConnection, _caller: Caller) -> ImprovementView:
    """Show a measure."""
    found = await store.find_improvement(conn, improvement)
    if found is None:
        raise EvaluationNotFoundError(f"there is no improvement measure {improvement}")
    return ImprovementView.of(found)
