"""Which method answers where none is named, and how one that the language would refuse today goes on computing."""

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from services.scoring.domain import Generation, methods_in_force
from services.scoring.method import adopted_method, broken_since, read_method
from shared.errors import InvalidError
from tests.scoring.builders import METHOD, TaskStory, method
from tests.scoring.county import MEASURED, adopt, county
from tests.support.api import ServiceUnderTest


def fold(code: str, first: str, last: str, adopted: str | None, group: str = "departments") -> Generation:
    days = date.fromisoformat(first), date.fromisoformat(last)
    on = None if adopted is None else date.fromisoformat(adopted)
    return Generation(1, code, 1, group, *days, {}, "live", "adoption", on)  # type: ignore[arg-type]  # a group's code


OF_2026 = fold("of-2026", "2026-01-01", "2026-12-31", "2026-01-10")
AMENDED = fold("amended", "2026-01-01", "2026-12-31", "2026-07-01")
OF_2027 = fold("of-2027", "2027-01-01", "2027-12-31", "2026-12-20")
TOWNSHIPS = fold("towns", "2025-12-01", "2026-11-30", "2026-08-01", "townships")
UNDATED = fold("undated", "2026-01-01", "2026-12-31", None)


@pytest.mark.parametrize(
    ("live", "day", "expected"),
    [
        ([OF_2026, AMENDED, TOWNSHIPS], "2026-08-01", ["amended", "of-2026"]),
        ([AMENDED, OF_2026], "2026-08-01", ["amended", "of-2026"]),  # however they arrived
        ([OF_2026, OF_2027], "2026-12-31", ["of-2026"]),
        ([OF_2026, OF_2027], "2027-01-01", ["of-2027"]),
        ([OF_2026, AMENDED], "2027-05-01", ["amended", "of-2026"]),  # what was assessed last
        ([OF_2026, fold("later", "2028-01-01", "2028-12-31", "2026-12-01")], "2027-05-01", ["of-2026"]),
        ([OF_2027], "2026-05-01", ["of-2027"]),
        ([UNDATED, OF_2026], "2026-05-01", ["of-2026", "undated"]),
        ([TOWNSHIPS], "2026-05-01", []),
        ([], "2026-05-01", []),
    ],
)
def test_the_newest_adoption_of_the_day_goes_first(live: list[Generation], day: str, expected: list[str]) -> None:
    found = methods_in_force(live, "departments", date.fromisoformat(day))
    assert [each.method for each in found] == expected


async def test_a_second_method_answers_by_its_day_of_adoption_and_is_told(scoring: ServiceUnderTest) -> None:
    made = await county(scoring, adopted_on="2026-03-01")
    earlier = await adopt(made, MEASURED | {"method": "departments-draft", "adopted_on": "2026-01-05"})
    assert earlier["beside"] == ["departments-2026"]
    shown = await made.get("/v1/standings")
    assert ({row["method"] for row in shown["items"]}, shown["also_in_force"]) == (
        {"departments-2026"}, ["departments-draft"],
    )  # fmt: skip
    named = await made.get("/v1/standings", method="departments-draft")
    assert ({row["method"] for row in named["items"]}, named["also_in_force"]) == ({"departments-draft"}, [])


async def test_a_past_day_is_answered_by_the_method_of_that_day(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    next_year = {"method": "departments-2027", "assessed": {"from": "2027-01-01", "to": "2027-12-31"}}
    scoring.clock.at = datetime(2027, 2, 1, tzinfo=UTC)
    assert (await adopt(made, MEASURED | next_year))["beside"] == []
    now = await made.get("/v1/standings")
    then = await made.get("/v1/standings", as_of="2026-12-31")
    assert {row["method"] for row in now["items"]} == {"departments-2027"}
    assert {row["method"] for row in then["items"]} == {"departments-2026"}
    assert (await made.get("/v1/ledger", as_of="2026-12-31"))["items"] != []


def broken() -> dict[str, Any]:
    """Return a body that breaks a rule asked at adoption in nearly every part that has one."""
    body = copy.deepcopy(method().to_body())
    body["assessed"] = {"from": "2026-12-31", "to": "2026-01-01"}
    body["subjects"]["classes"] = [{"code": "A", "title": "甲", "units": ["aa"]}] * 2
    body["criteria"][0]["lateness"].reverse()
    body["criteria"][0]["joint"] = [["aa"]]
    bands = [{"band": "[0, 10]", "points": "99"}, {"band": "[5, 20]", "points": "1"}]
    common = {"title": "项", "max": "10", "measure": "x"}
    body["criteria"] += [
        common | {"code": "s", "kind": "step_table", "table": bands},
        common | {"code": "b", "kind": "base_steps", "base": "5", "reference": "1", "step": "1", "points": "1",
                  "clamp": {"from": "9", "to": "2"}},
        common | {"code": "e", "kind": "efficacy", "satisfactory": "1", "unsatisfactory": "2"},
        {"code": "v", "title": "评", "kind": "panel", "max": "10",
         "groups": [{"code": "g", "title": "组", "weight": "1"}] * 2},
        {"code": "g", "title": "底线", "kind": "gate", "match": [], "at_least": "1"},
        {"code": "l", "title": "迟", "kind": "lateness", "max": "10",
         "table": [{"days": 2, "points": "-1"}, {"days": 1, "points": "-1"}]},
    ]  # fmt: skip
    return body


def test_what_was_adopted_goes_on_though_the_language_would_refuse_it_today() -> None:
    with pytest.raises(InvalidError) as refused:
        read_method(json.dumps(broken()))
    assert len(refused.value.faults) >= 9
    held = adopted_method(broken())
    assert [rule.code for rule in held.scored][-2:] == ["v", "l"]
    assert len(broken_since(broken())) >= 9
    assert broken_since(method().to_body()) == []


def test_what_cannot_be_computed_is_refused_also_when_it_was_adopted() -> None:
    with pytest.raises(ValueError, match="no event of units"):
        adopted_method(METHOD | {"criteria": [METHOD["criteria"][3] | {"counted": "tasks.nothing"}]})


async def test_a_method_in_force_that_breaks_a_later_rule_is_scored(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    body = copy.deepcopy(MEASURED)
    body["criteria"][0]["lateness"] = [{"days": 11, "factor": "0.7"}, {"days": 1, "factor": "0.9"}]
    await scoring.pool.execute("update generation set body = $1", adopted_method(body).to_body())
    await scoring.pool.execute("update projection set epoch = epoch + 1")
    story = TaskStory(2)
    story.assigned()
    with capture_logs() as logs:
        await made.fold(*story.events)
    (warning,) = [each for each in logs if each["log_level"] == "warning"]
    assert (warning["method"], warning["rules"]) == (
        "departments-2026", ["lateness: the steps must ascend by days, each once"],
    )  # fmt: skip
    assert len((await made.get("/v1/standings"))["items"]) == 3
