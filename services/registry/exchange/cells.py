"""What a cell means: text as a value of its field, names as codes. One that means nothing is a fault with a reason."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.registry.exchange.directory import Directories, Directory, Unknown
from services.registry.exchange.lists import Field
from services.registry.exchange.naming import REALM_OF_KIND
from services.registry.exchange.reading import Given
from services.registry.registers.standard_number import written_right
from shared.sheets import read_day, split_names

_GAP = re.compile(r"(?<=[\u3400-\u9fff]) +(?=[\u3400-\u9fff])")


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong in one place of a file, and what would be right."""

    place: str
    field: str
    heading: str
    value: str
    reason: str
    expected: str | None = None
    suggestions: tuple[str, ...] = ()


class CellError(Exception):
    """A cell cannot be taken."""

    def __init__(self, reason: str, expected: str | None = None, suggestions: tuple[str, ...] = ()) -> None:
        """Keep what a fault says."""
        super().__init__(reason)
        self.reason, self.expected, self.suggestions = reason, expected, suggestions

    def at(self, field: Field, given: Given) -> CellFault:
        """Return the fault of the place where it was found."""
        shown = str(given.value)
        return CellFault(
            given.place, field.key, field.headings[0], shown[:200], self.reason, self.expected, self.suggestions
        )


def value_of(field: Field, value: Any, directories: Directories) -> Any:  # noqa: ANN401 - whatever a file holds
    """Return what a cell means for its field; None if it is empty. Raises `CellError`."""
    if value is None or value in ("", []):
        return [] if field.kind in _PLURAL else None
    return _READ[field.kind](field, value, directories)


def codes_of(field: Field, value: Any, directories: Directories) -> list[str]:  # noqa: ANN401 - whatever a file holds
    """Return the codes of all names in a cell, each once."""
    return _codes(field, value, directories)


def names_in(value: Any) -> list[str]:  # noqa: ANN401 - whatever a file holds
    """Return the texts in a cell that may hold several; where line ends divide, or ；, nothing else does."""
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    text = str(value)
    if "\n" in text:
        return _lines(text)
    if "；" in text or ";" in text:
        return [part.strip() for part in text.replace(";", "；").split("；") if part.strip()]
    return split_names(text)


def without_gaps(name: str) -> str:
    """Return a name without the spaces that stand between Chinese signs for looks, e.g. 县 长."""
    return _GAP.sub("", name)


def _lines(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n") if part.strip()]


def _text(_field: Field, value: Any, _directories: Directories) -> str:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, list | dict):
        raise CellError("one text is wanted here, not several", "one text")
    return str(value)


def _name(field: Field, value: Any, directories: Directories) -> str:  # noqa: ANN401 - whatever a file holds
    return without_gaps(_text(field, value, directories))


def _standard(field: Field, value: Any, directories: Directories) -> str:  # noqa: ANN401 - whatever a file holds
    return written_right(_text(field, value, directories))


def _texts(_field: Field, value: Any, _directories: Directories) -> list[str]:  # noqa: ANN401 - whatever a file holds
    return names_in(value)


def _line_texts(_field: Field, value: Any, _directories: Directories) -> list[str]:  # noqa: ANN401 - whatever a file holds
    return [str(each) for each in value] if isinstance(value, list | tuple) else _lines(str(value))


def _day(_field: Field, value: Any, _directories: Directories) -> str:  # noqa: ANN401 - whatever a file holds
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    day = read_day(str(value))
    if day is None:
        raise CellError("is no calendar day", "e.g. 2009-07-06, 2009年7月6日 or a date cell")
    return day.isoformat()


def _number(_field: Field, value: Any, _directories: Directories) -> int:  # noqa: ANN401 - whatever a file holds
    text = str(value)
    if not text.isascii() or not text.removesuffix("年").isdigit():
        text = text.removesuffix("年").removesuffix("次")
    if not (text.isascii() and text.isdigit() and len(text) <= len("1000000000")):
        raise CellError("is no whole number", "a number such as 2")
    return int(text)


def _word(field: Field, value: Any, _directories: Directories) -> str:  # noqa: ANN401 - whatever a file holds
    words: Mapping[str, Sequence[str]] = field.words or {}
    text = str(value)
    for meaning, chinese in words.items():
        if text == meaning or text in chinese:
            return meaning
    raise CellError(f"is none of the words for {field.headings[0]}", " | ".join(chosen[0] for chosen in words.values()))


def _code(field: Field, value: Any, directories: Directories) -> str:  # noqa: ANN401 - whatever a file holds
    codes = _codes(field, value, directories)
    if len(codes) != 1:
        raise CellError("names several, where one is wanted", "one name or code")
    return codes[0]


def _codes(field: Field, value: Any, directories: Directories) -> list[str]:  # noqa: ANN401 - whatever a file holds
    directory = directories.of[REALM_OF_KIND[field.kind]]
    whole = directory.code_of(str(value)) if isinstance(value, str) else None
    if isinstance(whole, str):  # a name may hold a separator itself
        return [whole]
    found = [directory.code_of(name) for part in names_in(value) for name in _known_or_divided(part, directory)]
    unknown = [each for each in found if isinstance(each, Unknown)]
    if unknown:
        suggestions = tuple(dict.fromkeys(name for each in unknown for name in each.suggestions))
        raise CellError(
            "; ".join(each.reason for each in unknown),
            "a name, alias or code in the registry or in this file",
            suggestions,
        )
    return list(dict.fromkeys(code for code in found if isinstance(code, str)))


def _known_or_divided(text: str, directory: Directory) -> list[str]:
    return [text] if isinstance(directory.code_of(text), str) else split_names(text)


_PLURAL = frozenset({"texts", "lines", "units", "sectors"})
_READ: Mapping[str, Callable[[Field, Any, Directories], Any]] = {
    "text": _text, "name": _name, "texts": _texts, "lines": _line_texts, "day": _day, "number": _number, "word": _word,
    "standard": _standard,
    "unit": _code, "post": _code, "sector": _code, "body": _code, "units": _codes, "sectors": _codes,
}  # fmt: skip
