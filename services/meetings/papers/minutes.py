"""One reader's copy of minutes as a paper in the 纪要 format, GB/T 9704-2012 10.3. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from services.meetings.minutes.copies import MinutesCopy
from services.meetings.minutes.domain import Content, sentence
from services.meetings.papers.paper import Paper, Roll, Section, lines, listed
from shared.clock import county_date


def minutes_paper(copy: MinutesCopy) -> Paper:
    """Return the copy as it is printed; sections that this reader may not have are not in it, and it says so."""
    content = copy.content
    signed_on = copy.signed_on or copy.meeting.day
    return Paper(
        mark=copy.name,
        number=copy.number or "（草稿）",
        title=f"{content.title}{'（节录）' if copy.excerpt else ''}",
        issuer=content.printed_by,
        issued_on=signed_on,
        opening=lines(content.opening),
        sections=tuple(
            Section(heading, lines(section.text))
            for heading, section in zip(copy.headings, content.sections, strict=True)
        ),
        closing=lines(content.closing or ""),
        rolls=tuple(Roll(label, listed(names, "；")) for label, names in _attended(content) if names),
        remark=_remark(copy),
        copies=tuple(_copies(copy)),
        printed_on=_printed_on(copy),
        persons=tuple({person for _, names in _attended(content) for person in map(_person, names) if person}),
    )


def _printed_on(copy: MinutesCopy) -> date | None:
    """Return the day of 印发: that of publication; a correction goes out when it is signed."""
    if copy.edition > 1:
        return copy.signed_on
    return None if copy.published_at is None else county_date(copy.published_at)


def _attended(content: Content) -> tuple[tuple[str, Sequence[str]], ...]:
    return (
        ("出席", content.present), ("请假", content.leave), ("缺席", content.absent), ("列席", content.observers),
    )  # fmt: skip


def _person(line: str) -> str:
    """Return the person of a line `单位　姓名（职务）`, if it names one that fits on a line."""
    found = _PERSON.search(line)
    return found[1] if found else ""


_PERSON = re.compile(r"　([^（　]{2,12})")


def _remark(copy: MinutesCopy) -> tuple[str, ...]:
    if copy.edition == 1:
        return ()
    if copy.change_note:
        why = f"更正说明：{sentence(copy.change_note)}"
    elif copy.changes:
        why = f"更正涉及：{'、'.join(change.part for change in copy.changes)}。"
    else:
        why = "更正不涉及本单位。"
    return lines(f"本纪要为第{copy.edition}版。{why}")


def _copies(copy: MinutesCopy) -> Iterator[Roll]:
    """Yield to whom it goes: 分送 those who had to be told, 抄送 the others; nobody twice."""
    copies_to = copy.content.copies_to
    told = [name for name in copy.recipient_names if name not in copies_to]
    if told:
        yield Roll("分送", listed(told, "，", "。"))
    if copies_to:
        yield Roll("抄送", listed(copies_to, "，", "。"))
