"""The stage of the demo: its year, the clock that goes from step to step, what all parts of the story use."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from datetime import time as day_time
from functools import cached_property
from typing import Any, NamedTuple

from deploy.local import clock
from deploy.local.client import Client
from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.progress import Progress
from shared.clock import COUNTY_ZONE

Story = Mapping[str, Any]
"""What stands in the story's file, every scalar a text."""

DIVISION = "330324"
_MORNING = day_time(9)
_PATIENCE_SECONDS = 60.0
_NEXT_YEAR = "+"


class Step(NamedTuple):
    """Something that happens on a day at nine; the reader is told in these words, or it goes without saying."""

    day: date
    act: Callable[[], None]
    words: str = ""


class Year:
    """One county year, played step by step."""

    def __init__(self, layout: Layout, client: Client, progress: Progress, year: int) -> None:
        self.client = client
        self.year = year
        self.folder = layout.root / "demo" / str(year)
        self._layout = layout
        self._progress = progress
        self._today = date(year, 1, 1)
        self.learn_names()

    def play(self, steps: Iterable[Step]) -> None:
        """Take every step in the order of days; what a step leads to is waited for before the next."""
        for step in sorted(steps, key=lambda each: each.day):
            self._today = step.day
            clock.set_to(self._layout, morning_of(step.day))
            if step.words:
                self.tell(step.words)
            step.act()

    def tell(self, text: str) -> None:
        """Tell the reader what happens today."""
        self._progress.step(f"{self._today}", text)

    def day(self, text: str) -> date:
        """Return the day that the story writes as month-day; one of the following year begins with +."""
        later = text.startswith(_NEXT_YEAR)
        return date.fromisoformat(f"{self.year + later}-{text.removeprefix(_NEXT_YEAR)}")

    def words(self, text: str) -> str:
        """Return a text of the story with its years filled in."""
        return text.format(year=self.year, next=self.year + 1)

    def code(self, short: str) -> str:
        """Return the registry's code of a unit that the story writes short."""
        return f"{DIVISION}-{short}"

    def name(self, short: str) -> str:
        """Return what a unit is called."""
        return self._names[self.code(short)]

    def learn_names(self) -> None:
        """Read from the registry what its units are called."""
        units = self.client.get("registry", "/v1/units", limit=200)["items"]
        self._names: dict[str, str] = {unit["code"]: unit["name"] for unit in units}

    @cached_property
    def has_calendar(self) -> bool:
        """Say whether the year's working days are known; where they are not, no supervision slip goes out."""
        return bool(self.client.get("registry", f"/v1/calendar/{self.year}")["source"] != "unknown")

    def key(self, *parts: object) -> str:
        """Return the Idempotency-Key of a command of this story."""
        return "-".join(map(str, ("demo", self.year, *parts)))

    def hold(self, meeting: Story, day: date, agenda: list[dict[str, str]], key: str) -> str:
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

    def settle(self) -> None:
        """Wait until every service has taken in, and scoring folded, what was published."""
        self.wait_for("各服务处理完毕", self.client.is_caught_up)

    def wait_for(self, what: str, done: Callable[[], bool]) -> None:
        """Wait until something that follows by itself has happened."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not done():
            if time.monotonic() > deadline:
                raise StackError(f"the demo waited {_PATIENCE_SECONDS:.0f} s in vain for: {what}")
            time.sleep(0.02)


def morning_of(day: date) -> datetime:
    """Return nine in the morning of a county day."""
    return datetime.combine(day, _MORNING, COUNTY_ZONE)
