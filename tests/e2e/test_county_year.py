"""The county's year from `up` to a rebuild, by the command and the public APIs alone."""

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from deploy.local.layout import REPOSITORY
from tests.support.eventually import PATIENCE_SECONDS
from tests.support.ports import free_base

PORTS = {"registry": 1, "tasks": 2, "meetings": 3, "scoring": 4}
LEAD, CO = "330324-jmj", "330324-tjj"

YEAR = 2025
"""The year that the demo plays here: what other tests do today lies outside it, and its working days are known."""
SMALL, COMPLETE, TOWNSHIPS = f"departments-{YEAR}", f"departments-complete-{YEAR}", f"townships-complete-{YEAR}"

# The story of deploy/seed/demo-year.yaml under the illustrative method, worked out by hand: 60 for key tasks (late ones
# count 0.9, 0.7 or 0.5), 10 less incidents, 20 less reports chased (2) or missing (5), 10 less half a step per rank,
# not below 5. 县体育局's appeal gave back the 2 points of its chased report.
BY_SMALL = {
    "县发改局": "100.00",
    "县民政局": "71.00",
    "县体育局": "76.00",
    "县文化广电新闻出版局": "84.20",
    "人行县支行": "91.00",
}

# The same year under the complete method: blocks of 50, 25, 15 and 10; what does not apply is made up for in its block.
#
# 县交通局 tasks: 7 of 7 key tasks 26; the one instruction 3 days late 0.8 × 8 = 6.4; nothing joint; that delay
#   10 − 0.5: 41.9 of 44, × 50 ÷ 44 = 47.6136. Coordination: 25 less 0.5 for a lead overdue = 24.5. Results: 4 progress
#   reports, third: 5 − 0.2 = 4.8; third of 22 to respond: 4 − 2 × 2 ÷ 21 = 3.81; 5 of the best's 6 done: 2.5; one
#   problem: 2.5; together 13.61. Opinion: 60 × 92.5 + 20 × 90 + 10 × 91.5 (peers 90 and 93 cut) + 10 × 91.5 = 9.18.
#   Honours: 1.5 + 1 in June, capped at 2. Together 96.9036.
# 县林业局 all 36 of 36 it has: 50. Coordination: absent at mid-year −1, given back by its appeal: 25. Results:
#   5 − 0.1 × 16 = 3.4; 4 − 2 × 16 ÷ 21 = 2.48; 1 ÷ 6 × 3 = 0.5; no problem: 2; together 8.38. Opinion:
#   60 × 87 + 20 × 87 + 10 × 86.5 + 10 × 86.5 = 8.69. Together 92.07.
# 县体育局 its one task 20 days late: 0.7 × 26 = 18.2, and 10 − 1 = 9: 27.2 of 36, × 50 ÷ 36 = 37.7778. Coordination:
#   the half-year's only report chased, halved: −0.5; overdue −0.5; yellow slip −0.5, red −1: 22.5. Results as before:
#   8.38. Opinion: 60 × 77 + 20 × 74 + 10 × 78.5 + 10 × 81.5 = 7.70. Together 76.3578; the red slip caps its grade.
BY_COMPLETE = {"县交通局": "96.90", "县林业局": "92.07", "县体育局": "76.36"}

# Townships, blocks of 55, 30 and 15, of the figures in deploy/seed/facts/townships-complete.yaml.
#
# 甲镇 scale: target passed 15; growth 12 %, second: 9.8; investment 15 % of (4 × 100 + 3 × 75 + 3 × 100) ÷ 10:
#   13.88 (growth 20 % between −10 and 30); tax the best 10; 4 new firms 5: 53.68. Structure: share 43.33 → 44.53 %,
#   two half points: 4; 8.894 above the average: 6 + 0.2 × 8.894 = 7.78; retail and part of the county the best: 5, 5;
#   energy 0.07 ÷ 0.08 × 5 = 4.38: 26.16. Work: tourism 31 ÷ 56 × 5 = 2.77; reports 6; opinion 83.33 % of 4: 12.10.
# 丙镇 15 + 10 + 5.85 + 7.18 + 5 = 43.03; 5 + 6.88 + 3.57 + 3.4 + 5 = 23.85; no tourists told, which is not none:
#   6 + 3.51 = 9.51 of 10, × 15 ÷ 10 = 14.27.
# 乙镇 14.77 + 9.4 + 1.93 + 7.96 + 3 = 37.06; 0 + 6.70 + 4.22 + 4.2 + 3.13 = 18.25; 5 + 6 + 3.48 = 14.48 (the report
#   chased −0.1, given back by its appeal); honours 3, of the same document's 3 and 2 the higher: 72.79.
BY_TOWNSHIPS = {"甲镇": "91.94", "丙镇": "81.15", "乙镇": "72.79"}

pytestmark = pytest.mark.servers


class Stack:
    """A running stack as a stranger uses it."""

    def __init__(self, data: Path, port_base: int) -> None:
        self._data = data
        self._port_base = port_base
        self._tokens: dict[tuple[str, ...], str] = {}

    def xietiao(self, *arguments: str) -> str:
        done = self._run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refusal(self, *arguments: str) -> str:
        done = self._run(*arguments)
        assert done.returncode != 0
        return done.stderr

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (sys.executable, "-m", "deploy.local", *arguments, "--data", str(self._data)),
            cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    def ask(self, method: str, service: str, path: str, *who: str, **options: Any) -> Any:  # noqa: ANN401 - httpx's own, and JSON
        """Ask as `office`, or as `unit` and its code."""
        return self._answer(method, service, path, *who, **options).json()

    def download(self, service: str, path: str, **query: str) -> bytes:
        return self._answer("GET", service, path, "office", params=query).content

    def _answer(self, method: str, service: str, path: str, *who: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        if who not in self._tokens:
            unit = ("--unit", who[1]) if len(who) > 1 else ()
            self._tokens[who] = self.xietiao("token", "--role", who[0], *unit).strip()
        url = f"http://127.0.0.1:{self._port_base + PORTS[service]}{path}"
        headers = {"authorization": f"Bearer {self._tokens[who]}", **options.pop("headers", {})}
        answer = httpx.request(method, url, headers=headers, timeout=30, **options)
        assert answer.is_success, answer.text
        return answer

    def items(self, service: str, path: str, **query: str | int) -> list[Any]:
        """Return a whole list of at most 200."""
        page = self.ask("GET", service, path, "office", params={"limit": 200, **query})
        assert page["next"] is None
        return list(page["items"])

    def standings(self, method: str) -> list[Any]:
        return self.items("scoring", "/v1/standings", method=method)

    def points(self, unit: str) -> str | None:
        """Return a unit's points for key tasks."""
        found = self.ask("GET", "scoring", "/v1/tallies", "office", params={"unit": unit})["items"]
        return next((tally["points"] for tally in found if tally["criterion"] == "key-tasks"), None)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    port_base = free_base()
    running = Stack(tmp_path_factory.mktemp("e2e") / "stack", port_base)
    running.xietiao("up", "--detach", "--port-base", str(port_base))
    yield running
    running.xietiao("down")


@pytest.fixture
def today(stack: Stack) -> Iterator[str]:
    """Set the clock to a morning of the assessed year, so that neither the day nor the year ends meanwhile."""
    (method,) = stack.items("scoring", "/v1/methods")
    day = f"{method['method'].removeprefix('departments-')}-06-17"
    stack.xietiao("clock", "--set", f"{day}T09:00")
    yield day
    stack.xietiao("clock", "--reset")


def wait(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not come true in time"
        time.sleep(0.02)


def test_a_resolution_travels_to_a_tally_and_back(stack: Stack, today: str) -> None:
    meeting = stack.ask(
        "POST", "meetings", "/v1/meetings", "office",
        json={"body": "coordination-meeting", "kind": "special", "title": "专题会议", "held_on": today,
              "starts_at": f"{today}T00:00:00+08:00", "place": "会议室"},
    )  # fmt: skip
    resolution = stack.ask(
        "POST", "meetings", f"/v1/meetings/{meeting['id']}/resolutions", "office",
        json={"title": "推进园区建设", "lead_unit": LEAD, "cooperating_units": [CO], "due_on": today, "weight": "3"},
    )  # fmt: skip

    def tasks() -> list[Any]:
        found = stack.ask("GET", "tasks", "/v1/tasks", "office", params={"source_id": resolution["id"]})
        return list(found["items"])

    def fulfilment() -> str:
        return str(stack.ask("GET", "meetings", f"/v1/resolutions/{resolution['id']}", "office")["fulfilment"]["state"])

    wait(lambda: len(tasks()) == 1)
    task = f"/v1/tasks/{tasks()[0]['id']}"
    for unit, points in ((LEAD, "3"), (CO, "1.5")):
        part = f"{task}/assignments/{unit}"
        for step in ("acknowledge", "request-completion"):
            stack.ask("POST", "tasks", f"{part}/{step}", "unit", unit)
        stack.ask("POST", "tasks", f"{part}/complete", "office")
        wait(lambda unit=unit, points=points: stack.points(unit) == points)  # type: ignore[misc]
    wait(lambda: fulfilment() == "fulfilled")
    stack.ask("POST", "tasks", f"{task}/reopen", "office", json={"reason": "抽查未完成", "units": [LEAD]})
    wait(lambda: stack.points(LEAD) == "0")
    assert stack.points(CO) == "1.5"
    wait(lambda: fulfilment() == "in_progress")
    stack.ask("POST", "tasks", f"{task}/cancel", "office", json={"reason": "试办"})
    wait(lambda: stack.points(LEAD) == "0" and stack.points(CO) == "0")


def test_one_command_twice_makes_one_task(stack: Stack, today: str) -> None:
    body = {
        "title": "一次", "source_kind": "instruction", "source_id": str(uuid4()), "lead_unit": LEAD,
        "due_on": today,
    }  # fmt: skip
    made = [
        stack.ask("POST", "tasks", "/v1/tasks", "office", json=body, headers={"idempotency-key": body["source_id"]})
        for _ in range(2)
    ]
    assert made[0] == made[1]
    found = stack.ask("GET", "tasks", "/v1/tasks", "office", params={"source_id": body["source_id"]})
    assert len(found["items"]) == 1
    stack.ask("POST", "tasks", f"/v1/tasks/{made[0]['id']}/cancel", "office", json={"reason": "试办"})


def totals(places: list[Any]) -> dict[str, str | None]:
    return {place["unit"]["name"]: place.get("total") for place in places}


def scores(places: list[Any], unit: str) -> dict[str, Any]:
    (place,) = [each for each in places if each["unit"]["name"] == unit]
    return {score["criterion"]: score for score in place["criteria"]}


def test_the_demo_year_ends_in_the_standings_that_its_story_gives(stack: Stack) -> None:
    told = stack.xietiao("demo", "--year", str(YEAR))
    assert "县交通局" in told
    by_method = ((SMALL, 22, BY_SMALL), (COMPLETE, 22, BY_COMPLETE), (TOWNSHIPS, 6, BY_TOWNSHIPS))
    for method, count, expected in by_method:
        found = totals(stack.standings(method))
        assert len(found) == count
        assert {name: found[name] for name in expected} == expected
    assert "the machine's time" in stack.xietiao("clock")


def test_the_demo_is_not_played_twice_in_one_year(stack: Stack) -> None:
    assert "played in this stack already" in stack.refusal("demo", "--year", str(YEAR))


def test_departments_and_townships_are_ranked_each_among_themselves(stack: Stack) -> None:
    departments, townships = stack.standings(COMPLETE), stack.standings(TOWNSHIPS)
    assert [place["rank"] for place in departments[:8]] == [1, 2, 3, 4, 5, 6, 7, 7]
    assert [place["grade"] for place in departments].count("优秀") == 6  # 30 % of 22, though more have 90
    assert departments[-1]["unit"]["name"] == "县体育局"
    assert any("红色督办" in note for note in departments[-1]["notes"])
    assert [place["rank"] for place in townships] == [1, 2, 3, 4, 5, None]
    assert any("一票否决" in note for note in townships[-1]["notes"])


@pytest.mark.parametrize("method", [COMPLETE, TOWNSHIPS])
def test_the_story_holds_something_for_every_criterion(stack: Stack, method: str) -> None:
    places = stack.standings(method)
    given = {score["criterion"] for place in places for score in place["criteria"] if score["points"] is not None}
    assert given == {score["criterion"] for score in places[0]["criteria"]}
    assert any(Decimal(bonus["points"]) > 0 for place in places for bonus in place["bonuses"])


def test_a_value_that_was_not_told_is_not_applicable_and_a_correction_counts(stack: Stack) -> None:
    tourism = scores(stack.standings(TOWNSHIPS), "丙镇")["tourism"]
    assert tourism["points"] is None
    assert "没有" in tourism["formula"]
    found = stack.items("scoring", "/v1/observations", method=TOWNSHIPS, indicator="tax", unit="330324-xiang-ding")
    (corrected,) = [each for each in found if each["period"] == str(YEAR)]
    assert corrected["value"] == "570"
    assert corrected["vintage"] > 1


def test_the_statistics_bureau_reports_on_every_township(stack: Stack) -> None:
    found = stack.items("scoring", "/v1/observations", method=TOWNSHIPS, indicator="gdp")
    assert {each["reporter"] for each in found} == {"330324-tjj"}
    assert {each["unit"]: each["value"] for each in found if each["period"] == str(YEAR - 1)} == {
        "330324-zhen-jia": "120000", "330324-zhen-yi": "80000", "330324-zhen-bing": "47000",
        "330324-xiang-ding": "30000", "330324-xiang-wu": "21000", "330324-xiang-ji": "15000",
    }  # fmt: skip


def test_results_are_published_whole_and_hashed(stack: Stack) -> None:
    closings = stack.items("scoring", "/v1/publications")
    assert {closing["method"] for closing in closings} == {SMALL, COMPLETE, TOWNSHIPS}
    for closing in closings:
        path = f"/v1/publications/{closing['id']}"
        published = stack.ask("GET", "scoring", path, "office")
        text = json.dumps(published["result"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == closing["result_digest"]
        assert totals(published["result"]) == totals(stack.standings(closing["method"]))
        assert stack.ask("GET", "scoring", f"{path}/late", "office")["units"] == []
        for form in ("docx", "xlsx"):
            assert stack.download("scoring", f"{path}/sheets", format=form).startswith(b"PK")


def test_appeals_change_what_is_published_as_far_as_they_are_upheld(stack: Stack) -> None:
    (closing,) = stack.items("scoring", "/v1/publications", method=COMPLETE)
    published = stack.ask("GET", "scoring", f"/v1/publications/{closing['id']}", "office")
    for places, attendance in ((published["preliminary"], "4"), (published["result"], "5")):
        assert Decimal(scores(places, "县林业局")["attendance"]["points"]) == Decimal(attendance)
        assert any(place["unit"]["name"] == "县体育局" and place["grade"] == "合格" for place in places)
    states = [appeal["state"] for appeal in stack.items("scoring", "/v1/appeals", publication=closing["id"])]
    assert states == ["upheld", "rejected"]


def test_what_follows_from_the_results_becomes_tasks(stack: Stack) -> None:
    def led(tag: str) -> set[str]:
        tasks = stack.items("tasks", "/v1/tasks", tag=tag)
        return {part["unit"] for task in tasks for part in task["assignments"] if part["role"] == "lead"}

    assert led("rectification") == {"330324-xiang-ding", "330324-xiang-ji"}
    assert led("improvement") == {"330324-fgj"}
    lines = [json.loads(line) for line in stack.xietiao("events", "--json", "--type", "result-rolled-up").splitlines()]
    assert len(lines) == 22 + 6


def test_the_draft_was_simulated_beside_the_method_in_force(stack: Stack) -> None:
    (simulation,) = stack.items("scoring", "/v1/simulations")
    path = f"/v1/simulations/{simulation['simulation']}"
    found = stack.ask("GET", "scoring", path, "office")
    assert found["state"] == "simulated"
    assert any(each["moved"] for each in found["differences"])
    in_force = {each["unit"]["name"]: each["in_force"]["total"] for each in found["differences"]}
    assert in_force == totals(stack.standings(COMPLETE))


def test_the_year_rebuilt_from_the_log_is_equal_by_every_method(stack: Stack) -> None:
    methods = sorted(method["method"] for method in stack.items("scoring", "/v1/methods"))
    assert {SMALL, COMPLETE, TOWNSHIPS} < set(methods)
    before = [stack.standings(method) for method in methods]
    assert stack.xietiao("rebuild").count("equal: ") == len(methods)
    assert [stack.standings(method) for method in methods] == before


def test_events_are_readable_lines_of_every_service(stack: Stack) -> None:
    lines = [json.loads(line) for line in stack.xietiao("events", "--json").splitlines()]
    types = {line["event"]["type"].removeprefix("cn.xietiao.") for line in lines}
    assert {
        "registry.unit-registered.v1", "meetings.resolution-adopted.v1", "tasks.task-assigned.v1",
        "tasks.report-went-overdue.v1", "tasks.slip-issued.v1", "scoring.method-adopted.v1",
        "scoring.score-entered.v1", "scoring.adjustment-approved.v1", "scoring.assessment-published.v1",
        "scoring.rectification-ordered.v1", "scoring.improvement-ordered.v1", "scoring.tally-updated.v1",
    } <= types  # fmt: skip
