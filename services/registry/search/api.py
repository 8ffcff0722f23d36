"""Search over HTTP."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.registry.api.asking import AsOf
from services.registry.search import store
from services.registry.search.domain import Hit, Realm, excerpt
from shared.errors import invalid
from shared.pages import Page, PageQuery, PageRequest, bad_cursor
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1", tags=["search"])


class HitView(BaseModel):
    """Where the text stands."""

    kind: Realm
    code: str = Field(description="Code of the unit or duty, id of the entry.", examples=["3.19"])
    register_name: str | None = Field(description="With kind `entry`: its register.")
    title: str = Field(description="The unit's name, who holds the duty, the entry's title.")
    excerpt: str = Field(description="The words around it.")
    path: str = Field(examples=["/v1/units/330324-fgj"])

    @classmethod
    def of(cls, hit: Hit, text: str) -> Self:
        """Return the view of a hit."""
        return cls(
            kind=hit.realm,
            code=hit.code,
            register_name=hit.register,
            title=hit.title,
            excerpt=excerpt(hit.text, text),
            path=_path(hit, text),
        )


@router.get("/search", responses=refusals())
async def search(
    page: PageQuery,
    as_of: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    q: Annotated[str, Query(description="Text, e.g. 旅游; one sign is enough.", min_length=1, max_length=100)],
    kind: Annotated[Realm | None, Query(description="Look only there.")] = None,
) -> Page[HitView]:
    """Find units, duties and entries of registers that hold a text on a day, also as part of a word."""
    if not q.strip():
        raise invalid("q", "is blank", "a text, e.g. 旅游")
    hits = await store.search(conn, as_of, q, kind, after=_after(page), limit=page.fetch)
    return page.cut(hits, lambda hit: HitView.of(hit, q), lambda hit: [hit.rank, hit.position])


def _after(page: PageRequest) -> tuple[int, int]:
    rank, position = page.after_or(0, 0)
    if not isinstance(rank, int) or not isinstance(position, int) or not (0 <= rank < 2**31 and 0 <= position < 2**63):
        raise bad_cursor()
    return rank, position


def _path(hit: Hit, text: str) -> str:
    if hit.realm == "unit":
        return f"/v1/units/{hit.code}"
    return f"/v1/duties?text={text}" if hit.realm == "duty" else f"/v1/registers/{hit.register}/{hit.code}"
