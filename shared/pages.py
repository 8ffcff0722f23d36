"""Lists over HTTP: `{"items": […], "next": cursor or null}` with `limit` and an opaque `cursor`."""

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from shared import exact_json
from shared.errors import InvalidError, invalid

Item = TypeVar("Item")
Row = TypeVar("Row")

MAX_LIMIT = 200


class Page(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next: str | None = Field(description="Cursor of the next page; null on the last.")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for."""

    limit: int
    after: list[Any] | None = None

    @property
    def fetch(self) -> int:
        """Return how many rows to read: one more than the page, to know whether there is a next."""
        return self.limit + 1

    def after_or(self, *first: str | int | None) -> list[Any]:
        """Return the sort key after which the page begins; `first` for the first page."""
        if self.after is None:
            return list(first)
        if len(self.after) != len(first):
            raise bad_cursor()
        return self.after

    def cut(self, rows: Sequence[Row], view: Callable[[Row], Item], key: Callable[[Row], Sequence[Any]]) -> Page[Item]:
        """Return the page of up to `limit` rows; `key` gives the sort key of a row, JSON values only."""
        return Page(items=[view(row) for row in rows[: self.limit]], next=self._next(rows, key))

    def written(
        self, rows: Sequence[Row], shown: Callable[[Row], dict[str, Any]], key: Callable[[Row], Sequence[Any]]
    ) -> Response:
        """As `cut`, for the lists that are asked for most: `shown` gives the members of a row's view, see `members_of`.

        Rows of our own tables are not validated once more on their way out; tests hold what is written to the view.
        """
        page = {"items": [shown(row) for row in rows[: self.limit]], "next": self._next(rows, key)}
        return Response(exact_json.dumps(page), media_type="application/json")

    def _next(self, rows: Sequence[Row], key: Callable[[Row], Sequence[Any]]) -> str | None:
        return encode_cursor(key(rows[self.limit - 1])) if len(rows) > self.limit else None


def members_of(view: type[BaseModel], *, but: Collection[str] = ()) -> Callable[[object], dict[str, Any]]:
    """Return what reads a view's members from the attributes of the same names, in the view's order, some left out."""
    names = tuple(name for name in view.model_fields if name not in but)
    read = attrgetter(*names)
    return lambda row: dict(zip(names, read(row), strict=True))


async def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items per page.")] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.", max_length=1000)] = None,
) -> PageRequest:
    """Read `limit` and `cursor`."""
    return PageRequest(limit=limit, after=None if cursor is None else decode_cursor(cursor))


PageQuery = Annotated[PageRequest, Depends(page_request)]


def encode_cursor(key: Sequence[Any]) -> str:
    """Return the opaque form of a sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """Return the sort key of a cursor; refuse one that this service did not make."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError) as error:
        raise bad_cursor() from error
    if not isinstance(key, list) or not all(
        isinstance(part, str | int | None) and not isinstance(part, bool) for part in key
    ):
        raise bad_cursor()
    return key


def id_bound(page: PageRequest) -> UUID | None:
    """Return the id behind which a page of a list in order of ids begins, up or down; None for the first page."""
    (after,) = page.after_or(None)
    if after is None:
        return None
    try:
        return UUID(after)
    except (ValueError, AttributeError) as error:  # AttributeError: no string at all
        raise bad_cursor() from error


def bad_cursor() -> InvalidError:
    """Return the refusal of a cursor that another list gave, or none."""
    return invalid("cursor", "not a cursor of this list", "the value of `next` of the page before, unchanged")
