"""What a record is about, in the words of who reads it: codes of others by their names, kinds in Chinese."""

from collections.abc import Mapping

from services.registry.exchange.directory import Directories, Realm
from services.registry.exchange.lists import Field, ListKind
from services.registry.exchange.records import Record

REALM_OF_KIND: Mapping[str, Realm] = {
    "unit": "unit", "units": "unit", "post": "post", "sector": "sector", "sectors": "sector", "body": "body",
}  # fmt: skip
"""What the cells of a field name, by how they are read."""

_LONGEST = 80


def shown_key(kind: ListKind, record: Record, directories: Directories) -> str:
    """Return a record's key as a person reads it, e.g. 县服务业工作部门协调会议 / 成员 / 县农办."""
    parts = (_shown(kind.field(key), record.get(key), directories) for key in kind.key)
    return " / ".join(part for part in parts if part)


def name_of(kind: ListKind, record: Record, directories: Directories) -> str:
    """Return what a record is called: its name or title, a duty with its holder, else its key in words."""
    if kind.name == "duties":
        holder = kind.field("holder_unit" if record.get("holder_unit") else "holder_post")
        return f"{_shown(holder, record.get(holder.key), directories)}：{record.get('text', '')}"[:_LONGEST]
    own = record.get("name") or record.get("title")
    return str(own)[:_LONGEST] if own else shown_key(kind, record, directories)[:_LONGEST]


def _shown(field: Field, value: object, directories: Directories) -> str:
    if value is None:
        return ""
    realm = REALM_OF_KIND.get(field.kind)
    if realm is not None:
        return directories.of[realm].names_of.get(str(value), str(value))
    return (field.words or {}).get(str(value), (str(value),))[0]
