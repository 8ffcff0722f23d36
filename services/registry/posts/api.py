"""Posts over HTTP: the office's commands, who is in them, and what each is in charge of."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from services.registry import store
from services.registry.api.asking import AsOf, position_after
from services.registry.domain import Post, Viewpoint
from services.registry.errors import PostNotFoundError
from services.registry.posts import operations
from services.registry.posts import store as kept
from services.registry.posts.schemas import (
    Appoint,
    ChangePost,
    CorrectIncumbency,
    CorrectPost,
    EndPost,
    GivePortfolio,
    SetUpPost,
    TakePortfolio,
    Vacate,
)
from services.registry.posts.views import ChargeView, IncumbentView
from services.registry.schemas import PostCode
from shared.commands import CommandBody, OfficeEdge, Operation
from shared.pages import Page, PageQuery
from shared.postgres import Connection
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["posts"])

Code = Annotated[PostCode, Path(description="Code of a post, e.g. 330324-fgj-head.")]
REFUSALS = refusals(403, 404, 409)


class PostDoneView(BaseModel):
    """The post that a command was about; GET it to see what it is now."""

    post: str


@router.get("/posts/{code}", responses=refusals(404))
async def show_post(code: Code, at: AsOf, conn: ReadConnection, _caller: Caller) -> ChargeView:
    """Show a post on a day: who is in it, what it is in charge of, and which duties that means."""
    posts = await store.list_posts(conn, at, code=code)
    if not posts:
        raise PostNotFoundError(f"there is no post {code} on {at.day}")
    return (await _charges(conn, at, posts))[0]


@router.get("/charges", responses=refusals())
async def list_charges(
    page: PageQuery,
    at: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    person: Annotated[str | None, Query(description="Who is in the post.", max_length=200)] = None,
    unit: Annotated[str | None, Query(description="A unit that it is in charge of.", max_length=64)] = None,
    sector: Annotated[str | None, Query(description="A sector that it is in charge of.", max_length=64)] = None,
) -> Page[ChargeView]:
    """List who is in charge of what: by person, by unit or by sector."""
    wanted = await _wanted(conn, at, person, unit, sector)
    after = position_after(page)
    posts = [post for post in await store.list_posts(conn, at, after=after) if (wanted is None or post.code in wanted)][
        : page.fetch
    ]
    shown = {view.post.code: view for view in await _charges(conn, at, posts)}
    return page.cut(posts, lambda post: shown[post.code], lambda post: [post.position])


@router.get("/posts/{code}/incumbents", responses=refusals(404))
async def list_incumbents(
    code: Code, page: PageQuery, at: AsOf, conn: ReadConnection, _caller: Caller
) -> Page[IncumbentView]:
    """Show who is in a post on a day; the history shows all."""
    if code not in await store.post_codes(conn):
        raise PostNotFoundError(f"there is no post {code}")
    found = await kept.list_incumbents(conn, at, posts=[code])
    return page.cut(found, IncumbentView.of, lambda each: [each.position])


async def _wanted(
    conn: Connection, at: Viewpoint, person: str | None, unit: str | None, sector: str | None
) -> set[str] | None:
    """Return the posts that all filters name; None without a filter."""
    found: list[set[str]] = []
    if person is not None:
        found.append({each.post for each in await kept.list_incumbents(conn, at, person=person)})
    if unit is not None or sector is not None:
        portfolios = await kept.list_portfolios(conn, at)
        if unit is not None:
            found.append({each.post for each in portfolios if unit in {one.code for one in each.units}})
        if sector is not None:
            found.append({each.post for each in portfolios if sector in {one.code for one in each.sectors}})
    return set.intersection(*found) if found else None


async def _charges(conn: Connection, at: Viewpoint, posts: list[Post]) -> list[ChargeView]:
    codes = [post.code for post in posts]
    portfolios = await kept.list_portfolios(conn, at, posts=codes)
    incumbents = await kept.list_incumbents(conn, at, posts=codes)
    duties = await store.list_duties(conn, at)
    return [ChargeView.of(post, portfolios, incumbents, duties) for post in posts]


async def _run(edge: OfficeEdge, action: str, body: CommandBody, operation: Operation[str], target: str) -> Response:
    return await edge.run(action, target, operation, view=lambda post: PostDoneView(post=post), body=body)


@router.post("/posts", status_code=201, response_model=PostDoneView, responses=refusals(403, 409))
async def set_up_post(body: SetUpPost, edge: OfficeEdge) -> Response:
    """Set up a post of a unit (office)."""
    return await edge.run(
        "set-up-post",
        body.code,
        lambda conn, act: operations.set_up(conn, act, body),
        view=lambda post: PostDoneView(post=post),
        body=body,
        status=201,
    )


@router.post("/posts/{code}/change", response_model=PostDoneView, responses=REFUSALS)
async def change_post(code: Code, body: ChangePost, edge: OfficeEdge) -> Response:
    """Give a post another title, or to another unit, from a day on (office)."""
    return await _run(edge, "change-post", body, lambda conn, act: operations.change(conn, act, code, body), code)


@router.post("/posts/{code}/correct", response_model=PostDoneView, responses=REFUSALS)
async def correct_post(code: Code, body: CorrectPost, edge: OfficeEdge) -> Response:
    """Say that the registry was wrong about a post on some days (office); both times are kept."""
    return await _run(edge, "correct-post", body, lambda conn, act: operations.correct(conn, act, code, body), code)


@router.post("/posts/{code}/end", response_model=PostDoneView, responses=REFUSALS)
async def end_post(code: Code, body: EndPost, edge: OfficeEdge) -> Response:
    """Let a post be no more from a day on (office); 409 names what it still holds."""
    return await _run(edge, "end-post", body, lambda conn, act: operations.end(conn, act, code, body), code)


@router.post("/posts/{code}/appoint", response_model=PostDoneView, responses=REFUSALS)
async def appoint(code: Code, body: Appoint, edge: OfficeEdge) -> Response:
    """Let a person be in a post from a day on (office); 409 names who is in it."""
    return await _run(edge, "appoint", body, lambda conn, act: operations.appoint(conn, act, code, body), code)


@router.post("/posts/{code}/vacate", response_model=PostDoneView, responses=REFUSALS)
async def vacate(code: Code, body: Vacate, edge: OfficeEdge) -> Response:
    """Let nobody be in a post from a day on (office)."""
    return await _run(edge, "vacate", body, lambda conn, act: operations.vacate(conn, act, code, body), code)


@router.post("/posts/{code}/incumbents/correct", response_model=PostDoneView, responses=REFUSALS)
async def correct_incumbency(code: Code, body: CorrectIncumbency, edge: OfficeEdge) -> Response:
    """Say that the registry was wrong about who was in a post (office); both times are kept."""
    return await _run(
        edge,
        "correct-incumbency",
        body,
        lambda conn, act: operations.correct_incumbency(conn, act, code, body),
        code,
    )


@router.post("/posts/{code}/portfolios", response_model=PostDoneView, responses=REFUSALS)
async def give_portfolio(code: Code, body: GivePortfolio, edge: OfficeEdge) -> Response:
    """Put a post in charge of units and sectors from a day on (office); 409 names what the scope has."""
    return await _run(edge, "give-portfolio", body, lambda conn, act: operations.give(conn, act, code, body), code)


@router.post("/posts/{code}/portfolios/take", response_model=PostDoneView, responses=REFUSALS)
async def take_portfolio(code: Code, body: TakePortfolio, edge: OfficeEdge) -> Response:
    """Let a post be in charge of a scope no more from a day on (office)."""
    return await _run(edge, "take-portfolio", body, lambda conn, act: operations.take(conn, act, code, body), code)
