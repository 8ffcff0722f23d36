"""A notice of a meeting as a paper: 会议通知, with what changed since it was sent. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from services.meetings.convening.domain import ITEM_KIND_NAMES, Change, Invitee
from services.meetings.convening.domain import Paper as RequestedPaper
from services.meetings.convening.notice import MeetingNotice, NoticeItem
from services.meetings.minutes.domain import chinese_ordinal, sentence
from services.meetings.papers.paper import Paper, Section, Table, chinese_day, chinese_moment, lines, listed
from shared.clock import county_date


def notice_paper(notice: MeetingNotice) -> Paper:
    """Return the notice as it stands: of the meeting, of its new time, or that it is called off."""
    meeting = notice.meeting
    newest = notice.changes[-1] if notice.changes else None
    issued_at = meeting.convened_at if newest is None else newest.occurred_at
    return Paper(
        mark=f"{notice.body_name}通知",
        title=_title(notice, newest),
        issuer=notice.issued_by,
        issued_on=county_date(issued_at),
        addressees=listed(_names(notice.members) or ["各有关单位"], "、", "："),
        opening=lines(_opening(notice, newest)),
        sections=() if meeting.state == "cancelled" else tuple(_sections(notice)),
        tables=_papers_table(notice) if meeting.state != "cancelled" else (),
    )


def _title(notice: MeetingNotice, newest: Change | None) -> str:
    what = notice.meeting.title
    if notice.meeting.state == "cancelled":
        return f"关于取消{what}的通知"
    if newest is not None:
        return f"关于调整{what}时间、地点的通知"
    return f"关于召开{what}的通知"


def _opening(notice: MeetingNotice, newest: Change | None) -> str:
    when, title = chinese_moment(notice.starts_at), notice.meeting.title
    if notice.meeting.state == "cancelled":
        return f"原定于{when}召开的{title}取消。原因：{sentence(notice.meeting.cancel_reason or '')}"
    if newest is not None:
        why = newest.reason.rstrip("。，；")
        return f"因{why}，{title}改于{when}在{notice.meeting.place}召开。现将调整后的安排通知如下："
    return f"经研究，定于{when}召开{title}。现将有关事项通知如下："


def _sections(notice: MeetingNotice) -> Iterator[Section]:
    agenda = tuple(_agenda_line(place, item) for place, item in enumerate(notice.agenda, start=1))
    parts = [
        Section("会议时间", (chinese_moment(notice.starts_at),)),
        Section("会议地点", (notice.meeting.place,)),
        Section("主持", (notice.chair,) if notice.chair else ()),
        Section("参加单位", names=listed(_names(notice.members), "、")),
        Section("列席", names=listed(_names(notice.guests), "、")),
        Section("会议议程", agenda),
    ]
    stated = [part for part in parts if part.paragraphs or part.names]
    for place, part in enumerate(stated, start=1):
        yield replace(part, heading=f"{chinese_ordinal(place)}、{part.heading}")


def _names(invitees: Sequence[Invitee]) -> list[str]:
    return [each.name for each in invitees]


def _agenda_line(place: int, item: NoticeItem) -> str:
    presenters = f"（汇报：{'、'.join(item.presenters)}）" if item.presenters else ""
    return f"{place}．{ITEM_KIND_NAMES[item.item.kind]}：{item.item.title}{presenters}"


def _last_day(paper: RequestedPaper) -> date:
    """Return the last day on which it is in time: one due at 24:00 is due on the day that ends then."""
    return county_date(paper.due_at - timedelta(microseconds=1))


def _papers_table(notice: MeetingNotice) -> tuple[Table, ...]:
    if not notice.papers:
        return ()
    rows = tuple(
        (str(place), paper.title, paper.unit_name, f"{chinese_day(_last_day(paper))}前")
        for place, paper in enumerate(notice.papers, start=1)
    )
    return (Table("需提交的会议材料", ("序号", "材料", "报送单位", "报送时限"), rows, (2, 7, 6, 6)),)
