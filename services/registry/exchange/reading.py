"""Files as raw rows: each value with the place where it stands, not yet understood. xlsx, csv, YAML or JSON.

A sheet is taken for the list whose name it bears, else for the one whose headers it has most of. YAML and JSON hold
lists under their names, as the seed file and the JSON export do.
"""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from services.registry.exchange.lists import LISTS, ListKind, ListName
from services.registry.seed.plain_yaml import load_plain_yaml
from shared.errors import invalid
from shared.sheets import Column, FileTooLargeError, Sheet, Table, folded, normalised, read_sheets

MAX_ROWS = 50_000
"""Rows of all lists in one file."""

_NAMED_LIKE_YAML = (".yaml", ".yml", ".json")
_LOOKS_LIKE_YAML = re.compile(rb"\s*(\{|(#[^\n]*\n\s*)*[a-z-]+:\s*(\n|\[|$))")
_COPY = re.compile(r"[(（]\d+[)）]$")


@dataclass(frozen=True, slots=True)
class Given:
    """What a file says in one place: text of a cell, or what YAML holds."""

    place: str
    value: Any


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of a list, its values by field."""

    list: ListName
    sheet: str
    number: int
    values: Mapping[str, Given]


@dataclass(slots=True)
class FileContent:
    """The rows of a file by list, and what of it was not taken, said in one line each."""

    rows: dict[ListName, list[RawRow]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return how many rows there are."""
        return sum(len(rows) for rows in self.rows.values())

    def add(self, row: RawRow) -> None:
        """Take a row; refuse more than one file may hold."""
        self.rows.setdefault(row.list, []).append(row)
        if self.size > MAX_ROWS:
            raise FileTooLargeError(f"more than {MAX_ROWS} rows; divide the file")


def read_file(content: bytes, name: str, only: ListName | None = None) -> FileContent:
    """Return a file's rows; `only` says which list it is, if it is one list.

    Raises:
        InvalidError: it cannot be read, or holds no list.
        FileTooLargeError: it is more than is taken at once.
    """
    if not content:
        raise invalid("file", "it is empty", "an .xlsx, .csv, .yaml or .json file")
    found = FileContent()
    if name.lower().endswith(_NAMED_LIKE_YAML) or (
        not name.lower().endswith(".csv") and _LOOKS_LIKE_YAML.match(content)
    ):
        _read_yaml(content, found, only)
    else:
        _read_tables(content, name, found, only)
    if not found.rows and not found.remarks:
        raise invalid("file", "it has no rows", "rows below a header")
    if not found.rows:
        raise invalid(
            "file", "; ".join(found.remarks), f"sheets such as {'、'.join(kind.sheet for kind in LISTS.values())}"
        )
    return found


def _read_tables(content: bytes, name: str, found: FileContent, only: ListName | None) -> None:
    stem = re.split(r"[/\\]", name)[-1].rpartition(".")[0] or name or "csv"
    for sheet in read_sheets(content, stem):
        if sheet.hidden:
            found.remarks.append(f"{sheet.name}: hidden, not read")
            continue
        _read_sheet(sheet, found, only)


def _read_sheet(sheet: Sheet, found: FileContent, only: ListName | None) -> None:
    kind = LISTS[only] if only is not None else _kind_of(sheet)
    table = None if kind is None else sheet.table(_columns(kind))
    if kind is None or table is None:
        wanted = "no list's headers" if kind is None else f"lacks {_required(kind)}"
        found.remarks.append(f"{sheet.name}: not read, {wanted}")
        return
    if table.unknown:
        headings = "、".join(f"{cell.text} ({cell.address})" for cell in table.unknown)
        found.remarks.append(f"{sheet.name}: columns not known and not read: {headings}")
    for row in _table_rows(kind, table, found):
        found.add(row)


def _table_rows(kind: ListKind, table: Table, found: FileContent) -> Iterator[RawRow]:
    for row in table.rows():
        if row.heading:
            text = next(cell.text for cell in row.cells.values() if cell.text)
            found.remarks.append(f"{table.sheet}: row {row.number} is taken for a heading: {text[:40]}")
            continue
        values = {key: Given(cell.address, cell.text) for key, cell in row.cells.items()}
        yield RawRow(kind.name, table.sheet, row.number, values)


def _kind_of(sheet: Sheet) -> ListKind | None:
    """Return the list whose name the sheet bears, else the one of whose headers it has most (two at least)."""
    name = folded(_COPY.sub("", sheet.name))
    for kind in LISTS.values():
        if name in {kind.name, folded(kind.sheet), folded(kind.title)} and sheet.table(_columns(kind)) is not None:
            return kind
    fitting = [(len(table.columns), kind) for kind in LISTS.values() if (table := sheet.table(_columns(kind)))]
    best = max(fitting, key=lambda each: each[0], default=None)
    return best[1] if best is not None and best[0] > 1 else None


def _columns(kind: ListKind) -> list[Column]:
    return [Column(field.key, field.headings, field.required) for field in kind.all_fields]


def _required(kind: ListKind) -> str:
    return "、".join(field.headings[0] for field in kind.fields if field.required)


def _read_yaml(content: bytes, found: FileContent, only: ListName | None) -> None:
    try:
        loaded = _plain(_loaded(content.decode("utf-8-sig")))
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise invalid("file", f"it cannot be read as YAML or JSON: {error}", "YAML or JSON in UTF-8") from error
    sections = {only: loaded} if only is not None and isinstance(loaded, list) else loaded
    if not isinstance(sections, dict):
        raise invalid("file", "it holds no lists", f"a mapping of {', '.join(LISTS)}")
    for name, rows in sections.items():
        _read_section(name, rows, found)


def _loaded(text: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what YAML or JSON says; a key that stands twice is an error in both."""
    if text.lstrip()[:1] in {"{", "["}:
        with contextlib.suppress(json.JSONDecodeError):  # what is no JSON may be YAML in the same brackets
            return json.loads(text, object_pairs_hook=_once)
    return load_plain_yaml(text, aliases=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        raise ValueError(f"{twice} stands twice")
    return found


def _read_section(name: object, rows: object, found: FileContent) -> None:
    kind = next((each for each in LISTS.values() if each.name == name), None)
    if kind is None or not isinstance(rows, list):
        if name not in {"as_of", "known_at", "exported_at"}:
            found.remarks.append(f"{name}: not read, {'no list' if kind is None else 'holds no rows'}")
        return
    for index, row in enumerate(rows):
        if not isinstance(row, dict):
            raise invalid("file", f"{name}.{index} is {row!r:.60}", "a mapping of fields")
        found.add(RawRow(kind.name, kind.name, index, _given(f"{name}.{index}", _flat(row))))


def _given(path: str, row: Mapping[Any, Any]) -> dict[str, Given]:
    return {str(key): Given(f"{path}.{key}", value) for key, value in row.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    if isinstance(value, str):
        return normalised(value)
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _flat(row: dict[Any, Any]) -> dict[Any, Any]:
    """Return the row as records have it; the seed nests holders and classes, and names a clause's parts shortly."""
    flat = dict(row)
    holder = flat.pop("holder", None)
    if isinstance(holder, dict):
        flat.update({f"holder_{realm}": code for realm, code in holder.items()})
    elif holder is not None:
        flat["holder"] = holder
    if "text" in flat and "unit" in flat:
        flat["holder_unit"] = flat.pop("unit")
    if "gbt4754" in flat:
        about = flat.pop("gbt4754") or {}
        flat |= {"gbt4754_class": about.get("class"), "gbt4754_edition": about.get("edition")}
    if isinstance(flat.get("clauses"), list):
        flat["clauses"] = [_flat_clause(clause) for clause in flat["clauses"]]
    return flat


def _flat_clause(clause: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    if not isinstance(clause, dict):
        return clause
    names = {"kind": "clause_kind", "text": "clause_text"}
    return {names.get(key, key): value for key, value in clause.items()}
