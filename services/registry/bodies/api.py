"""Bodies and their members over HTTP: the office's commands."""

from typing import Annotated, Self

from fastapi import APIRouter, Path, Response

from services.registry.bodies import operations
from services.registry.bodies.operations import Adjusted
from services.registry.bodies.schemas import AdjustMembers, BodyCode, CorrectMember, EndBody, SetUpBody
from services.registry.views import BodyView, MembershipView
from shared.commands import OfficeEdge, Versioned
from shared.web import refusals

router = APIRouter(prefix="/v1/bodies", tags=["bodies"])

Code = Annotated[BodyCode, Path(description="Code of a body, e.g. coordination-meeting.")]
REFUSALS = refusals(403, 404, 409, 412)


class MembersView(Versioned):
    """A body's members on the day of the change, with the body's new version."""

    body: str
    members: list[MembershipView]

    @classmethod
    def of(cls, adjusted: Adjusted) -> Self:
        """Return the view of what an adjustment gives."""
        members = [MembershipView.of(membership) for membership in adjusted.members]
        return cls(body=adjusted.body, version=adjusted.version, members=members)


@router.put("/{code}", response_model=BodyView, responses=refusals(403, 409, 412))
async def set_up_body(code: Code, body: SetUpBody, edge: OfficeEdge) -> Response:
    """Set up a body, or say what it is from a day on (office)."""
    return await edge.run(
        "set-up-body",
        code,
        lambda conn, act: operations.set_up(conn, act, code, body),
        view=BodyView.of,
        body=body,
    )


@router.post("/{code}/dissolve", response_model=BodyView, responses=REFUSALS)
async def dissolve_body(code: Code, body: EndBody, edge: OfficeEdge) -> Response:
    """Dissolve a body from a day on (office); its memberships end with it."""
    return await edge.run(
        "dissolve-body",
        code,
        lambda conn, act: operations.dissolve(conn, act, code, body),
        view=BodyView.of,
        body=body,
    )


@router.post("/{code}/members/adjust", response_model=MembersView, responses=REFUSALS)
async def adjust_members(code: Code, body: AdjustMembers, edge: OfficeEdge) -> Response:
    """Adjust the members of a body by one document, all of it or nothing (office)."""
    return await edge.run(
        "adjust-members",
        code,
        lambda conn, act: operations.adjust(conn, act, code, body),
        view=MembersView.of,
        body=body,
    )


@router.post("/{code}/members/correct", response_model=MembersView, responses=REFUSALS)
async def correct_member(code: Code, body: CorrectMember, edge: OfficeEdge) -> Response:
    """Say that the registry was wrong about who had a role on some days (office); both times are kept."""
    return await edge.run(
        "correct-member",
        code,
        lambda conn, act: operations.correct(conn, act, code, body),
        view=MembersView.of,
        body=body,
    )
