"""Pages and cursors: opaque, followed without gap, refused when they are not ours."""

import base64

import orjson
import pytest

from shared.errors import InvalidError
from shared.pages import PageRequest, decode_cursor, encode_cursor, page_request


def _first(request: PageRequest, numbers: list[int]) -> tuple[list[int], str | None]:
    (after,) = request.after_or(0)
    rows = [number for number in numbers if number > after][: request.fetch]
    page = request.cut(rows, lambda row: row, lambda row: (row,))
    return page.items, page.next


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
async def test_pages_followed_to_the_end_show_everything_once(count: int) -> None:
    numbers, seen, cursor = list(range(1, count + 1)), list[int](), None
    while True:
        items, cursor = _first(await page_request(limit=2, cursor=cursor), numbers)
        seen += items
        if cursor is None:
            break
    assert seen == numbers


async def test_a_last_page_that_is_just_full_has_no_next() -> None:
    assert _first(await page_request(limit=2), [1, 2]) == ([1, 2], None)


@pytest.mark.parametrize("key", [["2026-03-31", "id"], [None, 1], ["县发改局"], [0]])
def test_a_cursor_holds_its_sort_key(key: list[object]) -> None:
    cursor = encode_cursor(key)
    assert decode_cursor(cursor) == key
    assert cursor.isascii()
    assert "=" not in cursor


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "abc",
        "!!!!",
        "县",
        base64.urlsafe_b64encode(orjson.dumps({"a": 1})).decode(),
        base64.urlsafe_b64encode(orjson.dumps([[1]])).decode(),
        base64.urlsafe_b64encode(orjson.dumps([1.5])).decode(),
        base64.urlsafe_b64encode(b"\xff").decode(),
    ],
)
def test_a_cursor_of_another_make_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidError, match="cursor"):
        decode_cursor(cursor)


async def test_a_cursor_of_another_list_is_refused() -> None:
    request = await page_request(cursor=encode_cursor(["a", "b"]))
    with pytest.raises(InvalidError, match="cursor"):
        request.after_or(None)
