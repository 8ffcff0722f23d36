"""Records as files: a workbook for officials, csv of one list, JSON that loses nothing. Pure; give it the records.

What refers to a unit, post, sector or body is written by its name where that means one alone, else by its code; so what
is exported is read back as the same.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson

from services.registry.exchange.cells import names_in
from services.registry.exchange.directory import REALMS, Directories, Directory, Realm
from services.registry.exchange.lists import LISTS, Field, ListKind, ListName
from services.registry.exchange.naming import REALM_OF_KIND
from services.registry.exchange.records import Held, Holdings, Record
from shared.clock import COUNTY_ZONE
from shared.workbook import SheetColumn, SheetContent, Value, is_formula_like, make_workbook

LISTS_OF_REALM: Mapping[Realm, ListName] = {"unit": "units", "post": "posts", "sector": "sectors", "body": "bodies"}
_CENTRED = frozenset({"word", "day"})
_ONCE_PER_DUTY = frozenset({"article", "number", "text", "source", "document", "valid_from", "valid_to"})


def directories_of(holdings: Holdings) -> Directories:
    """Return who or what the names in these records mean."""
    found = Directories()
    for realm in REALMS:
        for held in holdings.get(LISTS_OF_REALM[realm], ()):
            found.add(realm, held.record)
    return found


def as_workbook(holdings: Holdings, names: Sequence[ListName], as_of: date, now: datetime, county: str) -> bytes:
    """Return an xlsx with a sheet per list; the note on each says of which day it is and when it was made."""
    directories = directories_of(holdings)
    made = now.astimezone(COUNTY_ZONE)
    note = f"截至{_chinese_day(as_of)}　导出时间：{_chinese_day(made.date())}{made:%H:%M}"
    sheets = (
        SheetContent(
            kind.sheet,
            f"{county}{kind.title}",
            [SheetColumn(field.headings[0], field.width, _align(field)) for field in kind.all_fields],
            _rows(kind, holdings[kind.name], directories),
            note=note,
        )
        for kind in (LISTS[name] for name in names)
    )
    return make_workbook(sheets, title=f"{county}服务业协调登记册", created=now, author="协调会议办公室")


def as_csv(holdings: Holdings, name: ListName) -> bytes:
    """Return one list as csv, UTF-8 with mark as Excel wants it; no cell is taken for a formula."""
    kind, target = LISTS[name], io.StringIO()
    writer = csv.writer(target)
    writer.writerow(field.headings[0] for field in kind.all_fields)
    for row in _rows(kind, holdings[name], directories_of(holdings)):
        writer.writerow(_csv_value(value) for value in row)
    return target.getvalue().encode("utf-8-sig")


def as_json(holdings: Holdings, names: Sequence[ListName], as_of: date, now: datetime) -> bytes:
    """Return the records as they are, list by list; an import takes them back."""
    lists = {name: [{k: v for k, v in held.dated.items() if k != "id"} for held in holdings[name]] for name in names}
    return orjson.dumps({"as_of": as_of, "exported_at": now, **lists}, option=orjson.OPT_INDENT_2)


def _rows(kind: ListKind, holdings: Sequence[Held], directories: Directories) -> Iterator[list[Value]]:
    for held in holdings:
        for record in _spread(kind, held.dated):
            yield [_value(field, record.get(field.key), directories) for field in kind.all_fields]


def _spread(kind: ListKind, record: Record) -> Iterator[Record]:
    """Give a duty a row per clause, its own words only in the first; anything else is one row."""
    if kind.name != "duties":
        yield record
        return
    for place, clause in enumerate(record["clauses"]):
        duty = record if place == 0 else {key: part for key, part in record.items() if key not in _ONCE_PER_DUTY}
        yield {**duty, **clause}


def _value(field: Field, value: Any, directories: Directories) -> Value:  # noqa: ANN401 - any part of a record
    if value is None or value == []:
        return None
    if field.kind == "day":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if field.kind == "word":
        return (field.words or {}).get(value, (str(value),))[0]
    realm = REALM_OF_KIND.get(field.kind)
    if realm is not None:
        known = directories.of[realm]
        codes = value if isinstance(value, list) else [value]
        return _joined([_name_of(code, known) for code in codes], "、")
    if isinstance(value, list):
        texts = [str(each) for each in value]
        return "\n".join(texts) if field.kind == "lines" else _joined(texts, "、；\n")
    return value if isinstance(value, int) else str(value)


def _joined(parts: Sequence[str], separators: Sequence[str]) -> str:
    """Return the parts in one cell, divided by the first sign by which they are told apart again."""
    for separator in separators:
        text = separator.join(parts)
        for written in (text, f"{text}{separator}"):
            if names_in(written) == list(parts):
                return written
    return "\n".join(parts)


def _name_of(code: str, known: Directory) -> str:
    """Return the name if it means this code alone and cannot be taken for several, else the code."""
    name = known.unique_name(code)
    return name if names_in(name) == [name] else code


def _align(field: Field) -> Any:  # noqa: ANN401 - one of the words that columns take
    return "center" if field.kind in _CENTRED else "left"


def _csv_value(value: Value) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if is_formula_like(text) or text.startswith("'") else text


def _chinese_day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
