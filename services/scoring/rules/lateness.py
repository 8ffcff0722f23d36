"""`lateness`: points by how many days late, by a table that is not linear: 1 day −3, 2 days −10, 3 days or more −20."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Evidence,
    Facts,
    Input,
    Score,
    ScoredRule,
    Strict,
    asked_at_adoption,
    clamped,
    limits_text,
    not_applicable,
    signed,
)  # fmt: skip
from services.scoring.rules.matching import EventMatch
from services.scoring.rules.numbers import Points, Whole, plain
from shared.clock import Day, county_date
from shared.contracts.envelope import Event
from shared.contracts.tasks import (
    AssignmentReassigned,
    ReportSubmitted,
    ReportWithdrawn,
    TaskCancelled,
    TaskFact,
    TaskReopened,
    TaskSuspended,
)
from shared.workdays import UnknownYearError, Workdays, YearCalendar

_ENDS: Mapping[str, tuple[str, str]] = {
    "tasks.assignment-completed": ("assignment_due_on", "done_at"),
    "tasks.report-submitted": ("due_at", "submitted_at"),
}
"""Events that say how late something was: the fields of the day that was due and of the moment that was kept."""

_VOIDING = (TaskReopened, TaskCancelled, TaskSuspended)


class LatePoints(Strict):
    """From so many days late on, so many points."""

    days: Whole = Field(ge=1, le=1_000_000)
    points: Points


class OfficeYear(Strict):
    """The county's calendar of a year, where it differs from the national one or that one is not published yet."""

    days_off: tuple[Day, ...] = ()
    working_days: tuple[Day, ...] = ()


class LateMatch(EventMatch):
    """Which events say how late something was."""

    @model_validator(mode="after")
    def _check_event(self) -> Self:
        if self.event not in _ENDS:
            raise ValueError(f"event: {self.event} does not say how late it was; {', '.join(sorted(_ENDS))} do")
        return self


class Lateness(ScoredRule):
    """Points by days late."""

    kind: Literal["lateness"]
    match: tuple[LateMatch, ...] = Field((LateMatch(event="tasks.assignment-completed"),), min_length=1)
    table: tuple[LatePoints, ...] = Field(min_length=1, description="Ascending by days; before the first line nothing.")
    days: Literal["calendar", "working"] = "calendar"
    calendar: dict[Whole, OfficeYear] = Field({}, description="With working days: the county's own calendar, by year.")
    base: Points | None = Field(None, description="Where it begins; full marks if absent.")
    floor: Points = ZERO

    @property
    def compares(self) -> bool:
        """Return whether others' tallies matter: never."""
        return False

    @asked_at_adoption
    def _check_table(self) -> None:
        days = [line.days for line in self.table]
        if days != sorted(set(days)):
            raise ValueError("table: the lines must ascend by days, each once")

    @cached_property
    def _workdays(self) -> Workdays:
        years = {year: YearCalendar(frozenset(own.days_off), frozenset(own.working_days))
                 for year, own in self.calendar.items()}  # fmt: skip
        return Workdays(years)

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[LateMatch, ...]]:
        types = {match.event_type for match in self.match}
        return {kind: tuple(match for match in self.match if match.event_type == kind) for kind in types}

    def unknown_years(self, years: Iterable[int]) -> list[int]:
        """Return the years whose working days nobody has said, of those that are counted."""
        return [] if self.days == "calendar" else [year for year in years if not self._workdays.knows(year)]

    def watched(self) -> Iterable[str]:
        """Return what says how late, and what makes it void."""
        tasks = any("assignment" in match.event for match in self.match)
        voiding = (*_VOIDING, AssignmentReassigned) if tasks else ()
        reports = (ReportWithdrawn,) if any("report" in match.event for match in self.match) else ()
        return {*self._by_type, *(payload.event_type for payload in (*voiding, *reports))}

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return a line per assignment or report that was finished; one that is taken up again is void."""
        told = event.data
        if isinstance(told, ReportWithdrawn):
            return [_withdrawn(told)]
        if isinstance(told, ReportSubmitted) and told.submission > 1:
            return []  # how late a report was is settled by its first submission
        if isinstance(told, _VOIDING):
            return [_void(part.unit, told) for part in told.assignments]
        if isinstance(told, AssignmentReassigned):
            taken_over = () if told.absorbed else (told.unit,)
            return [_void(unit, told) for unit in (told.previous_unit, *taken_over)]
        return [
            self._line(match, telling.unit, telling.data)
            for match in self._by_type.get(event.type, ())
            for telling in match.taken(event)
        ]

    def _line(self, match: LateMatch, unit: str, told: Any) -> Evidence:  # noqa: ANN401 - one of the payloads in _ENDS
        due, done = (getattr(told, name) for name in _ENDS[match.event])
        late, unit_of_time = self._late(
            due if type(due) is date else county_date(due), county_date(done), told.days_late
        )
        points = self.points_for(late)
        source = f"task:{told.task_id}" if isinstance(told, TaskFact) else f"report:{told.report_id}"
        words = f"逾期{late}个{unit_of_time}，{plain(points)} 分" if late else "按期"
        subject = f"任务“{told.title}”" if isinstance(told, TaskFact) else f"报表“{told.definition}”{told.period}"
        return Evidence(unit, source, ONE, points, "late" if late else "on-time", f"{subject}：{words}", earned_at=done)

    def _late(self, due: date, done: date, calendar_days: int) -> tuple[int, str]:
        if self.days == "calendar" or calendar_days == 0:
            return calendar_days, "自然日"
        try:
            return self._workdays.between(due, done), "工作日"
        except UnknownYearError as unknown:
            return calendar_days, f"自然日（{unknown.year}年工作日历未定）"

    def points_for(self, days: int) -> Decimal:
        """Return what so many days late give or take."""
        points = ZERO
        for line in self.table:
            if days >= line.days:
                points = line.points
        return points

    def score(self, unit: str, facts: Facts) -> Score:
        """Return base plus all points, between floor and full marks; not applicable where nothing was finished."""
        tally = facts.tally(unit)
        if tally.lines == 0:
            return not_applicable("没有已办结的计时事项")
        base = self.max if self.base is None else self.base
        points = clamped(base + tally.points, self.floor, self.max)
        formula = f"{plain(base)} {signed(tally.points)}{limits_text(self.floor, self.max)}"
        inputs = (Input("计时事项", Decimal(tally.lines)), Input("加减分合计", tally.points))
        return Score(points, formula, inputs, None if points >= self.max else "全部按期办结")


def _withdrawn(report: ReportWithdrawn) -> Evidence:
    text = f"报表“{report.definition}”{report.period}：免报，不计"
    return Evidence(report.unit, f"report:{report.report_id}", ONE, ZERO, "void", text, counts=False)


def _void(unit: str, task: TaskFact) -> Evidence:
    return Evidence(
        unit, f"task:{task.task_id}", ONE, ZERO, "void", f"任务“{task.title}”：重新办理、撤销或转交，不计", counts=False
    )
