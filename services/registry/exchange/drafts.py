"""Raw rows as drafts of records: cells understood, several names in a cell taken apart, a duty's rows put together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.registry.exchange.cells import CellError, CellFault, codes_of, value_of, without_gaps
from services.registry.exchange.directory import Directories, Realm, Unknown
from services.registry.exchange.lists import Field, ListKind, ListName
from services.registry.exchange.reading import Given, RawRow

REALM_OF: dict[ListName, Realm] = {"units": "unit", "posts": "post", "sectors": "sector", "bodies": "body"}


@dataclass(slots=True)
class Draft:
    """What a row says of one record: values by field, the places they stand in, what could not be understood."""

    sheet: str
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Given] = field(default_factory=dict)
    clause_places: list[dict[str, Given]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)

    def fault(self, kind: ListKind, key: str, reason: str, expected: str | None = None) -> CellFault:
        """Return the fault of a field, at its cell, or at the row if it has none."""
        given = self.places.get(key, Given(self.first_place, None))
        heading = next((each.headings[0] for each in kind.all_fields if each.key == key), key)
        return CellFault(
            given.place, key, heading, "" if given.value is None else str(given.value)[:200], reason, expected
        )

    @property
    def first_place(self) -> str:
        """Return the place of the row's first cell."""
        return next((given.place for given in self.places.values()), f"row {self.row}")


def drafts_of(kind: ListKind, rows: Sequence[RawRow], directories: Directories) -> Iterator[Draft]:
    """Give the drafts of a list's rows; a duty's rows make one."""
    plain = (_draft(kind, row, directories) for row in rows)
    if kind.name == "duties":
        yield from _duties(kind, plain)
        return
    for draft, row in zip(plain, rows, strict=True):
        _complete_code(kind, draft, directories)
        yield from _spread(kind, draft, row, directories)


def introduce(kind: ListKind, rows: Sequence[RawRow], directories: Directories) -> None:
    """Let what the rows bring with a code of its own be known by name, before any row refers to it."""
    realm = REALM_OF.get(kind.name)
    if realm is None:
        return
    name_key = kind.named_by or "name"
    for row in rows:
        code, name = _plain(row, "code"), without_gaps(_plain(row, name_key))
        if code and name and code not in directories.of[realm].names_of:
            record = {
                "code": code,
                name_key: name,
                "short_name": _plain(row, "short_name"),
                "unit": _plain(row, "unit"),
            }
            directories.add(realm, record)


def _plain(row: RawRow, key: str) -> str:
    given = row.values.get(key)
    return given.value if given is not None and isinstance(given.value, str) else ""


def _draft(kind: ListKind, row: RawRow, directories: Directories) -> Draft:
    draft = Draft(row.sheet, row.number, places=dict(row.values))
    for key, given in row.values.items():
        about = next((each for each in kind.all_fields if each.key == key), None)
        if kind.name == "duties" and key == "clauses":
            _take_clauses(kind, draft, given, directories)
        elif about is None:
            draft.faults.append(CellFault(given.place, key, key, str(given.value)[:200], "no field of this list", None))
        elif not about.spread:
            _take(about, draft, given, directories)
    return draft


def _take(about: Field, draft: Draft, given: Given, directories: Directories) -> None:
    try:
        draft.values[about.key] = value_of(about, given.value, directories)
    except CellError as error:
        draft.faults.append(error.at(about, given))


def _complete_code(kind: ListKind, draft: Draft, directories: Directories) -> None:
    """Find the code of a row that gives the name alone; a new one needs its code."""
    name = draft.values.get(kind.named_by or "")
    if kind.named_by is None or draft.values.get("code") or not isinstance(name, str):
        return
    owner = draft.values.get("unit")
    directory = directories.of[REALM_OF[kind.name]]
    names = [f"{directories.of['unit'].names_of.get(owner, '')}{name}"] if isinstance(owner, str) else []
    found = [code for each in (name, *names) if isinstance(code := directory.code_of(each), str)]
    if found:
        draft.values["code"] = found[0]
        return
    unknown = directory.code_of(name)
    suggestions = unknown.suggestions if isinstance(unknown, Unknown) else ()
    fault = draft.fault(
        kind, kind.named_by, f"{name} is not known; a new one needs a code", "a known name, or a code beside it"
    )
    draft.faults.append(replace(fault, suggestions=suggestions))


def _spread(kind: ListKind, draft: Draft, row: RawRow, directories: Directories) -> Iterator[Draft]:
    """Give one draft per name in cells that may hold several records' names."""
    named: list[tuple[str, str]] = []
    fields = [about for about in kind.fields if about.spread and about.key in row.values]
    for about in fields:
        given = row.values[about.key]
        if given.value in (None, "", []):
            continue
        try:
            named += [(about.key, code) for code in codes_of(about, given.value, directories)]
        except CellError as error:
            draft.faults.append(error.at(about, given))
    if not named or draft.faults:
        yield draft
        return
    if len({key for key, _ in named}) > 1 and len(named) == len(fields):
        draft.faults.append(draft.fault(kind, fields[0].key, "both a unit and a post are named", "one of them"))
        yield draft
        return
    empty = {about.key: None for about in kind.fields if about.spread}
    for key, code in named:
        yield replace(draft, values={**draft.values, **empty, key: code}, faults=list(draft.faults))


def _duties(kind: ListKind, rows: Iterator[Draft]) -> Iterator[Draft]:
    """Put rows of the same duty together: its own fields from the first row that has them, a clause from each."""
    duties: dict[str, Draft] = {}
    last: str | None = None
    for draft in rows:
        code = draft.values.get("code") or last
        if not isinstance(code, str):
            yield draft
            continue
        last = code
        duty = duties.setdefault(code, draft)
        clause = {about.key: draft.values.pop(about.key, None) for about in kind.fields if about.part == "clause"}
        if duty is draft:
            duty.values["code"] = code
        else:
            _join(kind, duty, draft)
        if any(clause.values()):
            duty.values.setdefault("clauses", []).append(
                {key: value for key, value in clause.items() if value is not None}
            )
            duty.clause_places.append(draft.places)
    yield from duties.values()


def _join(kind: ListKind, duty: Draft, more: Draft) -> None:
    duty.faults += more.faults
    for key, value in more.values.items():
        if value in (None, "", []) or key == "clauses":
            continue
        if duty.values.get(key) in (None, "", []):
            duty.values[key] = value
            duty.places[key] = more.places.get(key, Given(more.first_place, value))
        elif duty.values[key] != value:
            duty.faults.append(
                more.fault(kind, key, f"differs from row {duty.row} of the same duty", str(duty.values[key]))
            )


def _take_clauses(kind: ListKind, draft: Draft, given: Given, directories: Directories) -> None:
    """Take the clauses that YAML nests in a duty."""
    clauses: list[dict[str, Any]] = []
    stated = given.value if isinstance(given.value, list) else []
    if not isinstance(given.value, list) or not all(isinstance(clause, dict) for clause in stated):
        shown = str(given.value)[:200]
        draft.faults.append(CellFault(given.place, "clauses", "clauses", shown, "is no list of clauses", "a list"))
        return
    for index, clause in enumerate(stated):
        places = {str(key): Given(f"{given.place}.{index}.{key}", value) for key, value in clause.items()}
        part = Draft(draft.sheet, draft.row, places=places)
        for key, each in places.items():
            about = next((one for one in kind.fields if one.key == key and one.part == "clause"), None)
            if about is None:
                part.faults.append(CellFault(each.place, key, key, str(each.value)[:200], "no field of a clause", None))
            else:
                _take(about, part, each, directories)
        clauses.append(part.values)
        draft.clause_places.append(places)
        draft.faults += part.faults
    draft.values["clauses"] = clauses
