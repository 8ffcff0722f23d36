"""Both times: when a fact is so, and since when the registry knows it. Corrections of the past stay visible as such."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.registry.conftest import Ask
from tests.support.api import NOW, ServiceUnderTest

LATER = datetime(2026, 1, 20, 2, 0, tzinfo=UTC)


def correction(**changes: object) -> dict[str, Any]:
    return {"valid_from": "2009-07-06", "reason": "简称录入有误，以原文件为准", **changes}


@pytest.fixture
async def corrected(registry: ServiceUnderTest, office: httpx.AsyncClient) -> httpx.AsyncClient:
    """Correct a short name of long ago, five days after the seed was loaded."""
    registry.clock.at = LATER
    body = correction(valid_to="2020-01-01", short_name="教委")
    answer = await office.post("/v1/units/330324-jyj/correct", json=body)
    assert answer.status_code == 200, answer.text
    return office


async def test_a_correction_of_the_past_keeps_what_was_known(corrected: httpx.AsyncClient, ask: Ask) -> None:
    assert (await ask("/v1/units/330324-jyj"))["short_name"] == "教委"
    assert (await ask("/v1/units/330324-jyj", as_of="2020-01-01"))["short_name"] == "教育局"
    before = (LATER - timedelta(minutes=1)).isoformat()
    assert (await ask("/v1/units/330324-jyj", known_at=before))["short_name"] == "教育局"
    assert (await ask("/v1/units/330324-jyj", known_at=LATER.isoformat()))["short_name"] == "教委"
    [found] = (await ask("/v1/units", known_at=before, q="教育局"))["items"]
    assert found["short_name"] == "教育局"


async def test_a_history_shows_both_times_and_who_by_which_document(corrected: httpx.AsyncClient, ask: Ask) -> None:
    first, *later = (await ask("/v1/units/330324-jyj/history"))["items"]
    assert (first["change"]["action"], first["content"]["short_name"]) == ("load-seed", "教育局")
    assert (first["valid_to"], first["known_to"]) == (None, later[0]["known_from"])
    assert first["superseded_by"]["reason"] == "简称录入有误，以原文件为准"
    assert [(row["valid_from"], row["valid_to"], row["content"]["short_name"]) for row in later] == [
        ("2009-07-06", "2020-01-01", "教委"),
        ("2020-01-01", None, "教育局"),
    ]
    assert all(row["change"]["correction"] and row["change"]["role"] == "office" for row in later)
    [newest, *_] = (await ask("/v1/changes", limit=1))["items"]
    assert (newest["action"], newest["correction"]) == ("correct-unit", True)


async def test_before_anything_was_known_nothing_is_answered(ask: Ask) -> None:
    long_ago = (NOW - timedelta(days=1)).isoformat()
    for path in ("units", "posts", "bodies", "sectors", "duties", "documents", "matrix"):
        assert (await ask(f"/v1/{path}", known_at=long_ago))["items"] == [], path
    await ask("/v1/units/330324-jyj", 404, known_at=long_ago)


@pytest.mark.parametrize(
    "known_at",
    [
        "2099-01-01T00:00:00Z",
        "2026-01-15T00:00:00",
        "yesterday",
        "",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
@pytest.mark.parametrize("path", ["units", "posts", "bodies", "sectors", "duties", "documents", "matrix", "coverage"])
async def test_what_is_known_later_or_is_no_instant_is_refused(ask: Ask, path: str, known_at: str) -> None:
    problem = await ask(f"/v1/{path}", 422, known_at=known_at)
    assert problem["errors"][0]["field"] == "known_at"


async def test_a_unit_may_turn_out_older_or_never_to_have_been(office: httpx.AsyncClient, ask: Ask) -> None:
    older = correction(valid_from="2005-01-01", valid_to="2009-07-06")
    answer = await office.post("/v1/units/330324-tjj/correct", json=older)
    assert answer.status_code == 200, answer.text
    assert (await ask("/v1/units/330324-tjj", as_of="2005-01-01"))["name"] == "县统计局"
    new = {"code": "330324-x", "name": "县某局", "short_name": "某局", "kind": "department", "valid_from": "2020-01-01"}
    assert (await office.post("/v1/units", json=new)).status_code == 201
    never = correction(valid_from="2020-01-01", never=True)
    assert (await office.post("/v1/units/330324-x/correct", json=never)).status_code == 200
    await ask("/v1/units/330324-x", 404, as_of="2021-01-01")
    rows = (await ask("/v1/units/330324-x/history"))["items"]
    assert rows[0]["known_to"] is None or rows[0]["superseded_by"]["action"] == "correct-unit"


async def test_days_on_which_others_refer_to_it_cannot_be_taken(office: httpx.AsyncClient, ask: Ask) -> None:
    answer = await office.post("/v1/units/330324-jyj/correct", json=correction(valid_to="2020-01-01", never=True))
    assert (answer.status_code, answer.json()["code"]) == (409, "dangling-reference")
    held = "duty 3.3, membership coordination-meeting (member), post 330324-jyj-head"
    assert answer.json()["detail"] == f"330324-jyj holds {held} from 2009-07-06 up to, not including, 2020-01-01"
    answer = await office.post("/v1/posts/330324-xz/correct", json=correction(never=True))
    assert answer.json()["detail"].startswith("330324-xz holds membership coordination-meeting (convener)")
    assert (await ask("/v1/units/330324-jyj"))["name"] == "县教育局"


async def test_changes_stay_in_order_when_the_clock_goes_back(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    registry.clock.at = NOW - timedelta(days=100)
    assert (await office.post("/v1/units/330324-jyj/correct", json=correction(short_name="教委"))).status_code == 200
    known = [datetime.fromisoformat(row["known_from"]) for row in (await ask("/v1/units/330324-jyj/history"))["items"]]
    assert known == sorted(known)
    assert len(set(known)) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/v1/posts/330324-xz/history",
        "/v1/bodies/coordination-meeting/history",
        "/v1/bodies/coordination-meeting/members/history",
        "/v1/sectors/hotels/history",
        "/v1/duties/3.1/history",
    ],
)
async def test_everything_has_a_history(ask: Ask, path: str) -> None:
    rows = (await ask(path))["items"]
    assert rows
    assert all(row["change"]["action"] == "load-seed" and row["known_to"] is None for row in rows)
    await ask(
        path.replace("330324-xz", "none")
        .replace("coordination-meeting", "none")
        .replace("hotels", "none")
        .replace("3.1", "9.9"),
        404,
    )


@pytest.mark.parametrize("both", [{"as_of": "2026-01-01"}, {"known_at": "2026-01-01T00:00:00Z"}])
async def test_a_history_is_of_all_times_and_says_so(office: httpx.AsyncClient, both: dict[str, str]) -> None:
    refused = await office.get("/v1/units/330324-fgj/history", params=both)
    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["errors"]] == list(both)
