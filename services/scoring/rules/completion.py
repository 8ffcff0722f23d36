"""`completion`: how much of the work that was assigned is done, and how late.

Σ(weight × role share × done × lateness factor) ÷ Σ(weight × role share) × max, over the unit's assignments.
A suspended task (中止) rests: it counts neither as done nor as open. Reassigned work counts for who has it now.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field

from services.scoring.rules.base import (
    EXACT,
    ONE,
    ZERO,
    Evidence,
    Facts,
    Input,
    Score,
    ScoredRule,
    Strict,
    asked_at_adoption,
    not_applicable,
)  # fmt: skip
from services.scoring.rules.numbers import Factor, Points, Whole, plain
from shared.contracts.envelope import Event
from shared.contracts.tasks import (
    AssignmentBounced,
    AssignmentCompleted,
    AssignmentFact,
    AssignmentPart,
    AssignmentReassigned,
    Role,
    SourceKind,
    TaskAssigned,
    TaskCancelled,
    TaskFact,
    TaskReopened,
    TaskResumed,
    TaskSuspended,
)

ROLE_NAMES: Mapping[Role, str] = {"lead": "牵头", "cooperating": "配合"}


class Shares(Strict):
    """How much of a task's weight counts for each role."""

    lead: Factor = ONE
    cooperating: Factor = Decimal("0.5")


class LatenessStep(Strict):
    """From so many calendar days late on, what is done counts only in part."""

    days: Whole = Field(ge=1, le=1_000_000)
    factor: Factor


class TaskMatch(Strict):
    """Which tasks a criterion looks at; an empty list means all."""

    tags: tuple[str, ...] = ()
    source_kinds: tuple[SourceKind, ...] = ()
    roles: tuple[Role, ...] = ()

    @cached_property
    def _tags(self) -> frozenset[str]:
        return frozenset(self.tags)

    def takes(self, task: TaskFact, role: Role) -> bool:
        """Return whether a unit's share in this role of this task is meant."""
        return (
            (not self.tags or not self._tags.isdisjoint(task.tags))
            and (not self.source_kinds or task.source_kind in self.source_kinds)
            and (not self.roles or role in self.roles)
        )


class _Mark(NamedTuple):
    """What became of an assignment, in the words of the ledger."""

    rule: str
    text: str
    factor: Decimal = ZERO
    counts: bool = True
    earned_at: datetime | None = None


_ASSIGNED = _Mark("assigned", "已交办，未办结")
_BOUNCED = _Mark("bounced", "退回，不计", counts=False)
_CANCELLED = _Mark("cancelled", "任务撤销，不计", counts=False)
_REOPENED = _Mark("reopened", "重新办理，原得分收回")
_SUSPENDED = _Mark("suspended", "任务中止，暂不计", counts=False)
_RESUMED = _Mark("resumed", "恢复办理，未办结")
_MOVED_TO = _Mark("reassigned-to", "转来办理，未办结")
_MOVED_AWAY = _Mark("reassigned-away", "转交其他单位，不计", counts=False)

_OF_ALL_NAMED: Mapping[type[TaskFact], _Mark] = {
    TaskAssigned: _ASSIGNED,
    TaskCancelled: _CANCELLED,
    TaskReopened: _REOPENED,
    TaskSuspended: _SUSPENDED,
    TaskResumed: _RESUMED,
}


class Completion(ScoredRule):
    """Completion of assigned tasks."""

    event_types: ClassVar[tuple[str, ...]] = (
        AssignmentCompleted.event_type,
        AssignmentBounced.event_type,
        AssignmentReassigned.event_type,
        *(payload.event_type for payload in _OF_ALL_NAMED),
    )

    kind: Literal["completion"]
    shares: Shares = Shares()
    lateness: tuple[LatenessStep, ...] = Field((), description="Ascending by days; before the first step all counts.")
    match: TaskMatch = TaskMatch()
    sharing: Literal["roles", "averaged"] = Field(
        "roles",
        description="roles: each unit earns by its own share. averaged: a task's result is the mean over the assessed "
        "units that share it, and counts so for each.",
    )
    floor: Points = Field(ZERO, description="Whoever has assignments gets at least this.")

    @property
    def compares(self) -> bool:
        """Return whether others' tallies matter: of those that share a task."""
        return self.sharing == "averaged"

    @asked_at_adoption
    def _check_steps(self) -> None:
        days = [step.days for step in self.lateness]
        if days != sorted(set(days)):
            raise ValueError("lateness: the steps must ascend by days, each once")

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the unit's open, done or void share for each assignment that the event names."""
        told = event.data
        if type(told) is AssignmentCompleted:
            return self._shares(told, [(told.unit, told.role, self._done(told))])
        mark = _OF_ALL_NAMED.get(type(told))
        if mark is not None:
            return self._shares(told, [(part.unit, part.role, mark) for part in told.assignments])
        return self._shares(told, list(_single(told)))

    def lateness_factor(self, days_late: int) -> Decimal:
        """Return what part of the share counts after so many days."""
        factor = ONE
        for step in self.lateness:
            if days_late >= step.days:
                factor = step.factor
        return factor

    def score(self, unit: str, facts: Facts) -> Score:
        """Return the done part of the unit's weight times full marks; not applicable without any assignment."""
        weight, points = self._sums(unit, facts)
        if weight == ZERO:
            return not_applicable("没有承担计入本项的任务")
        inputs = (Input("已完成（折算后）", points), Input("应完成", weight))
        formula = f"{plain(points)} ÷ {plain(weight)} × {plain(self.max)}"
        if self.floor:
            formula += f"，不低于 {plain(self.floor)}"
        wanted = f"还差权重 {plain(weight - points)} 的任务按期办结" if points < weight else None
        return Score(max(self.floor, points * self.max / weight), formula, inputs, wanted)

    def _sums(self, unit: str, facts: Facts) -> tuple[Decimal, Decimal]:
        tally = facts.tally(unit)
        if self.sharing == "roles":
            return tally.weight, tally.points
        weight, points = ZERO, ZERO
        for part, mine in tally.parts.items():
            if mine.weight:
                weight += mine.weight
                points += mine.weight * _mean_done(part, facts)
        return weight, points

    def _done(self, done: AssignmentCompleted) -> _Mark:
        factor = self.lateness_factor(done.days_late)
        if done.days_late:
            words = f"逾期{done.days_late}天办结，按{plain(factor)}计"
            return _Mark("completed-late", words, factor, earned_at=done.done_at)
        return _Mark("completed", "按期办结", factor, earned_at=done.done_at)

    def _shares(self, task: TaskFact, parts: Iterable[tuple[str, Role, _Mark]]) -> Iterator[Evidence]:
        source_key = f"task:{task.task_id}"
        for unit, role, mark in parts:
            if self.match.takes(task, role):
                share = EXACT.multiply(task.weight, self.shares.lead if role == "lead" else self.shares.cooperating)
                yield Evidence(
                    unit,
                    source_key,
                    share,
                    EXACT.multiply(share, mark.factor),
                    mark.rule,
                    f"{ROLE_NAMES[role]}任务“{task.title}”：{mark.text}",
                    mark.counts,
                    mark.earned_at,
                    source_key if self.sharing == "averaged" else "",
                )


def _single(told: AssignmentPart | AssignmentFact) -> Iterator[tuple[str, Role, _Mark]]:
    if isinstance(told, AssignmentBounced):
        yield told.unit, told.role, _BOUNCED
    elif isinstance(told, AssignmentReassigned):
        if not told.absorbed:
            yield told.unit, told.role, _MOVED_TO
        if told.previous_unit != told.unit:
            yield told.previous_unit, told.role, _MOVED_AWAY


def _mean_done(part: str, facts: Facts) -> Decimal:
    """Return the mean, over the assessed units that share a task, of how much of it is done."""
    shares = [tally.parts[part] for tally in facts.tallies.values() if part in tally.parts]
    ratios = [share.points / share.weight for share in shares if share.weight]
    return sum(ratios, ZERO) / len(ratios)
