"""The first draft of minutes, written from agenda, attendance, decisions and resolutions. Pure; people edit it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.meetings.convening.domain import AgendaItem, Invitee, ItemKind
from services.meetings.domain import Meeting, Resolution, ResolutionPart
from services.meetings.minutes.domain import Content, Section, sentence
from services.meetings.proceedings.domain import ATTENDING_NAMES, Attendance, Attending
from shared.clock import COUNTY_ZONE
from shared.text import LONG_TEXT_MAX, TITLE_MAX

_NOON = 12


@dataclass(frozen=True, slots=True)
class Material:
    """What a draft is written from; `names` gives the official name of units, posts and bodies by code."""

    meeting: Meeting
    invitees: Sequence[Invitee]
    attendance: Mapping[str, Attendance]
    agenda: Sequence[AgendaItem]
    resolutions: Sequence[Resolution]
    parts: Mapping[UUID, Sequence[ResolutionPart]]
    names: Mapping[str, str]
    printed_by: str


def draft(material: Material) -> Content:
    """Return the first draft."""
    by_status = _attendance_lines(material)
    return Content(
        title=material.meeting.title,
        opening=_opening(material),
        sections=tuple(_sections(material)),
        present=by_status["present"],
        leave=by_status["leave"],
        absent=by_status["absent"],
        observers=by_status["observers"],
        copies_to=_copies_to(material),
        printed_by=material.printed_by,
    )


def gaps(material: Material) -> list[str]:
    """Return what is missing before the minutes should be signed, in words."""
    undecided = [
        f"第{item.number}项议题“{item.title}”没有记录决定"
        for item in material.agenda
        if item.kind is not ItemKind.HEAR_REPORT and item.decision is None
    ]
    units = [each for each in material.invitees if each.kind == "unit" and each.role != "guest"]
    missing = [each.name for each in units if each.code not in material.attendance]
    unrecorded = f"{len(missing)}个成员单位没有记录出席情况：{'、'.join(missing)}"
    pending = [
        f"{each.name}的{ATTENDING_NAMES[record.attendance]}没有批复"
        for each in material.invitees
        if (record := material.attendance.get(each.code)) is not None
        and record.attendance in (Attending.STAND_IN, Attending.LEAVE)
        and record.approved is None
    ]
    return [*undecided, *([unrecorded] if missing and not material.meeting.recorded else []), *pending]


def left_out(material: Material, content: Content) -> list[str]:
    """Return the resolutions that the minutes do not name, in words: adopted after the draft, or struck from it."""
    written = "".join(section.text for section in content.sections)
    unnamed = [each for each in material.resolutions if each.title not in written]
    return [f"议定事项“{each.title}”没有写入纪要" for each in unnamed]


def chinese_date(day: date) -> str:
    """Return e.g. 2026年1月15日."""
    return f"{day.year}年{day.month}月{day.day}日"


def _opening(material: Material) -> str:
    meeting = material.meeting
    start = meeting.starts_at.astimezone(COUNTY_ZONE)
    half = "上午" if start.hour < _NOON else "下午"
    when = f"{chinese_date(meeting.day)}{half if start.date() == meeting.day else ''}"
    chair = meeting.chair_title or material.names.get(meeting.chair_post or "")
    person = material.attendance.get(meeting.chair_post or "")
    name = person.person if person is not None and person.person else ""
    led = f"{chair}{name}主持召开" if chair else "召开"
    body = material.names.get(meeting.body, meeting.body)
    return f"{when}，{led}{body}，地点在{meeting.place}。现将会议议定事项纪要如下："


def _sections(material: Material) -> Iterator[Section]:
    for item in material.agenda:
        settled = [each for each in material.resolutions if each.item_number == item.number]
        lines = [*_heard(item, material.names), *_decided(item), *_resolved(settled, material)]
        yield from _section(item.number, item.title, lines or ["会议进行了研究。"])
    others = [each for each in material.resolutions if each.item_number is None]
    if others:
        yield from _section(None, "议定事项", list(_resolved(others, material)))


def _section(item: int | None, heading: str, lines: Sequence[str]) -> Iterator[Section]:
    """Yield the section, and what is longer than one section may be as its continuation."""
    text = "\n".join(lines)
    for start in range(0, len(text), LONG_TEXT_MAX):
        piece = text[start : start + LONG_TEXT_MAX]
        if piece.strip():
            yield Section(item=item, heading=heading if not start else f"（续）{heading}"[:TITLE_MAX], text=piece)


def _heard(item: AgendaItem, names: Mapping[str, str]) -> Iterator[str]:
    speakers = [*([item.presenter_body] if item.presenter_body else []), *item.presenter_units]
    if speakers:
        yield f"会议听取了{'、'.join(names.get(code, code) for code in speakers)}的汇报。"
    elif item.kind is ItemKind.HEAR_REPORT:
        yield "会议听取了汇报。"


_DECISIONS = {
    "adopted": "会议审议通过。",
    "adopted_in_principle": "会议原则通过。",
    "deferred": "会议决定暂缓，待条件成熟后再行研究。",
    "rejected": "会议未予通过。",
}
_AGREED = {"adopted": "会议同意。", "adopted_in_principle": "会议原则同意。"}


def _decided(item: AgendaItem) -> Iterator[str]:
    if item.decision is not None:
        deliberated = item.kind in (
            ItemKind.DELIBERATE_PLAN,
            ItemKind.DELIBERATE_POLICY,
            ItemKind.DELIBERATE_PROJECT_LIST,
        )
        words = _DECISIONS if deliberated else {**_DECISIONS, **_AGREED}
        yield words[item.decision]
    if item.conditions is not None:
        yield f"会议要求：{sentence(item.conditions)}"


def _resolved(resolutions: Sequence[Resolution], material: Material) -> Iterator[str]:
    if resolutions:
        yield "会议议定："
    for place, resolution in enumerate(resolutions, start=1):
        yield f"{place}．{sentence(resolution.title)}{_charge(resolution, material.names)}"
        if resolution.text is not None:
            yield sentence(resolution.text)
        for part in material.parts.get(resolution.id, ()):
            yield f"（{part.part}）{sentence(part.title)}{_charge(part, material.names)}"


def _charge(charged: Resolution | ResolutionPart, names: Mapping[str, str]) -> str:
    lead = names.get(charged.lead_unit, charged.lead_unit)
    others = "、".join(names.get(code, code) for code in charged.cooperating_units)
    cooperating = f"，{others}配合" if others else ""
    return f"由{lead}牵头{cooperating}，{chinese_date(charged.due_on)}前完成。"


def _attendance_lines(material: Material) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {"present": [], "leave": [], "absent": [], "observers": []}
    for invitee in material.invitees:
        record = material.attendance.get(invitee.code)
        if record is not None:
            found[_list_of(invitee, record)].append(_line(invitee, record)[:TITLE_MAX])
    return {name: tuple(lines) for name, lines in found.items()}


def _list_of(invitee: Invitee, record: Attendance) -> str:
    if record.attendance in (Attending.PRESENT, Attending.STAND_IN):
        return "observers" if invitee.role == "guest" else "present"
    return "leave" if record.attendance is Attending.LEAVE else "absent"


def _line(invitee: Invitee, record: Attendance) -> str:
    post = f"（{record.person_post}）" if record.person_post else ""
    person = f"　{record.person}{post}" if record.person else ""
    stands_in = "（代）" if record.attendance is Attending.STAND_IN else ""
    return f"{invitee.name}{person}{stands_in}"


def _copies_to(material: Material) -> tuple[str, ...]:
    """Return the names of units that are charged, by what is not restricted, without having been invited."""
    invited = {each.code for each in material.invitees}
    open_ones = [each for each in material.resolutions if not each.restricted]
    charges: list[Resolution | ResolutionPart] = [
        *open_ones,
        *(part for each in open_ones for part in material.parts.get(each.id, ())),
    ]
    units = dict.fromkeys(unit for each in charges for unit in (each.lead_unit, *each.cooperating_units))
    return tuple(material.names.get(unit, unit) for unit in units if unit not in invited)
