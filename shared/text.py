"""What people write: short official titles and long free text, and the digest by which events refer to the latter.

Free text stays with the service that took it. Events carry `digest(text)` and a link, because a log that is kept for
ever must not hold what may have to be erased.
"""

import hashlib
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

TITLE_MAX = 200
"""Characters of a title, at most."""
LONG_TEXT_MAX = 20_000
"""Characters of a free text, at most."""

_TITLE_EXPECTED = f"1 to {TITLE_MAX} characters on one line"
_LONG_TEXT_EXPECTED = f"1 to {LONG_TEXT_MAX} characters; of control characters only line feed and tab"
_LINE_FEED_AND_TAB = frozenset("\n\t")
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, lone surrogates, line and paragraph separators

_NOT_IN_XML = frozenset("\ufffe\uffff")  # no Word document or workbook can hold them


def digest(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 form, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def storable(text: str, longest: int) -> str:
    """Return a line that can be kept, whatever stranger's text it quotes: no U+0000, no surrogate, not too long."""
    line = " ".join(text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode().split())
    return line if len(line) <= longest else f"{line[:longest]} …"


def _title(value: str) -> str:
    return _written(value.strip(), TITLE_MAX, frozenset(), _TITLE_EXPECTED)


def _long_text(value: str) -> str:
    return _written(value.replace("\r\n", "\n").strip(), LONG_TEXT_MAX, _LINE_FEED_AND_TAB, _LONG_TEXT_EXPECTED)


def _written(text: str, longest: int, allowed: frozenset[str], expected: str) -> str:
    fault = _fault(text, longest, allowed)
    if fault is not None:
        raise PydanticCustomError("text", "{fault}; expected {expected}", {"fault": fault, "expected": expected})
    return text


def _fault(text: str, longest: int, allowed: frozenset[str]) -> str | None:
    refused = next((char for char in text if char not in allowed and _is_refused(char)), None)
    if refused is not None:
        return f"holds the character U+{ord(refused):04X}"
    if not any(_is_visible(char) for char in text):
        return "is blank"
    return f"has {len(text)} characters" if len(text) > longest else None


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ"


def _is_refused(char: str) -> bool:
    return unicodedata.category(char) in _REFUSED_CATEGORIES or char in _NOT_IN_XML


Title = Annotated[
    str,
    AfterValidator(_title),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": TITLE_MAX, "description": "Short, on one line."}),
]
"""A short official subject: one line, stripped, no names of persons."""

LongText = Annotated[
    str,
    AfterValidator(_long_text),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": LONG_TEXT_MAX, "description": "Free text; lines are kept."}
    ),
]
"""Free text: stripped, lines and tabs kept, line ends as line feeds."""
