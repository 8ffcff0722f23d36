"""The coverage report: gaps and overlaps of the division of work (永政办发〔2009〕106号 三), found by pure rules.

A sector is *guided* if a clause of kind guide_coordinate names it, *counted* if one of kind statistics does. Sectors
are compared word for word; that one stands `within` another is said in the remark and widens nothing. Themes (事项)
are left out: they have no growth to guide and no figures to count. Remarks are Chinese, for officials to read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.registry.domain import Duty, Membership, Sector

Severity = Literal["high", "medium", "low"]

SEVERITIES: Mapping[str, Severity] = {
    "sectors_without_guide": "high",
    "sectors_counted_not_guided": "high",
    "sectors_guided_by_several": "medium",
    "sectors_guided_not_counted": "medium",
    "duty_holders_not_members": "medium",
    "sectors_guided_by_several_with_parts": "low",
    "members_without_duty": "low",
}
"""How grave each kind is: work that nobody does; that several do, or nobody sees; that is only hard to read."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One gap or overlap: what it is about, and why, citing the source items."""

    code: str
    name: str
    remark: str
    severity: Severity = "low"


@dataclass(frozen=True, slots=True)
class Coverage:
    """All findings of one day; the lists are in the document's order."""

    duty_holders_not_members: list[Finding]
    members_without_duty: list[Finding]
    sectors_counted_not_guided: list[Finding]
    sectors_guided_not_counted: list[Finding]
    sectors_guided_by_several: list[Finding]
    sectors_guided_by_several_with_parts: list[Finding]
    sectors_without_guide: list[Finding]
    note: str | None

    def all_findings(self) -> Iterator[tuple[str, Finding]]:
        """Yield each finding with its kind."""
        for kind in SEVERITIES:
            for finding in getattr(self, kind):
                yield kind, finding


@dataclass(frozen=True, slots=True)
class _Task:
    """A unit's or post's clause for a sector."""

    holder: str
    name: str
    source: str


class _Sectors:
    """Sectors with who guides and who counts them."""

    def __init__(self, sectors: Sequence[Sector], duties: Sequence[Duty]) -> None:
        self.all = [sector for sector in sectors if sector.kind == "sector"]
        self.by_code = {sector.code: sector for sector in self.all}
        self.guided = _tasks(duties, "guide_coordinate")
        self.counted = _tasks(duties, "statistics")

    def parts(self, sector: Sector) -> list[Sector]:
        return [part for part in self.all if part.within == sector.code]

    def guidance(self, sector: Sector) -> str:
        return f"{sector.name}由{_who(self.guided[sector.code])}指导协调"

    def counting(self, sector: Sector) -> str:
        return f"{sector.name}由{_who(self.counted[sector.code])}统计"


def find_coverage(duties: Sequence[Duty], members: Sequence[Membership], sectors: Sequence[Sector]) -> Coverage:
    """Return the findings of one day from its duties, the named members of the meeting, and its sectors."""
    known = _Sectors(sectors, duties)
    unnamed = _holders_not_members(duties, members)
    return Coverage(
        duty_holders_not_members=_graded("duty_holders_not_members", unnamed),
        members_without_duty=_graded("members_without_duty", _members_without_duty(duties, members)),
        sectors_counted_not_guided=_graded("sectors_counted_not_guided", _counted_not_guided(known)),
        sectors_guided_not_counted=_graded("sectors_guided_not_counted", _guided_not_counted(known)),
        sectors_guided_by_several=_graded("sectors_guided_by_several", _guided_by_several(known)),
        sectors_guided_by_several_with_parts=_graded(
            "sectors_guided_by_several_with_parts", _guided_by_several_with_parts(known)
        ),
        sectors_without_guide=_graded("sectors_without_guide", _without_guide(known)),
        note=_note(unnamed),
    )


def _graded(kind: str, findings: list[Finding]) -> list[Finding]:
    return [replace(finding, severity=SEVERITIES[kind]) for finding in findings]


def _tasks(duties: Sequence[Duty], kind: str) -> dict[str, list[_Task]]:
    found: dict[str, list[_Task]] = {}
    for duty in duties:
        task = _Task(duty.holder.code, duty.holder.name, duty.source)
        for clause in (clause for clause in duty.clauses if clause.kind == kind):
            for sector in clause.objects:
                found.setdefault(sector.code, []).append(task)
    return found


def _who(tasks: Iterable[_Task]) -> str:
    return "、".join(dict.fromkeys(f"{task.name}（{task.source}）" for task in tasks))


def _cited(sources: Iterable[str | None]) -> str:
    return "、".join(dict.fromkeys(source for source in sources if source))


def _holders_not_members(duties: Sequence[Duty], members: Sequence[Membership]) -> list[Finding]:
    named, list_source = {member.holder.unit for member in members}, _cited(member.source for member in members)
    found: dict[str, list[Duty]] = {}
    for duty in duties:
        if duty.holder.unit is not None and duty.holder.unit not in named:
            found.setdefault(duty.holder.unit, []).append(duty)
    return [
        Finding(
            code,
            own[0].holder.name,
            f"{own[0].holder.name}有职责（{_cited(duty.source for duty in own)}），"
            f"但成员名单（{list_source or '无'}）没有列名，只可能含在“等单位”之内",
        )
        for code, own in found.items()
    ]


def _members_without_duty(duties: Sequence[Duty], members: Sequence[Membership]) -> list[Finding]:
    holders = {duty.holder.unit for duty in duties}
    return [
        Finding(
            member.holder.code,
            member.holder.name,
            f"{member.holder.name}是成员单位（{member.source or member.document or '无出处'}），但没有职责条款",
        )
        for member in members
        if member.holder.unit is not None and member.holder.unit not in holders
    ]


def _counted_not_guided(known: _Sectors) -> list[Finding]:
    return [
        Finding(sector.code, sector.name, f"{known.counting(sector)}，没有单位指导协调{_guided_parts(known, sector)}")
        for sector in known.all
        if sector.code in known.counted and sector.code not in known.guided
    ]


def _guided_parts(known: _Sectors, sector: Sector) -> str:
    parts = [known.guidance(part) for part in known.parts(sector) if part.code in known.guided]
    return f"；只有其中的{'，'.join(parts)}" if parts else ""


def _guided_not_counted(known: _Sectors) -> list[Finding]:
    return [
        Finding(sector.code, sector.name, f"{known.guidance(sector)}，没有单位负责统计{_counted_whole(known, sector)}")
        for sector in known.all
        if sector.code in known.guided and sector.code not in known.counted
    ]


def _counted_whole(known: _Sectors, sector: Sector) -> str:
    whole = known.by_code.get(sector.within or "")
    return f"；它所属的{known.counting(whole)}" if whole is not None and whole.code in known.counted else ""


def _guided_by_several(known: _Sectors) -> list[Finding]:
    return [
        Finding(sector.code, sector.name, f"{known.guidance(sector)}，不止一个单位")
        for sector in known.all
        if len({task.holder for task in known.guided.get(sector.code, [])}) > 1
    ]


def _guided_by_several_with_parts(known: _Sectors) -> list[Finding]:
    return [
        Finding(
            sector.code,
            sector.name,
            "，其中的".join(known.guidance(one) for one in guided) + "，合起来不止一个单位",
        )
        for sector in known.all
        if (guided := _guided_among(known, [sector, *known.parts(sector)])) and guided[0] is sector
        if len({task.holder for one in guided for task in known.guided[one.code]}) > 1
    ]


def _guided_among(known: _Sectors, sectors: Sequence[Sector]) -> list[Sector]:
    return [sector for sector in sectors if sector.code in known.guided]


def _without_guide(known: _Sectors) -> list[Finding]:
    return [
        Finding(sector.code, sector.name, f"没有单位指导协调{sector.name}{_counted_all_the_same(known, sector)}")
        for sector in known.all
        if sector.code not in known.guided
    ]


def _counted_all_the_same(known: _Sectors, sector: Sector) -> str:
    return f"，但{known.counting(sector)}" if sector.code in known.counted else ""


def _note(unnamed: Sequence[Finding]) -> str | None:
    if not unnamed:
        return None
    names = "、".join(finding.name for finding in unnamed)
    return (
        "点名的成员单位之后有“等单位”三字（永政办发〔2009〕106号 二.2）；"
        f"{names}有职责而未列名，“等单位”可能包括它们，文件没有写明。"
    )
