"""The routes of scoring."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.scoring import operations, store
from services.scoring.chosen import Chosen, ChosenThen
from services.scoring.errors import MethodNotFoundError
from services.scoring.explain import store as past
from services.scoring.explain.moments import AtMoment
from services.scoring.method import method_schema, read_method
from services.scoring.rules.indicators import PREFIX as INDICATOR
from services.scoring.schemas import (
    AdoptionView,
    LedgerLineView,
    MethodView,
    ObservationView,
    RebuildView,
    StandingsPage,
    StandingView,
    TallyView,
)
from services.scoring.standings import standings
from services.scoring.yaml_body import YAML_BODY, text_body
from shared.commands import OfficeEdge, OperatorEdge
from shared.pages import Page, PageQuery, bad_cursor
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["scoring"])


@router.post(
    "/v1/methods",
    status_code=201,
    response_model=AdoptionView,
    responses=refusals(403, 409),
    openapi_extra=YAML_BODY,
)
async def adopt_method(request: Request, edge: OfficeEdge) -> Response:
    """Adopt a method's next version, as YAML (or JSON) in the body. Role: office."""
    text = await text_body(request)
    return await edge.run(
        "adopt-method",
        "methods",
        lambda conn, act: operations.adopt_method(conn, act, read_method(text)),
        view=AdoptionView.of,
        status=201,
    )


@router.get("/v1/methods", responses=refusals())
async def list_methods(page: PageQuery, conn: ReadConnection, _caller: Caller) -> Page[MethodView]:
    """List adopted methods, each version."""
    code, version = page.after_or("", 0)
    rows = await store.list_methods(conn, (str(code), _whole(version)), page.fetch)
    return page.cut(rows, MethodView.of, lambda row: (row.code, row.version))


@router.get("/v1/method-schema", responses=refusals())
async def read_method_schema(_caller: Caller) -> dict[str, Any]:
    """Show the JSON schema of methods: every key, kind and condition of the language."""
    return method_schema()


@router.get("/v1/methods/{code}/versions/{version}", responses=refusals(404))
async def read_method_version(code: str, version: int, conn: ReadConnection, _caller: Caller) -> MethodView:
    """Show one version of a method."""
    found = await store.find_method(conn, code, version)
    if found is None:
        raise MethodNotFoundError(f"there is no method {code} version {version}")
    return MethodView.of(found)


UnitFilter = Annotated[str | None, Query(description="Code of a unit.")]


@router.get("/v1/tallies", responses=refusals(404))
async def list_tallies(
    page: PageQuery, conn: ReadConnection, generation: Chosen, _caller: Caller, unit: UnitFilter = None
) -> Page[TallyView]:
    """List running totals by unit and criterion."""
    after = [str(part) for part in page.after_or("", "")]
    rows = await store.list_tallies(conn, generation.id, unit, after, page.fetch)
    return page.cut(rows, lambda row: TallyView.of(row, generation), lambda row: (row.unit, row.criterion))


@router.get("/v1/standings", responses=refusals(404))
async def list_standings(
    page: PageQuery, conn: ReadConnection, generation: ChosenThen, moment: AtMoment, _caller: Caller
) -> StandingsPage:
    """List every assessed unit's place, total and scores, best first, each with its formula; now or at a moment."""
    (seen,) = page.after_or(0)
    method = generation.read_method()
    subjects = {subject.code: subject for subject in await store.subjects_of(conn, method)}
    tallies = await past.tallies_now_or_at(conn, generation, moment, whole_years=method.reads_whole_years)
    rows = list(enumerate(standings(method, list(subjects), tallies), start=1))[_whole(seen) :]
    shown = page.cut(
        rows[: page.fetch],
        lambda row: StandingView.of(row[1], subjects[row[1].unit], generation),
        lambda row: (row[0],),
    )
    return StandingsPage(items=shown.items, next=shown.next, also_in_force=list(generation.beside))


@router.get("/v1/observations", responses=refusals(404))
async def list_observations(
    page: PageQuery,
    conn: ReadConnection,
    generation: Chosen,
    _caller: Caller,
    indicator: Annotated[str | None, Query(max_length=64, description="Code of an indicator.")] = None,
    unit: UnitFilter = None,
) -> Page[ObservationView]:
    """List the reported values of the method's indicators that stand, each with its vintage."""
    after = [str(part) for part in page.after_or("", "", "")]
    criterion = None if indicator is None else INDICATOR + indicator
    rows = await store.list_observations(conn, generation.id, criterion, unit, after, page.fetch)
    return page.cut(rows, ObservationView.of, lambda row: (row.criterion, row.unit, row.source_key))


@router.get("/v1/ledger", responses=refusals(404))
async def list_ledger(
    page: PageQuery,
    conn: ReadConnection,
    generation: ChosenThen,
    moment: AtMoment,
    _caller: Caller,
    unit: UnitFilter = None,
    criterion: Annotated[str | None, Query(description="Code of a criterion.")] = None,
) -> Page[LedgerLineView]:
    """List the evidence behind the tallies, oldest first: which event, when, by which rule, and why."""
    units, criteria = (None if chosen is None else [chosen] for chosen in (unit, criterion))
    rows = await past.lines_at(conn, generation.id, moment, units, criteria, past.LineKey.after(page), page.fetch)
    return page.cut(rows, lambda row: LedgerLineView.of(row, generation), past.LineKey.of)


class StartRebuild(BaseModel):
    """Which method's projection to rebuild."""

    method: str


@router.post("/v1/rebuilds", status_code=202, response_model=RebuildView, responses=refusals(403, 404))
async def start_rebuild(body: StartRebuild, edge: OperatorEdge) -> Response:
    """Fold the log anew, compare with the live generation, swap in if equal. Roles: operator, office."""
    return await edge.run(
        "start-rebuild",
        f"methods/{body.method}",
        lambda conn, act: operations.start_rebuild(conn, act, body.method),
        view=RebuildView.of,
        status=202,
    )


@router.get("/v1/rebuilds/{rebuild}", responses=refusals(404))
async def read_rebuild(rebuild: int, conn: ReadConnection, _caller: Caller) -> RebuildView:
    """Show how far a rebuild is and what it found."""
    return RebuildView.of(await operations.find_rebuild(conn, rebuild))


def _whole(part: str | int | None) -> int:
    if not isinstance(part, int) or part < 0:
        raise bad_cursor()
    return part
