"""Histories: who changed what, when, by which document; and what the registry knew before."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from services.registry.api.asking import position_after
from services.registry.errors import NoHistoryError
from services.registry.history import store
from services.registry.history.domain import KnownRow, Thing
from services.registry.history.views import ChangeView, HistoryView
from shared.pages import Page, PageQuery
from shared.postgres import Connection
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["history"])

_THINGS: tuple[tuple[str, Thing, str], ...] = (
    ("/units/{key}/history", "unit", "a unit"),
    ("/posts/{key}/history", "post", "a post"),
    ("/posts/{key}/incumbents/history", "incumbency", "who was in a post"),
    ("/posts/{key}/portfolios/history", "portfolio", "what a post is in charge of"),
    ("/bodies/{key}/history", "body", "a body"),
    ("/bodies/{key}/members/history", "membership", "the members of a body"),
    ("/sectors/{key}/history", "sector", "a sector or theme"),
    ("/duties/{key}/history", "duty", "a duty item"),
)


@router.get("/changes", responses=refusals())
async def list_changes(
    page: PageQuery,
    conn: ReadConnection,
    _caller: Caller,
    document: Annotated[str | None, Query(description="By which document.", max_length=64)] = None,
) -> Page[ChangeView]:
    """List the changes of the registry, the newest first: who, when, by which document."""
    before = position_after(page) or None
    changes = await store.list_changes(conn, before=before, limit=page.fetch, document=document)
    return page.cut(changes, ChangeView.model_validate, lambda change: [change.id])


async def _history(conn: Connection, thing: Thing, key: str) -> HistoryView:
    rows = await store.history(conn, thing, key)
    if not rows:
        raise NoHistoryError(f"nothing was ever known of {thing} {key}")
    return HistoryView.of(rows, await store.list_changes(conn, ids=_changes_of(rows)))


def _changes_of(rows: list[KnownRow]) -> list[int]:
    made = {row.change for row in rows}
    return sorted(made | {row.superseded_by for row in rows if row.superseded_by is not None})


def _endpoint(thing: Thing) -> Callable[..., Any]:
    async def show_history(
        key: Annotated[str, Path(max_length=64)], conn: ReadConnection, _caller: Caller
    ) -> HistoryView:
        return await _history(conn, thing, key)

    return show_history


for _path, _thing, _words in _THINGS:
    router.add_api_route(
        _path,
        _endpoint(_thing),
        response_model=HistoryView,
        responses=refusals(404),
        name=f"show_{_thing}_history",
        description=f"Show all that was ever known of {_words}: both times, and who made it known by which document.",
    )
