"""Notice, minutes and calendar as files: read back as a word processor, a PDF reader and a calendar program do."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from icalendar import Calendar

from services.meetings.convening.notice import CalendarEntry
from services.meetings.papers.calendar import to_calendar
from services.meetings.papers.paper import Paper, Roll, Section, Table, chinese_moment
from services.meetings.papers.pdf import to_pdf
from services.meetings.papers.word import to_word

MINUTES = Paper(
    mark="永嘉县服务业工作部门协调会议纪要",
    number="〔2026〕1号",
    title="2026年第一次协调会议纪要",
    issuer="县服务业工作部门协调会议办公室",
    issued_on=date(2026, 1, 20),
    opening=("会议议定事项纪要如下：",),
    sections=(Section("一、审议分工方案", ("会议通过了该方案。",)),),
    tables=(Table("二、议定事项", ("序号", "事项"), (("1", "编制规划 #x [y] $z$"),), (1, 5)),),
    rolls=(Roll("出席", ("县发改局 张某",)), Roll("请假", ("县体育局",))),
    copies=(Roll("分送", ("各成员单位。",)),),
    printed_on=date(2026, 1, 20),
)
STARTS_AT = datetime(2026, 1, 16, 1, 0, tzinfo=UTC)
CONVENED_AT = datetime(2026, 1, 8, 1, 0, tzinfo=UTC)
MEETING = CalendarEntry(
    uid="019bbf5e-2001-7f04-b1c3-7d90f2a8e544@meetings.xietiao",
    sequence=0,
    status="CONFIRMED",
    meeting_id=UUID("019bbf5e-2001-7f04-b1c3-7d90f2a8e544"),
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + timedelta(hours=2),
    summary="2026年第一次协调会议",
    location="县政府第一会议室，东楼; 三楼",
    description="",
    changed_at=CONVENED_AT,
    created_at=CONVENED_AT,
    organizer="县发改局",
)


def test_the_word_file_holds_every_part_in_the_order_of_the_standard() -> None:
    read = Document(BytesIO(to_word(MINUTES)))
    text = "\n".join(paragraph.text for paragraph in read.paragraphs if paragraph.text)
    parts = [
        "永嘉县服务业工作部门协调会议纪要",
        "〔2026〕1号\t2026年1月20日",
        "2026年第一次协调会议纪要",
        "一、审议分工方案",
        "二、议定事项",
        "出席：县发改局 张某",
        "请假：县体育局",
        "县服务业工作部门协调会议办公室\n2026年1月20日",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert [cell.text for cell in read.tables[0].rows[1].cells] == ["1", "编制规划 #x [y] $z$"]
    assert read.tables[1].cell(0, 0).text == "分送：各成员单位。"
    assert [cell.text for cell in read.tables[1].rows[1].cells] == [MINUTES.issuer, "2026年1月20日印发"]


def test_the_pdf_is_the_same_bytes_each_time_and_carries_its_font() -> None:
    made = to_pdf(MINUTES)
    assert made.startswith(b"%PDF-1.7")
    assert b"NotoSerifSC" in made
    assert made == to_pdf(MINUTES)


def pages(paper: Paper) -> int:
    found = re.search(rb"/Count (\d+)", to_pdf(paper))
    assert found is not None
    return int(found[1])


BARE = replace(MINUTES, sections=(), tables=(), rolls=(), copies=())


def test_a_page_holds_22_lines_of_28_characters() -> None:
    def pages_of(lines: int, signs: int = 28) -> int:
        return pages(replace(BARE, opening=("会" * (signs - 2),) * lines))

    second = next(lines for lines in range(1, 40) if pages_of(lines) == 2)
    assert [pages_of(second + 21), pages_of(second + 22)] == [2, 3]
    assert pages_of(second + 21, signs=29) == 4


@pytest.mark.parametrize("kept", ["张三丰", "35亩", "2026年", "〔2026〕1号", "1.5%"])
def test_no_line_of_the_pdf_tears_a_name_or_a_number_from_its_unit(kept: str) -> None:
    def pages_of(word: str) -> int:
        text = f"{'会' * 25}{word}{'会' * 26}"  # two lines, unless the word begins the second one whole
        return pages(replace(BARE, opening=(text,) * 30, persons=("张三丰",)))

    assert pages_of(kept) > pages_of("会议")


def test_no_line_of_the_pdf_tears_a_name_of_a_list() -> None:
    def pages_of(signs: int) -> int:
        return pages(replace(BARE, rolls=(Roll("出席", ("县" * (signs - 1) + "；",) * 60),)))

    assert [pages_of(11), pages_of(12)] == [3, 4]  # two to a line of 23, or one


@pytest.mark.parametrize("count", [40, 2000])
def test_any_number_of_copies_is_printed(count: int) -> None:
    paper = replace(BARE, copies=(Roll("抄送", ("县服务业联合会，",) * count),))
    assert pages(paper) >= 2
    assert to_word(paper)


ODD = "#set page(); $x$ `raw` *重* _斜_ @引用 <标签> <w:p>&amp;</w:p> \\ \u202e\u200b 𠮷田 \\u{41} // 注"


def test_every_text_is_set_as_text() -> None:
    paper = Paper(
        mark=f"纪要{ODD}",
        number="〔2026〕1号",
        title=ODD * 2,
        issuer=ODD,
        issued_on=date(2026, 1, 20),
        addressees=(ODD,),
        opening=(ODD,),
        sections=(Section(ODD, (ODD,), (ODD,)),),
        tables=(Table(ODD, (ODD, ODD), ((ODD, ODD),), (1, 1)),),
        closing=(ODD,),
        rolls=(Roll("出席", (ODD, ODD)),),
        remark=(ODD,),
        copies=(Roll("抄送", (ODD, ODD)),),
        persons=(ODD, "(", "[a-", "𠮷"),
    )
    assert to_pdf(paper).startswith(b"%PDF")
    read = Document(BytesIO(to_word(paper)))
    assert [each.text for each in read.paragraphs].count(ODD) >= 5


def test_page_numbers_of_the_word_file_stand_outside() -> None:
    read = Document(BytesIO(to_word(MINUTES)))
    section = read.sections[0]
    assert read.settings.odd_and_even_pages_header_footer
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert (odd.alignment, even.alignment) == (WD_ALIGN_PARAGRAPH.RIGHT, WD_ALIGN_PARAGRAPH.LEFT)
    assert odd.text == even.text == "—  —"


def test_a_paper_without_optional_parts_is_set_too() -> None:
    bare = Paper(mark="通知", title="会议通知", issuer="办公室", issued_on=date(2026, 1, 9))
    assert to_pdf(bare).startswith(b"%PDF")
    assert len(Document(BytesIO(to_word(bare))).tables) == 0


def test_the_calendar_entry_says_when_in_the_countys_time_and_with_its_zone() -> None:
    calendar = Calendar.from_ical(to_calendar("协调会议", [MEETING], announced=True))
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "PUBLISH"
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event.decoded("DTSTART").isoformat() == "2026-01-16T09:00:00+08:00"
    assert str(event["LOCATION"]) == "县政府第一会议室，东楼; 三楼"
    assert event["STATUS"] == "CONFIRMED"
    assert event["ORGANIZER"].params["CN"] == "县发改局"
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]


def test_a_cancellation_keeps_the_uid_and_raises_the_sequence() -> None:
    before = Calendar.from_ical(to_calendar("协调会议", [MEETING], announced=True)).walk("VEVENT")[0]
    called_off = replace(MEETING, status="CANCELLED", sequence=1)
    calendar = Calendar.from_ical(to_calendar("协调会议", [called_off], announced=True))
    after = calendar.walk("VEVENT")[0]
    assert calendar["METHOD"] == "CANCEL"
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after["STATUS"] == "CANCELLED"
    assert not after.walk("VALARM")


def test_lines_of_the_calendar_are_folded_at_75_octets_and_end_with_crlf() -> None:
    feed = to_calendar("协调会议", [replace(MEETING, description="议" * 200)])
    lines = feed.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() for line in lines[:-1])


def test_any_text_comes_out_of_the_calendar_as_it_went_in() -> None:
    odd = '会议"甲"; a,b:c\\n^x 𠮷'
    entry = replace(MEETING, summary=odd, location=odd, description=f"{odd}\n{odd}", organizer=odd)
    (event,) = Calendar.from_ical(to_calendar(odd, [entry])).walk("VEVENT")
    assert [str(event[name]) for name in ("SUMMARY", "LOCATION")] == [odd, odd]
    assert (str(event["DESCRIPTION"]), event["ORGANIZER"].params["CN"]) == (f"{odd}\n{odd}", odd)


def test_a_feed_of_many_meetings_is_read_whole() -> None:
    entries = [replace(MEETING, uid=f"{number}@meetings.xietiao", sequence=number) for number in range(300)]
    events = Calendar.from_ical(to_calendar("协调会议", entries)).walk("VEVENT")
    assert [event["SEQUENCE"] for event in events] == list(range(300))


@pytest.mark.parametrize(
    ("hour", "words"),
    [(0, "上午8:00"), (4, "下午12:00"), (6, "下午2:00"), (1, "上午9:00")],
)
def test_a_moment_is_written_in_the_countys_half_days(hour: int, words: str) -> None:
    assert chinese_moment(datetime(2026, 1, 16, hour, tzinfo=UTC)) == f"2026年1月16日（星期五）{words}"
