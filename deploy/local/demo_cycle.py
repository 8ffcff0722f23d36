"""What surrounds the year's tasks in the demo: the division plan, a problem and its special meeting, the closing.

Each is a list of steps; `demo.py` plays them in the order of days with all others.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from datetime import time as day_time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.auth import Role
from shared.clock import COUNTY_ZONE

if TYPE_CHECKING:
    from deploy.local.demo import Course, Year

Story = Mapping[str, Any]
_MORNING = day_time(9)


class Step(NamedTuple):
    """Something that happens on a day."""

    day: date
    title: str
    act: Callable[[], None]


class DivisionPlan:
    """The year's plan: drafted, commented, submitted, adopted by the meeting, issued; then its items are worked on."""

    def __init__(self, year: "Year", story: Story, courses: "list[Course]") -> None:
        self._year, self._story, self._courses = year, story, courses
        self._id = ""

    @property
    def agenda_item(self) -> dict[str, str]:
        """Return the plan as an item of the meeting that adopts it."""
        title = f"审议{self._year.year}年{self._story['title']}"
        return {"kind": "deliberate_plan", "title": title, "plan_id": self._id}

    def steps(self) -> Iterator[Step]:
        """Return everything but the adoption, which is the meeting's."""
        story, year = self._story, self._year
        title = story["title"]
        yield Step(year.day(story["drafted"]), f"起草{title}", self._draft)
        yield Step(year.day(story["circulated"]), f"征求意见：{title}", lambda: self._post("circulate", {}))
        for comment in story["comments"]:
            yield Step(year.day(story["circulated"]), f"{comment['unit']} 提出意见", partial(self._comment, comment))
        yield Step(year.day(story["submitted"]), f"提请审议{title}", lambda: self._post("submit", {}))
        issued_on = year.day(story["issued"])
        yield Step(issued_on, f"印发{title}", self._issue)
        for course in self._courses:
            yield from course.steps(issued_on)

    def await_adoption(self) -> None:
        """Wait until the plan knows that the meeting adopted it."""
        self._year.wait_for("方案通过", lambda: self._state() == "adopted")

    def _draft(self) -> None:
        year, story = self._year, self._story
        body = {
            "year": year.year,
            "title": f"{year.year}年{story['title']}",
            "items": [self._item(entry) for entry in story["items"]],
        }
        self._id = year.client.post("tasks", "/v1/plans", body, key=f"demo-{year.year}-plan")["id"]

    def _item(self, entry: Story) -> dict[str, Any]:
        year = self._year
        return {
            "serial": entry["serial"],
            "section": entry["section"],
            "title": entry["title"],
            "weight": entry["weight"],
            "due_on": year.day(entry["due"]).isoformat(),
            "lead_unit": year.code(entry["lead"]["unit"]),
            "cooperating_units": [year.code(part["unit"]) for part in entry.get("cooperating", [])],
        }

    def _comment(self, comment: Story) -> None:
        unit = self._year.code(comment["unit"])
        body = {"unit": unit, "serial": comment["serial"], "text": comment["text"]}
        path = f"/v1/plans/{self._id}/comments"
        made = self._year.client.post("tasks", path, body, role=Role.UNIT, unit=unit)
        answer = {"taken": comment["taken"] == "true", "answer": comment["answer"]}
        self._year.client.post("tasks", f"{path}/{made['id']}/answer", answer)

    def _issue(self) -> None:
        self._post("issue", {"document": self._story["document"].format(year=self._year.year)})
        for course in self._courses:
            course.find_task(plan=self._id)

    def _post(self, what: str, body: Story) -> None:
        self._year.client.post("tasks", f"/v1/plans/{self._id}/{what}", body)

    def _state(self) -> str:
        return str(self._year.client.get("tasks", f"/v1/plans/{self._id}")["state"])


class ProblemCase:
    """A problem from a unit: routed to a special meeting, decided there, followed by a task."""

    def __init__(self, year: "Year", story: Story, course: "Course") -> None:
        self._year, self._story, self._course = year, story, course
        self._id = ""

    def steps(self) -> Iterator[Step]:
        """Return how the problem goes to the meeting and comes back as a task."""
        story, year = self._story, self._year
        held_on = year.day(story["meeting"]["on"])
        yield Step(year.day(story["raised"]), f"提出问题：{story['title']}", self._raise)
        yield Step(year.day(story["escalated"]), f"提交专题会议：{story['title']}", self._escalate)
        yield Step(held_on, story["meeting"]["title"], lambda: self._meet(held_on))
        yield from self._course.steps(held_on)

    def _raise(self) -> None:
        unit = self._year.code(self._story["unit"])
        body = {"unit": unit, "title": self._story["title"], "text": self._story["text"]}
        key = f"demo-{self._year.year}-problem"
        self._id = self._year.client.post("tasks", "/v1/problems", body, role=Role.UNIT, unit=unit, key=key)["id"]

    def _escalate(self) -> None:
        self._year.client.post("tasks", f"/v1/problems/{self._id}/escalate", {})

    def _meet(self, held_on: date) -> None:
        item = {"kind": "coordinate_problem", "title": self._story["title"], "problem_id": self._id}
        meeting = self._year.hold(
            {"body": "coordination-meeting", "kind": "special", "title": self._story["meeting"]["title"]},
            held_on,
            [item],
            key=f"demo-{self._year.year}-special",
        )
        self._course.adopt(meeting)
        decision = {"decision": "adopted", "conditions": self._story["decision"]}
        self._year.client.post("meetings", f"/v1/meetings/{meeting}/agenda/1/decision", decision)
        self._course.find_task()
        path = f"/v1/problems/{self._id}"
        self._year.wait_for("问题办结", lambda: self._year.client.get("tasks", path)["state"] == "resolved")


class Closing:
    """The year's result: closed, appealed, decided, published; the days lie in the following year."""

    def __init__(self, year: "Year", story: Story) -> None:
        self._year, self._story = year, story
        self._id = ""
        self._appeals: dict[int, str] = {}

    def steps(self) -> Iterator[Step]:
        """Return the way from the closing to the publication."""
        story = self._story
        yield Step(self._day(story["closed"]), "考核截止，公布初步结果", self._close)
        for number, appeal in enumerate(story["appeals"]):
            unit = appeal["unit"]
            yield Step(self._day(appeal["filed"]), f"申诉：{unit}", partial(self._file, number, appeal))
            yield Step(self._day(appeal["decided"]), f"申诉处理：{unit}", partial(self._decide, number, appeal))
        yield Step(self._day(story["published"]), "公布考核结果", self._publish)

    def _day(self, text: str) -> date:
        return date.fromisoformat(f"{self._year.year + 1}-{text}")

    def _close(self) -> None:
        self._year.await_scoring()
        client = self._year.client
        method = client.get("scoring", "/v1/standings", limit=1)["items"][0]["method"]
        self._id = client.post("scoring", "/v1/publications", {"method": method})["id"]

    def _file(self, number: int, appeal: Story) -> None:
        unit = self._year.code(appeal["unit"])
        body = {"unit": unit, "criterion": appeal["criterion"], "reason": appeal["reason"]}
        path = f"/v1/publications/{self._id}/appeals"
        filed = self._year.client.post("scoring", path, body, role=Role.UNIT, unit=unit)
        self._appeals[number] = filed["id"]

    def _decide(self, number: int, appeal: Story) -> None:
        body = {"upheld": appeal["upheld"] == "true", "points": appeal.get("points", "0"), "reason": appeal["answer"]}
        self._year.client.post("scoring", f"/v1/appeals/{self._appeals[number]}/decide", body)

    def _publish(self) -> None:
        document = self._story["document"].format(next=self._year.year + 1)
        self._year.client.post("scoring", f"/v1/publications/{self._id}/publish", {"document": document})


def morning_of(day: date) -> datetime:
    """Return nine in the morning of a county day."""
    return datetime.combine(day, _MORNING, COUNTY_ZONE)
