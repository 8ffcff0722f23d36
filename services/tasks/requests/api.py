"""Routes of requests for transitions: who may not make one asks the office, which grants or refuses."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import BaseModel, Field, field_validator

from services.tasks.errors import RequestNotFoundError
from services.tasks.requests import operations, store
from services.tasks.requests.domain import REQUESTABLE, RequestState, TransitionRequest, Wanted
from services.tasks.requests.operations import Grant
from services.tasks.requests.store import RequestFilter
from services.tasks.schemas import BasisBody, Occurrence, WithAttachments
from shared.auth import Role
from shared.commands import CommandBody, CommandEdge, OfficeEdge, edge_for
from shared.contracts.payload import UnitCode
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection
from shared.text import LongText
from shared.web import refusals

router = APIRouter(tags=["requests"])

AskingEdge = Annotated[CommandEdge, Depends(edge_for(Role.UNIT, Role.LEADER))]
_REFUSALS = refusals(403, 404, 409)


class AskTransition(WithAttachments):
    """What is asked for, and why."""

    transition: str = Field(description=f"One of {', '.join(REQUESTABLE)}.", examples=["suspend"])
    unit: UnitCode | None = Field(None, description="Whose part; none: the whole task.")
    to_unit: UnitCode | None = Field(None, description="With reassign: who should have it.")
    reason: LongText = Field(examples=["上级规划调整，建议中止。"])

    @field_validator("transition")
    @classmethod
    def _may_be_asked(cls, name: str) -> str:
        if name not in REQUESTABLE:
            raise ValueError(f"cannot be asked for; one of {', '.join(REQUESTABLE)} can")
        return name

    def wanted(self) -> Wanted:
        """Return the request as the domain has it."""
        return Wanted(self.transition, self.unit, self.to_unit, self.reason, self.attachments)


class GrantRequest(CommandBody):
    """What the office says with it."""

    note: LongText | None = None
    basis: BasisBody | None = None
    to_unit: UnitCode | None = Field(
        None, description="With reassign: who has the part, if not whom the request names."
    )

    def grant(self) -> Grant:
        """Return the decision as the domain has it."""
        return Grant(self.note, None if self.basis is None else self.basis.basis(), self.to_unit)


class RefuseRequest(CommandBody):
    """Why not."""

    reason: LongText


class RequestView(BaseModel):
    """A request for a transition, and what the office decided."""

    id: UUID
    task_id: UUID
    unit: str | None = Field(description="Whose part; null: the whole task.")
    transition: str
    to_unit: str | None
    reason: str
    attachments: tuple[UUID, ...]
    state: RequestState
    asked_by: str
    asked_role: str
    asked_unit: str | None
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None

    @classmethod
    def of(cls, request: TransitionRequest) -> Self:
        """Show a request."""
        return cls(**{name: getattr(request, name) for name in cls.model_fields})


async def _filter(
    task_id: Annotated[UUID | None, Query(description="A task.")] = None,
    unit: Annotated[str | None, Query(max_length=64, description="The unit that asked.")] = None,
    state: Annotated[RequestState | None, Query(description="`asked` waits for the office.")] = None,
) -> RequestFilter:
    return RequestFilter(task_id, unit, state)


@router.post(
    "/v1/tasks/{task_id}/requests", status_code=201, response_model=RequestView, responses=refusals(403, 404, 409)
)
async def ask_transition(task_id: UUID, body: AskTransition, edge: AskingEdge) -> Response:
    """Ask the office for a transition: a unit for its own part or the task it leads, a leader for any."""
    return await edge.run(
        "ask-transition",
        f"tasks/{task_id}",
        lambda conn, act: operations.ask(conn, act, task_id, body.wanted()),
        view=RequestView.of,
        body=body,
        status=201,
    )


@router.get("/v1/requests", responses=refusals())
async def list_requests(
    wanted: Annotated[RequestFilter, Depends(_filter)], page: PageQuery, conn: ReadConnection, _caller: Caller
) -> Page[RequestView]:
    """List requests, newest first."""
    found = await store.page_of_requests(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, RequestView.of, lambda each: [str(each.id)])


@router.get("/v1/requests/{request_id}", responses=refusals(404))
async def read_request(request_id: UUID, conn: ReadConnection, _caller: Caller) -> RequestView:
    """Show one request."""
    found = await store.find_request(conn, request_id)
    if found is None:
        raise RequestNotFoundError(request_id)
    return RequestView.of(found)


@router.post("/v1/requests/{request_id}/grant", response_model=RequestView, responses=_REFUSALS)
async def grant_request(
    request_id: UUID, edge: OfficeEdge, body: Annotated[GrantRequest, Body(default_factory=GrantRequest)]
) -> Response:
    """Grant it (office): the transition is made on behalf of who asked."""
    return await edge.run(
        "grant-request",
        f"requests/{request_id}",
        lambda conn, act: operations.grant(conn, act, request_id, body.grant()),
        view=RequestView.of,
        body=body,
    )


@router.post("/v1/requests/{request_id}/refuse", response_model=RequestView, responses=_REFUSALS)
async def refuse_request(request_id: UUID, body: RefuseRequest, edge: OfficeEdge) -> Response:
    """Refuse it, with the reason (office)."""
    return await edge.run(
        "refuse-request",
        f"requests/{request_id}",
        lambda conn, act: operations.refuse(conn, act, request_id, body.reason),
        view=RequestView.of,
        body=body,
    )


@router.post("/v1/requests/{request_id}/withdraw", response_model=RequestView, responses=_REFUSALS)
async def withdraw_request(
    request_id: UUID, edge: AskingEdge, body: Annotated[Occurrence, Body(default_factory=Occurrence)]
) -> Response:
    """Take it back: who asked."""
    return await edge.run(
        "withdraw-request",
        f"requests/{request_id}",
        lambda conn, act: operations.withdraw(conn, act, request_id),
        view=RequestView.of,
        body=body,
    )
