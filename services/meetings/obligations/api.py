"""Routes of obligation rules and of the obligations of a year (port 8103)."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Response

from services.meetings.convening import store as convening
from services.meetings.obligations import operations, store
from services.meetings.obligations.domain import Obligation, ObligationState
from services.meetings.obligations.schemas import (
    MatchMeeting,
    ObligationDetail,
    ObligationView,
    OpenYear,
    ReopenObligation,
    RetireRule,
    RuleDetail,
    RuleView,
    SetRule,
    WithdrawObligation,
)
from services.meetings.readers import EVERYTHING, reader_of
from shared.commands import OfficeEdge, answer
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["obligations"])

RuleCode = Annotated[
    str, Path(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64, description="Code of the obligation rule.")
]


@router.get("/v1/obligation-rules", responses=refusals())
async def list_rules(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    body: Annotated[str | None, Query(description="Code of the body.")] = None,
) -> Page[RuleView]:
    """List what the mechanism obliges bodies to."""
    (after,) = page.after_or("")
    rules = sorted(await store.list_rules(conn, body), key=lambda rule: rule.code)
    return page.cut([rule for rule in rules if rule.code > after], RuleView.of, lambda rule: (rule.code,))


@router.get("/v1/obligation-rules/{code}", response_model=RuleDetail, responses=refusals(404))
async def read_rule(code: RuleCode, conn: ReadConnection, _caller: Caller) -> Response:
    """Show one rule, and what is still owed as an earlier version had it."""
    return answer(RuleDetail.with_earlier(await operations.in_force(conn, await store.find_rule(conn, code))))


@router.put("/v1/obligation-rules/{code}", response_model=RuleDetail, responses=refusals(403, 412))
async def set_rule(code: RuleCode, body: SetRule, edge: OfficeEdge) -> Response:
    """Make or change a rule, for what is opened from now on; shows what stays owed as it was. Role: office."""
    return await edge.run(
        "set-obligation-rule",
        f"obligation-rules/{code}",
        lambda conn, act: operations.set_rule(conn, act, code, body),
        view=RuleDetail.with_earlier,
        body=body,
    )


@router.post("/v1/obligation-rules/{code}/retire", response_model=RuleDetail, responses=refusals(403, 404, 409, 412))
async def retire_rule(
    code: RuleCode, edge: OfficeEdge, body: Annotated[RetireRule, Body(default_factory=RetireRule)]
) -> Response:
    """Let a rule oblige nobody from a day on; shows what stays owed. Role: office."""
    return await edge.run(
        "retire-obligation-rule",
        f"obligation-rules/{code}",
        lambda conn, act: operations.retire_rule(conn, act, code, body),
        view=RuleDetail.with_earlier,
        body=body,
    )


@router.post("/v1/obligations/open", response_model=Page[ObligationView], responses=refusals(403))
async def open_year(body: OpenYear, edge: OfficeEdge) -> Response:
    """Open a year's obligations by hand; what is open stays. Role: office."""
    return await edge.run(
        "open-obligations",
        f"obligations/{body.year}",
        lambda conn, act: operations.open_year(conn, act, body),
        view=lambda found: Page[ObligationView](items=[ObligationView.of(each) for each in found], next=None),
        body=body,
    )


@router.get("/v1/obligations", responses=refusals())
async def list_obligations(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    body: Annotated[str | None, Query(description="Code of the body.")] = None,
    year: Annotated[int | None, Query(ge=1949, le=2199)] = None,
    state: ObligationState | None = None,
    meeting: UUID | None = None,
) -> Page[ObligationView]:
    """List obligations as due, held, overdue or withdrawn, what ends first, first."""
    window_to, obligation_id = page.after_or(None, None)
    found = await store.list_obligations(
        conn,
        body=body,
        year=year,
        state=state,
        meeting_id=meeting,
        after=(window_to, obligation_id),
        limit=page.fetch,
    )
    return page.cut(found, ObligationView.of, lambda each: (each.window_to.isoformat(), str(each.id)))


@router.get("/v1/obligations/{obligation_id}", response_model=ObligationDetail, responses=refusals(404))
async def read_obligation(obligation_id: UUID, conn: ReadConnection, caller: Caller) -> Response:
    """Show an obligation with what its meeting must hear and decide, and whether it did."""
    obligation = await store.find_obligation(conn, obligation_id)
    return answer(await _detail(conn, obligation, reader_of(caller)))


@router.post(
    "/v1/obligations/{obligation_id}/match", response_model=ObligationView, responses=refusals(403, 404, 409, 412)
)
async def match_meeting(obligation_id: UUID, body: MatchMeeting, edge: OfficeEdge) -> Response:
    """Count a held meeting for an obligation by hand. Role: office."""
    return await edge.run(
        "match-obligation",
        f"obligations/{obligation_id}",
        lambda conn, act: operations.match(conn, act, obligation_id, body),
        view=ObligationView.of,
        body=body,
    )


@router.post(
    "/v1/obligations/{obligation_id}/reopen", response_model=ObligationView, responses=refusals(403, 404, 409, 412)
)
async def reopen_obligation(
    obligation_id: UUID, edge: OfficeEdge, body: Annotated[ReopenObligation, Body(default_factory=ReopenObligation)]
) -> Response:
    """Say that the counted meeting does not meet it, or that its withdrawal was a mistake. Role: office."""
    return await edge.run(
        "reopen-obligation",
        f"obligations/{obligation_id}",
        lambda conn, act: operations.reopen(conn, act, obligation_id),
        view=ObligationView.of,
        body=body,
    )


@router.post(
    "/v1/obligations/{obligation_id}/withdraw", response_model=ObligationView, responses=refusals(403, 404, 409, 412)
)
async def withdraw_obligation(obligation_id: UUID, body: WithdrawObligation, edge: OfficeEdge) -> Response:
    """Say that a due or overdue session is owed no longer, because the mechanism was changed. Role: office."""
    return await edge.run(
        "withdraw-obligation",
        f"obligations/{obligation_id}",
        lambda conn, act: operations.withdraw(conn, act, obligation_id, body),
        view=ObligationView.of,
        body=body,
    )


async def _detail(conn: ReadConnection, obligation: Obligation, reader: str) -> ObligationDetail:
    if obligation.meeting_id is None:
        return ObligationDetail.with_agenda(obligation, [], set())
    agenda = await convening.list_items(conn, obligation.meeting_id, EVERYTHING)
    visible = {item.number for item in await convening.list_items(conn, obligation.meeting_id, reader)}
    return ObligationDetail.with_agenda(obligation, agenda, visible)
