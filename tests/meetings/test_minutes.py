"""After the meeting: minutes drafted, edited, reviewed, signed, numbered, published, corrected, found; who sees."""

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.meetings.minutes.domain import chinese_ordinal, excerpt, plain, query_terms, sentence, terms
from shared.contracts.meetings import MinutesPublished
from tests.meetings.builders import a_resolution, adopted, convened
from tests.meetings.conftest import seat_members
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
AGENDA: list[dict[str, object]] = [
    {"kind": "deliberate_plan", "title": "审议2026年重点工作分工方案"},
    {"kind": "hear_report", "title": "听取现代物流工作汇报", "presenter_units": ["330324-jtj"]},
    {"kind": "coordinate_problem", "title": "研究用地收回问题", "restricted": True, "visible_to": ["330324-jmj"]},
]
SIGNATURE = {"signer": "张三", "signer_post": "县长"}


@pytest.fixture(autouse=True)
async def _members(meetings: ServiceUnderTest) -> None:
    await seat_members(meetings, BODY, ("330324-fgj", "330324-jmj", "330324-jtj"))


async def decided(office: httpx.AsyncClient, due_on: str = "2026-03-31", **given: object) -> str:
    """Hold a meeting with attendance, decisions and resolutions; return its id."""
    start = {"starts_at": "2026-01-15T09:00:00+08:00", "chair_title": "县长"}
    meeting_id = await convened(office, **{**start, "agenda": AGENDA, **given})
    url = f"/v1/meetings/{meeting_id}"
    await office.post(f"{url}/hold")
    records = [
        {"code": "330324-fgj", "attendance": "present", "person": "赵一", "person_post": "局长"},
        {"code": "330324-jmj", "attendance": "stand_in", "person": "李四", "approved": True},
        {"code": "330324-jtj", "attendance": "leave", "reason": "出差", "approved": True},
    ]
    assert (await office.put(f"{url}/attendance", json={"records": records})).is_success
    for number, decision in ((1, "adopted_in_principle"), (3, "adopted")):
        answer = await office.post(f"{url}/agenda/{number}/decision", json={"decision": decision})
        assert answer.is_success, answer.text
    await adopted(office, meeting_id, item=2, title="编制现代物流业发展规划", lead_unit="330324-fgj", due_on=due_on)
    await adopted(
        office, meeting_id, item=3, title="收回闲置地块", lead_unit="330324-jmj", cooperating_units=[], due_on=due_on
    )
    return meeting_id


async def _do(office: httpx.AsyncClient, meeting_id: str, what: str = "", **body: object) -> dict[str, Any]:
    answer = await office.post(f"/v1/meetings/{meeting_id}/minutes{what}", json=body)
    assert answer.is_success, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def signed(office: httpx.AsyncClient, meeting_id: str, **given: object) -> dict[str, Any]:
    """Draft, review and sign the minutes of a meeting."""
    await _do(office, meeting_id)
    await _do(office, meeting_id, "/review", reviewer="王五")
    return await _do(office, meeting_id, "/sign", **{**SIGNATURE, **given})


async def published(office: httpx.AsyncClient, guests: tuple[dict[str, str], ...] = ()) -> str:
    """Hold a meeting and publish its minutes."""
    meeting_id = await decided(office, guests=guests)
    await signed(office, meeting_id)
    await _do(office, meeting_id, "/publish")
    return meeting_id


def content_of(shown: dict[str, Any]) -> dict[str, Any]:
    names = ("title", "opening", "closing", "present", "leave", "absent", "observers", "copies_to", "printed_by")
    return {name: shown[name] for name in (*names, "sections")}


async def test_the_draft_is_written_from_agenda_attendance_decisions_and_resolutions(
    office: httpx.AsyncClient,
) -> None:
    draft = await _do(office, await decided(office))
    assert (draft["state_name"], draft["number"], draft["gaps"]) == ("草稿", None, [])
    assert "2026年1月15日上午，县长主持召开服务业发展协调会议" in draft["opening"]
    assert draft["headings"] == [
        "一、审议2026年重点工作分工方案",
        "二、听取现代物流工作汇报",
        "三、研究用地收回问题",
    ]
    assert draft["sections"][0]["text"] == "会议原则通过。"
    assert draft["sections"][1]["text"] == (
        "会议听取了县交通局的汇报。\n会议议定：\n"
        "1．编制现代物流业发展规划。由县发改局牵头，县交通局配合，2026年3月31日前完成。"
    )
    assert draft["present"] == ["县发改局　赵一（局长）", "县经贸局　李四（代）"]
    assert draft["leave"] == ["县交通局"]


async def test_a_draft_that_is_longer_than_one_section_goes_on_in_the_next(office: httpx.AsyncClient) -> None:
    meeting_id = await decided(office)
    for _ in range(2):
        await adopted(office, meeting_id, item=1, title="制定方案", text="字" * 20_000)
    draft = await _do(office, meeting_id)
    assert [each["heading"] for each in draft["sections"]][:3] == [
        "审议2026年重点工作分工方案",
        "（续）审议2026年重点工作分工方案",
        "（续）审议2026年重点工作分工方案",
    ]
    assert sum(each["text"].count("字") for each in draft["sections"]) == 40_000


async def test_an_edited_draft_must_be_reviewed_again_and_only_as_it_was_read(office: httpx.AsyncClient) -> None:
    meeting_id = await decided(office)
    draft = await _do(office, meeting_id)
    reviewed = await _do(office, meeting_id, "/review")
    assert reviewed["state"] == "reviewed"
    url = f"/v1/meetings/{meeting_id}/minutes"
    body = {**content_of(draft), "closing": "会议强调，要抓好落实。"}
    stale = await office.put(url, json=body, headers={"if-match": f'"{draft["version"]}"'})
    assert stale.status_code == 412
    edited = await office.put(url, json=body, headers={"if-match": f'"{reviewed["version"]}"'})
    assert (edited.json()["state"], edited.json()["closing"]) == ("drafted", "会议强调，要抓好落实。")
    refused = await office.post(f"{url}/sign", json=SIGNATURE)
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["edit", "review"])
    faulty = {**body, "sections": [{"item": 9, "heading": "甲", "text": "乙"}]}
    assert (await office.put(url, json=faulty)).json()["errors"][0]["field"] == "sections.0.item"


async def test_minutes_signed_twice_are_refused_naming_what_is_possible(office: httpx.AsyncClient) -> None:
    meeting_id = await decided(office)
    first = await signed(office, meeting_id)
    assert (first["number"], first["signed_on"], first["signer"]) == ("〔2026〕1号", "2026-01-15", "张三")
    again = await office.post(f"/v1/meetings/{meeting_id}/minutes/sign", json=SIGNATURE)
    assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (409, "minutes-state", ["publish"])
    assert "〔2026〕1号" in again.json()["detail"]


async def test_simultaneous_signings_are_numbered_without_gap_per_body_and_year(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    ids = [await decided(office) for _ in range(4)]
    other = await decided(
        office,
        body="executive-meeting",
        kind="executive",
        guests=[{"unit": "330324-fgj"}, {"unit": "330324-jmj"}, {"unit": "330324-jtj"}],
    )
    for meeting_id in (*ids, other):
        await _do(office, meeting_id)
        await _do(office, meeting_id, "/review")

    async def sign(meeting_id: str, **given: object) -> httpx.Response:
        return await office.post(f"/v1/meetings/{meeting_id}/minutes/sign", json={**SIGNATURE, **given})

    bad = {"signed_on": "2026-01-14"}
    answers = await asyncio.gather(
        sign(ids[0]), sign(ids[1], **bad), sign(ids[1]), sign(ids[2]), sign(ids[2]), sign(ids[3]), sign(other)
    )
    numbers = [answer.json()["number"] for answer in answers if answer.status_code == 200]
    assert sorted(numbers[:-1]) == [f"〔2026〕{number}号" for number in (1, 2, 3, 4)]
    assert numbers[-1] == "〔2026〕1号"
    assert sorted(answer.status_code for answer in answers)[:-1] == [200] * 5 + [409]
    assert answers[1].status_code in {409, 422}
    meetings.clock.at += timedelta(days=365)
    later = await decided(office, due_on="2027-03-31", starts_at="2027-01-15T09:00:00+08:00")
    assert (await signed(office, later))["number"] == "〔2027〕1号"


async def test_what_is_missing_is_named_before_signing(office: httpx.AsyncClient) -> None:
    meeting_id = await convened(office, starts_at="2026-01-15T09:00:00+08:00", agenda=AGENDA)
    await office.post(f"/v1/meetings/{meeting_id}/hold")
    await _do(office, meeting_id)
    url = f"/v1/meetings/{meeting_id}/minutes"
    assert len((await office.get(url)).json()["gaps"]) == 3
    await _do(office, meeting_id, "/review")
    refused = await office.post(f"{url}/sign", json=SIGNATURE)
    assert (refused.status_code, refused.json()["code"]) == (409, "minutes-incomplete")
    assert "审议2026年重点工作分工方案" in refused.json()["detail"]
    assert (await office.post(f"{url}/sign", json={**SIGNATURE, "despite_gaps": True})).is_success


async def test_a_resolution_that_was_adopted_after_the_draft_is_missed_before_signing(
    office: httpx.AsyncClient,
) -> None:
    meeting_id = await decided(office)
    await _do(office, meeting_id)
    await adopted(office, meeting_id, title="补充议定的事项")
    await _do(office, meeting_id, "/review")
    url = f"/v1/meetings/{meeting_id}/minutes"
    refused = await office.post(f"{url}/sign", json=SIGNATURE)
    assert (refused.status_code, refused.json()["detail"]) == (409, "议定事项“补充议定的事项”没有写入纪要")
    await _do(office, meeting_id)
    await _do(office, meeting_id, "/review")
    assert (await office.post(f"{url}/sign", json=SIGNATURE)).is_success


async def test_what_is_signed_stands(office: httpx.AsyncClient) -> None:
    meeting_id = await decided(office)
    await signed(office, meeting_id)
    url = f"/v1/meetings/{meeting_id}"
    answers = [
        await office.post(f"{url}/resolutions", json=a_resolution()),
        await office.post(f"{url}/agenda/1/decision", json={"decision": "rejected"}),
        await office.put(f"{url}/attendance/330324-jtj", json={"attendance": "absent"}),
        await office.post(f"{url}/agenda", json={"kind": "hear_report", "title": "甲"}),
        await office.post(f"{url}/minutes"),
    ]
    assert [answer.status_code for answer in answers] == [409] * 5
    assert answers[0].json()["allowed"] == ["minutes"]


async def test_minutes_go_to_the_units_concerned_and_are_told_without_names(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await published(office, guests=({"unit": "330324-tjj"},))
    event = (await meetings.events(meeting_id))[-1]
    told = event.data
    assert isinstance(told, MinutesPublished)
    assert (told.number, told.title, told.signed_on) == ("〔2026〕1号", "服务业发展协调会议纪要", date(2026, 1, 15))
    assert told.units == ("330324-fgj", "330324-jmj", "330324-jtj", "330324-tjj")
    assert not [name for name in ("张三", "赵一", "李四", "地块") if name in event.to_bytes().decode()]
    shown = (await office.get(told.text_link)).json()
    assert (shown["digest"], shown["state"]) == (told.text_digest, "published")
    versions = [each.aggregateversion for each in await meetings.events(meeting_id)]
    assert versions == list(range(1, len(versions) + 1))


async def test_drafts_are_for_the_office_and_published_copies_for_those_concerned(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await decided(office)
    url = f"/v1/meetings/{meeting_id}/minutes"
    await signed(office, meeting_id)

    async def status(role: str, unit: str | None = None) -> int:
        async with meetings.client(role, unit) as client:
            return (await client.get(url)).status_code

    assert [await status("unit", "330324-fgj"), await status("leader"), await status("integration")] == [404, 200, 404]
    await _do(office, meeting_id, "/publish")
    assert [await status("unit", "330324-fgj"), await status("auditor")] == [200, 200]
    assert [await status("unit", "330324-tjj"), await status("integration"), await status("operator")] == [403] * 3


async def test_a_units_copy_leaves_out_what_is_restricted_to_others(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await published(office)
    url = f"/v1/meetings/{meeting_id}/minutes"
    async with meetings.client("unit", "330324-jmj") as insider, meetings.client("unit", "330324-fgj") as other:
        whole, excerpt = (await insider.get(url)).json(), await other.get(url)
        assert (whole["excerpt"], len(whole["sections"])) == (False, 3)
        assert (excerpt.json()["excerpt"], [each["item"] for each in excerpt.json()["sections"]]) == (True, [1, 2])
        assert "地块" not in excerpt.text
        found = [(await client.get("/v1/minutes", params={"q": "地块"})).json()["items"] for client in (insider, other)]
        assert [len(items) for items in found] == [1, 0]


async def test_who_is_concerned_by_a_restricted_item_alone_is_not_named_to_others(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    agenda: list[dict[str, object]] = [*AGENDA[:2], {**AGENDA[2], "visible_to": ["330324-jmj", "330324-tjj"]}]
    meeting_id = await decided(office, agenda=agenda)
    await signed(office, meeting_id)
    assert "330324-tjj" in (await _do(office, meeting_id, "/publish"))["recipients"]
    named = {}
    for unit in ("330324-jmj", "330324-tjj", "330324-fgj"):
        async with meetings.client("unit", unit) as client:
            named[unit] = "330324-tjj" in (await client.get(f"/v1/meetings/{meeting_id}/minutes")).json()["recipients"]
    assert named == {"330324-jmj": True, "330324-tjj": True, "330324-fgj": False}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("物流", 1),
        ("现代物流业", 1),
        ("流业发", 1),
        ("流", 1),
        ("2026年", 1),
        ("物流 交通局", 1),
        ("物流 房地产", 0),
        ("规划发展", 0),
        ("赵一", 1),
        ("２０２６", 1),
        ("7", 0),
        ("1月15", 1),
        ("1月5", 0),
        ("3月31日", 1),
        ("%", 0),
        ("\\", 0),
        ("_", 0),
        ("'; drop table minutes --", 0),
    ],
)
async def test_two_signs_out_of_a_word_are_found(office: httpx.AsyncClient, query: str, count: int) -> None:
    await published(office)
    items = (await office.get("/v1/minutes", params={"q": query})).json()["items"]
    assert len(items) == count
    assert all(item["hits"] for item in items)


async def test_found_passages_are_shown_and_lists_are_paged(office: httpx.AsyncClient) -> None:
    ids = [await published(office) for _ in range(3)]
    (item, *_) = (await office.get("/v1/minutes", params={"q": "物流", "limit": 1})).json()["items"]
    assert item["number"] == "〔2026〕3号"
    assert {hit["item"] for hit in item["hits"]} == {2}
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2, "year": 2026, "body": BODY}
    while query.get("cursor", "first") is not None:
        page = (await office.get("/v1/minutes", params=query)).json()
        seen += [each["meeting_id"] for each in page["items"]]
        query["cursor"] = page["next"]
    assert seen == ids[::-1]
    assert (await office.get("/v1/minutes", params={"q": "  "})).status_code == 422


async def test_a_cancelled_or_convened_meeting_has_no_minutes(office: httpx.AsyncClient) -> None:
    meeting_id = await convened(office)
    url = f"/v1/meetings/{meeting_id}"
    assert (await office.post(f"{url}/minutes")).status_code == 409
    assert (await office.get(f"{url}/minutes")).status_code == 404
    await office.post(f"{url}/cancel", json={"reason": "不开了"})
    assert (await office.post(f"{url}/minutes")).json()["allowed"] == []


@pytest.mark.parametrize(
    ("what", "roles"),
    [("", {"office"}), ("/review", {"office", "leader"}), ("/sign", {"office", "leader"}), ("/publish", {"office"})],
)
async def test_a_leader_signs_and_the_office_does_the_rest(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, what: str, roles: set[str]
) -> None:
    url = f"/v1/meetings/{await decided(office)}/minutes{what}"
    body = SIGNATURE if what == "/sign" else {}
    for role in ("office", "leader", "auditor", "integration", "operator"):
        async with meetings.client(role) as client:
            assert ((await client.post(url, json=body)).status_code != 403) == (role in roles)


def _numbers() -> Iterator[tuple[int, str]]:
    yield from ((1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (100, "一百"), (103, "一百零三"))
    yield from ((110, "一百一十"), (200, "二百"))


@pytest.mark.parametrize(("number", "written"), list(_numbers()))
def test_sections_are_numbered_in_chinese(number: int, written: str) -> None:
    assert chinese_ordinal(number) == written


def test_a_sentence_ends_with_a_full_stop() -> None:
    assert [sentence("会后核实"), sentence("会后核实。"), sentence("见附件（略）")] == [
        "会后核实。",
        "会后核实。",
        "见附件（略）",
    ]


def test_every_part_of_a_text_is_among_its_terms() -> None:
    text = plain("现代 物流 GB/T 4754")
    for start in range(len(text)):
        for end in range(start + 1, len(text) + 1):
            assert set(query_terms(text[start:end])) <= set(terms(text))


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("编制物流规划", ["物流"], "编制物流规划"),
        ("前" * 200 + "物　流" + "后" * 200, ["物流"], f"…{'前' * 60}物　流{'后' * 117}…"),
        ("前" * 200 + "ＧＢ", ["规划", "gb"], f"…{'前' * 60}ＧＢ"),
        ("𠮷" * 300, ["𠮷"], f"{'𠮷' * 120}…"),
        ("没有", ["物流"], "没有"),
    ],
)
def test_a_hit_shows_what_stands_around_the_word(text: str, words: list[str], shown: str) -> None:
    assert excerpt(text, words) == shown
