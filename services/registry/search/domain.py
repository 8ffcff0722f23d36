"""A place where a text was found, and the words around it."""

import unicodedata
from dataclasses import dataclass
from typing import Literal

Realm = Literal["unit", "duty", "entry"]

_AROUND = 30


@dataclass(frozen=True, slots=True)
class Hit:
    """One unit, duty or entry that holds the text."""

    realm: Realm
    rank: int
    position: int
    code: str
    title: str
    text: str
    register: str | None


def excerpt(text: str, wanted: str) -> str:
    """Return the words around the first place where a text stands, spaces and forms of signs aside."""
    plain, places = _searched(text)
    start = plain.find(_searched(wanted)[0])
    if start < 0:
        return text[: 2 * _AROUND]
    first, last = places[start], places[start + len(_searched(wanted)[0]) - 1] + 1
    before, after = max(0, first - _AROUND), min(len(text), last + _AROUND)
    return f"{'…' if before else ''}{text[before:after]}{'…' if after < len(text) else ''}"


def _searched(text: str) -> tuple[str, list[int]]:
    """Return the form in which texts are searched, and for each of its signs the place in the text."""
    signs, places = [], []
    for place, sign in enumerate(text):
        for plain in unicodedata.normalize("NFKC", sign).lower():
            if not plain.isspace():
                signs.append(plain)
                places.append(place)
    return "".join(signs), places
