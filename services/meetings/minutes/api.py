"""Routes of minutes (port 8103). What they say leaves by `copies.minutes_copy` alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Query, Response

from services.meetings.minutes import operations, store
from services.meetings.minutes.copies import MinutesCopy, minutes_copy
from services.meetings.minutes.domain import MinutesState, plain
from services.meetings.minutes.schemas import (
    CorrectMinutes,
    DraftMinutes,
    EditionView,
    EditMinutes,
    ListedView,
    MinutesView,
    PublishMinutes,
    ReviewMinutes,
    SignMinutes,
)
from services.meetings.minutes.store import Listed
from services.meetings.readers import EVERYTHING, reader_of
from shared.commands import CommandBody, CommandEdge, OfficeEdge, Operation, answer, edge_for
from shared.errors import invalid
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(tags=["minutes"])

SignerEdge = Annotated[CommandEdge, Depends(edge_for(*operations.SIGNERS))]
"""Commands of a leader, or of the office that records what a leader did on paper."""

_WORDS_MAX = 10
_REFUSALS = refusals(403, 404, 409, 412)


@router.post("/v1/meetings/{meeting_id}/minutes", status_code=201, response_model=MinutesView, responses=_REFUSALS)
async def draft_minutes(
    meeting_id: UUID, edge: OfficeEdge, body: Annotated[DraftMinutes, Body(default_factory=DraftMinutes)]
) -> Response:
    """Write the draft from agenda, attendance, decisions and resolutions; again, until it is signed. Role: office."""
    return await _run(
        edge, "draft-minutes", meeting_id, body, lambda conn, act: operations.draft(conn, act, meeting_id), status=201
    )


@router.put("/v1/meetings/{meeting_id}/minutes", response_model=MinutesView, responses=_REFUSALS)
async def edit_minutes(meeting_id: UUID, body: EditMinutes, edge: OfficeEdge) -> Response:
    """Replace what the draft says. Role: office."""
    return await _run(
        edge, "edit-minutes", meeting_id, body, lambda conn, act: operations.edit(conn, act, meeting_id, body)
    )


@router.post("/v1/meetings/{meeting_id}/minutes/review", response_model=MinutesView, responses=_REFUSALS)
async def review_minutes(
    meeting_id: UUID, edge: SignerEdge, body: Annotated[ReviewMinutes, Body(default_factory=ReviewMinutes)]
) -> Response:
    """Note that the draft was checked. Roles: office, leader."""
    return await _run(
        edge, "review-minutes", meeting_id, body, lambda conn, act: operations.review(conn, act, meeting_id, body)
    )


@router.post("/v1/meetings/{meeting_id}/minutes/sign", response_model=MinutesView, responses=_REFUSALS)
async def sign_minutes(meeting_id: UUID, body: SignMinutes, edge: SignerEdge) -> Response:
    """Sign the minutes; they get the next number of their body's series of the year. Roles: leader, office."""
    return await _run(
        edge, "sign-minutes", meeting_id, body, lambda conn, act: operations.sign(conn, act, meeting_id, body)
    )


@router.post("/v1/meetings/{meeting_id}/minutes/publish", response_model=MinutesView, responses=_REFUSALS)
async def publish_minutes(
    meeting_id: UUID, edge: OfficeEdge, body: Annotated[PublishMinutes, Body(default_factory=PublishMinutes)]
) -> Response:
    """Send the minutes to the units concerned. Role: office."""
    return await _run(
        edge, "publish-minutes", meeting_id, body, lambda conn, act: operations.publish(conn, act, meeting_id, body)
    )


@router.post(
    "/v1/meetings/{meeting_id}/minutes/corrections",
    status_code=201,
    response_model=MinutesView,
    responses=_REFUSALS,
)
async def correct_minutes(meeting_id: UUID, body: CorrectMinutes, edge: SignerEdge) -> Response:
    """Make a new edition of published minutes that says what changed. Roles: office, leader."""
    return await _run(
        edge,
        "correct-minutes",
        meeting_id,
        body,
        lambda conn, act: operations.correct(conn, act, meeting_id, body),
        status=201,
    )


@router.get("/v1/meetings/{meeting_id}/minutes", response_model=MinutesView, responses=refusals(403, 404))
async def read_minutes(
    meeting_id: UUID,
    conn: ReadConnection,
    caller: Caller,
    edition: Annotated[int | None, Query(ge=1, le=10_000, description="The newest if left out.")] = None,
) -> Response:
    """Show the caller's copy: drafts to office, leaders and auditors, published minutes to the units concerned."""
    copy = await minutes_copy(conn, meeting_id, reader_of(caller), edition)
    signed = copy.minutes.state in (MinutesState.SIGNED, MinutesState.PUBLISHED)
    gaps = () if signed else await operations.gaps_of(conn, copy.meeting)
    return answer(MinutesView.of(copy, gaps))


@router.get("/v1/meetings/{meeting_id}/minutes/editions", responses=refusals(403, 404))
async def list_editions(meeting_id: UUID, conn: ReadConnection, caller: Caller) -> Page[EditionView]:
    """List the editions, the first first, with what each changed as far as the caller may know."""
    reader = reader_of(caller)
    newest = await minutes_copy(conn, meeting_id, reader)
    shown = []
    for edition in await store.list_editions(conn, meeting_id):
        copy = await minutes_copy(conn, meeting_id, reader, edition.edition)
        note = edition.change_note if reader == EVERYTHING else copy.change_note
        shown.append(EditionView.of(edition).model_copy(update={"change_note": note}))
    return Page(items=shown[: newest.newest_edition], next=None)


@router.get("/v1/minutes", responses=refusals())
async def search_minutes(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    q: Annotated[
        str | None, Query(max_length=200, description="Words that must all be found, apart by blanks; parts of words.")
    ] = None,
    body: Annotated[str | None, Query(description="Code of the body.")] = None,
    year: Annotated[int | None, Query(ge=1949, le=2199, description="Year of the number.")] = None,
) -> Page[ListedView]:
    """List the minutes of which the caller has a copy, the newest first; with `q`, those that say so, and where."""
    words = _words(q)
    reader = reader_of(caller)
    after = page.after_or(None, None)
    found = await store.list_minutes(
        conn, reader, body=body, year=year, words=words, after=(after[0], after[1]), limit=page.fetch
    )
    hits = await store.list_hits(conn, [each.minutes.meeting_id for each in found], words, reader)
    return page.cut(found, lambda each: ListedView.of(each, hits.get(each.minutes.meeting_id, ()), words), _key)


def _words(query: str | None) -> list[str]:
    if query is None:
        return []
    words = list(dict.fromkeys(word for word in map(plain, query.split()) if word))
    if not words:
        raise invalid("q", "is blank", "one word or several, e.g. 物流")
    if len(words) > _WORDS_MAX:
        raise invalid("q", f"has {len(words)} words", f"at most {_WORDS_MAX}")
    return words


def _key(listed: Listed) -> tuple[str, str]:
    signed_on = listed.minutes.signed_on
    return ("infinity" if signed_on is None else signed_on.isoformat(), str(listed.minutes.meeting_id))


async def _run(
    edge: CommandEdge,
    action: str,
    meeting_id: UUID,
    body: CommandBody,
    operation: Operation[MinutesCopy],
    *,
    status: int = 200,
) -> Response:
    return await edge.run(
        action, f"meetings/{meeting_id}/minutes", operation, view=MinutesView.of, body=body, status=status
    )
