"""What would end although something still names it: found when the file is planned, not when it is applied."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from services.registry.exchange.cells import CellFault
from services.registry.exchange.directory import Directories, Realm
from services.registry.exchange.drafts import REALM_OF
from services.registry.exchange.lists import LISTS, ListKind, ListName
from services.registry.exchange.naming import REALM_OF_KIND, name_of
from services.registry.exchange.planning import PlanLine
from services.registry.exchange.records import Held, Holdings, Key, Record, key_of

_NAMED_AT_MOST = 5

Names = dict[tuple[Realm, str], list[str]]
"""Who names what: by realm and code, in words."""


def with_loose_ends(lines: Sequence[PlanLine], holdings: Holdings, directories: Directories) -> list[PlanLine]:
    """Return the lines; one that would end what others still name on that day is bad."""
    ends = {line.ends_on for line in lines if line.action == "ended" and line.list in REALM_OF}
    naming = {day: _naming(lines, holdings, directories, day) for day in ends if day is not None}
    return [_checked(line, naming, directories) for line in lines]


def _checked(line: PlanLine, naming: dict[date, Names], directories: Directories) -> PlanLine:
    realm = REALM_OF.get(line.list)
    if line.action != "ended" or realm is None or line.record is None or line.ends_on is None:
        return line
    by = naming[line.ends_on].get((realm, line.record["code"]), [])
    if not by:
        return line
    more = f" and {len(by) - _NAMED_AT_MOST} more" if len(by) > _NAMED_AT_MOST else ""
    name = directories.of[realm].names_of[line.record["code"]]
    reason = f"{name} is still named by {'、'.join(by[:_NAMED_AT_MOST])}{more}"
    fault = CellFault("", "valid_to", "失效日期", str(line.ends_on), reason, "end or change those in the same file")
    return replace(line, action="bad", record=None, ends_on=None, changes=(), faults=(fault,))


def _naming(lines: Sequence[PlanLine], holdings: Holdings, directories: Directories, day: date) -> Names:
    """Return who names whom on a day when the plan has been applied; entries of registers may name who was."""
    found: Names = defaultdict(list)
    for name, kind in LISTS.items():
        if name in REALM_OF or name in _PLAIN_LISTS:
            for record in _standing(kind, lines, holdings.get(name, []), day):
                for named in _names_in(kind, record):
                    found[named].append(f"{kind.sheet} {name_of(kind, record, directories)[:20]}")
    return found


_PLAIN_LISTS: frozenset[ListName] = frozenset({"incumbencies", "obligations", "memberships", "duties", "portfolios"})


def _standing(kind: ListKind, lines: Sequence[PlanLine], held: Sequence[Held], day: date) -> list[Record]:
    standing: dict[Key, Record] = {key_of(kind, each.record): each.record for each in held if each.on(day)}
    for line in lines:
        if line.list != kind.name or line.record is None:
            continue
        if line.action == "ended" and line.ends_on is not None and line.ends_on <= day:
            standing.pop(key_of(kind, line.record), None)
        elif line.action in {"new", "changed"}:
            standing[key_of(kind, line.record)] = line.record
    return list(standing.values())


def _names_in(kind: ListKind, record: Record) -> Iterator[tuple[Realm, str]]:
    parts = [record, *(record.get("clauses") or ())]
    for field in kind.fields:
        realm = REALM_OF_KIND.get(field.kind)
        if realm is None:
            continue
        for part in parts:
            value = part.get(field.key)
            for code in value if isinstance(value, list | tuple) else [value]:
                if code is not None:
                    yield realm, code
