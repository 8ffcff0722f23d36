"""Routes of extensions (延期)."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response
from pydantic import BaseModel, Field

from services.tasks.errors import ExtensionNotFoundError
from services.tasks.extensions import operations, store
from services.tasks.extensions.domain import Asked, Extension, ExtensionState, Granted, Level
from services.tasks.extensions.store import ExtensionFilter
from services.tasks.schemas import BasisBody, Occurrence, UnitPath, WithAttachments
from shared.auth import Role
from shared.clock import Day
from shared.commands import CommandBody, CommandEdge, UnitEdge, edge_for
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection
from shared.text import LongText
from shared.web import refusals

router = APIRouter(tags=["extensions"])

ApproverEdge = Annotated[CommandEdge, Depends(edge_for(Role.OFFICE, Role.LEADER))]
AskerEdge = Annotated[CommandEdge, Depends(edge_for(Role.UNIT))]
_REFUSALS = refusals(403, 404, 409)


class AskExtension(WithAttachments):
    """Until when, and why."""

    due_on: Day = Field(description="The new last day that is asked for.")
    reason: LongText = Field(examples=["用地指标尚未下达，预计8月底前可办结。"])

    def asked(self) -> Asked:
        """Return the question as the domain has it."""
        return Asked(self.due_on, self.reason, self.attachments)


class ApproveExtension(CommandBody):
    """What is granted, and on what that rests."""

    due_on: Day | None = Field(None, description="Another day than was asked for.")
    basis: BasisBody | None = Field(None, description="Required from the second extension on.")
    note: LongText | None = None

    def granted(self) -> Granted:
        """Return the decision as the domain has it."""
        return Granted(self.due_on, self.note, None if self.basis is None else self.basis.basis())


class RefuseExtension(CommandBody):
    """Why not."""

    reason: LongText


class ExtensionView(BaseModel):
    """A question for a later due date, and what was decided."""

    id: UUID
    task_id: UUID
    unit: str
    number: int = Field(description="The how-many-th extension of this assignment it is or would be.")
    level: Level = Field(description="Who decides: the office the first, a leader each further one.")
    state: ExtensionState
    due_on: date = Field(description="The due date when it was asked.")
    asked_due_on: date
    granted_due_on: date | None
    reason: str
    attachments: tuple[UUID, ...]
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_role: str | None
    decided_at: datetime | None
    decision: str | None = Field(description="What the approver said.")
    basis_kind: str | None
    basis: str | None = Field(description="The document or leader's instruction on which it rests.")

    @classmethod
    def of(cls, extension: Extension) -> Self:
        """Show a question."""
        return cls(**{name: getattr(extension, name) for name in cls.model_fields})


async def _filter(
    task_id: Annotated[UUID | None, Query(description="A task.")] = None,
    unit: Annotated[str | None, Query(max_length=64, description="The unit that asked.")] = None,
    state: Annotated[ExtensionState | None, Query(description="`asked` waits for a decision.")] = None,
    level: Annotated[Level | None, Query(description="Who decides.")] = None,
) -> ExtensionFilter:
    return ExtensionFilter(task_id, unit, state, level)


@router.post(
    "/v1/tasks/{task_id}/assignments/{unit}/extensions",
    status_code=201,
    response_model=ExtensionView,
    responses=refusals(403, 404, 409, 412),
)
async def ask_extension(task_id: UUID, unit: UnitPath, body: AskExtension, edge: UnitEdge) -> Response:
    """Ask for a later due date before the present one has ended: the unit itself, or the office for it."""
    return await edge.run(
        "ask-extension",
        f"tasks/{task_id}/assignments/{unit}",
        lambda conn, act: operations.ask(conn, act, task_id, unit, body.asked()),
        view=ExtensionView.of,
        body=body,
        status=201,
    )


@router.get("/v1/extensions", responses=refusals())
async def list_extensions(
    wanted: Annotated[ExtensionFilter, Depends(_filter)], page: PageQuery, conn: ReadConnection, _caller: Caller
) -> Page[ExtensionView]:
    """List extensions, newest first."""
    found = await store.page_of_extensions(conn, wanted, id_bound(page), page.fetch)
    return page.cut(found, ExtensionView.of, lambda each: [str(each.id)])


@router.get("/v1/extensions/{extension_id}", responses=refusals(404))
async def read_extension(extension_id: UUID, conn: ReadConnection, _caller: Caller) -> ExtensionView:
    """Show one extension."""
    found = await store.find_extension(conn, extension_id)
    if found is None:
        raise ExtensionNotFoundError(extension_id)
    return ExtensionView.of(found)


@router.post("/v1/extensions/{extension_id}/approve", response_model=ExtensionView, responses=_REFUSALS)
async def approve_extension(
    extension_id: UUID,
    edge: ApproverEdge,
    body: Annotated[ApproveExtension, Body(default_factory=ApproveExtension)],
) -> Response:
    """Grant it: the office the first of an assignment, a leader each further one, naming what it rests on."""
    return await edge.run(
        "approve-extension",
        f"extensions/{extension_id}",
        lambda conn, act: operations.approve(conn, act, extension_id, body.granted()),
        view=ExtensionView.of,
        body=body,
    )


@router.post("/v1/extensions/{extension_id}/refuse", response_model=ExtensionView, responses=_REFUSALS)
async def refuse_extension(extension_id: UUID, body: RefuseExtension, edge: ApproverEdge) -> Response:
    """Refuse it, with the reason."""
    return await edge.run(
        "refuse-extension",
        f"extensions/{extension_id}",
        lambda conn, act: operations.refuse(conn, act, extension_id, body.reason),
        view=ExtensionView.of,
        body=body,
    )


@router.post("/v1/extensions/{extension_id}/withdraw", response_model=ExtensionView, responses=_REFUSALS)
async def withdraw_extension(
    extension_id: UUID, edge: AskerEdge, body: Annotated[Occurrence, Body(default_factory=Occurrence)]
) -> Response:
    """Take the question back: the unit that asked."""
    return await edge.run(
        "withdraw-extension",
        f"extensions/{extension_id}",
        lambda conn, act: operations.withdraw(conn, act, extension_id),
        view=ExtensionView.of,
        body=body,
    )
