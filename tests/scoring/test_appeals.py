"""Appeals: who files, withdraws and decides them, and what becomes of the result."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.scoring.closings import AFTER_THE_WINDOW, appealed, closed, place
from tests.scoring.county import CO, LEAD, county
from tests.support.api import ServiceUnderTest


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


async def test_an_appeal_after_publication_is_refused(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    scoring.clock.at = AFTER_THE_WINDOW
    await made.post(f"/v1/publications/{closing['id']}/publish", {})
    body = {"unit": CO, "reason": "晚了"}
    answer = await made.post(f"/v1/publications/{closing['id']}/appeals", body, "unit", CO)
    assert (answer.status_code, answer.json()["code"]) == (409, "appeal-state")
    assert "2027-01-17" in answer.json()["detail"]


async def test_whoever_filed_an_appeal_on_paper_does_not_decide_it(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    body = {"unit": CO, "criterion": "key-tasks", "reason": "书面申诉"}
    filed = await made.post(f"/v1/publications/{closing['id']}/appeals", body)
    decision = {"upheld": True, "points": "1", "reason": "属实"}
    path = f"/v1/appeals/{filed.json()['id']}/decide"
    assert (await made.post(path, decision)).status_code == 403
    assert (await made.post(path, decision, sub="office-2")).status_code == 200


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
