"""`xietiao demo`: plays a short county year through the public APIs, on the stack's settable clock.

The story stands in `deploy/seed/demo-year.yaml`. Each step happens on its day at nine in the morning; the office
answers a unit's request two days later. At the end the clock is the machine's again.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as day_time
from functools import partial
from typing import Any

import typer
import yaml

from deploy.local import clock
from deploy.local.client import Client
from deploy.local.errors import StackError
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.progress import Progress
from deploy.local.stack import Stack
from shared.auth import Role
from shared.clock import COUNTY_ZONE, county_date, system_clock

STORY = REPOSITORY / "deploy" / "seed" / "demo-year.yaml"

_ANSWER_AFTER = timedelta(days=2)
_PATIENCE_SECONDS = 30.0
_MORNING = day_time(9)


@dataclass(frozen=True)
class Step:
    """Something that happens on a day."""

    day: date
    title: str
    act: Callable[[], None]


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
        steps = sorted([*self._meetings(story["meetings"]), *self._reports(story["reports"])], key=lambda s: s.day)
        month = 0
        for step in steps:
            if step.day.month != month:
                month = step.day.month
                self.progress.step(f"{self.year}-{month:02}", step.title)
            clock.set_to(self.layout, datetime.combine(step.day, _MORNING, COUNTY_ZONE))
            step.act()
        clock.set_to(self.layout, datetime.combine(date(self.year, 12, 31), _MORNING, COUNTY_ZONE))

    def day(self, text: str) -> date:
        """Return the day of this year that the story writes as month-day."""
        return date.fromisoformat(f"{self.year}-{text}")

    def code(self, short: str) -> str:
        """Return the registry's code of a unit that the story writes short."""
        return f"{self.division}-{short}"

    def _meetings(self, meetings: list[dict[str, Any]]) -> Iterator[Step]:
        yield Step(self.day("01-02"), "年度会议任务", self._open_obligations)
        for number, meeting in enumerate(meetings, start=1):
            day = self.day(meeting["on"])
            courses: list[Course] = [
                Course(self, f"demo-{self.year}-{number}-{index}", resolution)
                for index, resolution in enumerate(meeting.get("resolutions", []), start=1)
            ]
            yield Step(day, meeting["title"], partial(self._hold, meeting, number, courses))
            for course in courses:
                yield from course.steps(day)

    def _open_obligations(self) -> None:
        self.client.post("meetings", "/v1/obligations/open", {"year": self.year})

    def _hold(self, meeting: dict[str, Any], number: int, courses: "list[Course]") -> None:
        day = self.day(meeting["on"])
        held = self.client.post(
            "meetings",
            "/v1/meetings",
            {
                "body": meeting["body"],
                "kind": meeting["kind"],
                "title": meeting["title"],
                "starts_at": datetime.combine(day, _MORNING, COUNTY_ZONE).isoformat(),
                "place": "县政府会议室",
                "held_on": day.isoformat(),
            },
            key=f"demo-{self.year}-meeting-{number}",
        )
        for course in courses:
            course.adopt(held["id"])
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
    def _parts(self) -> list[dict[str, str]]:
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

    def find_task(self) -> None:
        """Wait for the task that follows from the resolution by itself."""

        def found() -> bool:
            page = self._year.client.get("tasks", "/v1/tasks", source_id=self._resolution_id)
            self._task = page["items"][0]["id"] if page["items"] else ""
            return bool(self._task)

        self._year.wait_for(f"任务“{self._resolution['title']}”", found)

    def steps(self, adopted_on: date) -> Iterator[Step]:
        """Return what each unit does, day by day."""
        for part in self._parts:
            yield from self._unit_steps(part, adopted_on)

    def _unit_steps(self, part: dict[str, str], adopted_on: date) -> Iterator[Step]:
        unit, title = part["unit"], self._resolution["title"]
        if "bounced" in part:
            yield self._step(
                part["bounced"], f"退回：{title}", lambda: self._act(unit, "bounce", reason="不属本单位职责")
            )
            return
        yield Step(adopted_on + timedelta(days=1), f"签收：{title}", lambda: self._act(unit, "acknowledge"))
        halfway = adopted_on + (self._year.day(part["done"]) - adopted_on) / 2
        yield Step(halfway, f"反馈进展：{title}", lambda: self._act(unit, "progress", percent=50, note="按计划推进"))
        if "sent_back" in part:
            yield from self._request(unit, part["sent_back"], "send-back", reason="佐证材料不全，请补充")
        yield from self._request(unit, part["done"], "complete")
        if "reopened" in part:
            yield self._step(part["reopened"], f"重新办理：{title}", lambda: self._reopen(unit))
            yield from self._request(unit, part["done_again"], "complete")

    def _request(self, unit: str, day: str, answer: str, **words: str) -> Iterator[Step]:
        title = self._resolution["title"]
        yield self._step(day, f"申请办结：{title}", lambda: self._ask_for_completion(unit, day))
        answered_on = self._year.day(day) + _ANSWER_AFTER
        yield Step(answered_on, f"答复：{title}", lambda: self._act(unit, answer, as_office=True, **words))

    def _step(self, day: str, title: str, act: Callable[[], None]) -> Step:
        return Step(self._year.day(day), title, act)

    def _ask_for_completion(self, unit: str, day: str) -> None:
        if self._year.day(day) > self._year.day(self._resolution["due"]):
            self._year.wait_for(f"{unit} 任务逾期", lambda: self._is_overdue(unit))
        self._act(unit, "request-completion")

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
        Year(layout, client, progress, year).play(_read_story())
        _wait_for_scoring(client)
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


def _wait_for_scoring(client: Client) -> None:
    """Wait until everything published is folded, so that the standings shown are the year's last."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not client.is_caught_up():
        if time.monotonic() > deadline:
            raise StackError("scoring has not caught up with the log; `xietiao status` shows how far it is")
        time.sleep(0.1)


def _show_standings(client: Client) -> None:
    typer.echo("\n 名次      总分  单位")
    for standing in client.get("scoring", "/v1/standings", limit=200)["items"]:
        typer.echo(f"{standing['rank'] or '—':>5}  {standing['total'] or '—':>8}  {standing['unit']['name']}")
