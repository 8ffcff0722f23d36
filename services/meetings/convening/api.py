"""Routes before the meeting: agenda, proposals, guests, papers, moving it (port 8103)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.meetings import store as meetings
from services.meetings.convening import agenda, operations, proposals, store
from services.meetings.convening.domain import AgendaItem, Paper
from services.meetings.convening.proposals import Proposal
from services.meetings.convening.schemas import (
    AgendaItemCommand,
    AgendaItemContent,
    AgendaItemView,
    ChangeView,
    InviteeView,
    InviteGuest,
    OrderAgenda,
    PaperView,
    RequestPaper,
    Reschedule,
    TakeProposals,
)
from services.meetings.readers import reader_of
from services.meetings.schemas import CalledView
from shared.commands import CommandBody, OfficeEdge, answer
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["before the meeting"])

ItemNumber = Annotated[int, Path(ge=1, le=1_000_000, description="Number of the agenda item; it stays.")]


class ProposalView(BaseModel):
    """An item that might go on the agenda."""

    key: str = Field(description="By which it is taken.")
    source: proposals.Source
    item: AgendaItemContent
    reasons: tuple[str, ...] = Field(description="What is late and why.")

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalView":
        """Return the view of a proposal."""
        return cls(key=proposal.key, source=proposal.source, item=proposal.item, reasons=tuple(proposal.reasons))


@router.post("/v1/meetings/{meeting_id}/reschedule", response_model=CalledView, responses=refusals(403, 404, 409, 412))
async def reschedule_meeting(meeting_id: UUID, body: Reschedule, edge: OfficeEdge) -> Response:
    """Move a convened meeting; clashes are pointed out. Role: office."""
    return await edge.run(
        "reschedule-meeting",
        f"meetings/{meeting_id}",
        lambda conn, act: operations.reschedule(conn, act, meeting_id, body),
        view=CalledView.with_cautions,
        body=body,
    )


@router.get("/v1/meetings/{meeting_id}/changes", responses=refusals(404))
async def list_changes(meeting_id: UUID, conn: ReadConnection, _caller: Caller) -> Page[ChangeView]:
    """Show how a meeting was moved or called off, by whom and why."""
    await meetings.find_meeting(conn, meeting_id)
    return Page(items=[ChangeView.of(change) for change in await store.list_changes(conn, meeting_id)], next=None)


@router.get("/v1/meetings/{meeting_id}/invitees", responses=refusals(404))
async def list_invitees(meeting_id: UUID, conn: ReadConnection, _caller: Caller) -> Page[InviteeView]:
    """Show who is invited: the members of the meeting's day, then guests."""
    await meetings.find_meeting(conn, meeting_id)
    return Page(items=[InviteeView.of(each) for each in await store.list_invitees(conn, meeting_id)], next=None)


@router.post(
    "/v1/meetings/{meeting_id}/guests",
    status_code=201,
    response_model=Page[InviteeView],
    responses=refusals(403, 404, 409, 412),
)
async def invite_guest(meeting_id: UUID, body: InviteGuest, edge: OfficeEdge) -> Response:
    """Invite a guest to a convened meeting. Role: office."""
    return await edge.run(
        "invite-guest",
        f"meetings/{meeting_id}",
        lambda conn, act: operations.invite_guest(conn, act, meeting_id, body),
        view=lambda invited: Page[InviteeView](items=[InviteeView.of(each) for each in invited], next=None),
        body=body,
        status=201,
    )


@router.get("/v1/meetings/{meeting_id}/agenda", responses=refusals(404))
async def list_agenda(meeting_id: UUID, conn: ReadConnection, caller: Caller) -> Page[AgendaItemView]:
    """Show the agenda as far as the caller may see it."""
    await meetings.find_meeting(conn, meeting_id)
    items = await store.list_items(conn, meeting_id, reader_of(caller))
    return Page(items=[AgendaItemView.of(item) for item in items], next=None)


@router.post(
    "/v1/meetings/{meeting_id}/agenda",
    status_code=201,
    response_model=AgendaItemView,
    responses=refusals(403, 404, 409, 412),
)
async def add_agenda_item(meeting_id: UUID, body: AgendaItemCommand, edge: OfficeEdge) -> Response:
    """Put an item at the end of the agenda. Role: office."""
    return await edge.run(
        "add-agenda-item",
        f"meetings/{meeting_id}",
        lambda conn, act: agenda.add_item(conn, act, meeting_id, body),
        view=AgendaItemView.of,
        body=body,
        status=201,
    )


@router.put("/v1/meetings/{meeting_id}/agenda", response_model=Page[AgendaItemView], responses=refusals(403, 404, 409))
async def order_agenda(meeting_id: UUID, body: OrderAgenda, edge: OfficeEdge) -> Response:
    """Put the items in another order; their numbers stay. Role: office."""
    return await edge.run(
        "order-agenda",
        f"meetings/{meeting_id}",
        lambda conn, act: agenda.order_items(conn, act, meeting_id, body),
        view=_agenda_page,
        body=body,
    )


@router.get("/v1/meetings/{meeting_id}/agenda/{number}", response_model=AgendaItemView, responses=refusals(404))
async def read_agenda_item(meeting_id: UUID, number: ItemNumber, conn: ReadConnection, caller: Caller) -> Response:
    """Show an item with what was decided; events link to this."""
    await meetings.find_meeting(conn, meeting_id)
    return answer(AgendaItemView.of(await store.find_item(conn, meeting_id, number, reader_of(caller))))


@router.put(
    "/v1/meetings/{meeting_id}/agenda/{number}", response_model=AgendaItemView, responses=refusals(403, 404, 409, 412)
)
async def replace_agenda_item(
    meeting_id: UUID, number: ItemNumber, body: AgendaItemCommand, edge: OfficeEdge
) -> Response:
    """Change an item; If-Match is the item's ETag. Role: office."""
    return await edge.run(
        "replace-agenda-item",
        f"meetings/{meeting_id}/agenda/{number}",
        lambda conn, act: agenda.replace_item(conn, act, meeting_id, number, body),
        view=AgendaItemView.of,
        body=body,
    )


@router.delete(
    "/v1/meetings/{meeting_id}/agenda/{number}", response_model=Page[AgendaItemView], responses=refusals(403, 404, 409)
)
async def remove_agenda_item(meeting_id: UUID, number: ItemNumber, edge: OfficeEdge) -> Response:
    """Take an item off the agenda, unless something rests on it; the rest is shown. Role: office."""
    return await edge.run(
        "remove-agenda-item",
        f"meetings/{meeting_id}/agenda/{number}",
        lambda conn, act: agenda.remove_item(conn, act, meeting_id, number),
        view=_agenda_page,
    )


@router.get("/v1/meetings/{meeting_id}/agenda-proposals", responses=refusals(403, 404))
async def list_proposals(
    meeting_id: UUID, request: Request, conn: ReadConnection, caller: Caller
) -> Page[ProposalView]:
    """Show what the meeting might take up and has not yet. Roles: office, leader, auditor."""
    found = await proposals.of_meeting(conn, caller, meeting_id, runtime_of(request).clock())
    return Page(items=[ProposalView.of(proposal) for proposal in found], next=None)


@router.get("/v1/bodies/{body}/agenda-proposals", responses=refusals(403))
async def list_proposals_of_body(
    body: str, request: Request, conn: ReadConnection, caller: Caller
) -> Page[ProposalView]:
    """Show what the next meeting of a body might take up. Roles: office, leader, auditor."""
    found = await proposals.of_body(conn, caller, body, runtime_of(request).clock())
    return Page(items=[ProposalView.of(proposal) for proposal in found], next=None)


@router.post(
    "/v1/meetings/{meeting_id}/agenda-proposals/take",
    response_model=Page[AgendaItemView],
    responses=refusals(403, 404, 409, 412),
)
async def take_proposals(
    meeting_id: UUID, edge: OfficeEdge, body: Annotated[TakeProposals, Body(default_factory=TakeProposals)]
) -> Response:
    """Put proposals on the agenda: those named, or all. Role: office."""
    return await edge.run(
        "take-agenda-proposals",
        f"meetings/{meeting_id}",
        lambda conn, act: proposals.take(conn, act, meeting_id, body),
        view=_agenda_page,
        body=body,
    )


@router.post(
    "/v1/meetings/{meeting_id}/papers",
    status_code=201,
    response_model=PaperView,
    responses=refusals(403, 404, 409, 412),
)
async def request_paper(meeting_id: UUID, body: RequestPaper, edge: OfficeEdge) -> Response:
    """Ask a unit for a paper; tasks expects it as a report. Role: office."""
    return await edge.run(
        "request-paper",
        f"meetings/{meeting_id}",
        lambda conn, act: agenda.request_paper(conn, act, meeting_id, body),
        view=PaperView.of,
        body=body,
        status=201,
    )


@router.post(
    "/v1/meetings/{meeting_id}/papers/{paper_id}/withdraw",
    response_model=PaperView,
    responses=refusals(403, 404, 409, 412),
)
async def withdraw_paper(
    meeting_id: UUID, paper_id: UUID, edge: OfficeEdge, body: Annotated[CommandBody, Body(default_factory=CommandBody)]
) -> Response:
    """Say that a paper is no longer wanted. Role: office."""
    return await edge.run(
        "withdraw-paper",
        f"meetings/{meeting_id}/papers/{paper_id}",
        lambda conn, act: agenda.withdraw_paper(conn, act, meeting_id, paper_id),
        view=PaperView.of,
        body=body,
    )


@router.get("/v1/papers", responses=refusals())
async def list_papers(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    meeting: UUID | None = None,
    unit: Annotated[str | None, Query(description="Code of the unit that owes it.")] = None,
) -> Page[PaperView]:
    """List papers and where they stand, what is due first, first."""
    due_at, paper_id = page.after_or("", "")
    papers = await store.list_papers(conn, reader_of(caller), meeting_id=meeting, unit=unit)
    left = [paper for paper in papers if _paper_key(paper) > (due_at, paper_id)]
    return page.cut(left, PaperView.of, _paper_key)


def _paper_key(paper: Paper) -> tuple[str, str]:
    return (paper.due_at.isoformat(), str(paper.id))


def _agenda_page(items: list[AgendaItem]) -> Page[AgendaItemView]:
    return Page[AgendaItemView](items=[AgendaItemView.of(item) for item in items], next=None)
