"""Corrections of published minutes: new editions that say what changed, to whom they may say it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from shared.contracts.meetings import MinutesCorrected
from tests.meetings.conftest import seat_members
from tests.meetings.test_minutes import BODY, SIGNATURE, content_of, decided, published, signed
from tests.support.api import ServiceUnderTest


@pytest.fixture(autouse=True)
async def _members(meetings: ServiceUnderTest) -> None:
    await seat_members(meetings, BODY, ("330324-fgj", "330324-jmj", "330324-jtj"))


async def test_a_correction_is_a_new_edition_that_says_what_changed(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await published(office)
    url = f"/v1/meetings/{meeting_id}/minutes"
    content = content_of((await office.get(url)).json())
    content["sections"][1]["text"] = content["sections"][1]["text"].replace("3月31日", "4月30日")
    body = {**content, **SIGNATURE, "change_note": "更正物流规划完成时间"}
    meetings.clock.at += timedelta(days=3)
    corrected = await office.post(f"{url}/corrections", json=body)
    assert (corrected.status_code, corrected.json()["edition"]) == (201, 2)
    (change,) = corrected.json()["changes"]
    assert (change["part"], "3月31日" in change["before"], "4月30日" in change["after"]) == ("第2项议题", True, True)
    event = (await meetings.events(meeting_id))[-1]
    assert isinstance(event.data, MinutesCorrected)
    assert (event.data.number, event.data.edition, event.data.signed_on) == ("〔2026〕1号", 2, date(2026, 1, 18))
    assert (await office.get(event.data.text_link)).json()["digest"] == event.data.text_digest
    assert "3月31日" in (await office.get(url, params={"edition": 1})).text
    assert (await office.get(url, params={"edition": 3})).status_code == 404
    editions = (await office.get(f"{url}/editions")).json()["items"]
    assert [each["change_note"] for each in editions] == [None, "更正物流规划完成时间"]
    assert (await office.get("/v1/minutes", params={"q": "配合，2026年4月30日"})).json()["items"][0]["edition"] == 2
    assert (await office.get("/v1/minutes", params={"q": "配合，2026年3月31日"})).json()["items"] == []
    same = await office.post(f"{url}/corrections", json=body)
    assert same.status_code == 422


@pytest.mark.parametrize(
    ("changed", "part", "before", "after"),
    [
        ({"sections": lambda was: was[::-1]}, "顺序", "第1项议题、第2项议题、第3项议题",
         "第3项议题、第2项议题、第1项议题"),
        ({"title": lambda _: "纪要"}, "标题", "2026年第一次服务业发展协调会议", "纪要"),
        ({"sections": lambda was: [{**was[0], "heading": "审议方案"}, *was[1:]]}, "第1项议题",
         "审议2026年重点工作分工方案\n会议原则通过。", "审议方案\n会议原则通过。"),
        ({"leave": lambda _: []}, "请假", "县交通局", None),
        ({"present": lambda was: was[::-1]}, "出席", "县发改局　赵一（局长）\n县经贸局　李四（代）",
         "县经贸局　李四（代）\n县发改局　赵一（局长）"),
        ({"copies_to": lambda _: ["县委办"]}, "抄送", None, "县委办"),
        ({"closing": lambda _: "会议强调，抓好落实。"}, "结语", None, "会议强调，抓好落实。"),
        ({"sections": lambda was: [{"heading": "其他", "text": "略"}, *was]}, "其他部分", None, "其他\n略"),
    ],
)  # fmt: skip
async def test_a_correction_names_whatever_reads_otherwise(
    office: httpx.AsyncClient, changed: dict[str, Callable[[Any], object]], part: str, before: str, after: str
) -> None:
    meeting_id = await published(office)
    url = f"/v1/meetings/{meeting_id}/minutes"
    content = content_of((await office.get(url)).json())
    content |= {name: change(content[name]) for name, change in changed.items()}
    corrected = await office.post(f"{url}/corrections", json={**content, **SIGNATURE, "change_note": "更正"})
    assert corrected.json()["changes"] == [{"part": part, "before": before, "after": after}]


async def test_what_the_office_says_of_a_correction_is_for_those_who_have_all_of_it(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await published(office)
    url = f"/v1/meetings/{meeting_id}/minutes"
    content = content_of((await office.get(url)).json())
    content["title"] = "纪要（更正）"
    content["sections"][2]["text"] += "\n收回三宗。"
    await office.post(f"{url}/corrections", json={**content, **SIGNATURE, "change_note": "更正标题；收回两宗改为三宗"})
    for unit, told, parts in (
        ("330324-jmj", True, ["标题", "第3项议题"]),
        ("330324-fgj", False, ["标题"]),
    ):
        async with meetings.client("unit", unit) as client:
            answers = [await client.get(f"{url}{path}") for path in ("", "/editions")]
        assert ["三宗" in answer.text for answer in answers] == [told, told]
        assert [change["part"] for change in answers[0].json()["changes"]] == parts


async def test_only_published_minutes_are_corrected(office: httpx.AsyncClient) -> None:
    meeting_id = await decided(office)
    content = content_of(await signed(office, meeting_id))
    body = {**content, **SIGNATURE, "change_note": "更正"}
    answer = await office.post(f"/v1/meetings/{meeting_id}/minutes/corrections", json=body)
    assert (answer.status_code, answer.json()["allowed"]) == (409, ["publish"])
    unnoted = await office.post(f"/v1/meetings/{meeting_id}/minutes/corrections", json={**content, **SIGNATURE})
    assert unnoted.json()["errors"][0]["field"] == "change_note"
