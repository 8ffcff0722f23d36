"""Obligations withdrawn because the mechanism changed: what is said, what is refused, what is opened again."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.meetings.obligations import watch
from shared.contracts.meetings import ObligationMet, ObligationOpened, ObligationReopened, ObligationWithdrawn
from shared.text import digest
from tests.meetings.builders import held
from tests.meetings.test_obligations import RULE, URL
from tests.support.api import ServiceUnderTest

REASON = "机制调整"
AUTUMN = [{"code": "mid_year", "name": "秋季", "first": "08-01", "last": "09-30"}]


async def _all(office: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await office.get("/v1/obligations")).json()["items"]
    return items


async def _opened(meetings: ServiceUnderTest, office: httpx.AsyncClient) -> str:
    await office.put(URL, json=RULE)
    await watch.catch_up(meetings.runtime)
    (obligation,) = await _all(office)
    return f"/v1/obligations/{obligation['id']}"


@pytest.mark.parametrize(("today", "before"), [((2026, 6, 20), "due"), ((2026, 8, 20), "overdue")])
async def test_what_is_owed_no_longer_is_withdrawn_with_its_reason(
    meetings: ServiceUnderTest, office: httpx.AsyncClient, today: tuple[int, int, int], before: str
) -> None:
    url = await _opened(meetings, office)
    meetings.clock.at = datetime(*today, 2, tzinfo=UTC)
    await watch.catch_up(meetings.runtime)
    shown = await office.get(url)
    assert shown.json()["state"] == before
    assert (await office.post(f"{url}/withdraw", json={})).json()["errors"][0]["field"] == "reason"
    stale = await office.post(f"{url}/withdraw", json={"reason": REASON}, headers={"if-match": '"9"'})
    assert stale.status_code == 412
    done = await office.post(f"{url}/withdraw", json={"reason": REASON}, headers={"if-match": shown.headers["etag"]})
    said = done.json()
    assert (said["state"], said["state_name"], said["withdraw_reason"]) == ("withdrawn", "已撤销", REASON)
    event = (await meetings.events(said["id"]))[-1]
    assert isinstance(event.data, ObligationWithdrawn)
    assert (event.aggregateversion, event.data.reason_digest) == (said["version"], digest(REASON))
    for what, body in (("withdraw", {"reason": REASON}), ("match", {"meeting_id": said["id"]})):
        refused = await office.post(f"{url}/{what}", json=body)
        assert (refused.status_code, refused.json()["allowed"]) == (409, ["reopen"])
    assert await watch.catch_up(meetings.runtime) == 0
    await office.post("/v1/obligations/open", json={"year": 2026})
    assert len(await _all(office)) == 1


async def test_only_the_office_withdraws_and_not_what_was_held(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    url = await _opened(meetings, office)
    async with meetings.client("unit", "330324-fgj") as unit:
        assert (await unit.post(f"{url}/withdraw", json={"reason": REASON})).status_code == 403
    await office.post(f"{url}/match", json={"meeting_id": await held(office)})
    refused = await office.post(f"{url}/withdraw", json={"reason": REASON})
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["reopen"])
    assert (await office.post(f"{url}/reopen")).json()["state"] == "due"
    assert (await office.post(f"{url}/withdraw", json={"reason": REASON})).status_code == 200


async def test_a_changed_rule_names_what_stays_owed_and_opens_what_was_withdrawn_anew(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    url = await _opened(meetings, office)
    meetings.clock.at = datetime(2026, 6, 20, 2, tzinfo=UTC)
    changed = (await office.put(URL, json={**RULE, "windows": AUTUMN})).json()
    (earlier,) = changed["earlier_obligations"]
    assert (earlier["id"], earlier["rule_version"], earlier["window_to"]) == (url[-36:], 1, "2026-07-31")
    assert await watch.catch_up(meetings.runtime) == 0
    await office.post(f"{url}/withdraw", json={"reason": REASON})
    assert (await office.get(URL)).json()["earlier_obligations"] == []
    assert [await watch.catch_up(meetings.runtime) for _ in range(2)] == [1, 0]
    told = [type(event.data) for event in await meetings.events()]
    assert told == [ObligationOpened, ObligationWithdrawn, ObligationOpened]
    states = {each["window_to"]: (each["state"], each["rule_version"]) for each in await _all(office)}
    assert states == {"2026-07-31": ("withdrawn", 1), "2026-09-30": ("due", 2)}
    refused = await office.post(f"{url}/reopen")
    assert (refused.status_code, refused.json()["code"]) == (409, "obligation-state")


async def test_a_window_that_ended_is_opened_again_by_hand_alone(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    url = await _opened(meetings, office)
    meetings.clock.at = datetime(2027, 3, 1, 2, tzinfo=UTC)
    await watch.catch_up(meetings.runtime)
    await office.post(f"{url}/withdraw", json={"reason": REASON})
    await office.put(URL, json={**RULE, "windows": AUTUMN})
    assert await watch.catch_up(meetings.runtime) == 0
    reopened = (await office.post("/v1/obligations/open", json={"year": 2026})).json()["items"]
    assert [each["state"] for each in reopened] == ["withdrawn", "due"]


async def test_a_retired_rule_opens_nothing_again_and_a_mistaken_withdrawal_is_taken_back(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    url = await _opened(meetings, office)
    meetings.clock.at = datetime(2026, 6, 20, 2, tzinfo=UTC)
    retired = (await office.post(f"{URL}/retire")).json()
    assert [each["state"] for each in retired["earlier_obligations"]] == ["due"]
    await office.post(f"{url}/withdraw", json={"reason": REASON})
    assert await watch.catch_up(meetings.runtime) == 0
    again = (await office.post(f"{url}/reopen")).json()
    assert (again["state"], again["withdrawn_at"]) == ("due", None)
    assert isinstance((await meetings.events(again["id"]))[-1].data, ObligationReopened)


async def test_a_session_over_new_year_is_made_up_for_in_the_year_in_which_it_ended(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    window = {"code": "mid_year", "name": "岁末", "first": "12-01", "last": "01-15"}
    await office.put(URL, json={**RULE, "windows": [window]})
    meetings.clock.at = datetime(2027, 1, 20, 2, tzinfo=UTC)
    await watch.catch_up(meetings.runtime)
    await held(office, starts_at="2027-01-20T09:00:00+08:00", held_on="2027-01-20", session="mid_year")
    states = {each["year"]: (each["state"], each["on_time"]) for each in await _all(office)}
    assert states[2026] == ("held", False)


async def test_an_obligation_that_is_opened_late_is_met_by_the_meeting_that_was_held_before(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meetings.clock.at = datetime(2026, 9, 3, 2, tzinfo=UTC)
    special = {"starts_at": "2026-07-08T09:00:00+08:00", "held_on": "2026-07-08"}
    await held(office, **special, kind="special")
    meeting_id = await held(office, **special)
    await office.put(URL, json=RULE)
    assert [await watch.catch_up(meetings.runtime) for _ in range(2)] == [1, 0]
    (obligation,) = await _all(office)
    assert (obligation["state"], obligation["meeting_id"], obligation["on_time"]) == ("held", meeting_id, True)
    assert [type(event.data) for event in await meetings.events(obligation["id"])] == [ObligationOpened, ObligationMet]
