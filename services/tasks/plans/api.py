"""Routes of division plans: writing, adopting, issuing, amending."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Query, Request, Response

from services.tasks.errors import PlanNotFoundError
from services.tasks.plans import amending, importing, issuing, operations, store
from services.tasks.plans.domain import Plan, PlanState, differences
from services.tasks.plans.schemas import (
    AdoptPlan,
    AmendPlan,
    AnswerComment,
    CirculatePlan,
    CommentPlan,
    Comments,
    CommentView,
    Differences,
    DifferenceView,
    DraftPlan,
    IssuePlan,
    PlanDetail,
    PlanReason,
    PlanView,
    ProposalView,
    Steps,
    StepView,
    WritePlan,
    Year,
)
from services.tasks.schemas import Occurrence
from shared.auth import Principal, Role
from shared.commands import CommandBody, OfficeEdge, Operation, UnitEdge, answer
from shared.pages import Page, PageQuery, id_bound
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

router = APIRouter(tags=["plans"])

_SEES_DRAFTS = frozenset({Role.OFFICE, Role.LEADER, Role.AUDITOR})
_REFUSALS = refusals(403, 404, 409, 412)
NothingSaid = Annotated[Occurrence, Body(default_factory=Occurrence)]
Edition = Annotated[
    int | None, Query(ge=1, description="None: the one in force, or being written before there is one.")
]


async def found(conn: ReadConnection, plan_id: UUID, caller: Principal) -> Plan:
    """Return a plan that the caller may see: drafts are the office's and those who oversee it."""
    plan = await store.find_plan(conn, plan_id)
    hidden = plan is not None and plan.state in {PlanState.DRAFT, PlanState.DISCARDED}
    if plan is None or (hidden and caller.role not in _SEES_DRAFTS):
        raise PlanNotFoundError(plan_id)
    return plan


async def whole(conn: ReadConnection, plan_id: UUID, caller: Principal, edition: int | None) -> operations.Whole:
    """Return a plan with the items of an edition."""
    plan = await found(conn, plan_id, caller)
    wanted = edition or plan.shown_edition
    written = plan.drafted_edition == wanted and plan.edition > 0 and caller.role not in _SEES_DRAFTS
    items = await store.items_of(conn, plan_id, wanted)
    if written or (edition is not None and not items):
        raise PlanNotFoundError(plan_id)
    return operations.Whole(plan, wanted, items)


@router.get("/v1/plans", responses=refusals())
async def list_plans(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    year: Annotated[Year | None, Query()] = None,
    state: Annotated[PlanState | None, Query()] = None,
) -> Page[PlanView]:
    """List plans, newest first; drafts are shown to the office and those who oversee it."""
    plans = await store.page_of_plans(conn, year, state, id_bound(page), page.fetch)
    shown = page.cut(plans, _row, lambda plan: [str(plan.id)])
    hidden = {PlanState.DRAFT, PlanState.DISCARDED} if caller.role not in _SEES_DRAFTS else set()
    return Page(items=[plan for plan in shown.items if plan.state not in hidden], next=shown.next)


def _row(plan: Plan) -> PlanView:
    names = [name for name in PlanView.model_fields if name != "version"]
    return PlanView(version=plan.edits, **{name: getattr(plan, name) for name in names})


async def _run(
    edge: OfficeEdge, action: str, plan_id: UUID, operation: Operation[operations.Whole], body: CommandBody
) -> Response:
    return await edge.run(action, f"plans/{plan_id}", operation, view=PlanDetail.of, body=body)


@router.post("/v1/plans", status_code=201, response_model=PlanDetail, responses=refusals(403))
async def draft_plan(body: DraftPlan, edge: OfficeEdge) -> Response:
    """Begin a year's plan, with or without items (office)."""
    return await edge.run(
        "draft-plan",
        "plans",
        lambda conn, act: operations.draft(conn, act, body.new()),
        view=PlanDetail.of,
        body=body,
        status=201,
    )


@router.get("/v1/plans/{plan_id}", response_model=PlanDetail, responses=refusals(404))
async def read_plan(
    plan_id: UUID, request: Request, conn: ReadConnection, caller: Caller, edition: Edition = None
) -> Response:
    """Show a plan with the items of one edition, and what would keep it from being issued today."""
    shown = await whole(conn, plan_id, caller, edition)
    return answer(PlanDetail.of(await operations.with_hindrances(conn, runtime_of(request).clock(), shown)))


@router.put("/v1/plans/{plan_id}/items", response_model=PlanDetail, responses=_REFUSALS)
async def write_items(plan_id: UUID, body: WritePlan, edge: OfficeEdge) -> Response:
    """Write all items of the edition being written (office); those of the same serial number stay the same item."""
    return await _run(
        edge, "write-plan", plan_id, lambda conn, act: operations.write(conn, act, plan_id, body.contents()), body
    )


@router.post(
    "/v1/plans/{plan_id}/import",
    response_model=ProposalView,
    responses=refusals(403, 404, 409, 413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_items(
    plan_id: UUID,
    request: Request,
    edge: OfficeEdge,
    apply: Annotated[bool, Query(description="False: show what would be written, with faults by cell.")] = False,  # noqa: FBT002 - a query parameter
) -> Response:
    """Read the plan's items from an xlsx, csv or docx (office): plan first, then apply; nothing is half-applied."""
    content = await request.body()
    return await edge.run(
        "import-plan" if apply else "propose-plan",
        f"plans/{plan_id}",
        lambda conn, act: importing.apply(conn, act, plan_id, content, really=apply),
        view=ProposalView.of,
    )


@router.post("/v1/plans/{plan_id}/circulate", response_model=PlanDetail, responses=_REFUSALS)
async def circulate_plan(
    plan_id: UUID, edge: OfficeEdge, body: Annotated[CirculatePlan, Body(default_factory=CirculatePlan)]
) -> Response:
    """Ask the units for comments (征求意见, office)."""
    due = body.comments_due_on
    return await _run(
        edge, "circulate-plan", plan_id, lambda conn, act: operations.circulate(conn, act, plan_id, due), body
    )


@router.post(
    "/v1/plans/{plan_id}/comments", status_code=201, response_model=CommentView, responses=refusals(403, 404, 409)
)
async def comment_plan(plan_id: UUID, body: CommentPlan, edge: UnitEdge) -> Response:
    """Comment on a circulated draft (the unit itself, or the office for it)."""
    return await edge.run(
        "comment-plan",
        f"plans/{plan_id}",
        lambda conn, act: operations.comment(conn, act, plan_id, body.unit, body.serial, body.text),
        view=CommentView.of,
        body=body,
        status=201,
    )


@router.get("/v1/plans/{plan_id}/comments", responses=refusals(404))
async def list_comments(plan_id: UUID, conn: ReadConnection, caller: Caller) -> Comments:
    """List the comments on a plan, oldest first."""
    await found(conn, plan_id, caller)
    return Comments(items=[CommentView.of(each) for each in await store.comments_of(conn, plan_id)])


@router.post(
    "/v1/plans/{plan_id}/comments/{comment_id}/answer", response_model=CommentView, responses=refusals(403, 404)
)
async def answer_comment(plan_id: UUID, comment_id: UUID, body: AnswerComment, edge: OfficeEdge) -> Response:
    """Say whether a comment is taken up, and why not (office)."""
    return await edge.run(
        "answer-comment",
        f"plans/{plan_id}",
        lambda conn, act: operations.answer(conn, act, plan_id, comment_id, taken=body.taken, text=body.answer),
        view=CommentView.of,
        body=body,
    )


@router.post("/v1/plans/{plan_id}/submit", response_model=PlanDetail, responses=_REFUSALS)
async def submit_plan(plan_id: UUID, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Bring a plan to a meeting for adoption (提请审议, office)."""
    return await _run(edge, "submit-plan", plan_id, lambda conn, act: operations.submit(conn, act, plan_id), body)


@router.post("/v1/plans/{plan_id}/take-back", response_model=PlanDetail, responses=_REFUSALS)
async def take_back_plan(plan_id: UUID, body: PlanReason, edge: OfficeEdge) -> Response:
    """Take a plan back to the draft before it is issued (office)."""
    return await _run(
        edge,
        "take-back-plan",
        plan_id,
        lambda conn, act: operations.take_back(conn, act, plan_id, body.reason),
        body,
    )


@router.post("/v1/plans/{plan_id}/discard", response_model=PlanDetail, responses=_REFUSALS)
async def discard_plan(plan_id: UUID, body: PlanReason, edge: OfficeEdge) -> Response:
    """Give a draft up (office); it is kept, and shown to the office alone."""
    return await _run(
        edge,
        "discard-plan",
        plan_id,
        lambda conn, act: operations.discard(conn, act, plan_id, body.reason),
        body,
    )


@router.post("/v1/plans/{plan_id}/adopt", response_model=PlanDetail, responses=_REFUSALS)
async def adopt_plan(plan_id: UUID, body: AdoptPlan, edge: OfficeEdge) -> Response:
    """Record an adoption of which no meeting here tells (office); a meeting's decision adopts and issues by itself."""
    return await _run(
        edge, "adopt-plan", plan_id, lambda conn, act: issuing.adopt(conn, act, plan_id, body.adoption()), body
    )


@router.post("/v1/plans/{plan_id}/issue", response_model=PlanDetail, responses=_REFUSALS)
async def issue_plan(
    plan_id: UUID, edge: OfficeEdge, body: Annotated[IssuePlan, Body(default_factory=IssuePlan)]
) -> Response:
    """Issue an adopted plan (印发, office), all its tasks or none; or number one that a meeting's decision issued."""
    return await _run(
        edge, "issue-plan", plan_id, lambda conn, act: issuing.issue(conn, act, plan_id, body.document), body
    )


@router.post("/v1/plans/{plan_id}/begin-amendment", response_model=PlanDetail, responses=_REFUSALS)
async def begin_amendment(plan_id: UUID, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Begin the next edition of an issued plan as a copy of the one in force (office)."""
    return await _run(edge, "begin-amendment", plan_id, lambda conn, act: amending.begin(conn, act, plan_id), body)


@router.post("/v1/plans/{plan_id}/drop-amendment", response_model=PlanDetail, responses=_REFUSALS)
async def drop_amendment(plan_id: UUID, edge: OfficeEdge, body: NothingSaid) -> Response:
    """Give the edition being written up (office)."""
    return await _run(edge, "drop-amendment", plan_id, lambda conn, act: amending.drop(conn, act, plan_id), body)


@router.post("/v1/plans/{plan_id}/amend", response_model=PlanDetail, responses=_REFUSALS)
async def amend_plan(plan_id: UUID, body: AmendPlan, edge: OfficeEdge) -> Response:
    """Put the edition being written in force (调整, office); the earlier one is kept, its tasks follow the change."""
    return await _run(
        edge,
        "amend-plan",
        plan_id,
        lambda conn, act: amending.amend(conn, act, plan_id, body.reason, body.document),
        body,
    )


@router.get("/v1/plans/{plan_id}/history", responses=refusals(404))
async def list_steps(plan_id: UUID, conn: ReadConnection, caller: Caller) -> Steps:
    """List what happened to a plan, oldest first."""
    await found(conn, plan_id, caller)
    return Steps(items=[StepView.of(step) for step in await store.steps_of(conn, plan_id)])


@router.get("/v1/plans/{plan_id}/editions/{edition}/differences", responses=refusals(404))
async def list_differences(plan_id: UUID, edition: int, conn: ReadConnection, caller: Caller) -> Differences:
    """Show item by item what an edition makes of the one before it."""
    after = await whole(conn, plan_id, caller, edition)
    before = await store.items_of(conn, plan_id, edition - 1)
    return Differences(items=[DifferenceView.of(each) for each in differences(before, after.items)])
