"""Closing and publication: what is counted when, what never changes, and what others are told."""

import asyncio
import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal

import asyncpg
import pytest

from tests.scoring.builders import TaskStory
from tests.scoring.closings import AFTER_THE_WINDOW, CLOSE, CLOSING, appealed, closed, place
from tests.scoring.county import CO, LEAD, MEASURED, OTHER, adopt, county
from tests.scoring.test_entered import SHEET, lines, proposal
from tests.support.api import ServiceUnderTest


async def test_a_closing_keeps_what_was_counted_and_opens_the_window(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    assert (closing["state"], closing["edition"], closing["appeal_until"]) == ("preliminary", 1, "2027-01-17")
    shown = await made.get(f"/v1/publications/{closing['id']}")
    standings = (await made.get("/v1/standings"))["items"]
    assert [row["total"] for row in shown["preliminary"]] == [row["total"] for row in standings]
    assert sum(shown["positions"].values()) > 0
    (event,) = await scoring.events(closing["id"])
    assert event.type == "cn.xietiao.scoring.assessment-closed.v1"
    assert {entry.unit for entry in event.data.places} == {LEAD, CO, OTHER}


async def test_a_closing_before_the_last_assessed_day_states_why(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    scoring.clock.at = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)  # one minute before the county's midnight
    early = await made.post("/v1/publications", {"method": "departments-2026"})
    assert (early.status_code, [fault["field"] for fault in early.json()["errors"]]) == (422, ["reason"])
    stated = await made.post("/v1/publications", {"method": "departments-2026", "reason": "机构改革，提前考核"})
    assert stated.status_code == 201


async def test_no_earlier_time_that_is_stated_takes_days_from_the_appeal_window(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    scoring.clock.at = CLOSING
    earlier = {"occurred_at": "2027-01-01T09:00:00+08:00"}
    past = await made.post("/v1/publications", CLOSE | earlier | {"appeal_until": "2027-01-08"})
    assert [fault["field"] for fault in past.json()["errors"]] == ["appeal_until"]
    closing = (await made.post("/v1/publications", CLOSE | earlier)).json()
    assert (closing["closed_at"], closing["appeal_until"]) == ("2027-01-10T02:00:00Z", "2027-01-17")
    body = {"unit": CO, "criterion": "key-tasks", "reason": "书面申诉"}
    before = await made.post(f"/v1/publications/{closing['id']}/appeals", body | earlier)
    assert [fault["field"] for fault in before.json()["errors"]] == ["occurred_at"]
    appeal = await appealed(made, closing["id"])
    decision = {"upheld": False, "reason": "证据不足"}
    early = await made.post(f"/v1/appeals/{appeal['id']}/decide", decision | earlier)
    assert [fault["field"] for fault in early.json()["errors"]] == ["occurred_at"]
    assert (await made.post(f"/v1/appeals/{appeal['id']}/decide", decision)).status_code == 200
    scoring.clock.at = AFTER_THE_WINDOW
    path = f"/v1/publications/{closing['id']}/publish"
    within = await made.post(path, {"occurred_at": "2027-01-17T23:59:59+08:00"})
    assert [fault["field"] for fault in within.json()["errors"]] == ["occurred_at"]
    assert (await made.post(path, {"occurred_at": "2027-01-18T00:00:00+08:00"})).status_code == 200


async def test_a_second_closing_is_refused_while_one_is_open(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    await closed(made)
    again = await made.post("/v1/publications", {"method": "departments-2026"})
    assert (again.status_code, again.json()["allowed"]) == (409, ["publish", "abandon"])


async def test_an_abandoned_closing_lets_the_assessment_go_on(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    answer = await made.post(f"/v1/publications/{closing['id']}/abandon", {"reason": "漏报一季度数据"})
    assert (answer.json()["state"], answer.json()["abandoned_reason"]) == ("abandoned", "漏报一季度数据")
    assert answer.json()["reason"] == CLOSE["reason"]
    assert (await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")})).status_code == 200
    await made.fold()
    assert (await closed(made))["edition"] == 2


async def test_a_closing_waits_for_what_was_entered(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")})
    made.service.clock.at = CLOSING
    answer = await made.post("/v1/publications", {"method": "departments-2026"})
    assert (answer.status_code, answer.json()["allowed"]) == (409, ["close in a moment"])
    await made.fold()
    assert (await made.post("/v1/publications", CLOSE)).status_code == 201


async def test_a_closing_names_the_scores_that_are_missing(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    sheet = SHEET | {"lines": [*lines(LEAD, "80", "90"), *lines(OTHER, "70")]}
    await made.post("/v1/score-sheets", sheet)
    await made.fold()
    standings = (await made.get("/v1/standings"))["items"]
    assert {row["unit"]["code"]: row["notes"] for row in standings} == {
        LEAD: [],
        OTHER: ["“领导评价”只有1位“领导”评分，其他单位有2位"],
        CO: ["“领导评价”缺“领导”评分"],
    }
    made.service.clock.at = CLOSING
    bare = await made.post("/v1/publications", {"method": "departments-2026"})
    assert bare.status_code == 422
    assert bare.json()["errors"][0]["reason"] == f"view lacks scores of 领导 for {OTHER}, {CO}"
    shown = await made.get(f"/v1/publications/{(await closed(made))['id']}")
    assert [(each["unit"], each["scored"], each["most"]) for each in shown["unscored"]] == [(OTHER, 1, 2), (CO, 0, 2)]
    assert place(shown["preliminary"], CO)["notes"] == ["“领导评价”缺“领导”评分"]


async def test_a_closing_asks_for_complete_scores_only(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    sheet = SHEET | {"lines": [line for unit in (LEAD, CO, OTHER) for line in lines(unit, "80")]}
    await made.post("/v1/score-sheets", sheet)
    await made.post("/v1/adjustments", proposal())
    await made.fold()
    made.service.clock.at = CLOSING
    open_ = await made.post("/v1/publications", {"method": "departments-2026"})
    assert open_.json()["errors"][0]["reason"] == "1 proposed adjustments are not decided"
    (adjustment,) = (await made.get("/v1/adjustments"))["items"]
    await made.post(f"/v1/adjustments/{adjustment['id']}/refuse", {"reason": "证明不足"})
    answer = await made.post("/v1/publications", {"method": "departments-2026"})
    assert answer.status_code == 201, answer.text


async def test_the_published_result_never_changes_whatever_arrives(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    scoring.clock.at = AFTER_THE_WINDOW
    published = (await made.post(f"/v1/publications/{closing['id']}/publish", {})).json()
    before = await made.get(f"/v1/publications/{closing['id']}")
    late = TaskStory(1)
    late.assigned()
    late.completed()
    await made.fold(late.completed(CO))
    assert await made.get(f"/v1/publications/{closing['id']}") == before
    canonical = json.dumps(before["result"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(canonical.encode()).hexdigest() == published["result_digest"]
    with pytest.raises(asyncpg.RestrictViolationError, match="never changes"):
        await scoring.pool.execute("update publication set result = '[]'")
    with pytest.raises(asyncpg.RestrictViolationError, match="never changes"):
        await scoring.pool.execute("delete from publication")
    changed = await made.get(f"/v1/publications/{closing['id']}/late")
    (difference,) = changed["units"]
    assert (difference["unit"]["code"], difference["criteria"][0]["criterion"]) == (CO, "key-tasks")
    assert difference["criteria"][0]["published"] != difference["criteria"][0]["now"]
    assert [line["source_key"] for line in changed["lines"]] == [f"task:{late.task}"]


async def test_late_evidence_is_what_the_log_took_since_whatever_the_services_clock_says(
    scoring: ServiceUnderTest,
) -> None:
    made = await county(scoring)
    counted, late = TaskStory(2), TaskStory(3)
    counted.assigned()
    late.assigned()
    scoring.clock.at = datetime(2027, 6, 1, tzinfo=UTC)  # the log's clock, months ahead of the closing's
    await made.fold(*counted.events, counted.completed(CO))
    closing = await closed(made)
    scoring.clock.at = datetime(2027, 6, 2, tzinfo=UTC)
    await made.fold(*late.events, late.completed(CO))
    changed = await made.get(f"/v1/publications/{closing['id']}/late")
    assert {line["source_key"] for line in changed["lines"]} == {f"task:{late.task}"}


async def test_publication_waits_for_the_window_and_for_decisions(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    path = f"/v1/publications/{closing['id']}/publish"
    assert "2027-01-17" in (await made.post(path, {})).json()["detail"]
    appeal = await appealed(made, closing["id"])
    scoring.clock.at = AFTER_THE_WINDOW
    waiting = await made.post(path, {})
    assert (waiting.status_code, waiting.json()["allowed"]) == (409, ["decide the appeals", "abandon"])
    await made.post(f"/v1/appeals/{appeal['id']}/decide", {"upheld": False, "reason": "证据不足"})
    assert (await made.post(path, {})).status_code == 200
    assert (await made.post(path, {})).status_code == 409


async def test_what_others_are_told(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    scoring.clock.at = AFTER_THE_WINDOW
    await made.post(f"/v1/publications/{closing['id']}/publish", {"document": "永政办发〔2027〕2号"})
    told = await scoring.events(closing["id"])
    names = [event.type.removeprefix("cn.xietiao.scoring.").removesuffix(".v1") for event in told]
    assert names[:2] == ["assessment-closed", "assessment-published"]
    assert set(names[2:]) == {"result-rolled-up"}
    assert [event.aggregateversion for event in told] == list(range(1, len(told) + 1))
    rolled = told[2].data
    assert rolled.rolled_up == (rolled.total * rolled.weight).quantize(Decimal("0.01"))
    orders = [event.data for event in await scoring.events() if "rectification" in event.type]
    low = [entry for entry in told[1].data.places if entry.total is not None and entry.total < 60]
    assert {order.lead_unit for order in orders} == {entry.unit for entry in low} != set()
    assert {order.due_on.isoformat() for order in orders} == {"2027-02-17"}


async def test_an_ineligible_unit_is_rolled_up_as_such_and_mends_its_result(scoring: ServiceUnderTest) -> None:
    veto = {"code": "fraud", "title": "弄虚作假", "kind": "veto", "match": [{"event": "tasks.slip-issued"}]}
    made = await county(scoring, criteria=[*MEASURED["criteria"], veto])
    point = proposal(criterion="fraud", unit=CO, points="-1")
    proposed = (await made.post("/v1/adjustments", point)).json()
    approved = await made.post(f"/v1/adjustments/{proposed['id']}/approve", {}, "leader")
    assert approved.status_code == 200, approved.text
    await made.fold()
    closing = await closed(made)
    scoring.clock.at = AFTER_THE_WINDOW
    await made.post(f"/v1/publications/{closing['id']}/publish", {})
    result = (await made.get(f"/v1/publications/{closing['id']}"))["result"]
    assert (place(result, CO)["rank"], "total" in place(result, CO)) == (None, True)
    told = [event.data for event in await scoring.events(closing["id"]) if "rolled-up" in event.type]
    assert {each.unit: each.eligible for each in told} == {LEAD: True, OTHER: True, CO: False}
    orders = [event.data for event in await scoring.events() if "rectification" in event.type]
    low = {row["unit"]["code"] for row in result if Decimal(row["total"]) < 60}
    assert {order.lead_unit for order in orders} == low
    assert CO in low


async def test_what_is_decided_after_the_last_assessed_day_counts_for_bonus_and_veto(scoring: ServiceUnderTest) -> None:
    veto = {"code": "fraud", "title": "弄虚作假", "kind": "veto", "match": [{"event": "tasks.slip-issued"}]}
    made = await county(scoring, criteria=[*MEASURED["criteria"], veto])
    scoring.clock.at = CLOSING
    for given in (
        proposal(),
        proposal(criterion="fraud", unit=CO, points="-1"),
        proposal(criterion="fraud", unit=OTHER),
    ):
        proposed = (await made.post("/v1/adjustments", given)).json()
        await made.post(f"/v1/adjustments/{proposed['id']}/approve", {}, "leader")
    await made.fold()
    closing = await closed(made)
    shown = await made.get(f"/v1/publications/{closing['id']}")
    assert place(shown["preliminary"], LEAD)["bonuses"][0]["points"] == "2"
    assert (place(shown["preliminary"], CO)["rank"], place(shown["preliminary"], OTHER)["rank"]) == (None, None)
    for unit, upheld in ((CO, True), (OTHER, False)):
        appeal = await appealed(made, closing["id"], unit, criterion="fraud")
        await made.post(f"/v1/appeals/{appeal['id']}/decide", {"upheld": upheld, "reason": "复核"})
    scoring.clock.at = AFTER_THE_WINDOW
    assert (await made.post(f"/v1/publications/{closing['id']}/publish", {})).status_code == 200
    result = (await made.get(f"/v1/publications/{closing['id']}"))["result"]
    assert (place(result, CO)["rank"] is None, place(result, OTHER)["rank"]) == (False, None)
    await made.fold()
    again = await made.post("/v1/publications", CLOSE)
    assert again.status_code == 201, again.text  # everything that was decided is in the ledger
    assert (await made.get(f"/v1/publications/{again.json()['id']}"))["preliminary"] == result


async def test_another_edition_states_why_and_leaves_the_first(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    first = await closed(made)
    scoring.clock.at = AFTER_THE_WINDOW
    await made.post(f"/v1/publications/{first['id']}/publish", {})
    bare = await made.post("/v1/publications", {"method": "departments-2026"})
    assert [fault["field"] for fault in bare.json()["errors"]] == ["reason"]
    second = await made.post("/v1/publications", {"method": "departments-2026", "reason": "复核更正"})
    assert (second.status_code, second.json()["edition"]) == (201, 2)
    assert (await made.get(f"/v1/publications/{first['id']}"))["publication"]["state"] == "published"


async def test_one_rectification_however_many_editions(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    for _ in range(2):
        edition = await closed(made)
        scoring.clock.at = AFTER_THE_WINDOW
        answer = await made.post(f"/v1/publications/{edition['id']}/publish", {})
        assert answer.status_code == 200, answer.text
    orders = [event.data.lead_unit for event in await scoring.events() if "rectification" in event.type]
    assert orders != []
    assert len(orders) == len(set(orders))


async def test_of_two_operators_at_once_one_decides_and_one_publishes(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    appeal = await appealed(made, closing["id"])
    path, decision = f"/v1/appeals/{appeal['id']}/decide", {"upheld": True, "points": "1", "reason": "属实"}
    both = await asyncio.gather(*(made.post(path, decision, sub=f"office-{n}") for n in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    scoring.clock.at = AFTER_THE_WINDOW
    path = f"/v1/publications/{closing['id']}/publish"
    both = await asyncio.gather(*(made.post(path, {}, sub=f"office-{n}") for n in range(2)))
    assert sorted(answer.status_code for answer in both) == [200, 409]
    shown = await made.get(f"/v1/publications/{closing['id']}")
    assert place(shown["result"], CO)["criteria"][0]["points"] == "1.00"


async def test_what_a_newer_version_counts_is_no_late_data(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    await adopt(made, MEASURED | {"version": 2, "title": "第二版"})
    async with scoring.client("auditor") as client:
        answer = await client.get(f"/v1/publications/{closing['id']}/late")
    assert (answer.status_code, answer.json()["detail"]) == (
        404, "version 1 of departments-2026 is folded no longer; in force: version 2",
    )  # fmt: skip
