"""How the demo's year is assessed: methods adopted, raters' scores, points on documents, a draft simulated."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from deploy.local.demo_year import Step, Story, Year
from deploy.local.errors import StackError
from deploy.local.seed import method_of
from shared.auth import Role


def method_code(year: Year, name: str) -> str:
    """Return the code of a shipped method in the demo's year."""
    return str(method_of(name, year.year)["method"])


def adoptions(year: Year, story: list[Story]) -> Iterator[Step]:
    """Return the adoption of each method, by a document where the story names one."""
    for entry in story:
        method = method_of(entry["file"], year.year)
        day, words = year.day(entry["on"]), ""
        method |= {"adopted_on": day.isoformat()}
        if "document" in entry:
            document = year.words(entry["document"])
            method |= {"document": document}
            words = f"以{document}制定《{method['title']}》"
        yield Step(day, partial(_adopt, year, method), words)


def _adopt(year: Year, method: Story) -> None:
    if not year.client.has("scoring", f"/v1/methods/{method['method']}/versions/{method['version']}"):
        _send(year, "/v1/methods", method)


def _send(year: Year, path: str, method: Story) -> Any:  # noqa: ANN401 - JSON
    return year.client.send("scoring", path, json.dumps(method, ensure_ascii=False).encode())


def score_sheets(year: Year, story: list[Story]) -> Iterator[Step]:
    """Return the sheets of all rater groups; the story lists each unit's scores group by group."""
    for sheet in story:
        count = sum(len(scores) for scores in sheet["units"].values())
        words = f"录入评议打分：{len(sheet['units'])}个单位，{count}个分数"
        yield Step(year.day(sheet["on"]), partial(_enter, year, sheet), words)


def _enter(year: Year, sheet: Story) -> None:
    first = 0
    for group, raters in sheet["groups"].items():
        last = first + int(raters)
        body = {
            "method": method_code(year, sheet["method"]),
            "criterion": sheet["criterion"],
            "rater_group": group,
            "lines": [
                {"unit": year.code(short), "rater": str(rater), "score": score}
                for short, scores in sheet["units"].items()
                for rater, score in enumerate(scores[first:last], start=1)
            ],
        }
        year.client.post("scoring", "/v1/score-sheets", body)
        first = last


def adjustments(year: Year, story: list[Story]) -> Iterator[Step]:
    """Return what the office proposes on documents, and what a leader, as the second person, says to it."""
    for entry in story:
        made: dict[str, str] = {}
        proposed, decided = year.day(entry["proposed"]), year.day(entry["decided"])
        yield Step(proposed, partial(_propose, year, entry, made))
        yield Step(decided, partial(_decide, year, entry, made))


def _propose(year: Year, entry: Story, made: dict[str, str]) -> None:
    body = {
        "method": method_code(year, entry["method"]),
        "criterion": entry["criterion"],
        "unit": year.code(entry["unit"]),
        "points": entry["points"],
        "effective_on": year.day(entry["proposed"]).isoformat(),
        "document": year.words(entry["document"]),
        "reason": entry["reason"],
    }
    made["id"] = year.client.post("scoring", "/v1/adjustments", body)["id"]


def _decide(year: Year, entry: Story, made: dict[str, str]) -> None:
    path = f"/v1/adjustments/{made['id']}"
    matter = f"{year.name(entry['unit'])}{entry['reason']}（{year.words(entry['document'])}）"
    if "refused" in entry:
        year.client.post("scoring", f"{path}/refuse", {"reason": entry["refused"]}, role=Role.LEADER)
        year.tell(f"复核不同意：{matter}：{entry['refused']}")
    else:
        year.client.post("scoring", f"{path}/approve", {}, role=Role.LEADER)
        year.tell(f"复核同意：{matter}，{entry['words']}")


class Simulation:
    """A draft of next year's method, folded over this year's log beside the one in force."""

    def __init__(self, year: Year, story: Story) -> None:
        self._year, self._story = year, story

    def steps(self) -> Iterator[Step]:
        """Return the simulation."""
        yield Step(self._year.day(self._story["on"]), self._simulate, f"试算修订草案：{self._story['title']}")

    def _simulate(self) -> None:
        simulation = _send(self._year, "/v1/simulations", self._draft())
        path = f"/v1/simulations/{simulation['simulation']}"
        found: dict[str, Any] = {}

        def finished() -> bool:
            found.update(self._year.client.get("scoring", path))
            return bool(found["state"] != "building")

        self._year.wait_for("试算完成", finished)
        if found["state"] != "simulated":
            raise StackError(f"the draft cannot be scored: {found['failure']}")
        self._tell(found["differences"])

    def _draft(self) -> dict[str, Any]:
        method = method_of(self._story["file"], self._year.year)
        changes = {change["criterion"]: change["set"] for change in self._story["changes"]}
        criteria = [{**criterion, **changes.get(criterion["code"], {})} for criterion in method["criteria"]]
        return {**method, "version": self._story["version"], "criteria": criteria}

    def _tell(self, differences: list[dict[str, Any]]) -> None:
        moved = [each for each in differences if each["moved"]]
        self._year.tell(f"与现行办法相比，{len(moved)}个单位名次变动")
        for each in moved:
            ranks = f"第{each['in_force']['rank']}名 → 第{each['draft']['rank']}名"
            totals = f"{each['in_force']['total']} → {each['draft']['total']}"
            self._year.tell(f"  {each['unit']['name']}：{ranks}，{totals}")
