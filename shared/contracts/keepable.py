"""What can be kept of an event: bounds that are wider than any producer's, and narrower than any consumer's storage.

The contracts' schemas say what an event means; these bounds only keep out what no database, day or sum can hold, so
that a record of whatever origin is refused when it is read, with its reason, and not later in the middle of a fold.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from math import inf
from typing import Any

from pydantic import BaseModel
from pydantic_core import core_schema

_BOUNDS: Mapping[str, Mapping[str, Any]] = {
    "int": {"ge": -(2**31), "le": 2**31 - 1},
    "decimal": {"max_digits": 40, "decimal_places": 20},
    "date": {"ge": date(2, 1, 1), "le": date(9998, 12, 31)},
    "datetime": {"ge": datetime(2, 1, 1, tzinfo=UTC), "le": datetime(9998, 12, 31, tzinfo=UTC)},
}
"""By kind of value: 32 bits; 20 digits before and after the point; days that still have a neighbour in every zone."""

_WHOLE = range(-(2**63), 2**64)
"""Whole numbers that JSON can be written with again, where a member holds any JSON."""

_OTHER_BOUND = {"ge": "gt", "le": "lt", "max_digits": "max_digits", "decimal_places": "decimal_places"}

_NUL_ESCAPED = rb"\u0000"
"""How JSON must write U+0000, the one character that PostgreSQL's text cannot hold (lone surrogates are no JSON)."""


def bounded_schema(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the core schema of a model, with the bounds in it."""
    bounded: Mapping[str, Any] = _bounded(model.__pydantic_core_schema__)
    return bounded


def _bounded(node: Any) -> Any:  # noqa: ANN401 - any part of a core schema
    if isinstance(node, list):
        return [_bounded(entry) for entry in node]
    if isinstance(node, tuple):
        return tuple(_bounded(entry) for entry in node)
    if not isinstance(node, dict):
        return node
    copied = {key: entry if key == "metadata" else _bounded(entry) for key, entry in node.items()}
    kind = copied.get("type")
    for word, bound in _BOUNDS.get(kind if isinstance(kind, str) else "", {}).items():
        if word not in copied and _OTHER_BOUND[word] not in copied:
            copied[word] = bound
    return core_schema.no_info_after_validator_function(_refuse_large, copied) if kind == "any" else copied


def _refuse_large(content: object) -> object:
    """Refuse JSON that was read and cannot be written again.

    Raises:
        ValueError: one of its numbers is too large.
    """
    for found in _parts(content):
        if found in (inf, -inf) or (isinstance(found, int) and found not in _WHOLE):
            raise ValueError("a number in it is too large to be kept")
    return content


def may_hold_nul(content: bytes) -> bool:
    """Tell the JSON that must be looked through from nearly all other; costs next to nothing."""
    return b"\\" in content and _NUL_ESCAPED in content


def holds_nul(content: object) -> bool:
    """Return whether any text in a JSON value, a member's name included, holds U+0000; as deep as it may be nested."""
    return any(isinstance(found, str) and "\0" in found for found in _parts(content))


def _parts(content: object) -> Iterator[object]:
    """Yield every text, number and word in a JSON value, members' names included."""
    waiting = [content]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            waiting += found.keys()
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found
        else:
            yield found
