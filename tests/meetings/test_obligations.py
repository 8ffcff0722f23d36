"""Obligations: rules as data, each year opened, meetings counted, lapses told once at their moment."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.layout import REPOSITORY
from services.meetings.obligations import watch
from services.meetings.obligations.domain import Window
from shared.contracts.meetings import ObligationLapsed, ObligationMet, ObligationOpened, ObligationReopened
from tests.conftest import DatabaseFactory
from tests.meetings.builders import a_meeting, convened, held
from tests.meetings.county import MECHANISM, oblige
from tests.support.api import ServiceUnderTest

BODY = "coordination-meeting"
RULE: dict[str, Any] = {
    "body": BODY,
    "session": "mid_year",
    "title": "年中听取汇报",
    "kinds": ["coordination"],
    "windows": [{"code": "mid_year", "name": "年中", "first": "06-01", "last": "07-31"}],
    "requirements": [
        {"code": "reports", "act": "hear", "text": "成员单位服务业工作情况汇报"},
        {"code": "problems", "act": "decide", "text": "研究解决存在问题"},
    ],
    "source": "永政办发〔2009〕106号 二.2",
    "since": "2026-01-01",
}
URL = "/v1/obligation-rules/coordination-mid-year"


async def _listed(office: httpx.AsyncClient, query: str = "") -> list[tuple[str, str, str]]:
    items = (await office.get(f"/v1/obligations?{query}")).json()["items"]
    return [(item["session"], item["window"], item["state"]) for item in items]


async def test_the_mechanism_is_opened_once_for_the_year_with_events_at_its_beginning(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await oblige(office, since="2026-01-01")
    assert await watch.catch_up(meetings.runtime) == 6
    assert await watch.catch_up(meetings.runtime) == 0
    assert set(await _listed(office, "year=2026")) == {
        ("special_session", "start_of_year", "due"),
        ("start_of_year", "start_of_year", "due"),
        ("half_year_briefing", "first_half", "due"),
        ("mid_year", "mid_year", "due"),
        ("half_year_briefing", "second_half", "due"),
        ("end_of_year", "end_of_year", "due"),
    }
    events = await meetings.events()
    assert {type(event.data) for event in events} == {ObligationOpened}
    assert {event.time for event in events} == {datetime(2025, 12, 31, 16, 0, tzinfo=UTC)}
    assert {event.aggregateversion for event in events} == {1}


async def test_rules_that_come_during_the_year_open_what_has_not_ended(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    meetings.clock.at = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)
    await oblige(office)
    await watch.catch_up(meetings.runtime)
    assert {window for _, window, _ in await _listed(office)} == {"second_half", "end_of_year"}
    opened = await office.post("/v1/obligations/open", json={"year": 2026})
    assert len(opened.json()["items"]) == 6
    assert (await office.post("/v1/obligations/open", json={"year": 2028})).json()["errors"][0]["field"] == "year"


async def test_a_held_meeting_is_counted_for_what_its_body_owes_then(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    await watch.catch_up(meetings.runtime)
    early = await held(office)
    assert await _listed(office, "state=held") == []
    meetings.clock.at = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
    special = {"starts_at": "2026-07-08T09:00:00+08:00", "held_on": "2026-07-08", "kind": "special"}
    await held(office, **special)
    assert await _listed(office, "state=held") == []
    agenda = [{"kind": "hear_report", "title": "听取汇报"}, {"kind": "coordinate_problem", "title": "研究问题"}]
    meeting_id = await held(
        office, starts_at="2026-07-09T09:00:00+08:00", held_on="2026-07-09", agenda=agenda, session="mid_year"
    )
    (item,) = (await office.get(f"/v1/obligations?meeting={meeting_id}")).json()["items"]
    assert (item["state_name"], item["held_on"], item["on_time"]) == ("已召开", "2026-07-09", True)
    event = (await meetings.events(item["id"]))[-1]
    assert isinstance(event.data, ObligationMet)
    assert (event.aggregateversion, str(event.data.meeting_id), event.data.on_time) == (2, meeting_id, True)
    url = f"/v1/obligations/{item['id']}"
    covered = {each["code"]: (each["covered"], each["item"]) for each in (await office.get(url)).json()["requirements"]}
    assert covered == {"reports": (True, 1), "problems": (False, None)}
    for decision, settled in (("deferred", False), ("adopted", True)):
        await office.post(f"/v1/meetings/{meeting_id}/agenda/2/decision", json={"decision": decision})
        assert (await office.get(url)).json()["requirements"][1]["covered"] is settled
    refused = await office.post(f"{url}/match", json={"meeting_id": early})
    assert (refused.status_code, refused.json()["allowed"]) == (409, ["reopen"])


async def test_of_two_sessions_owed_the_one_that_ends_first_or_is_named_is_met(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await oblige(office, since="2026-01-01")
    await watch.catch_up(meetings.runtime)
    executive = {"body": "executive-meeting", "kind": "executive"}
    await held(office, **executive)
    assert await _listed(office, "state=held") == [("special_session", "start_of_year", "held")]
    meetings.clock.at = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)
    july = {"starts_at": "2026-07-09T09:00:00+08:00", "held_on": "2026-07-09"}
    await held(office, **executive, **july)
    assert ("half_year_briefing", "first_half", "held") in await _listed(office, "state=held")


async def test_a_lapse_is_told_once_at_the_end_of_the_window_however_late_it_is_noticed(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    await watch.catch_up(meetings.runtime)
    meetings.clock.at = datetime(2026, 7, 31, 15, 59, tzinfo=UTC)
    assert await watch.catch_up(meetings.runtime) == 0
    meetings.clock.at = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
    assert [await watch.catch_up(meetings.runtime) for _ in range(2)] == [1, 0]
    event = (await meetings.events())[-1]
    assert isinstance(event.data, ObligationLapsed)
    assert (event.aggregateversion, event.time) == (2, datetime(2026, 7, 31, 16, 0, tzinfo=UTC))
    assert await _listed(office, "state=overdue") == [("mid_year", "mid_year", "overdue")]


async def test_years_of_downtime_are_caught_up_once_each_at_its_own_time(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    meetings.clock.at = datetime(2028, 2, 1, 2, 0, tzinfo=UTC)
    assert [await watch.catch_up(meetings.runtime) for _ in range(2)] == [5, 0]
    times = sorted((event.time.year, type(event.data).__name__) for event in await meetings.events())
    assert times == [
        (2025, "ObligationOpened"),
        (2026, "ObligationLapsed"),
        (2026, "ObligationOpened"),
        (2027, "ObligationLapsed"),
        (2027, "ObligationOpened"),
    ]


async def test_a_meeting_held_in_time_and_recorded_after_the_lapse_is_counted_as_in_time(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    await watch.catch_up(meetings.runtime)
    meetings.clock.at = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)
    await held(office, starts_at="2026-07-30T09:00:00+08:00", held_on="2026-07-30")
    (item,) = (await office.get("/v1/obligations")).json()["items"]
    assert (item["state"], item["on_time"], item["lapsed_at"]) == ("held", True, "2026-07-31T16:00:00Z")
    told = [type(event.data) for event in await meetings.events(item["id"])]
    assert told == [ObligationOpened, ObligationLapsed, ObligationMet]
    assert await watch.catch_up(meetings.runtime) == 0


async def test_a_session_made_up_for_later_is_counted_only_if_it_is_named(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    meetings.clock.at = datetime(2026, 9, 3, 2, 0, tzinfo=UTC)
    await watch.catch_up(meetings.runtime)
    late = {"starts_at": "2026-09-02T09:00:00+08:00", "held_on": "2026-09-02"}
    await held(office, **late)
    assert await _listed(office, "state=held") == []
    await held(office, **late, session="mid_year")
    (item,) = (await office.get("/v1/obligations")).json()["items"]
    assert (item["state"], item["on_time"]) == ("held", False)


async def test_the_office_counts_another_meeting_by_hand_and_takes_it_back(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    await watch.catch_up(meetings.runtime)
    (obligation,) = (await office.get("/v1/obligations")).json()["items"]
    url = f"/v1/obligations/{obligation['id']}"
    early, other = await held(office), await held(office, body="executive-meeting", kind="executive")
    waiting = await convened(office)
    for meeting_id in (other, waiting):
        refused = await office.post(f"{url}/match", json={"meeting_id": meeting_id})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "meeting_id")
    assert (await office.post(f"{url}/reopen")).status_code == 409
    matched = await office.post(f"{url}/match", json={"meeting_id": early}, headers={"if-match": '"1"'})
    assert (matched.json()["state"], matched.json()["on_time"]) == ("held", False)
    assert (await office.post(f"{url}/reopen", headers={"if-match": '"1"'})).status_code == 412
    assert (await office.post(f"{url}/reopen")).json()["state"] == "due"
    assert isinstance((await meetings.events(obligation["id"]))[-1].data, ObligationReopened)


async def test_another_countys_mechanism_is_edited_and_holds_for_what_opens_next(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    made = await office.put(URL, json=RULE)
    await watch.catch_up(meetings.runtime)
    quarters = [
        {"code": f"q{number}", "name": f"第{number}季度", "first": f"{first}-01", "last": last}
        for number, first, last in ((1, "01", "03-31"), (2, "04", "06-30"), (3, "07", "09-30"), (4, "10", "12-31"))
    ]
    changed = await office.put(URL, json={**RULE, "windows": quarters}, headers={"if-match": made.headers["etag"]})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (await office.put(URL, json=RULE, headers={"if-match": made.headers["etag"]})).status_code == 412
    meetings.clock.at += timedelta(days=360)
    await watch.catch_up(meetings.runtime)
    assert len(await _listed(office, "year=2027")) == 4
    retired = await office.post(f"{URL}/retire", json={"retired_on": "2028-01-01"})
    assert retired.json()["retired_on"] == "2028-01-01"
    assert (await office.post(f"{URL}/retire")).status_code == 409
    meetings.clock.at += timedelta(days=366)
    await watch.catch_up(meetings.runtime)
    assert await _listed(office, "year=2028") == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"body": "coordination-meetin"}, "body"),
        ({"windows": [{"code": "x", "name": "年中", "first": "13-01", "last": "07-31"}]}, "windows.0.first"),
        ({"windows": [{"code": "x", "name": "年初", "first": "01-01", "last": "02-30"}]}, "windows.0.last"),
        ({"windows": [{"code": "x", "name": "年初", "first": "04-31", "last": "05-30"}]}, "windows.0.first"),
        ({"windows": [*RULE["windows"], *RULE["windows"]]}, "windows.1.code"),
        ({"requirements": [*RULE["requirements"], RULE["requirements"][0]]}, "requirements.2.code"),
        ({"requirements": [{"code": "a", "act": "sing", "text": "甲"}]}, "requirements.0.act"),
        ({"requirements": [{"code": "a", "act": "hear", "text": "甲", "by": ["nobody"]}]}, "requirements.0.by.0"),
        ({"kinds": ["party"]}, "kinds.0"),
    ],
)
async def test_a_bad_rule_is_refused_naming_the_field(
    office: httpx.AsyncClient, given: dict[str, Any], field: str
) -> None:
    answer = await office.put(URL, json={**RULE, **given})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_session_that_no_rule_knows_is_refused_naming_those_it_knows(office: httpx.AsyncClient) -> None:
    await office.put(URL, json=RULE)
    answer = await office.post("/v1/meetings", json=a_meeting(session="mid-year"))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["expected"]) == (422, "session", "mid_year")


async def test_a_kind_that_is_not_counted_for_its_session_is_pointed_out(office: httpx.AsyncClient) -> None:
    await office.put(URL, json=RULE)
    asked = a_meeting(session=RULE["session"], kind="executive")
    found = (await office.post("/v1/meetings", json=asked)).json()["cautions"]
    texts = [caution["text"] for caution in found if caution["code"] == "kind-not-counted"]
    assert texts == ["常务会议不计入该会议任务，应为协调会议"]
    counted = (await office.post("/v1/meetings", json={**asked, "kind": "coordination"})).json()["cautions"]
    assert "kind-not-counted" not in [caution["code"] for caution in counted]


async def test_what_the_session_must_hear_or_decide_is_pointed_out_while_the_agenda_lacks_it(
    office: httpx.AsyncClient,
) -> None:
    await office.put(URL, json=RULE)
    agenda = [{"kind": "hear_report", "title": "听取汇报", "presenter_units": ["330324-jtj"]}]
    body = a_meeting(session="mid_year", starts_at="2026-06-04T09:00:00+08:00", agenda=agenda)
    answer = await office.post("/v1/meetings", json=body)
    cautions = {each["code"]: each["text"] for each in answer.json()["cautions"]}
    assert cautions["requirement-missing"] == "议题中没有研究审议：研究解决存在问题"
    assert cautions["presenter-not-invited"] == "汇报单位未受邀：县交通局"
    url = f"/v1/meetings/{answer.json()['id']}"
    await office.post(f"{url}/agenda", json={"kind": "coordinate_problem", "title": "研究问题"})
    await office.post(f"{url}/guests", json={"unit": "330324-jtj"})
    left = {each["code"] for each in (await office.get(url)).json()["cautions"]}
    assert left.isdisjoint({"requirement-missing", "presenter-not-invited"})


async def test_only_the_office_makes_rules_and_everybody_reads(
    meetings: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    await office.put(URL, json=RULE)
    async with meetings.client("unit", "330324-fgj") as unit:
        writes = [
            await unit.put(URL, json=RULE),
            await unit.post(f"{URL}/retire"),
            await unit.post("/v1/obligations/open", json={"year": 2026}),
        ]
        reads = [await unit.get(path) for path in (URL, "/v1/obligation-rules", "/v1/obligations")]
    assert {answer.status_code for answer in writes} == {403}
    assert {answer.status_code for answer in reads} == {200}
    assert (await office.get("/v1/obligation-rules/none")).json()["code"] == "obligation-rule-not-found"


@pytest.mark.parametrize(
    ("first", "last", "year", "days"),
    [
        ("01-01", "03-31", 2026, (date(2026, 1, 1), date(2026, 3, 31))),
        ("12-01", "01-15", 2026, (date(2026, 12, 1), date(2027, 1, 15))),
        ("02-29", "02-29", 2026, (date(2026, 2, 28), date(2026, 2, 28))),
        ("02-29", "02-29", 2028, (date(2028, 2, 29), date(2028, 2, 29))),
        ("11-31", "12-31", 2026, (date(2026, 11, 30), date(2026, 12, 31))),
    ],
)
def test_a_window_has_its_days_in_each_year(first: str, last: str, year: int, days: tuple[date, date]) -> None:
    assert Window(code="w", name="窗口", first=first, last=last).days(year) == days


async def test_the_shipped_mechanism_is_loaded_by_command_and_again_without_change(
    database: DatabaseFactory, tmp_path: Path
) -> None:
    environment = {
        "XIETIAO_DATABASE_URL": (await database("meetings")).url,
        "XIETIAO_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "XIETIAO_JWKS_FILE": "unused",
    }

    def load(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services.meetings.obligations", *options, str(path)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=REPOSITORY)

    assert load(MECHANISM).stdout == "7 obligation rules, 7 of them new or changed\n"
    assert load(MECHANISM).stdout == "7 obligation rules, 0 of them new or changed\n"
    shorter = tmp_path / "shorter.yaml"
    shorter.write_text(
        MECHANISM.read_text(encoding="utf-8").replace('last: "07-31"', 'last: "06-30"'), encoding="utf-8"
    )
    assert load(shorter).stdout == "7 obligation rules, 0 of them new or changed\n"
    assert load(shorter, "--replace").stdout == "7 obligation rules, 2 of them new or changed\n"
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("rules: {a: {body: x}}", encoding="utf-8")
    refused = load(faulty)
    assert (refused.returncode, "rules.a.session" in refused.stderr) == (2, True)
