"""`xietiao demo`: plays a short county year through the public APIs, on the stack's settable clock.

The story stands in `deploy/seed/demo-year.yaml`. Each step happens on its day at nine in the morning; the office
answers a unit's request two days later. At the end the clock is the machine's again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any

import typer
import yaml

from deploy.local import clock
from deploy.local.client import Client
from deploy.local.demo_cycle import Closing, DivisionPlan, ProblemCase, Step, morning_of
from deploy.local.errors import StackError
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.progress import Progress
from deploy.local.stack import Stack
from shared.auth import Role
from shared.clock import county_date, system_clock

STORY = REPOSITORY / "deploy" / "seed" / "demo-year.yaml"

_ANSWER_AFTER = timedelta(days=2)
_PATIENCE_SECONDS = 30.0


@dataclass
class Year:
    """One county year, played step by step."""

    layout: Layout
    client: Client
    progress: Progress
    year: int
    division: str = "330324"
    reports: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def play(self, story: dict[str, Any]) -> None:
        """Play every step in the order of days; what a step leads to is waited for before the next."""
        plan = DivisionPlan(self, story["plan"], [Course(self, "", item) for item in story["plan"]["items"]])
        resolution = Course(self, f"demo-{self.year}-problem", story["problem"]["resolution"])
        steps = [
            *plan.steps(),
            *ProblemCase(self, story["problem"], resolution).steps(),
            *self._meetings(story["meetings"], plan),
            *self._reports(story["reports"]),
            *Closing(self, story["closing"]).steps(),
        ]
        month = ""
        for step in sorted(steps, key=lambda each: each.day):
            if f"{step.day:%Y-%m}" != month:
                month = f"{step.day:%Y-%m}"
                self.progress.step(month, step.title)
            clock.set_to(self.layout, morning_of(step.day))
            step.act()

    def day(self, text: str) -> date:
        """Return the day of this year that the story writes as month-day."""
        return date.fromisoformat(f"{self.year}-{text}")

    def code(self, short: str) -> str:
        """Return the registry's code of a unit that the story writes short."""
        return f"{self.division}-{short}"

    def hold(self, meeting: dict[str, Any], day: date, agenda: list[dict[str, str]], *, key: str) -> str:
        """Record a meeting of a day; return its id."""
        body = {
            "body": meeting["body"],
            "kind": meeting["kind"],
            "title": meeting["title"],
            "starts_at": morning_of(day).isoformat(),
            "place": "县政府会议室",
            "held_on": day.isoformat(),
            "agenda": agenda,
        }
        return str(self.client.post("meetings", "/v1/meetings", body, key=key)["id"])

    def await_scoring(self) -> None:
        """Wait until everything published is folded."""
        self.wait_for("计分完成", self.client.is_caught_up)

    def _meetings(self, meetings: list[dict[str, Any]], plan: DivisionPlan) -> Iterator[Step]:
        yield Step(self.day("01-02"), "年度会议任务", self._open_obligations)
        for number, meeting in enumerate(meetings, start=1):
            day = self.day(meeting["on"])
            courses: list[Course] = [
                Course(self, f"demo-{self.year}-{number}-{index}", resolution)
                for index, resolution in enumerate(meeting.get("resolutions", []), start=1)
            ]
            adopted = plan if meeting.get("adopts") == "plan" else None
            yield Step(day, meeting["title"], partial(self._hold, meeting, number, courses, adopted))
            for course in courses:
                yield from course.steps(day)

    def _open_obligations(self) -> None:
        self.client.post("meetings", "/v1/obligations/open", {"year": self.year})

    def _hold(self, meeting: dict[str, Any], number: int, courses: "list[Course]", plan: DivisionPlan | None) -> None:
        agenda = [] if plan is None else [plan.agenda_item]
        held = self.hold(meeting, self.day(meeting["on"]), agenda, key=f"demo-{self.year}-meeting-{number}")
        if plan is not None:
            self.client.post("meetings", f"/v1/meetings/{held}/agenda/1/decision", {"decision": "adopted"})
            plan.await_adoption()
        for course in courses:
            course.adopt(held)
        for course in courses:
            course.find_task()

    def _reports(self, definitions: list[dict[str, Any]]) -> Iterator[Step]:
        for definition in definitions:
            yield Step(self.day("01-04"), f"报表制度：{definition['title']}", partial(self._define, definition))
            for period in definition["periods"]:
                yield from self._period(definition, period["period"], period["submit"])

    def _define(self, definition: dict[str, Any]) -> None:
        fields = ("code", "title", "period_kind", "due_offset_days", "fields")
        self.client.post(
            "tasks",
            "/v1/report-definitions",
            {name: definition[name] for name in fields},
            key=f"demo-{self.year}-definition-{definition['code']}",
        )

    def _period(self, definition: dict[str, Any], period: str, usual: str) -> Iterator[Step]:
        name = f"{self.year}-{period}"
        submits = {entry["unit"]: entry["submit"] for entry in definition["late"] if entry["period"] == period}
        opened_on = self.day(usual) - timedelta(days=4)
        yield Step(opened_on, f"布置{definition['title']}{name}", lambda: self._open(definition, name))
        for unit in definition["units"]:
            submit = submits.get(unit, usual)
            if submit != "never":
                act = partial(self._submit, definition, name, unit, late=unit in submits)
                yield Step(self.day(submit), f"报送{definition['title']}{name}", act)

    def _open(self, definition: dict[str, Any], period: str) -> None:
        units = [self.code(short) for short in definition["units"]]
        code = definition["code"]
        self.client.post("tasks", f"/v1/report-definitions/{code}/open", {"period": period, "units": units})
        page = self.client.get("tasks", "/v1/reports", definition=code, period=period, limit=200)
        self.reports.update({(code, period, report["unit"]): report["id"] for report in page["items"]})

    def _submit(self, definition: dict[str, Any], period: str, short: str, *, late: bool) -> None:
        unit = self.code(short)
        path = f"/v1/reports/{self.reports[definition['code'], period, unit]}"
        if late:
            self.wait_for(f"{unit} 报表逾期", lambda: self.client.get("tasks", path)["state"] == "overdue")
        values = {entry["indicator"]: "100" for entry in definition["fields"]}
        self.client.post("tasks", f"{path}/submit", {"values": values}, role=Role.UNIT, unit=unit)
        self.client.post("tasks", f"{path}/accept", {})

    def wait_for(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until something that follows by itself has happened."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise StackError(f"the demo waited {_PATIENCE_SECONDS:.0f} s in vain for: {what}")
            time.sleep(0.02)


class Course:
    """One resolution and what its units do about it."""

    def __init__(self, year: Year, key: str, resolution: dict[str, Any]) -> None:
        self._year = year
        self._key = key
        self._resolution = resolution
        self._resolution_id = ""
        self._task = ""

    @property
    def _parts(self) -> list[dict[str, Any]]:
        return [self._resolution["lead"], *self._resolution.get("cooperating", [])]

    def adopt(self, meeting: str) -> None:
        """Record the resolution."""
        resolution = self._resolution
        adopted = self._year.client.post(
            "meetings",
            f"/v1/meetings/{meeting}/resolutions",
            {
                "title": resolution["title"],
                "lead_unit": self._year.code(resolution["lead"]["unit"]),
                "cooperating_units": [self._year.code(part["unit"]) for part in resolution.get("cooperating", [])],
                "due_on": self._year.day(resolution["due"]).isoformat(),
                "weight": resolution["weight"],
                "tags": ["key-task"],
            },
            key=self._key,
        )
        self._resolution_id = adopted["id"]

    def find_task(self, plan: str | None = None) -> None:
        """Wait for the task that follows by itself from the resolution, or from an item of a plan."""
        source = {"source_id": self._resolution_id} if plan is None else {"plan": plan}
        title = self._resolution["title"]

        def found() -> bool:
            page = self._year.client.get("tasks", "/v1/tasks", **source)
            self._task = next((task["id"] for task in page["items"] if task["title"] == title), "")
            return bool(self._task)

        self._year.wait_for(f"任务“{title}”", found)

    def steps(self, adopted_on: date) -> Iterator[Step]:
        """Return what each unit does, day by day."""
        for part in self._parts:
            yield from self._unit_steps(part, adopted_on)

    def _unit_steps(self, part: dict[str, Any], adopted_on: date) -> Iterator[Step]:
        unit, title = part["unit"], self._resolution["title"]
        if "bounced" in part:
            yield self._step(
                part["bounced"], f"退回：{title}", lambda: self._act(unit, "bounce", reason="不属本单位职责")
            )
            return
        yield Step(adopted_on + timedelta(days=1), f"签收：{title}", lambda: self._act(unit, "acknowledge"))
        halfway = adopted_on + (self._year.day(part["done"]) - adopted_on) / 2
        yield Step(halfway, f"反馈进展：{title}", lambda: self._act(unit, "progress", percent=50, note="按计划推进"))
        if "extension" in part:
            yield from self._extension(unit, part["extension"])
        if "sent_back" in part:
            yield from self._request(unit, part["sent_back"], "send-back", reason="佐证材料不全，请补充")
        yield from self._request(unit, part["done"], "complete")
        if "reopened" in part:
            yield self._step(part["reopened"], f"重新办理：{title}", lambda: self._reopen(unit))
            yield from self._request(unit, part["done_again"], "complete")

    def _extension(self, unit: str, extension: dict[str, str]) -> Iterator[Step]:
        title = self._resolution["title"]
        made: dict[str, str] = {}

        def ask() -> None:
            code, body = self._year.code(unit), {"due_on": self._year.day(extension["to"]).isoformat()}
            path = f"/v1/tasks/{self._task}/assignments/{code}/extensions"
            body["reason"] = "年度指标尚未下达"
            made["id"] = self._year.client.post("tasks", path, body, role=Role.UNIT, unit=code)["id"]

        def approve() -> None:
            self._year.client.post("tasks", f"/v1/extensions/{made['id']}/approve", {})

        yield self._step(extension["asked"], f"申请延期：{title}", ask)
        yield self._step(extension["approved"], f"批准延期：{title}", approve)

    def _request(self, unit: str, day: str, answer: str, **words: str) -> Iterator[Step]:
        title = self._resolution["title"]
        yield self._step(day, f"申请办结：{title}", lambda: self._ask_for_completion(unit, day))
        answered_on = self._year.day(day) + _ANSWER_AFTER
        yield Step(answered_on, f"答复：{title}", lambda: self._act(unit, answer, as_office=True, **words))

    def _step(self, day: str, title: str, act: Callable[[], None]) -> Step:
        return Step(self._year.day(day), title, act)

    def _ask_for_completion(self, unit: str, day: str) -> None:
        if self._year.day(day) > self._due(unit):
            self._year.wait_for(f"{unit} 任务逾期", lambda: self._is_overdue(unit))
        self._act(unit, "request-completion")

    def _due(self, unit: str) -> date:
        (part,) = [each for each in self._parts if each["unit"] == unit]
        return self._year.day(part["extension"]["to"] if "extension" in part else self._resolution["due"])

    def _is_overdue(self, unit: str) -> bool:
        task = self._year.client.get("tasks", f"/v1/tasks/{self._task}")
        code = self._year.code(unit)
        return any(part["overdue"] for part in task["assignments"] if part["unit"] == code)

    def _reopen(self, unit: str) -> None:
        code = self._year.code(unit)
        self._year.client.post("tasks", f"/v1/tasks/{self._task}/reopen", {"reason": "抽查发现未完成", "units": [code]})

    def _act(self, unit: str, transition: str, *, as_office: bool = False, **body: str | int) -> None:
        code = self._year.code(unit)
        role, acting_for = (Role.OFFICE, None) if as_office else (Role.UNIT, code)
        path = f"/v1/tasks/{self._task}/assignments/{code}/{transition}"
        self._year.client.post("tasks", path, body, role=role, unit=acting_for)


def demo(data: DataFolder = DEFAULT_DATA) -> None:
    """Play a short county year through the public APIs, and show the standings that it ends in."""
    layout = Layout.of(data)
    layout.require()
    progress = Progress()
    client = Client(Stack.of(layout).services)
    year = county_date(system_clock()).year
    _refuse_second_time(client, year)
    try:
        played = Year(layout, client, progress, year)
        played.play(_read_story())
        played.await_scoring()
    finally:
        clock.reset(layout)
    progress.step("done", f"the year {year} is played; the clock is the machine's again")
    _show_standings(client)


def _read_story() -> dict[str, Any]:
    """Return the story with every scalar as it is written: `on` is a key here, not a truth value."""
    story: dict[str, Any] = yaml.load(STORY.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings, lists and maps only
    return story


def _refuse_second_time(client: Client, year: int) -> None:
    titles = {meeting["title"] for meeting in _read_story()["meetings"]}
    held = client.get("meetings", "/v1/meetings", year=year, limit=200)["items"]
    if any(meeting["title"] in titles for meeting in held):
        raise StackError(
            f"the year {year} has been played in this stack already; play it in a fresh one with --data DIR"
        )


def _show_standings(client: Client) -> None:
    typer.echo("\n 名次      总分  单位")
    for standing in client.get("scoring", "/v1/standings", limit=200)["items"]:
        typer.echo(f"{standing['rank'] or '—':>5}  {standing['total'] or '—':>8}  {standing['unit']['name']}")
