"""Closing, appeals, publication: what is counted when, what never changes, and what others are told."""

import asyncio
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import asyncpg
import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from shared.official_word import fitting_size
from tests.scoring.builders import TaskStory
from tests.scoring.county import CO, LEAD, MEASURED, OTHER, County, adopt, county
from tests.scoring.test_entered import SHEET, lines, proposal
from tests.support.api import ServiceUnderTest

CLOSING = datetime(2027, 1, 10, 2, 0, tzinfo=UTC)
CLOSE = {"method": "departments-2026", "reason": "本年度不作领导评价"}
AFTER_THE_WINDOW = datetime(2027, 1, 18, 2, 0, tzinfo=UTC)


async def closed(made: County) -> dict[str, Any]:
    made.service.clock.at = CLOSING
    answer = await made.post("/v1/publications", CLOSE)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def appealed(made: County, publication: str, unit: str = CO, **changed: object) -> dict[str, Any]:
    body = {"unit": unit, "criterion": "key-tasks", "reason": "任务已于期限内办结，附证明。"} | changed
    answer = await made.post(f"/v1/publications/{publication}/appeals", body, "unit", unit)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def place(rows: list[dict[str, Any]], unit: str) -> dict[str, Any]:
    (found,) = [row for row in rows if row["unit"]["code"] == unit]
    return found


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


async def test_an_appeal_that_is_upheld_changes_the_result_before_publication(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    appeal = await appealed(made, closing["id"])
    decided = await made.post(
        f"/v1/appeals/{appeal['id']}/decide", {"upheld": True, "points": "7.5", "reason": "证明属实"}
    )
    assert (decided.status_code, decided.json()["state"]) == (200, "upheld")
    scoring.clock.at = AFTER_THE_WINDOW
    published = await made.post(f"/v1/publications/{closing['id']}/publish", {"document": "永政办发〔2027〕2号"})
    assert published.status_code == 200, published.text
    shown = await made.get(f"/v1/publications/{closing['id']}")
    before, after = place(shown["preliminary"], CO), place(shown["result"], CO)
    criteria = {score["criterion"]: score for score in after["criteria"]}
    assert Decimal(criteria["key-tasks"]["points"]) == Decimal("7.50")
    assert Decimal(after["total"]) > Decimal(before["total"])
    assert place(shown["result"], LEAD) == place(shown["preliminary"], LEAD)
    await made.fold()
    live = place((await made.get("/v1/standings"))["items"], CO)
    assert live["total"] == after["total"]  # the decision is evidence in the ledger as well


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


async def test_an_appeal_after_publication_is_refused(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    scoring.clock.at = AFTER_THE_WINDOW
    await made.post(f"/v1/publications/{closing['id']}/publish", {})
    body = {"unit": CO, "reason": "晚了"}
    answer = await made.post(f"/v1/publications/{closing['id']}/appeals", body, "unit", CO)
    assert (answer.status_code, answer.json()["code"]) == (409, "appeal-state")
    assert "2027-01-17" in answer.json()["detail"]


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


async def test_whoever_filed_an_appeal_on_paper_does_not_decide_it(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    body = {"unit": CO, "criterion": "key-tasks", "reason": "书面申诉"}
    filed = await made.post(f"/v1/publications/{closing['id']}/appeals", body)
    decision = {"upheld": True, "points": "1", "reason": "属实"}
    path = f"/v1/appeals/{filed.json()['id']}/decide"
    assert (await made.post(path, decision)).status_code == 403
    assert (await made.post(path, decision, sub="office-2")).status_code == 200


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


@pytest.mark.parametrize(
    ("unit", "caller", "changed", "status"),
    [
        (CO, LEAD, {}, 403),
        (CO, CO, {"criterion": "key-task"}, 422),
        ("330324-zzz", None, {}, 422),
    ],
)
async def test_a_faulty_appeal_is_refused(
    scoring: ServiceUnderTest, unit: str, caller: str | None, changed: dict[str, str], status: int
) -> None:
    made = await county(scoring)
    closing = await closed(made)
    body = {"unit": unit, "reason": "理由"} | changed
    role = "office" if caller is None else "unit"
    answer = await made.post(f"/v1/publications/{closing['id']}/appeals", body, role, caller)
    assert answer.status_code == status, answer.text
    assert (await made.get("/v1/appeals"))["items"] == []


async def test_one_undecided_appeal_per_matter(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    await appealed(made, closing["id"])
    body = {"unit": CO, "criterion": "key-tasks", "reason": "再次申诉"}
    assert (await made.post(f"/v1/publications/{closing['id']}/appeals", body, "unit", CO)).status_code == 409
    await appealed(made, closing["id"], criterion="discipline")


async def test_a_unit_withdraws_its_own_appeal_while_it_is_undecided(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    appeal = await appealed(made, closing["id"])
    path, body = f"/v1/appeals/{appeal['id']}/withdraw", {"reason": "经核对，扣分属实"}
    for role, unit in (("unit", LEAD), ("office", None), ("leader", None), ("auditor", None)):
        assert (await made.post(path, body, role, unit)).status_code == 403, role
    assert (await made.post(path, {}, "unit", CO)).status_code == 422
    taken = await made.post(path, body, "unit", CO)
    assert (taken.status_code, taken.json()["state"], taken.json()["decision_reason"]) == (
        200, "withdrawn", "经核对，扣分属实",
    )  # fmt: skip
    again = await made.post(path, body, "unit", CO)
    decision = {"upheld": True, "points": "1", "reason": "属实"}
    late = await made.post(f"/v1/appeals/{appeal['id']}/decide", decision)
    assert [(each.status_code, each.json()["code"]) for each in (again, late)] == [(409, "appeal-state")] * 2
    events = await scoring.events(appeal["id"])
    assert [event.type.split(".")[-2] for event in events] == ["appeal-filed", "appeal-withdrawn"]
    assert [event.aggregateversion for event in events] == [1, 2]


async def test_a_withdrawn_appeal_changes_nothing_and_the_matter_may_be_appealed_again(
    scoring: ServiceUnderTest,
) -> None:
    made = await county(scoring)
    closing = await closed(made)
    first = await appealed(made, closing["id"])
    await made.post(f"/v1/appeals/{first['id']}/withdraw", {"reason": "材料不全"}, "unit", CO)
    second = await appealed(made, closing["id"], reason="材料已补齐。")
    await made.post(f"/v1/appeals/{second['id']}/withdraw", {"reason": "不再申诉"}, "unit", CO)
    scoring.clock.at = AFTER_THE_WINDOW
    published = await made.post(f"/v1/publications/{closing['id']}/publish", {})
    assert published.status_code == 200, published.text
    shown = await made.get(f"/v1/publications/{closing['id']}")
    assert shown["result"] == shown["preliminary"]
    assert [(each["unit"], each["state"]) for each in shown["appeals"]] == [(CO, "withdrawn")] * 2


async def test_an_appeal_on_paper_is_withdrawn_by_who_filed_it_or_by_the_unit(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    path, paper = f"/v1/publications/{closing['id']}/appeals", {"unit": CO, "reason": "书面申诉"}
    first, second = [
        (await made.post(path, paper | {"criterion": code})).json()["id"] for code in ("key-tasks", "discipline")
    ]
    other = await made.post(f"/v1/appeals/{first}/withdraw", {"reason": "误录"}, sub="office-2")
    assert other.status_code == 403
    assert (await made.post(f"/v1/appeals/{first}/withdraw", {"reason": "误录"})).status_code == 200
    assert (await made.post(f"/v1/appeals/{second}/withdraw", {"reason": "撤回"}, "unit", CO)).status_code == 200


async def test_of_a_decision_and_a_withdrawal_at_once_one_is_done(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    appeal = await appealed(made, (await closed(made))["id"])
    decision = {"upheld": True, "points": "1", "reason": "属实"}
    both = await asyncio.gather(
        made.post(f"/v1/appeals/{appeal['id']}/decide", decision),
        made.post(f"/v1/appeals/{appeal['id']}/withdraw", {"reason": "不再申诉"}, "unit", CO),
    )
    assert sorted(answer.status_code for answer in both) == [200, 409]
    assert len(await scoring.events(appeal["id"])) == 2


@pytest.mark.parametrize("body", [{"upheld": False, "points": "1", "reason": "x"}, {"upheld": True, "points": "1"}])
async def test_a_faulty_decision_is_refused(scoring: ServiceUnderTest, body: dict[str, Any]) -> None:
    made = await county(scoring)
    appeal = await appealed(made, (await closed(made))["id"])
    assert (await made.post(f"/v1/appeals/{appeal['id']}/decide", body)).status_code == 422


async def test_result_sheets_show_what_is_published_one_page_per_unit(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    path = f"/v1/publications/{closing['id']}/sheets"
    scoring.clock.at = AFTER_THE_WINDOW
    async with scoring.client("auditor") as client:
        before = await client.get(path, params={"format": "docx"})
        await made.post(f"/v1/publications/{closing['id']}/publish", {})
        word = await client.get(path, params={"format": "docx"})
        excel = await client.get(path, params={"format": "xlsx"})
        other = await client.get(path, params={"format": "pdf"})
    assert "初步结果" in text_of(before.content)
    text = text_of(word.content)
    assert text.count("考核办法（测试）结果单") == 3
    assert ("公布日期：2027年1月18日" in text, "初步结果" in text) == (True, False)
    assert word.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%80%83")
    sheets = CalamineWorkbook.from_filelike(BytesIO(excel.content))
    assert sorted(sheets.sheet_names) == sorted(["总表", "县经贸局", "县统计局", "县交通局"])
    rows = sheets.get_sheet_by_name("总表").to_python()
    shown = await made.get(f"/v1/publications/{closing['id']}")
    assert [row[1] for row in rows[3:]] == [row["unit"]["name"] for row in shown["result"]]
    assert other.status_code == 422


async def test_the_sheets_of_an_abandoned_closing_say_so(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    await made.post(f"/v1/publications/{closing['id']}/abandon", {"reason": "漏报一季度数据"})
    async with scoring.client("auditor") as client:
        word = await client.get(f"/v1/publications/{closing['id']}/sheets", params={"format": "docx"})
    assert "2027年1月10日的初步结果，已撤销，不作为考核依据" in text_of(word.content)


async def test_a_units_sheet_says_what_became_of_its_appeals_and_keeps_to_a_page(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    upheld, withdrawn, open_ = [
        await appealed(made, closing["id"], criterion=code) for code in ("key-tasks", "discipline", None)
    ]
    decision = {"upheld": True, "points": "7.5", "reason": "证明属实"}
    await made.post(f"/v1/appeals/{upheld['id']}/decide", decision)
    await made.post(f"/v1/appeals/{withdrawn['id']}/withdraw", {"reason": "不再申诉"}, "unit", CO)
    assert open_["state"] == "filed"
    path = f"/v1/publications/{closing['id']}/sheets"
    async with scoring.client("auditor") as client:
        word = text_of((await client.get(path, params={"format": "docx"})).content)
        excel = (await client.get(path, params={"format": "xlsx"})).content
    sheets = CalamineWorkbook.from_filelike(BytesIO(excel))
    shown = sheets.get_sheet_by_name("县统计局").to_python()
    said = [str(row[3]) for row in shown if row[0] == "备注"]
    titles = {rule["code"]: rule["title"] for rule in MEASURED["criteria"]}
    assert said[-1].split("；") == [
        f"对“{titles['key-tasks']}”的申诉成立，加 7.5 分",
        f"对“{titles['discipline']}”的申诉已撤回",
        "对考核结果的申诉正在审理",
    ]
    assert all(text in word for text in said)
    assert shown[0][0] == "考核办法（测试）结果单（县统计局）"
    with zipfile.ZipFile(BytesIO(excel)) as parts:
        whole, *units = [parts.read(f"xl/worksheets/sheet{number}.xml") for number in range(1, 5)]
    assert b'fitToHeight="0"' in whole
    assert not any(b'fitToHeight="0"' in unit for unit in units)


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(content)).paragraphs)


def test_a_unit_with_many_criteria_keeps_to_its_page() -> None:
    short = ("办结时效", "10", "9.5", "10 − 0.5，限 0～10")
    long = ("服务业投资（水平、增速、增量 4:3:3）", "15", "13.88", "(4 × 100 + 3 × 75 + 3 × 100) ÷ 10 × 15 ÷ 100；" * 3)
    sizes = [fitting_size(rows, (50, 14, 14, 78), 320).pt for rows in ([short] * 5, [short] * 15, [short, long] * 5)]
    assert sizes == [12, 12, 8]
    assert fitting_size([long] * 200, (50, 14, 14, 78), 320).pt == 5
