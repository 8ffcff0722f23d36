"""`completion`: how much of the work that was assigned is done, and how late.

Σ(weight × role share × done × lateness factor) ÷ Σ(weight × role share) × max, over the unit's assignments.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from services.scoring.rules.base import EMPTY, ZERO, Evidence, Rule, Score, Strict, Tally, plain
from shared.contracts.envelope import Event
from shared.contracts.tasks import (
    AssignmentBounced,
    AssignmentCompleted,
    AssignmentFact,
    AssignmentPart,
    Role,
    SourceKind,
    TaskAssigned,
    TaskCancelled,
    TaskFact,
    TaskReopened,
)

Factor = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]

ROLE_NAMES: Mapping[Role, str] = {"lead": "牵头", "cooperating": "配合"}


class Shares(Strict):
    """How much of a task's weight counts for each role."""

    lead: Factor = Decimal(1)
    cooperating: Factor = Decimal("0.5")


class LatenessStep(Strict):
    """From so many calendar days late on, what is done counts only in part."""

    days: int = Field(ge=1)
    factor: Factor


class TaskMatch(Strict):
    """Which tasks a criterion looks at; an empty list means all."""

    tags: tuple[str, ...] = ()
    source_kinds: tuple[SourceKind, ...] = ()
    roles: tuple[Role, ...] = ()

    def takes(self, task: TaskFact, role: Role) -> bool:
        """Return whether a unit's share in this role of this task is meant."""
        return (
            (not self.tags or not set(self.tags).isdisjoint(task.tags))
            and (not self.source_kinds or task.source_kind in self.source_kinds)
            and (not self.roles or role in self.roles)
        )


class Completion(Rule):
    """Completion of assigned tasks."""

    event_types: ClassVar[tuple[str, ...]] = tuple(
        payload.event_type
        for payload in (TaskAssigned, AssignmentCompleted, TaskReopened, TaskCancelled, AssignmentBounced)
    )

    kind: Literal["completion"]
    shares: Shares = Shares()
    lateness: tuple[LatenessStep, ...] = Field((), description="Ascending by days; before the first step all counts.")
    match: TaskMatch = TaskMatch()

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        days = [step.days for step in self.lateness]
        if days != sorted(set(days)):
            raise ValueError("lateness: the steps must ascend by days, each once")
        return self

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the unit's open, done or void share for each assignment that the event names."""
        match event.data:
            case AssignmentCompleted() as done:
                return self._shares(done, [done], self._done(done))
            case TaskAssigned() as assigned:
                return self._shares(assigned, assigned.assignments, _Mark("assigned", "已交办，未办结"))
            case AssignmentBounced() as bounced:
                return self._shares(bounced, [bounced], _Mark("bounced", "退回，不计", counts=False))
            case TaskCancelled() as cancelled:
                return self._shares(
                    cancelled, cancelled.assignments, _Mark("cancelled", "任务撤销，不计", counts=False)
                )
            case TaskReopened() as reopened:
                return self._shares(reopened, reopened.assignments, _Mark("reopened", "重新办理，原得分收回"))
            case _:
                return ()

    def lateness_factor(self, days_late: int) -> Decimal:
        """Return what part of the share counts after so many days."""
        factor = Decimal(1)
        for step in self.lateness:
            if days_late >= step.days:
                factor = step.factor
        return factor

    def score(self, unit: str, tallies: Mapping[str, Tally]) -> Score:
        """Return the done part of the unit's weight times full marks; not applicable without any assignment."""
        tally = tallies.get(unit, EMPTY)
        if tally.weight == ZERO:
            return Score(None, "没有承担计入本项的任务")
        points = tally.points / tally.weight * self.max
        return Score(points, f"{plain(tally.points)} ÷ {plain(tally.weight)} × {plain(self.max)}")

    def _done(self, done: AssignmentCompleted) -> "_Mark":
        factor = self.lateness_factor(done.days_late)
        if done.days_late:
            words = f"逾期{done.days_late}天办结，按{plain(factor)}计"
            return _Mark("completed-late", words, factor, earned_at=done.done_at)
        return _Mark("completed", "按期办结", factor, earned_at=done.done_at)

    def _shares(
        self, task: TaskFact, parts: Iterable[AssignmentPart | AssignmentFact], mark: "_Mark"
    ) -> Iterator[Evidence]:
        for part in parts:
            if self.match.takes(task, part.role):
                share = task.weight * (self.shares.lead if part.role == "lead" else self.shares.cooperating)
                yield Evidence(
                    part.unit,
                    f"task:{task.task_id}",
                    share,
                    share * mark.factor,
                    mark.rule,
                    f"{ROLE_NAMES[part.role]}任务“{task.title}”：{mark.text}",
                    mark.counts,
                    mark.earned_at,
                )


class _Mark:
    """What became of an assignment, in the words of the ledger."""

    __slots__ = ("counts", "earned_at", "factor", "rule", "text")

    def __init__(
        self, rule: str, text: str, factor: Decimal = ZERO, *, counts: bool = True, earned_at: datetime | None = None
    ) -> None:
        self.rule, self.text, self.factor, self.counts, self.earned_at = rule, text, factor, counts, earned_at
