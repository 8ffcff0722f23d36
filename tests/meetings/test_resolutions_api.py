"""Resolutions over HTTP: adopting them, reading them, what is refused."""

import asyncio
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from shared.contracts.meetings import ResolutionAdopted
from shared.text import digest
from tests.meetings.builders import a_resolution, adopted, held
from tests.support.api import ServiceUnderTest

TEXT = "由县发改局牵头，县交通局配合。\n三月底前提出初稿。"


async def test_an_adopted_resolution_says_who_does_what_by_when(office: httpx.AsyncClient) -> None:
    meeting_id = await held(office)
    body = a_resolution(text=TEXT, weight="2.5", tags=["key-task"], leader_post="330324-fgfxz")
    answer = await office.post(f"/v1/meetings/{meeting_id}/resolutions", json=body)
    assert answer.status_code == 201
    shown = answer.json()
    assert shown == {
        **{name: value for name, value in body.items() if name != "text"},
        "id": shown["id"],
        "meeting_id": meeting_id,
        "sequence": 1,
        "adopted_on": "2026-01-15",
        "text_link": f"/v1/resolutions/{shown['id']}/text",
        "item": None,
        "parts": [],
        "restricted": False,
        "fulfilment": {"state": "adopted", "task_id": None, "fulfilled_at": None, "days_late": None, "link": None},
    }
    assert (await office.get(f"/v1/resolutions/{shown['id']}")).json() == shown
    assert (await office.get(f"/v1/meetings/{meeting_id}")).json()["resolutions"] == [shown]


async def test_its_event_holds_all_that_tasks_needs_but_not_the_text(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await held(office)
    resolution_id = await adopted(office, meeting_id, text=TEXT, weight=2, tags=["key-task"])
    event = (await meetings.events(meeting_id))[-1]
    told = event.data
    assert isinstance(told, ResolutionAdopted)
    assert (event.aggregateversion, told.sequence, str(told.resolution_id)) == (3, 1, resolution_id)
    assert (told.lead_unit, told.cooperating_units) == ("330324-fgj", ("330324-jtj",))
    assert (told.adopted_on, told.due_on, told.weight) == (date(2026, 1, 15), date(2026, 3, 31), Decimal(2))
    assert (told.text_digest, told.text_link) == (digest(TEXT), f"/v1/resolutions/{resolution_id}/text")
    assert "初稿" not in event.to_bytes().decode()
    assert told.text_link is not None
    text = (await office.get(told.text_link)).json()
    assert text == {"resolution_id": resolution_id, "text": TEXT, "digest": told.text_digest}


async def test_a_resolution_without_text_has_no_link(office: httpx.AsyncClient) -> None:
    resolution_id = await adopted(office, await held(office))
    assert (await office.get(f"/v1/resolutions/{resolution_id}")).json()["text_link"] is None
    answer = await office.get(f"/v1/resolutions/{resolution_id}/text")
    assert (answer.status_code, answer.json()["code"]) == (404, "resolution-has-no-text")


async def test_simultaneous_resolutions_are_numbered_without_gap(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meeting_id = await held(office)
    url = f"/v1/meetings/{meeting_id}/resolutions"
    faulty = a_resolution(lead_unit="330324-xxx")
    bodies = [a_resolution(), faulty, a_resolution(), faulty, a_resolution(), a_resolution()]
    answers = await asyncio.gather(*(office.post(url, json=body) for body in bodies))
    assert [answer.status_code for answer in answers] == [201, 422, 201, 422, 201, 201]
    sequences = sorted(answer.json()["sequence"] for answer in answers if answer.status_code == 201)
    assert sequences == [1, 2, 3, 4]
    events = await meetings.events(meeting_id)
    assert [event.aggregateversion for event in events] == [1, 2, 3, 4, 5, 6]
    assert [event.data.sequence for event in events if isinstance(event.data, ResolutionAdopted)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"title": ""}, ["title"]),
        ({"title": "一\n二"}, ["title"]),
        ({"text": "\x1b[31m"}, ["text"]),
        ({"text": "字" * 20_001}, ["text"]),
        ({"lead_unit": "330324-fgi"}, ["lead_unit"]),
        ({"lead_unit": None}, ["lead_unit"]),
        ({"cooperating_units": ["330324-jtj", "330324-fgj"]}, ["cooperating_units.1"]),
        ({"cooperating_units": ["330324-jtj", "330324-jtj"]}, ["cooperating_units.1"]),
        ({"cooperating_units": ["330324-jtx"], "due_on": "2026-01-14"}, ["cooperating_units.0", "due_on"]),
        ({"due_on": "2026-02-30"}, ["due_on"]),
        ({"due_on": "9999-12-31"}, ["due_on"]),
        ({"weight": 0}, ["weight"]),
        ({"weight": "NaN"}, ["weight"]),
        ({"weight": 1001}, ["weight"]),
        ({"tags": ["two words"]}, ["tags.0"]),
        ({"leader_post": "张三"}, ["leader_post"]),
        ({"occurred_at": "2026-01-14T23:59:00+08:00"}, ["occurred_at"]),
        ({"owner": "330324-fgj"}, ["owner"]),
    ],
)
async def test_a_bad_resolution_is_refused_naming_each_field(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, given: dict[str, Any], fields: list[str]
) -> None:
    meeting_id = await held(office)
    answer = await office.post(f"/v1/meetings/{meeting_id}/resolutions", json=a_resolution(**given))
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, fields)
    assert len(await meetings.events()) == 2
    assert (await office.get(f"/v1/meetings/{meeting_id}")).json()["resolution_count"] == 0


@pytest.mark.parametrize("missing", ["title", "lead_unit"])
async def test_what_is_missing_is_named(office: httpx.AsyncClient, missing: str) -> None:
    body = {name: value for name, value in a_resolution().items() if name != missing}
    answer = await office.post(f"/v1/meetings/{await held(office)}/resolutions", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, missing)


async def test_a_lone_surrogate_is_refused_naming_the_field(office: httpx.AsyncClient) -> None:
    body = b'{"title": "a\\ud800", "lead_unit": "330324-fgj", "due_on": "2026-03-31"}'
    answer = await office.post(
        f"/v1/meetings/{await held(office)}/resolutions", content=body, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "title")


async def test_a_resolution_is_due_on_the_day_of_the_meeting_at_the_earliest(office: httpx.AsyncClient) -> None:
    await adopted(office, await held(office), due_on="2026-01-15")


async def test_the_same_key_twice_adopts_one_resolution(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    url, key = f"/v1/meetings/{await held(office)}/resolutions", {"idempotency-key": "resolution-1"}
    first, second = await asyncio.gather(*(office.post(url, json=a_resolution(), headers=key) for _ in range(2)))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert len(await meetings.events()) == 3
    other = await office.post(url, json=a_resolution(title="另一件事"), headers=key)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_a_refused_command_leaves_its_key_free(office: httpx.AsyncClient) -> None:
    url, key = f"/v1/meetings/{await held(office)}/resolutions", {"idempotency-key": "resolution-1"}
    assert (await office.post(url, json=a_resolution(lead_unit="330324-xxx"), headers=key)).status_code == 422
    assert (await office.post(url, json=a_resolution(), headers=key)).status_code == 201


async def test_the_list_begins_with_what_is_due_first_and_pages_follow(office: httpx.AsyncClient) -> None:
    meeting_id = await held(office)
    dates = ["2026-03-31", "2026-02-28", "2026-03-31", "2026-02-01"]
    ids = [await adopted(office, meeting_id, due_on=due_on) for due_on in dates]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 1}
    while query.get("cursor", "first") is not None:
        page = (await office.get("/v1/resolutions", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        query["cursor"] = page["next"]
    assert seen == [ids[3], ids[1], ids[0], ids[2]]


async def test_resolutions_are_found_by_unit_and_meeting(office: httpx.AsyncClient) -> None:
    first, second = await held(office), await held(office)
    ours = await adopted(office, first, lead_unit="330324-tjj", cooperating_units=["330324-jmj"])
    other = await adopted(office, second)

    async def found(query: str) -> list[str]:
        return [item["id"] for item in (await office.get(f"/v1/resolutions?{query}")).json()["items"]]

    assert await found("unit=330324-tjj") == [ours]
    assert await found("unit=330324-jmj") == [ours]
    assert await found(f"meeting={second}") == [other]
    assert await found("unit=330324-nobody") == []
