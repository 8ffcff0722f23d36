"""Notice, minutes and calendar over HTTP: what each reader gets, as Word, PDF and calendar programs open it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from docx import Document
from icalendar import Calendar

from services.meetings.minutes.schemas import EditMinutes
from tests.meetings.builders import adopted, convened
from tests.meetings.conftest import seat_members
from tests.meetings.test_minutes import AGENDA, BODY, decided, published, signed
from tests.support.api import ServiceUnderTest


@pytest.fixture(autouse=True)
async def _members(meetings: ServiceUnderTest) -> None:
    await seat_members(meetings, BODY, ("330324-fgj", "330324-jmj", "330324-jtj"))


def text_of(content: bytes) -> str:
    document = Document(BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


async def get(client: httpx.AsyncClient, path: str, **query: str) -> httpx.Response:
    answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer


async def test_the_notice_says_when_where_who_and_what(office: httpx.AsyncClient) -> None:
    meeting = await convened(office, agenda=AGENDA, chair_title="县长", starts_at="2026-01-20T09:00:00+08:00")
    answer = await get(office, f"/v1/meetings/{meeting}/notice")
    text = text_of(answer.content)
    for part in (
        "关于召开2026年第一次服务业发展协调会议的通知",
        "2026年1月20日（星期二）上午9:00",
        "县政府第一会议室",
        "县发改局、县经贸局、县交通局：",
        "2．听取汇报：听取现代物流工作汇报（汇报：县交通局）",
    ):
        assert part in text
    assert answer.headers["content-disposition"].endswith("%E9%80%9A%E7%9F%A5.docx")
    pdf = await get(office, f"/v1/meetings/{meeting}/notice", format="pdf")
    assert pdf.content.startswith(b"%PDF")


async def test_a_moved_and_a_cancelled_meeting_have_a_notice_that_says_so(office: httpx.AsyncClient) -> None:
    meeting = await convened(office, starts_at="2026-01-20T09:00:00+08:00")
    moved = {"starts_at": "2026-01-21T14:30:00+08:00", "reason": "县长出差"}
    assert (await office.post(f"/v1/meetings/{meeting}/reschedule", json=moved)).is_success
    text = text_of((await get(office, f"/v1/meetings/{meeting}/notice")).content)
    assert ("关于调整" in text, "2026年1月21日（星期三）下午2:30" in text) == (True, True)
    await office.post(f"/v1/meetings/{meeting}/cancel", json={"reason": "并入常务会议"})
    text = text_of((await get(office, f"/v1/meetings/{meeting}/notice")).content)
    assert ("关于取消" in text, "并入常务会议" in text) == (True, True)


async def test_a_calendar_moves_and_strikes_out_the_same_entry(office: httpx.AsyncClient) -> None:
    meeting = await convened(office, starts_at="2026-01-20T09:00:00+08:00")
    path = f"/v1/meetings/{meeting}/calendar.ics"
    entries = [await _entry(office, path)]
    moved = {"starts_at": "2026-01-21T14:30:00+08:00", "reason": "县长出差"}
    await office.post(f"/v1/meetings/{meeting}/reschedule", json=moved)
    entries.append(await _entry(office, path))
    await office.post(f"/v1/meetings/{meeting}/cancel", json={"reason": "并入常务会议"})
    entries.append(await _entry(office, path))
    assert len({entry["UID"] for entry in entries}) == 1
    sequences = [entry["SEQUENCE"] for entry in entries]
    assert sequences == sorted(set(sequences))
    assert [entry["STATUS"] for entry in entries] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert entries[1].decoded("DTSTART").isoformat() == "2026-01-21T14:30:00+08:00"


async def _entry(client: httpx.AsyncClient, path: str) -> Any:  # noqa: ANN401 - a VEVENT
    (entry,) = Calendar.from_ical((await get(client, path)).content).walk("VEVENT")
    return entry


async def test_a_units_feed_holds_the_meetings_to_which_it_is_invited(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await convened(office, starts_at="2026-01-20T09:00:00+08:00")
    for unit, expected in (("330324-fgj", 1), ("330324-tjj", 0)):
        async with meetings.client("unit", unit) as client:
            feed = Calendar.from_ical((await get(client, "/v1/calendar.ics")).content)
        assert len(feed.walk("VEVENT")) == expected
        assert "METHOD" not in feed


async def test_the_minutes_are_printed_as_published(office: httpx.AsyncClient) -> None:
    meeting = await published(office)
    text = text_of((await get(office, f"/v1/meetings/{meeting}/minutes/paper")).content)
    for part in ("〔2026〕1号", "出席：", "赵一", "请假：", "分送：", "印发", "研究用地收回问题"):
        assert part in text
    assert (await get(office, f"/v1/meetings/{meeting}/minutes/paper", format="pdf")).content.startswith(b"%PDF")


async def test_restricted_items_stay_out_of_other_units_papers(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting = await published(office)
    shown = {}
    for unit in ("330324-jmj", "330324-fgj"):
        async with meetings.client("unit", unit) as client:
            shown[unit] = text_of((await get(client, f"/v1/meetings/{meeting}/minutes/paper")).content)
    assert "研究用地收回问题" in shown["330324-jmj"]
    assert "研究用地收回问题" not in shown["330324-fgj"]
    assert "收回闲置地块" not in shown["330324-fgj"]
    assert "（节录）" in shown["330324-fgj"]
    notices = {}
    for unit in ("330324-jmj", "330324-fgj"):
        async with meetings.client("unit", unit) as client:
            notices[unit] = text_of((await get(client, f"/v1/meetings/{meeting}/notice")).content)
    assert ("用地收回" in notices["330324-jmj"], "用地收回" in notices["330324-fgj"]) == (True, False)


async def test_whoever_gets_a_copy_is_named_once(office: httpx.AsyncClient) -> None:
    meeting = await decided(office)
    await adopted(office, meeting, item=2, title="落实", lead_unit="330324-tjj", due_on="2026-03-31")
    await signed(office, meeting)
    assert (await office.post(f"/v1/meetings/{meeting}/minutes/publish", json={})).is_success
    text = text_of((await get(office, f"/v1/meetings/{meeting}/minutes/paper")).content)
    assert "分送：县发改局，县经贸局，县交通局。\n抄送：县统计局。" in text


async def test_a_correction_says_on_paper_what_this_reader_may_know_of_it(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting = await published(office)
    url = f"/v1/meetings/{meeting}/minutes"
    shown = (await office.get(url)).json()
    content = {name: shown[name] for name in EditMinutes.model_fields if name in shown}
    content["sections"][2]["text"] += "\n收回三宗。"
    for title, note, told, printed in (
        (content["title"], "收回三宗", "更正不涉及本单位。", "2026年1月16日印发"),
        ("更正后的纪要", "标题与宗数", "更正涉及：标题。", "2026年1月17日印发"),
    ):
        body = {**content, "title": title, "change_note": note, "signer": "张三"}
        meetings.clock.at += timedelta(days=1)
        assert (await office.post(f"{url}/corrections", json=body)).is_success
        content["sections"][2]["text"] += "\n另行研究。"
        assert f"更正说明：{note}。" in text_of((await get(office, f"{url}/paper")).content)
        async with meetings.client("unit", "330324-fgj") as client:
            text = text_of((await get(client, f"{url}/paper")).content)
        assert (told in text, printed in text, note in text) == (True, True, False)


async def test_a_draft_is_marked_and_not_for_units(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    meeting = await decided(office)
    await office.post(f"/v1/meetings/{meeting}/minutes", json={})
    assert "（草稿）" in text_of((await get(office, f"/v1/meetings/{meeting}/minutes/paper")).content)
    async with meetings.client("unit", "330324-fgj") as client:
        assert (await client.get(f"/v1/meetings/{meeting}/minutes/paper")).status_code == 404


@pytest.mark.parametrize("path", ["notice", "minutes/paper", "calendar.ics"])
async def test_what_is_not_there_is_not_found(office: httpx.AsyncClient, path: str) -> None:
    answer = await office.get(f"/v1/meetings/019bbf5e-2001-7f04-b1c3-7d90f2a8e544/{path}")
    assert answer.status_code == 404


async def test_a_format_that_there_is_not_is_refused(office: httpx.AsyncClient) -> None:
    meeting = await decided(office)
    await signed(office, meeting)
    answer = await office.get(f"/v1/meetings/{meeting}/minutes/paper", params={"format": "odt"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "format")


async def test_the_notice_names_the_last_day_of_a_paper(office: httpx.AsyncClient) -> None:
    papers = [{"unit": "330324-jtj", "title": "物流汇报", "due_on": "2026-01-18"}]
    meeting = await convened(office, papers=papers, starts_at="2026-01-20T09:00:00+08:00")
    assert "2026年1月18日前" in text_of((await get(office, f"/v1/meetings/{meeting}/notice")).content)
