"""Bodies and their members."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.registry import operations, store, views
from services.registry.api.asking import AsOf, position_after
from services.registry.domain import Role
from services.registry.errors import BodyNotFoundError
from services.registry.schemas import AddMember
from services.registry.views import BodyCard, BodyView, MemberAddedView, MembershipView
from shared.commands import OfficeEdge, answer
from shared.pages import Page, PageQuery
from shared.postgres import Connection
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1/bodies", tags=["bodies"])

BodyCode = Annotated[str, Path(description="Code of a body, e.g. coordination-meeting.", max_length=64)]


@router.get("", responses=refusals())
async def list_bodies(page: PageQuery, at: AsOf, conn: ReadConnection, _caller: Caller) -> Page[BodyView]:
    """List the bodies of a day."""
    bodies = await store.list_bodies(conn, at, after=position_after(page), limit=page.fetch)
    return page.cut(bodies, BodyView.of, lambda body: [body.position])


@router.get("/{code}", response_model=BodyCard, responses=refusals(404))
async def show_body(code: BodyCode, at: AsOf, conn: ReadConnection, _caller: Caller) -> Response:
    """Show a body with what it owes in a year; the ETag is what If-Match takes when members are added."""
    bodies = await store.list_bodies(conn, at, code=code)
    if not bodies:
        raise await _body_missing(conn, code, at.day)
    return answer(views.body_card(bodies[0], at.day, await store.list_obligations(conn, at, body=code)))


@router.get("/{code}/members", responses=refusals(404))
async def list_members(
    code: BodyCode, page: PageQuery, at: AsOf, conn: ReadConnection, _caller: Caller, role: Role | None = None
) -> Page[MembershipView]:
    """List who has which role in a body on a day, in the document's order; empty before the body's first day."""
    if await store.body_first_day(conn, code) is None:
        raise await _body_missing(conn, code, at.day)
    members = await store.list_memberships(conn, at, body=code, role=role, after=position_after(page), limit=page.fetch)
    return page.cut(members, MembershipView.of, lambda membership: [membership.position])


@router.post("/{code}/members", status_code=201, response_model=MemberAddedView, responses=refusals(403, 404, 409, 412))
async def add_member(code: BodyCode, body: AddMember, edge: OfficeEdge) -> Response:
    """Give a unit or post a role in the body by a document (office); 409 names a row of the same days."""
    return await edge.run(
        "add-member",
        code,
        lambda conn, act: operations.add_member(conn, act, code, body),
        view=MemberAddedView.of_added,
        body=body,
        status=201,
    )


async def _body_missing(conn: Connection, code: str, as_of: date) -> BodyNotFoundError:
    first = await store.body_first_day(conn, code)
    if first is None:
        return BodyNotFoundError(f"there is no body {code}")
    return BodyNotFoundError(f"body {code} does not exist on {as_of}; its first day is {first}")
