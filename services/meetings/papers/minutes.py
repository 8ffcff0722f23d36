"""One reader's copy of minutes as a paper in the 纪要 format, GB/T 9704-2012 10.3. Pure."""

from collections.abc import Sequence

from services.meetings.minutes.copies import MinutesCopy
from services.meetings.minutes.domain import sentence
from services.meetings.papers.paper import Paper, Roll, Section
from shared.clock import county_date


def minutes_paper(copy: MinutesCopy) -> Paper:
    """Return the copy as it is printed; sections that this reader may not have are not in it, and it says so."""
    content = copy.content
    signed_on = copy.signed_on or copy.meeting.day
    printed_on = None if copy.published_at is None else county_date(copy.published_at)
    return Paper(
        mark=copy.name,
        number=copy.number or "（草稿）",
        title=f"{content.title}{'（节录）' if copy.excerpt else ''}",
        issuer=content.printed_by,
        issued_on=signed_on,
        opening=_lines(content.opening),
        sections=tuple(
            Section(heading, _lines(section.text))
            for heading, section in zip(copy.headings, content.sections, strict=True)
        ),
        closing=_lines(content.closing or ""),
        rolls=tuple(_rolls(copy)),
        remark=_remark(copy),
        copies=tuple(_imprint(copy)),
        printed_on=printed_on,
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.split("\n") if line.strip())


def _rolls(copy: MinutesCopy) -> list[Roll]:
    content = copy.content
    named: Sequence[tuple[str, Sequence[str]]] = (
        ("出席", content.present), ("请假", content.leave), ("缺席", content.absent), ("列席", content.observers),
    )  # fmt: skip
    return [Roll(label, "；".join(names)) for label, names in named if names]


def _remark(copy: MinutesCopy) -> str:
    if copy.edition == 1:
        return ""
    why = f"更正说明：{sentence(copy.change_note)}" if copy.change_note else "更正不涉及本单位。"
    return f"本纪要为第{copy.edition}版。{why}"


def _imprint(copy: MinutesCopy) -> list[str]:
    """Return to whom it goes: 分送 those who had to be told, 抄送 the others."""
    lines = []
    if copy.recipient_names:
        lines.append(f"分送：{'，'.join(copy.recipient_names)}。")
    if copy.content.copies_to:
        lines.append(f"抄送：{'，'.join(copy.content.copies_to)}。")
    return lines
