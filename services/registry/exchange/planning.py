"""What a file would change: each row compared with what the registry holds, as one line of a plan. Pure.

A row whose content is there already is *unchanged*; one with other content is *changed* from a day on; one with nothing
of its key in the registry is *new*; one that only says an earlier end, or is missing from a list that is complete,
*ends*. A row with any fault is *bad*, and a plan with bad rows cannot be applied.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from services.registry.exchange.cells import CellFault, without_gaps
from services.registry.exchange.checking import faults_of
from services.registry.exchange.directory import REALMS, Directories
from services.registry.exchange.drafts import Draft, drafts_of, introduce
from services.registry.exchange.exporting import LISTS_OF_REALM
from services.registry.exchange.lists import LISTS, ListKind, ListName
from services.registry.exchange.naming import shown_key
from services.registry.exchange.reading import FileContent
from services.registry.exchange.records import (
    FieldChange,
    Held,
    Holdings,
    Key,
    Record,
    field_changes,
    key_of,
)
from shared.sheets import normalised

Action = Literal["new", "changed", "ended", "unchanged", "bad"]
Report = Callable[[int], None]

_REPORT_EVERY = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One row of a file, and what would become of it; `record` carries the days on which it is to hold."""

    list: ListName
    sheet: str
    row: int | None
    key: str
    action: Action
    record: Record | None = None
    ends_on: date | None = None
    changes: tuple[FieldChange, ...] = ()
    faults: tuple[CellFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Intent:
    """How a file is meant: from which day its changes hold, by which document, and whether its lists are complete."""

    effective_on: date
    document: str | None = None
    complete: bool = False


@dataclass(slots=True)
class Planner:
    """Compares one file with what the registry holds on all days."""

    holdings: Holdings
    intent: Intent
    report: Report = lambda _done: None
    directories: Directories = field(default_factory=Directories)
    _documents: set[str] = field(default_factory=set)
    _done: int = 0

    def plan(self, file: FileContent) -> list[PlanLine]:
        """Return the lines, list by list in the order in which they must be entered."""
        self._know_names()
        self._documents = {held.record["number"] for held in self.holdings.get("documents", [])} | {
            str(row.values["number"].value) for row in file.rows.get("documents", []) if "number" in row.values
        }
        for name, rows in file.rows.items():
            introduce(LISTS[name], rows, self.directories)
        return [line for name, kind in LISTS.items() if name in file.rows for line in self._list(kind, file)]

    def _know_names(self) -> None:
        """Know the names of the day first; names of other days only where the day has none that are alike."""
        day = self.intent.effective_on
        for realm in REALMS:
            held = self.holdings.get(LISTS_OF_REALM[realm], [])
            for each in (*(one for one in held if one.on(day)), *(one for one in held if not one.on(day))):
                code, name = each.record["code"], each.record["title" if realm == "post" else "name"]
                directory = self.directories.of[realm]
                if each.on(day) or (code not in directory.names_of and not isinstance(directory.code_of(name), str)):
                    self.directories.add(realm, each.record)

    def _list(self, kind: ListKind, file: FileContent) -> Iterator[PlanLine]:
        known: dict[Key, list[Held]] = defaultdict(list)
        for held in self.holdings.get(kind.name, []):
            known[key_of(kind, held.record)].append(held)
        seen: dict[Key, int] = {}
        for draft in drafts_of(kind, file.rows[kind.name], self.directories):
            yield self._line(kind, draft, known, seen)
            self._done += 1
            if self._done % _REPORT_EVERY == 0:
                self.report(self._done)
        if self.intent.complete and kind.dated:
            yield from self._missing(kind, known, seen)

    def _line(self, kind: ListKind, draft: Draft, known: dict[Key, list[Held]], seen: dict[Key, int]) -> PlanLine:
        key = key_of(kind, draft.values)
        shown = shown_key(kind, draft.values, self.directories)
        if draft.faults:
            return self._bad(kind, draft, shown, draft.faults)
        if key in seen:
            fault = draft.fault(kind, kind.key[0], f"{shown} stands in row {seen[key]} already", "one row for each")
            return self._bad(kind, draft, shown, [fault])
        seen[key] = draft.row
        held = self._held(draft, known.get(key, []))
        line = self._new(kind, draft, shown) if held is None else self._known(kind, draft, shown, held)
        if line.action in {"new", "changed"} and line.record is not None:
            faults = faults_of(kind, {name: part for name, part in line.record.items() if name != "id"}, draft)
            faults += self._unrecorded_document(kind, line.record, draft)
            faults += self._taken_names(kind, line.record, draft)
            if faults:
                return self._bad(kind, draft, shown, faults)
        return line

    def _unrecorded_document(self, kind: ListKind, record: Record, draft: Draft) -> list[CellFault]:
        """A duty rests on a document that is in the registry, or comes with the same file (文件)."""
        number = record.get("document")
        if kind.name != "duties" or number is None or number in self._documents:
            return []
        return [
            draft.fault(kind, "document", f"{number} is not in the registry", "a document there, or in the sheet 文件")
        ]

    def _taken_names(self, kind: ListKind, record: Record, draft: Draft) -> list[CellFault]:
        """A name means one unit; one that another has is no name for this."""
        if kind.name != "units":
            return []
        aliases = record.get("aliases")
        names = [(key, record.get(key)) for key in ("name", "short_name")]
        names += [("aliases", each) for each in (aliases if isinstance(aliases, list | tuple) else [])]
        units, faults = self.directories.of["unit"], []
        for key, name in names:
            if isinstance(name, str):
                meant = units.codes_called(name) - {record.get("code")}
                if meant:
                    others = "、".join(f"{units.names_of[code]} ({code})" for code in sorted(meant))
                    faults.append(draft.fault(kind, key, f"{name} already means {others}", "another name"))
        return faults

    def _held(self, draft: Draft, known: list[Held]) -> Held | None:
        """Return what the registry holds of a row's key: on the day of change, else on its own first day, else next."""
        day, stated = self.intent.effective_on, _day(draft, "valid_from")
        for wanted in (day, stated):
            for held in known:
                if wanted is not None and held.on(wanted):
                    return held
        return next((held for held in known if held.valid_from is not None and held.valid_from > day), None)

    def _new(self, kind: ListKind, draft: Draft, shown: str) -> PlanLine:
        record = {**_defaults(kind, draft.values, self.intent), **_stated(draft)}
        if kind.dated:
            record["valid_from"] = draft.values.get("valid_from") or self.intent.effective_on.isoformat()
            record["valid_to"] = draft.values.get("valid_to")
        changes = tuple(field_changes({}, record))
        return PlanLine(
            list=kind.name, sheet=draft.sheet, row=draft.row, key=shown, action="new", record=record, changes=changes
        )

    def _known(self, kind: ListKind, draft: Draft, shown: str, held: Held) -> PlanLine:
        record = {**held.record, **_stated(draft)}
        record |= {name: held.record[name] for name in _same_names(kind, held.record, record)}
        changes = tuple(field_changes(held.record, record))
        if not changes:
            return self._same_content(kind, draft, shown, held)
        if not kind.dated or held.valid_from is None:
            faults = [
                draft.fault(kind, change.field, "a recorded document is not changed", str(change.before))
                for change in changes
            ]
            return self._bad(kind, draft, shown, faults)
        stated, end = _day(draft, "valid_from"), _day(draft, "valid_to") or held.valid_to
        begins = stated if stated is not None and stated > held.valid_from else self.intent.effective_on
        record["valid_from"] = max(begins, held.valid_from).isoformat()
        record["valid_to"] = None if end is None else end.isoformat()
        if "document" in record and "document" not in {change.field for change in changes} and self.intent.document:
            record["document"] = self.intent.document
        return PlanLine(
            list=kind.name,
            sheet=draft.sheet,
            row=draft.row,
            key=shown,
            action="changed",
            record=record,
            changes=changes,
        )

    def _same_content(self, kind: ListKind, draft: Draft, shown: str, held: Held) -> PlanLine:
        first, end = _day(draft, "valid_from"), _day(draft, "valid_to")
        if first is not None and first != held.valid_from:
            reason = f"begins on {held.valid_from} in the registry; first days are corrected by a command"
            return self._bad(kind, draft, shown, [draft.fault(kind, "valid_from", reason, str(held.valid_from))])
        if end is None or end == held.valid_to:
            return PlanLine(list=kind.name, sheet=draft.sheet, row=draft.row, key=shown, action="unchanged")
        if held.valid_to is not None and end > held.valid_to:
            reason = f"ends on {held.valid_to} in the registry; it is continued by a command"
            return self._bad(kind, draft, shown, [draft.fault(kind, "valid_to", reason, str(held.valid_to))])
        if held.valid_from is not None and end <= held.valid_from:
            reason = f"is not after its first day {held.valid_from}"
            return self._bad(kind, draft, shown, [draft.fault(kind, "valid_to", reason, "a later day")])
        return _ended(kind, shown, held, end, draft.sheet, draft.row)

    def _missing(self, kind: ListKind, known: dict[Key, list[Held]], seen: dict[Key, int]) -> Iterator[PlanLine]:
        day = self.intent.effective_on
        for key, held_days in known.items():
            held = next((each for each in held_days if each.on(day)), None)
            if key in seen or held is None:
                continue
            shown = shown_key(kind, held.record, self.directories)
            if held.valid_from == day:
                fault = CellFault("", kind.key[0], "", shown, f"begins on {day} and cannot end then", "a later day")
                yield PlanLine(list=kind.name, sheet=kind.sheet, row=None, key=shown, action="bad", faults=(fault,))
            else:
                yield _ended(kind, shown, held, day, kind.sheet, None)

    def _bad(self, kind: ListKind, draft: Draft, shown: str, faults: list[CellFault]) -> PlanLine:
        return PlanLine(list=kind.name, sheet=draft.sheet, row=draft.row, key=shown, action="bad", faults=tuple(faults))


def counts_of(lines: list[PlanLine]) -> dict[str, dict[str, int]]:
    """Return how many lines of each list there are by what becomes of them."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        counted[line.list][line.action] += 1
    return {name: dict(counter) for name, counter in counted.items()}


def _ended(kind: ListKind, shown: str, held: Held, on: date, sheet: str, row: int | None) -> PlanLine:
    return PlanLine(
        list=kind.name,
        sheet=sheet,
        row=row,
        key=shown,
        action="ended",
        record=held.record,
        ends_on=on,
        changes=(FieldChange("valid_to", held.valid_to, on),),
    )


def _same_names(kind: ListKind, held: Record, record: Record) -> list[str]:
    """Return the names that differ by nothing but spaces for looks: they stay as the registry has them."""
    names = [about.key for about in kind.fields if about.kind == "name"]
    return [name for name in names if without_gaps(normalised(str(held.get(name)))) == record.get(name)]


def _stated(draft: Draft) -> dict[str, Any]:
    stated = {name: value for name, value in draft.values.items() if name not in {"valid_from", "valid_to"}}
    if isinstance(stated.get("social_credit_code"), str):
        stated["social_credit_code"] = stated["social_credit_code"].upper()
    return stated


def _day(draft: Draft, name: str) -> date | None:
    value = draft.values.get(name)
    return None if value is None else date.fromisoformat(value)


def _defaults(kind: ListKind, values: dict[str, Any], intent: Intent) -> dict[str, Any]:
    """Return what a new record has where the file says nothing."""
    fields = {about.key for about in kind.fields}
    found: dict[str, Any] = {"document": intent.document} if "document" in fields and intent.document else {}
    if kind.name == "units" and isinstance(values.get("name"), str):
        name = values["name"]
        found["short_name"] = name.removeprefix("县") if len(name.removeprefix("县")) > 1 else name
    if kind.name == "duties":
        _place_duty(values, found)
    return found


def _place_duty(values: dict[str, Any], found: dict[str, Any]) -> None:
    """Take article and number of a duty from its code, e.g. 3.19: part three, item 19."""
    parts = str(values.get("code") or "").split(".")
    numerals = "零一二三四五六七八九十"
    if len(parts) > 1 and all(part.isdigit() for part in parts) and 0 < int(parts[0]) < len(numerals):
        article = numerals[int(parts[0])]
        found |= {"article": article, "number": int(parts[1]), "source": f"{article}.{'.'.join(parts[1:])}"}
