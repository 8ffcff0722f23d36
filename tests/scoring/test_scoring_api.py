"""Scoring over HTTP: adopting methods, and reading tallies, standings and the ledger."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import yaml

from tests.scoring.builders import CO, LEAD, METHOD, TaskStory
from tests.scoring.test_projector import Running, a_year, batch
from tests.support.api import ServiceUnderTest


def as_yaml(**changed: object) -> str:
    return yaml.safe_dump(METHOD | changed, allow_unicode=True)


async def adopt(service: ServiceUnderTest, text: str, role: str = "office", **headers: str) -> httpx.Response:
    async with service.client(role, **headers) as client:
        return await client.post("/v1/methods", content=text.encode(), headers={"content-type": "application/yaml"})


async def read(service: ServiceUnderTest, path: str, **query: str | int) -> Mapping[str, Any]:
    async with service.client("auditor") as client:
        answer = await client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


async def test_an_adopted_method_leaves_as_an_event_with_its_full_body(scoring: ServiceUnderTest) -> None:
    answer = await adopt(scoring, as_yaml())
    assert answer.status_code == 201
    (event,) = await scoring.events("departments-2026")
    assert event.type == "cn.xietiao.scoring.method-adopted.v1"
    assert event.data.body == answer.json()["body"]
    assert event.data.body["criteria"][0]["shares"] == {"lead": "1", "cooperating": "0.5"}


async def test_the_same_version_again_changes_nothing(scoring: ServiceUnderTest) -> None:
    first, second = await adopt(scoring, as_yaml()), await adopt(scoring, as_yaml())
    assert second.json() == first.json()
    assert len(await scoring.events("departments-2026")) == 1


async def test_a_version_never_changes_and_versions_have_no_gaps(scoring: ServiceUnderTest) -> None:
    await adopt(scoring, as_yaml())
    for text in (as_yaml(title="另一份"), as_yaml(version=3)):
        answer = await adopt(scoring, text)
        assert answer.status_code == 409
        assert answer.json()["allowed"] == ["version 2"]
    assert (await adopt(scoring, as_yaml(version=2))).status_code == 201


@pytest.mark.parametrize("role", ["leader", "auditor", "integration", "operator"])
async def test_only_the_office_adopts(scoring: ServiceUnderTest, role: str) -> None:
    answer = await adopt(scoring, as_yaml(), role)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await scoring.events() == []
    assert [row["status"] for row in await scoring.audit()] == [403]


async def test_a_faulty_method_is_refused_with_the_path(scoring: ServiceUnderTest) -> None:
    answer = await adopt(scoring, as_yaml(total="90"))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "add up to 100, not 90" in answer.json()["errors"][0]["reason"]


async def test_without_a_method_reading_says_so(scoring: ServiceUnderTest) -> None:
    async with scoring.client("office") as client:
        answer = await client.get("/v1/standings")
    assert (answer.status_code, answer.json()["code"]) == (404, "method-not-found")
    async with scoring.client(None) as client:
        assert (await client.get("/v1/standings")).status_code == 401


async def test_every_member_stands_in_the_standings_best_first(live: ServiceUnderTest) -> None:
    await Running(live).write(batch(a_year()))
    found = (await read(live, "/v1/standings"))["items"]
    assert [(row["unit"]["name"], row["rank"], row["total"]) for row in found] == [
        ("县交通局", 1, "97.50"),
        ("县经贸局", 2, "75.00"),
        ("县统计局", 3, "57.00"),
    ]
    by_code = {score["criterion"]: score for score in found[1]["criteria"]}
    assert (by_code["key-tasks"]["points"], by_code["key-tasks"]["formula"]) == ("37.50", "5 ÷ 8 × 60")


async def test_the_ledger_says_why(live: ServiceUnderTest) -> None:
    story = TaskStory()
    story.assigned()
    story.completed()
    await Running(live).write(batch(story.events))
    (line,) = (await read(live, "/v1/ledger", unit=LEAD, criterion="key-tasks"))["items"]
    assert line["event"] == {
        "id": f"{story.task}@2",
        "type": "cn.xietiao.tasks.assignment-completed.v1",
        "subject": str(story.task),
        "version": 2,
    }
    assert (line["rule"], line["text"]) == ("completed", "牵头任务“推进物流园区”：按期办结")
    assert line["occurred_at"] == "2026-01-20T03:00:00Z"


@pytest.mark.parametrize("path", ["/v1/ledger", "/v1/tallies", "/v1/standings"])
async def test_pages_join_without_gap_or_repetition(live: ServiceUnderTest, path: str) -> None:
    await Running(live).write(batch(a_year()))
    whole = (await read(live, path))["items"]
    pages: list[Any] = []
    query: dict[str, str | int] = {"limit": 1}
    while True:
        page = await read(live, path, **query)
        pages += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert pages == whole


@pytest.mark.parametrize("path", ["/v1/ledger", "/v1/tallies", "/v1/standings", "/v1/methods"])
async def test_a_made_up_cursor_is_refused(live: ServiceUnderTest, path: str) -> None:
    async with live.client("office") as client:
        for cursor in ("x", "WyJhIl0", "W10", "WzEsMiwzLDQsNV0", "WyJhIiwiYiIsImMiLCJkIl0"):
            answer = await client.get(path, params={"cursor": cursor})
            if answer.status_code != 200:
                assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_tallies_of_an_unknown_unit_are_an_empty_list(live: ServiceUnderTest) -> None:
    await Running(live).write(batch(a_year()))
    assert (await read(live, "/v1/tallies", unit="nobody"))["items"] == []
    assert len((await read(live, "/v1/tallies", unit=CO))["items"]) == 2
