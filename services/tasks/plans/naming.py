"""Units as plans write them in one cell: several names, a ★ on the lead, group words such as 各乡镇. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from services.tasks.plans.domain import UnitNames
from shared.sheets import normalised, split_names

_STARS = re.compile(r"[★☆＊*※▲△●◆]")
_LEADS = re.compile(r"[（(]\s*牵头(?:单位)?\s*[)）]")
_LABEL = re.compile(r"^(?:牵头|责任|配合|协办|主办|协同)(?:单位|部门)?[:：]")
_AND_OTHERS = re.compile(r"(?:等(?:有关|相关)?(?:单位|部门)?|等)$")
_NOBODY = re.compile(r"^(?:各|县级|县直|县)*(?:有关|相关)(?:单位|部门|科室)*$|^各部门$")

TOWNSHIPS, MEMBERS = "township", "member"
_GROUPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^(?:全县)?各?(?:乡镇|镇乡|乡镇街道|乡镇[（(]街道[)）]|镇街|街道乡镇)(?:人民政府|政府)?$"), TOWNSHIPS),
    (re.compile(r"^(?:县服务业工作)?(?:部门)?(?:各|全体|协调会议|协调会议各)*成员单位$"), MEMBERS),
)


@dataclass(frozen=True, slots=True)
class NamedUnits:
    """What a cell says: who leads, who else, what is wrong with it and what was read freely."""

    lead: str | None = None
    others: tuple[str, ...] = ()
    faults: tuple[tuple[str, str | None], ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """Every unit under every name, and who belongs to the groups that plans name."""

    codes: Mapping[str, frozenset[str]]
    groups: Mapping[str, Sequence[str]]
    names: Mapping[str, str]

    @classmethod
    def of(cls, units: Iterable[UnitNames], groups: Mapping[str, Sequence[str]]) -> "Directory":
        """Make the directory of the known units."""
        codes: dict[str, set[str]] = {}
        names: dict[str, str] = {}
        for unit in units:
            names[unit.code] = unit.name
            for name in _spellings((unit.code, unit.name, unit.short_name, *unit.aliases)):
                codes.setdefault(name, set()).add(unit.code)
        return cls({name: frozenset(found) for name, found in codes.items()}, groups, names)

    def find(self, name: str) -> frozenset[str]:
        """Return the units of this name: as written, or without 县 and what stands in brackets."""
        for spelling in _spellings((name,)):
            if spelling in self.codes:
                return self.codes[spelling]
        return frozenset()

    def nearest(self, name: str) -> str | None:
        """Return up to three names near to one that is not known."""
        near = get_close_matches(_folded(name), self.codes, n=3, cutoff=0.5)
        known = dict.fromkeys(self.names[code] for each in near for code in self.codes[each])
        return "、".join(known) or None


def _folded(name: str) -> str:
    return re.sub(r"\s", "", normalised(name)).replace("(", "（").replace(")", "）").lower()


def _spellings(names: Iterable[str]) -> list[str]:
    """Return the names as they may stand in a table, the fullest first."""
    folded = [_folded(name) for name in names if name.strip()]
    short = [re.sub(r"^(?:永嘉县|县)", "", name) for name in folded]
    bare = [re.sub(r"（[^（）]*）", "", name) for name in (*folded, *short)]
    return [name for name in dict.fromkeys((*folded, *short, *bare)) if name]


@dataclass(slots=True)
class _Reading:
    """A cell being read."""

    directory: Directory
    starred: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    grouped: list[str] = field(default_factory=list)
    faults: list[tuple[str, str | None]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def take(self, written: str) -> None:
        """Read one name of the cell."""
        starred = bool(_STARS.search(written) or _LEADS.search(written))
        name = _LEADS.sub("", _STARS.sub("", written)).strip()
        bare = _AND_OTHERS.sub("", name)
        if bare != name:
            self.remarks.append(f"“{name}”：“等”字未指明单位，只计所列")
        if not bare:
            return
        group = next((group for pattern, group in _GROUPS if pattern.match(_folded(bare))), None)
        if group is not None:
            self._take_group(bare, group, starred=starred)
        elif _NOBODY.match(_folded(bare)):
            self.faults.append((f"“{bare}” names no unit in particular", "the units by name, 各成员单位 or 各乡镇"))
        else:
            self._take_unit(bare, starred=starred)

    def _take_group(self, name: str, group: str, *, starred: bool) -> None:
        if starred:
            self.faults.append((f"“{name}” cannot lead: they are many", "★ on one unit"))
        members = list(self.directory.groups.get(group, ()))
        self.grouped += members
        self.remarks.append(f"“{name}”按登记计{len(members)}个单位")

    def _take_unit(self, name: str, *, starred: bool) -> None:
        found = sorted(self.directory.find(name))
        several = [] if found else name.split()
        if len(several) > 1 and all(len(self.directory.find(each)) == 1 for each in several):
            self._take_unit(several[0], starred=starred)
            for each in several[1:]:
                self._take_unit(each, starred=False)
            return
        if len(found) != 1:
            reason = f"“{name}” is not known" if not found else f"“{name}” may be {' or '.join(found)}"
            self.faults.append((reason, self.directory.nearest(name) if not found else "the full name"))
            return
        self.units.append(found[0])
        if starred:
            self.starred.append(found[0])


def read_units(text: str, directory: Directory) -> NamedUnits:
    """Return the units of a cell in which the lead is marked or stands first; a group never leads."""
    reading = _Reading(directory)
    for written in split_names(_LABEL.sub("", normalised(text))):
        reading.take(written)
    if len(set(reading.starred)) > 1:
        reading.remarks.append("标★的牵头单位不止一个，以第一个为牵头，其余列为配合")
    lead = next(iter(reading.starred or reading.units), None)
    units = dict.fromkeys((*reading.units, *reading.grouped))
    others = tuple(unit for unit in units if unit != lead)
    return NamedUnits(lead, others, tuple(reading.faults), tuple(reading.remarks))


def only_lead(named: NamedUnits) -> NamedUnits:
    """Return what a column of leads says; of several leads the first is taken, and that is said."""
    if not named.others:
        return named
    return replace(named, remarks=(*named.remarks, "牵头单位不止一个，以第一个为牵头，其余列为配合"))


def joined(lead: NamedUnits, cooperating: NamedUnits) -> NamedUnits:
    """Return what a cell with the lead and one of cooperating units say together."""
    remarks = [*lead.remarks, *cooperating.remarks]
    named = [*lead.others, *([cooperating.lead] if cooperating.lead else []), *cooperating.others]
    others = tuple(unit for unit in dict.fromkeys(named) if unit != lead.lead)
    return NamedUnits(lead.lead, others, (*lead.faults, *cooperating.faults), tuple(remarks))
