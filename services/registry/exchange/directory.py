"""Who or what a name means: units with their aliases, posts, sectors, bodies. A near miss is suggested, never taken."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import islice
from typing import Literal

from services.registry.domain import compared
from services.registry.exchange.records import Record

Realm = Literal["unit", "post", "sector", "body"]
REALMS: tuple[Realm, ...] = ("unit", "post", "sector", "body")

_SUGGESTED = 3
_CANDIDATES = 30
_NEAR = 0.45
_LOOKED_AT = 1000
"""Names that share a pair of signs with an unknown one are compared with it, the rarest pairs first, up to so many."""
_EXPLAINED = 500
"""So many different unknown names get suggestions; a file with more is no near miss."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that means nothing, or several things; `suggestions` are codes with names."""

    reason: str
    suggestions: tuple[str, ...]


@dataclass(slots=True)
class Directory:
    """The names of one realm."""

    realm: Realm
    names_of: dict[str, str] = field(default_factory=dict)
    """The name to show, by code."""
    _codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _by_pair: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _unknown: dict[str, Unknown] = field(default_factory=dict)

    def add(self, code: str, shown: str, names: Iterable[str]) -> None:
        """Let these names mean this code, besides the code itself."""
        self.names_of[code] = shown
        for name in (shown, *names):
            form = _form(name)
            if form:
                self._codes[form].add(code)
                for pair in _pairs(form):
                    self._by_pair[pair].add(form)

    def code_of(self, text: str) -> str | Unknown:
        """Return the code that a code or name means, or why it means none."""
        if text in self.names_of:
            return text
        codes = self._codes.get(_form(text), set())
        if len(codes) == 1:
            return next(iter(codes))
        if codes:
            return Unknown(f"{text} means several: give the code", self._shown(sorted(codes)))
        if text not in self._unknown and len(self._unknown) < _EXPLAINED:
            self._unknown[text] = Unknown(f"{text} is not known", self._shown(self._near(_form(text))))
        return self._unknown.get(text) or Unknown(f"{text} is not known", ())

    def codes_called(self, name: str) -> set[str]:
        """Return every code that a name means."""
        return set(self._codes.get(_form(name), ()))

    def unique_name(self, code: str) -> str:
        """Return the name if it means this code alone, else the code."""
        name = self.names_of.get(code, code)
        return name if self._codes.get(_form(name)) == {code} else code

    def _near(self, form: str) -> list[str]:
        shared: dict[str, int] = defaultdict(int)
        rarest_first = sorted(_pairs(form), key=lambda pair: len(self._by_pair.get(pair, ())))
        for pair in rarest_first:
            for other in islice(self._by_pair.get(pair, ()), _LOOKED_AT):
                shared[other] += 1
            if len(shared) > _LOOKED_AT:
                break
        closest = sorted(shared, key=lambda other: -shared[other] / (len(other) + len(form)))[:_CANDIDATES]
        rated = sorted(((SequenceMatcher(None, form, other).ratio(), other) for other in closest), reverse=True)
        codes = dict.fromkeys(code for ratio, other in rated if ratio >= _NEAR for code in sorted(self._codes[other]))
        return list(codes)[:_SUGGESTED]

    def _shown(self, codes: Iterable[str]) -> tuple[str, ...]:
        return tuple(f"{self.names_of[code]} ({code})" for code in list(codes)[:_SUGGESTED])


@dataclass(slots=True)
class Directories:
    """All realms."""

    of: dict[Realm, Directory] = field(default_factory=lambda: {realm: Directory(realm) for realm in REALMS})

    def add(self, realm: Realm, record: Record) -> None:
        """Let a record's names mean its code."""
        code, name = record.get("code"), record.get("title" if realm == "post" else "name")
        if isinstance(code, str) and isinstance(name, str):
            self.of[realm].add(code, name, self._more_names(realm, record, name))

    def _more_names(self, realm: Realm, record: Record, name: str) -> Iterator[str]:
        if realm == "unit":
            yield from (each for each in (record.get("short_name"), *(record.get("aliases") or ())) if each)
        if realm == "post":
            unit = record.get("unit")
            owner = self.of["unit"].names_of.get(unit, "") if isinstance(unit, str) else ""
            yield f"{owner}{name}"


def _form(name: str) -> str:
    return "".join(compared(name).split())


def _pairs(form: str) -> set[str]:
    return {form[place : place + 2] for place in range(len(form) - 1)} or {form}
