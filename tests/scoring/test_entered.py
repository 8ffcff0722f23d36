"""What people enter: score sheets and adjustments, who may, when, and how they come into the standings."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.scoring.county import CO, LEAD, MEASURED, OTHER, County, county
from tests.support.api import ServiceUnderTest

SHEET: dict[str, Any] = {"method": "departments-2026", "criterion": "view", "rater_group": "leaders"}


def lines(unit: str, *scores: str) -> list[dict[str, str]]:
    return [{"unit": unit, "rater": str(number), "score": score} for number, score in enumerate(scores, start=1)]


def proposal(**changed: object) -> dict[str, Any]:
    given: dict[str, Any] = {
        "method": "departments-2026", "criterion": "extra", "unit": LEAD, "points": "2", "effective_on": "2026-11-30",
        "document": "永政办发〔2026〕88号", "reason": "物流园区建设获省级表彰",
    }  # fmt: skip
    return given | changed


async def points_of(made: County, unit: str, criterion: str) -> Decimal | None:
    found = await made.get("/v1/standings")
    (standing,) = [each for each in found["items"] if each["unit"]["code"] == unit]
    (score,) = [each for each in (*standing["criteria"], *standing["bonuses"]) if each["criterion"] == criterion]
    return None if score["points"] is None else Decimal(score["points"])


async def test_a_sheet_of_scores_becomes_the_trimmed_mean(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    answer = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "88", "90", "85", "99", "60")})
    assert answer.status_code == 200, answer.text
    assert {line["outcome"] for line in answer.json()["lines"]} == {"entered"}
    await made.fold()
    assert await points_of(made, LEAD, "view") == Decimal("17.53")  # 87.667 of 100, of 20
    assert await points_of(made, CO, "view") is None


async def test_a_line_entered_again_is_corrected_or_left(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80", "90")})
    again = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80", "100")})
    assert [line["outcome"] for line in again.json()["lines"]] == ["unchanged", "corrected"]
    await made.fold()
    assert await points_of(made, LEAD, "view") == Decimal("18.00")


async def test_a_withdrawn_score_no_longer_counts(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80", "90")})
    second = (await made.get("/v1/scores", unit=LEAD))["items"][1]
    assert await made.get(f"/v1/scores/{second['id']}") == second
    answer = await made.post(f"/v1/scores/{second['id']}/withdraw", {})
    assert (answer.status_code, answer.json()["withdrawn"], answer.headers["etag"]) == (200, True, '"2"')
    await made.fold()
    assert await points_of(made, LEAD, "view") == Decimal("16.00")


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({"criterion": "key-tasks"}, "criterion", "view"),
        ({"criterion": "veiw"}, "criterion", "view"),
        ({"rater_group": "leader"}, "rater_group", "leaders"),
        ({"lines": lines(LEAD, "101")}, "lines.0.score", "0 to 100"),
        ({"lines": lines("330324-zzz", "80")}, "lines.0.unit", "330324-"),
        ({"lines": [*lines(LEAD, "80"), *lines(LEAD, "81")]}, "lines.1", "one score per rater"),
    ],
)
async def test_a_faulty_sheet_is_refused_whole(
    scoring: ServiceUnderTest, changed: dict[str, Any], field: str, expected: str
) -> None:
    made = await county(scoring)
    answer = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")} | changed)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["field"] == field
    assert expected in fault["expected"]
    assert (await made.get("/v1/scores"))["items"] == []


@pytest.mark.parametrize("role", ["unit", "auditor", "integration", "operator"])
async def test_only_office_and_leaders_enter_scores(scoring: ServiceUnderTest, role: str) -> None:
    made = await county(scoring)
    unit = LEAD if role == "unit" else None
    answer = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")}, role, unit)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_a_leader_takes_back_only_own_scores(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")}, "leader", sub="leader-1")
    (score,) = (await made.get("/v1/scores"))["items"]
    path = f"/v1/scores/{score['id']}/withdraw"
    assert (await made.post(path, {}, "leader", sub="leader-2")).status_code == 403
    assert (await made.post(path, {}, "leader", sub="leader-1")).status_code == 200


async def test_an_adjustment_counts_once_a_second_person_approved_it(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    proposed = (await made.post("/v1/adjustments", proposal())).json()
    await made.fold()
    assert (proposed["state"], await points_of(made, LEAD, "extra")) == ("proposed", Decimal(0))
    path = f"/v1/adjustments/{proposed['id']}/approve"
    own = await made.post(path, {})
    assert (own.status_code, "second person" in own.json()["detail"]) == (403, True)
    approved = await made.post(path, {}, sub="office-2")
    assert (approved.json()["state"], approved.json()["allowed"]) == ("approved", ["withdraw"])
    await made.fold()
    assert await points_of(made, LEAD, "extra") == Decimal(2)
    again = await made.post(path, {}, sub="office-3")
    assert (again.status_code, again.json()["allowed"]) == (409, ["withdraw"])


async def test_a_withdrawn_adjustment_takes_its_points_back(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    proposed = await made.post("/v1/adjustments", proposal(criterion="key-tasks", points="-3"))
    path = f"/v1/adjustments/{proposed.json()['id']}"
    before = await points_of(made, LEAD, "key-tasks")
    assert before is not None
    await made.post(f"{path}/approve", {}, "leader")
    await made.fold()
    assert await points_of(made, LEAD, "key-tasks") == before - 3
    await made.post(f"{path}/withdraw", {"reason": "文件已撤销"})
    await made.fold()
    assert await points_of(made, LEAD, "key-tasks") == before


async def test_a_refused_adjustment_leaves_no_event(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    made_id = (await made.post("/v1/adjustments", proposal())).json()["id"]
    refused = await made.post(f"/v1/adjustments/{made_id}/refuse", {"reason": "依据不足"}, sub="office-2")
    assert (refused.json()["state"], refused.json()["allowed"]) == ("refused", [])
    assert await scoring.events(made_id) == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"points": "0"}, "points"),
        ({"unit": "330324-zzz"}, "unit"),
        ({"criterion": "extras"}, "criterion"),
        ({"effective_on": "2025-12-31"}, "effective_on"),
        ({"document": " "}, "document"),
    ],
)
async def test_a_faulty_adjustment_is_refused(scoring: ServiceUnderTest, changed: dict[str, Any], field: str) -> None:
    made = await county(scoring)
    answer = await made.post("/v1/adjustments", proposal(**changed))
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_nothing_is_entered_once_the_assessment_is_closed(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    scoring.clock.at = datetime(2027, 1, 10, 2, 0, tzinfo=UTC)
    closed = await made.post("/v1/publications", {"method": "departments-2026", "reason": "不作领导评价"})
    assert closed.status_code == 201, closed.text
    for path, body in (("/v1/score-sheets", SHEET | {"lines": lines(OTHER, "80")}), ("/v1/adjustments", proposal())):
        answer = await made.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "assessment-closed")
        assert answer.json()["allowed"] == ["appeal"]


async def test_a_leader_corrects_only_own_scores(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")}, "leader", sub="leader-1")
    mine = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "81")}, "leader", sub="leader-1")
    other = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "1")}, "leader", sub="leader-2")
    office = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "82")})
    assert [mine.status_code, other.status_code, office.status_code] == [200, 403, 200]
    assert "leader-1" in other.json()["detail"]


async def test_nobody_scores_on_a_day_to_come(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    sheet = SHEET | {"lines": lines(LEAD, "80"), "scored_on": "2027-01-01"}
    answer = await made.post("/v1/score-sheets", sheet)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "scored_on")


DIRECT: dict[str, Any] = {"code": "leaders", "title": "主要领导", "weight": "1", "average": "direct"}


def direct() -> list[dict[str, Any]]:
    return [c | {"groups": [DIRECT]} if c["code"] == "view" else c for c in MEASURED["criteria"]]


async def test_a_score_that_is_taken_as_it_is_has_one_rater(scoring: ServiceUnderTest) -> None:
    made = await county(scoring, criteria=direct())
    both = await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80", "90")})
    assert [fault["field"] for fault in both.json()["errors"]] == ["lines.1.rater"]
    assert (await made.post("/v1/score-sheets", SHEET | {"lines": lines(LEAD, "80")})).status_code == 200
    second = {"unit": LEAD, "rater": "2", "score": "90"}
    refused = await made.post("/v1/score-sheets", SHEET | {"lines": [second, *lines(CO, "70")]})
    assert (refused.status_code, refused.json()["errors"][0]["reason"]) == (
        422, f"leaders is one rater's score, and rater 1 has scored {LEAD}",
    )  # fmt: skip
    assert len((await made.get("/v1/scores"))["items"]) == 1
    (first,) = (await made.get("/v1/scores"))["items"]
    await made.post(f"/v1/scores/{first['id']}/withdraw", {})
    assert (await made.post("/v1/score-sheets", SHEET | {"lines": [second]})).status_code == 200
    await made.fold()
    assert await points_of(made, LEAD, "view") == Decimal("18.00")


async def test_two_sheets_at_once_leave_one_rater(scoring: ServiceUnderTest) -> None:
    made = await county(scoring, criteria=direct())
    sheets = [SHEET | {"lines": [{"unit": LEAD, "rater": str(n), "score": "80"}]} for n in range(2)]
    answers = await asyncio.gather(*(made.post("/v1/score-sheets", sheet) for sheet in sheets))
    assert sorted(answer.status_code for answer in answers) == [200, 422]
