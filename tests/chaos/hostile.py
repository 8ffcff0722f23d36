"""Events that a stranger could write: of every type, with every member in turn replaced by what is hard to keep."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import orjson

from shared.contracts.golden import EXAMPLES

NUL = "a\0b"
LONG = "县" * 300_000
RANDOM = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=20_000))  # noqa: S311 - no secret
"""Longer than an index takes, and not to be compressed."""

_TEXTS: tuple[Any, ...] = (
    NUL, "", LONG, RANDOM, "\U0010ffff\ufffe\u202e", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "NaN", "-Infinity", "1e1000000", "-1e-1000000", "9" * 5000, None, {}, 2**31,
)  # fmt: skip
_NUMBERS: tuple[Any, ...] = (-1, 0, 2**31 - 1, 2**31, 2**63 - 1, 2**64 - 1, 1.7e308, -1.7e308, 5e-324, 0.5, True, "1e9")
_REPEATED = 10_000

Path = tuple[str | int, ...]


def hostile_events() -> Iterator[bytes]:
    """Yield every event of the examples with every member made hostile, one at a time."""
    for file in sorted(EXAMPLES.glob("*.json")):
        example = json.loads(file.read_text(encoding="utf-8"))
        for number, (path, value) in enumerate(_leaves(example)):
            for variant, hostile in enumerate(_hostile(value)):
                event = copy.deepcopy(example)
                if path not in {("id",), ("source",)}:
                    event["id"] = f"{file.stem}-{number}-{variant}"  # none is a duplicate of another
                _place(event, path, hostile)
                yield orjson.dumps(event)


def _leaves(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:  # noqa: ANN401 - any JSON
    if path not in {(), ("type",)}:
        yield path, node
    if isinstance(node, dict):
        for name, member in node.items():
            yield from _leaves(member, (*path, name))
    elif isinstance(node, list):
        for index, member in enumerate(node[:1]):
            yield from _leaves(member, (*path, index))


def _hostile(value: Any) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        yield from ({**value, "added\0": 1}, {**value, "added": NUL}, [], None)
    elif isinstance(value, list):
        yield value * _REPEATED
        yield [_unlike(value[0], number) for number in range(_REPEATED)] if value else [NUL]
        yield from ([], [None], NUL, {})
    elif isinstance(value, str):
        yield from _TEXTS
    else:
        yield from _NUMBERS


def _unlike(entry: Any, number: int) -> Any:  # noqa: ANN401 - any JSON
    """Return an entry that differs from the others as far as its texts may."""
    if isinstance(entry, dict):
        return {name: _unlike(member, number) for name, member in entry.items()}
    return f"{entry}-{number}" if isinstance(entry, str) and entry[:1].isdigit() and entry[4:5] != "-" else entry


def _place(event: Any, path: Path, value: Any) -> None:  # noqa: ANN401 - any JSON
    for step in path[:-1]:
        event = event[step]
    event[path[-1]] = value
