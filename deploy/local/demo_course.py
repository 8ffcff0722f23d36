"""What units do about a matter in the demo: a resolution, an item of the plan, or a task that the office gives."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

from deploy.local.demo_year import Step, Story, Year
from shared.auth import Role

_ANSWER_AFTER = timedelta(days=2)
"""When the office answers a unit's request."""


class Course:
    """One matter and what its units do about it."""

    def __init__(self, year: Year, matter: Story) -> None:
        self._year = year
        self._matter = matter
        self._resolution = ""
        self._task = ""

    @property
    def title(self) -> str:
        """Return what is to be done."""
        return str(self._matter["title"])

    @property
    def _parts(self) -> list[Story]:
        return [self._matter["lead"], *self._matter.get("cooperating", [])]

    def content(self) -> dict[str, Any]:
        """Return the matter as resolutions, plans and tasks all state it."""
        matter, year = self._matter, self._year
        return {
            "title": matter["title"],
            "lead_unit": year.code(matter["lead"]["unit"]),
            "cooperating_units": [year.code(part["unit"]) for part in matter.get("cooperating", [])],
            "due_on": year.day(matter["due"]).isoformat(),
            "weight": matter["weight"],
            "tags": matter.get("tags", []),
        }

    def adopt(self, meeting: str, key: str) -> None:
        """Record the matter as a resolution of a meeting."""
        content = self.content()
        body = {**content, "tags": ["key-task", *content["tags"]]}
        path = f"/v1/meetings/{meeting}/resolutions"
        self._resolution = self._year.client.post("meetings", path, body, key=key)["id"]

    def give(self, key: str) -> None:
        """Give the matter as a task, by a document or a leader's instruction."""
        source = {"source_kind": self._matter["source"], "source_id": self._year.words(self._matter["document"])}
        self._task = self._year.client.post("tasks", "/v1/tasks", {**self.content(), **source}, key=key)["id"]

    def find_task(self, plan: str | None = None) -> None:
        """Wait for the task that follows by itself from the resolution, or from an item of a plan."""
        source = {"source_id": self._resolution} if plan is None else {"plan": plan}

        def found() -> bool:
            page = self._year.client.get("tasks", "/v1/tasks", **source)
            self._task = next((task["id"] for task in page["items"] if task["title"] == self.title), "")
            return bool(self._task)

        self._year.wait_for(f"任务“{self.title}”", found)

    def steps(self, begun_on: date) -> Iterator[Step]:
        """Return what each unit does, day by day."""
        for part in self._parts:
            yield from self._unit_steps(part, begun_on)

    def _unit_steps(self, part: Story, begun_on: date) -> Iterator[Step]:
        unit = part["unit"]
        if "bounced" in part:
            bounce = partial(self._act, unit, "bounce", reason="不属本单位职责")
            yield Step(self._year.day(part["bounced"]), bounce, self._words(unit, "退回"))
            return
        yield Step(begun_on + timedelta(days=1), lambda: self._act(unit, "acknowledge"))
        if self._matter.get("feedback") != "none":
            halfway = begun_on + (self._year.day(part["done"]) - begun_on) / 2
            yield Step(halfway, lambda: self._act(unit, "progress", percent=50, note="按计划推进"))
        if "extension" in part:
            yield from self._extension(unit, part["extension"])
        if "slip" in part and self._year.has_calendar:
            slip = part["slip"]
            words = self._words(unit, _SLIPS[slip["colour"]])
            yield Step(self._year.day(slip["on"]), lambda: self._meet_slip(unit, slip), words)
        if "sent_back" in part:
            yield from self._request(unit, part["sent_back"], "send-back", reason="佐证材料不全，请补充")
        yield from self._request(unit, part["done"], "complete")
        if "reopened" in part:
            words = self._words(unit, "须重新办理")
            yield Step(self._year.day(part["reopened"]), lambda: self._reopen(unit), words)
            yield from self._request(unit, part["done_again"], "complete")

    def _extension(self, unit: str, extension: Story) -> Iterator[Step]:
        made: dict[str, str] = {}

        def ask() -> None:
            code = self._year.code(unit)
            body = {"due_on": self._year.day(extension["to"]).isoformat(), "reason": "年度指标尚未下达"}
            path = f"/v1/tasks/{self._task}/assignments/{code}/extensions"
            made["id"] = self._year.client.post("tasks", path, body, role=Role.UNIT, unit=code)["id"]

        def approve() -> None:
            self._year.client.post("tasks", f"/v1/extensions/{made['id']}/approve", {})

        asked = self._words(unit, f"申请延期至{self._year.day(extension['to'])}")
        yield Step(self._year.day(extension["asked"]), ask, asked)
        yield Step(self._year.day(extension["approved"]), approve, self._words(unit, "获准延期"))

    def _request(self, unit: str, day: str, answer: str, **words: str) -> Iterator[Step]:
        late = (self._year.day(day) - self._due(unit)).days
        asked = self._words(unit, f"逾期{late}天申请办结") if late > 0 else ""
        yield Step(self._year.day(day), lambda: self._ask_for_completion(unit, late), asked)
        answered = self._words(unit, "办结申请被驳回重办") if answer == "send-back" else ""
        answered_on = self._year.day(day) + _ANSWER_AFTER
        yield Step(answered_on, lambda: self._act(unit, answer, as_office=True, **words), answered)

    def _words(self, unit: str, what: str) -> str:
        return f"{self._year.name(unit)}{what}：{self.title}"

    def _ask_for_completion(self, unit: str, late: int) -> None:
        if late > 0:
            self._year.wait_for(f"{unit} 任务逾期", lambda: self._is_overdue(unit))
        self._act(unit, "request-completion")

    def _due(self, unit: str) -> date:
        (part,) = [each for each in self._parts if each["unit"] == unit]
        return self._year.day(part["extension"]["to"] if "extension" in part else self._matter["due"])

    def _is_overdue(self, unit: str) -> bool:
        task = self._year.client.get("tasks", f"/v1/tasks/{self._task}")
        code = self._year.code(unit)
        return any(part["overdue"] for part in task["assignments"] if part["unit"] == code)

    def _meet_slip(self, unit: str, slip: Story) -> None:
        """Wait for the supervision slip of a colour, which goes out by itself, and answer it if the story says so."""
        code, colour = self._year.code(unit), slip["colour"]
        found: list[Any] = []

        def issued() -> bool:
            query = {"task_id": self._task, "unit": code, "colour": colour}
            found[:] = self._year.client.get("tasks", "/v1/slips", **query)["items"]
            return bool(found)

        self._year.wait_for(f"{unit} 督办单（{colour}）", issued)
        if "answer" in slip:
            path, body = f"/v1/slips/{found[0]['id']}/answer", {"answer": slip["answer"]}
            self._year.client.post("tasks", path, body, role=Role.UNIT, unit=code)

    def _reopen(self, unit: str) -> None:
        body = {"reason": "抽查发现未完成", "units": [self._year.code(unit)]}
        self._year.client.post("tasks", f"/v1/tasks/{self._task}/reopen", body)

    def _act(self, unit: str, transition: str, *, as_office: bool = False, **body: str | int) -> None:
        code = self._year.code(unit)
        role, acting_for = (Role.OFFICE, None) if as_office else (Role.UNIT, code)
        path = f"/v1/tasks/{self._task}/assignments/{code}/{transition}"
        self._year.client.post("tasks", path, body, role=role, unit=acting_for)


_SLIPS = {"blue": "答复蓝色督办单", "yellow": "答复黄色督办单", "red": "久未答复，被红色督办"}


def instructions(year: Year, story: list[Story]) -> Iterator[Step]:
    """Return the tasks that the office gives in the year, by documents and leaders' instructions."""
    for number, matter in enumerate(story, start=1):
        course, given_on = Course(year, matter), year.day(matter["given"])
        words = f"按{year.words(matter['document'])}交办：{matter['title']}"
        yield Step(given_on, partial(course.give, year.key("instruction", number)), words)
        yield from course.steps(given_on)
