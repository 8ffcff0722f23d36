"""The year's meetings in the demo, the division plan that one adopts, and a problem that goes to a special one."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from deploy.local.demo_course import Course
from deploy.local.demo_year import Step, Story, Year
from shared.auth import Role


class DivisionPlan:
    """The year's plan: drafted, commented, submitted, adopted by the meeting, issued; then its items are worked on."""

    def __init__(self, year: Year, story: Story) -> None:
        self._year, self._story = year, story
        self._courses = [Course(year, item) for item in story["items"]]
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
        yield Step(year.day(story["drafted"]), self._draft, f"起草{title}")
        yield Step(year.day(story["circulated"]), lambda: self._post("circulate", {}))
        for comment in story["comments"]:
            said = f"{year.name(comment['unit'])}提出意见：{comment['text']}——{comment['answer']}"
            yield Step(year.day(story["circulated"]), partial(self._comment, comment), said)
        yield Step(year.day(story["submitted"]), lambda: self._post("submit", {}))
        issued_on, document = year.day(story["issued"]), year.words(story["document"])
        yield Step(issued_on, self._issue, f"以{document}印发{title}，{len(self._courses)}项任务交办")
        for course in self._courses:
            yield from course.steps(issued_on)

    def await_adoption(self) -> None:
        """Wait until the plan knows that the meeting adopted it."""
        self._year.wait_for("方案通过", lambda: self._state() in {"adopted", "issued"})

    def _draft(self) -> None:
        year, story = self._year, self._story
        items = [
            {"serial": item["serial"], "section": item["section"], **course.content()}
            for item, course in zip(story["items"], self._courses, strict=True)
        ]
        body = {"year": year.year, "title": f"{year.year}年{story['title']}", "items": items}
        self._id = year.client.post("tasks", "/v1/plans", body, key=year.key("plan"))["id"]

    def _comment(self, comment: Story) -> None:
        unit = self._year.code(comment["unit"])
        body = {"unit": unit, "serial": comment["serial"], "text": comment["text"]}
        path = f"/v1/plans/{self._id}/comments"
        made = self._year.client.post("tasks", path, body, role=Role.UNIT, unit=unit)
        answer = {"taken": comment["taken"] == "true", "answer": comment["answer"]}
        self._year.client.post("tasks", f"{path}/{made['id']}/answer", answer)

    def _issue(self) -> None:
        self._post("issue", {"document": self._year.words(self._story["document"])})
        for course in self._courses:
            course.find_task(plan=self._id)

    def _post(self, what: str, body: Story) -> None:
        self._year.client.post("tasks", f"/v1/plans/{self._id}/{what}", body)

    def _state(self) -> str:
        return str(self._year.client.get("tasks", f"/v1/plans/{self._id}")["state"])


class Meetings:
    """The meetings that the mechanism wants, with who came and what they resolved (永政办发〔2009〕106号 二)."""

    def __init__(self, year: Year, story: list[Story], plan: DivisionPlan) -> None:
        self._year, self._story, self._plan = year, story, plan

    def steps(self) -> Iterator[Step]:
        """Return the year's obligations, the meetings, and what their resolutions lead to."""
        yield Step(self._year.day("01-02"), self._open_obligations, "列出年度会议任务")
        for number, meeting in enumerate(self._story, start=1):
            day = self._year.day(meeting["on"])
            courses = [Course(self._year, resolution) for resolution in meeting.get("resolutions", [])]
            yield Step(day, partial(self._hold, meeting, number, courses), _words_of(meeting))
            for course in courses:
                yield from course.steps(day)

    def _open_obligations(self) -> None:
        self._year.client.post("meetings", "/v1/obligations/open", {"year": self._year.year})

    def _hold(self, meeting: Story, number: int, courses: list[Course]) -> None:
        adopts = meeting.get("adopts") == "plan"
        agenda = [self._plan.agenda_item] if adopts else []
        held = self._year.hold(meeting, self._year.day(meeting["on"]), agenda, self._year.key("meeting", number))
        if "attendance" in meeting:
            self._record_attendance(held, meeting["attendance"])
        if adopts:
            path = f"/v1/meetings/{held}/agenda/1/decision"
            self._year.client.post("meetings", path, {"decision": "adopted"})
            self._plan.await_adoption()
        for index, course in enumerate(courses, start=1):
            course.adopt(held, self._year.key(number, index))
        for course in courses:
            course.find_task()

    def _record_attendance(self, meeting: str, story: Story) -> None:
        path = f"/v1/meetings/{meeting}/attendance"
        own = {self._year.code(entry["unit"]): entry for entry in story["others"]}
        lines = self._year.client.get("meetings", path)["lines"]
        present = {"attendance": "present", "person": story["person"]}
        records = [
            {"code": line["code"], **_attending(own.get(line["code"], present))}
            for line in lines
            if line["role"] == "member"
        ]
        self._year.client.put("meetings", path, {"records": records})


def _attending(entry: Story) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != "unit"}


def _words_of(meeting: Story) -> str:
    resolved = len(meeting.get("resolutions", []))
    parts = ["审议通过分工方案"] if meeting.get("adopts") else []
    parts += [f"议定{resolved}项"] if resolved else []
    return f"{meeting['title']}{'：' if parts else ''}{'，'.join(parts)}"


class ProblemCase:
    """A problem from a unit: routed to a special meeting, decided there, followed by a task."""

    def __init__(self, year: Year, story: Story) -> None:
        self._year, self._story = year, story
        self._course = Course(year, story["resolution"])
        self._id = ""

    def steps(self) -> Iterator[Step]:
        """Return how the problem goes to the meeting and comes back as a task."""
        story, year = self._story, self._year
        meeting, held_on = story["meeting"], year.day(story["meeting"]["on"])
        raised = f"{year.name(story['unit'])}提出问题：{story['title']}"
        yield Step(year.day(story["raised"]), self._raise, raised)
        yield Step(year.day(story["escalated"]), self._escalate)
        yield Step(held_on, self._meet, f"{meeting['title']}：{story['decision']}")
        yield from self._course.steps(held_on)

    def _raise(self) -> None:
        unit = self._year.code(self._story["unit"])
        body = {"unit": unit, "title": self._story["title"], "text": self._story["text"]}
        key = self._year.key("problem")
        self._id = self._year.client.post("tasks", "/v1/problems", body, role=Role.UNIT, unit=unit, key=key)["id"]

    def _escalate(self) -> None:
        self._year.client.post("tasks", f"/v1/problems/{self._id}/escalate", {})

    def _meet(self) -> None:
        story, year = self._story, self._year
        item = {"kind": "coordinate_problem", "title": story["title"], "problem_id": self._id}
        kind = {"body": "coordination-meeting", "kind": "special", "title": story["meeting"]["title"]}
        meeting = year.hold(kind, year.day(story["meeting"]["on"]), [item], year.key("special"))
        self._course.adopt(meeting, year.key("problem-resolution"))
        decision = {"decision": "adopted", "conditions": story["decision"]}
        year.client.post("meetings", f"/v1/meetings/{meeting}/agenda/1/decision", decision)
        self._course.find_task()
        path = f"/v1/problems/{self._id}"
        year.wait_for("问题办结", lambda: year.client.get("tasks", path)["state"] == "resolved")
