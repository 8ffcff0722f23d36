"""`xietiao demo`: plays a short county year through the public APIs, on the stack's settable clock.

The story stands in `deploy/seed/demo-year.yaml`. Each step happens on its day at nine in the morning; the office
answers a unit's request two days later. At the end the clock is the machine's again.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
import yaml

from deploy.local import clock
from deploy.local.client import Client
from deploy.local.demo_course import instructions
from deploy.local.demo_cycle import DivisionPlan, Meetings, ProblemCase
from deploy.local.demo_methods import Simulation, adjustments, adoptions, score_sheets
from deploy.local.demo_reports import Reporting
from deploy.local.demo_results import CityEvaluation, Closing
from deploy.local.demo_year import Step, Year
from deploy.local.errors import StackError
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.progress import Progress
from deploy.local.stack import Stack
from shared.clock import county_date, system_clock
from shared.workbook import shown_width

SEED = REPOSITORY / "deploy" / "seed"
STORY = SEED / "demo-year.yaml"

_NAME_WIDTH = 26

PlayedYear = Annotated[
    int | None,
    typer.Option("--year", min=2011, max=2199, show_default=False, help="The year that is played; this one."),
]


def demo(data: DataFolder = DEFAULT_DATA, year: PlayedYear = None) -> None:
    """Play a short county year through the public APIs, and show the published results that it ends in."""
    layout = Layout.of(data)
    layout.require()
    progress = Progress()
    client = Client(Stack.of(layout).services)
    story = _read_story()
    played = Year(layout, client, progress, year or county_date(system_clock()).year)
    _refuse_second_time(client, played.year, story)
    closings = [Closing(played, entry) for entry in story["closings"]]
    try:
        played.play(_steps(played, story, closings))
        played.settle()
    finally:
        clock.reset(layout)
    progress.step("done", f"the year {played.year} is played; the clock is the machine's again")
    by_document = {entry["file"] for entry in story["methods"] if "document" in entry}
    for closing in (each for each in closings if each.method in by_document):
        _show(closing)


def _read_story() -> dict[str, Any]:
    """Return the story with every scalar as it is written: `on` is a key here, not a truth value."""
    story: dict[str, Any] = yaml.load(STORY.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes strings, lists and maps only
    return story


def _refuse_second_time(client: Client, year: int, story: dict[str, Any]) -> None:
    titles = {meeting["title"] for meeting in story["meetings"]}
    held = client.get("meetings", "/v1/meetings", year=year, limit=200)["items"]
    if any(meeting["title"] in titles for meeting in held):
        raise StackError(
            f"the year {year} has been played in this stack already; play it in a fresh one with --data DIR"
        )


def _steps(year: Year, story: dict[str, Any], closings: list[Closing]) -> Iterator[Step]:
    plan = DivisionPlan(year, story["plan"])
    yield _townships(year, story["townships"])
    yield from adoptions(year, story["methods"])
    yield from plan.steps()
    yield from Meetings(year, story["meetings"], plan).steps()
    yield from ProblemCase(year, story["problem"]).steps()
    yield from instructions(year, story["instructions"])
    for definition in (*story["reports"], *story["townships"]["reports"]):
        yield from Reporting(year, definition).steps()
    yield from adjustments(year, story["adjustments"])
    yield from score_sheets(year, story["scores"])
    for closing in closings:
        yield from closing.steps()
    yield from CityEvaluation(year, story["city"]).steps()
    yield from Simulation(year, story["simulation"]).steps()


def _townships(year: Year, story: dict[str, Any]) -> Step:
    """Return the registration of the demo's townships; those of an earlier year's demo are there already."""
    content = (SEED / story["file"]).read_bytes()

    def register() -> None:
        plan = year.client.send("registry", "/v1/imports", content, name=story["file"])
        if not plan["can_be_applied"]:
            raise StackError(f"{story['file']} cannot be imported: import {plan['id']} says which rows are bad")
        year.client.post("registry", f"/v1/imports/{plan['id']}/apply", {})
        year.settle()
        year.learn_names()

    return Step(year.day(story["on"]), register, "登记演示用乡镇（名称虚构，文件没有列出乡镇）")


def _show(closing: Closing) -> None:
    typer.echo(f"\n{closing.title}")
    typer.echo(" 名次      总分  单位                      等次")
    for place in closing.places:
        name = place["unit"]["name"]
        gap = " " * (_NAME_WIDTH - shown_width(name))
        typer.echo(f"{place['rank'] or '—':>5}  {place.get('total', '—'):>8}  {name}{gap}{place.get('grade', '')}")
