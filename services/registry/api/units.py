"""Units, posts and documents."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.registry import operations, store, views
from services.registry.api.asking import AsOf, position_after
from services.registry.domain import DutyFilter, Post, UnitKind, Viewpoint
from services.registry.errors import UnitNotFoundError
from services.registry.posts import store as kept
from services.registry.schemas import RegisterUnit
from services.registry.views import DocumentView, PostView, UnitCard, UnitRegisteredView, UnitView
from shared.commands import OfficeEdge, answer
from shared.pages import Page, PageQuery
from shared.postgres import Connection
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["units"])

UnitFilter = Annotated[str | None, Query(description="Code of a unit.", max_length=64)]


@router.get("/units", responses=refusals())
async def list_units(
    page: PageQuery,
    at: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    kind: UnitKind | None = None,
    q: Annotated[
        str | None, Query(description="Part of a name, alias or code, e.g. 地税局.", min_length=1, max_length=100)
    ] = None,
) -> Page[UnitView]:
    """List the units of a day; `q` finds aliases too."""
    units = await store.list_units(conn, at, kind=kind, called=q, after=position_after(page), limit=page.fetch)
    return page.cut(units, UnitView.model_validate, lambda unit: [unit.position])


@router.post("/units", status_code=201, response_model=UnitRegisteredView, responses=refusals(403, 409))
async def register_unit(body: RegisterUnit, edge: OfficeEdge) -> Response:
    """Register a unit (office); 409 if its code or a name is taken on some of the same days."""
    return await edge.run(
        "register-unit",
        body.code,
        lambda conn, act: operations.register_unit(conn, act, body),
        view=UnitRegisteredView.model_validate,
        body=body,
        status=201,
    )


@router.get("/units/{code}", response_model=UnitCard, responses=refusals(404))
async def show_unit(
    code: Annotated[str, Path(max_length=64)], at: AsOf, conn: ReadConnection, _caller: Caller
) -> Response:
    """Show a unit's card: names, duties, memberships and posts on a day."""
    units = await store.list_units(conn, at, code=code)
    if not units:
        raise await _unit_missing(conn, code, at.day)
    card = views.unit_card(
        units[0],
        at.day,
        await store.list_duties(conn, at, DutyFilter(unit=code)),
        await store.list_memberships(conn, at, unit=code),
        await _post_views(conn, at, await store.list_posts(conn, at, unit=code)),
    )
    return answer(card)


@router.get("/posts", responses=refusals())
async def list_posts(
    page: PageQuery, at: AsOf, conn: ReadConnection, _caller: Caller, unit: UnitFilter = None
) -> Page[PostView]:
    """List the posts of a day, with what they are in charge of."""
    posts = await store.list_posts(conn, at, unit=unit, after=position_after(page), limit=page.fetch)
    shown = {view.code: view for view in await _post_views(conn, at, posts)}
    return page.cut(posts, lambda post: shown[post.code], lambda post: [post.position])


@router.get("/documents", responses=refusals())
async def list_documents(page: PageQuery, at: AsOf, conn: ReadConnection, _caller: Caller) -> Page[DocumentView]:
    """List the documents written by a day."""
    documents = await store.list_documents(conn, at, after=position_after(page), limit=page.fetch)
    return page.cut(documents, DocumentView.model_validate, lambda document: [document.position])


async def _post_views(conn: Connection, at: Viewpoint, posts: list[Post]) -> list[PostView]:
    codes = [post.code for post in posts]
    portfolios = await kept.list_portfolios(conn, at, posts=codes)
    incumbents = {each.post: each for each in await kept.list_incumbents(conn, at, posts=codes)}
    return [PostView.of(post, portfolios, incumbents.get(post.code)) for post in posts]


async def _unit_missing(conn: Connection, code: str, as_of: date) -> UnitNotFoundError:
    first = await store.unit_first_day(conn, code)
    if first is None:
        return UnitNotFoundError(f"there is no unit {code}")
    return UnitNotFoundError(f"unit {code} is not in the registry on {as_of}; its first day is {first}")
