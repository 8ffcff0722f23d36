"""What a list of tasks may be asked for. Pure."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from uuid import UUID

from services.tasks.domain import Task
from services.tasks.states import State
from services.tasks.supervision.lights import LightRule
from shared.contracts import tasks as facts

NEAR_DAYS = 5
"""Working days before the due date from which a light is yellow."""

Sort = Literal["newest", "due"]
LightName = Literal["green", "yellow", "red", "unknown"]


@dataclass(frozen=True, slots=True)
class TaskSearch:
    """Which tasks are asked for; None or empty means any."""

    states: tuple[State, ...] = ()
    unit: str | None = None
    role: facts.Role | None = None
    part_states: tuple[State, ...] = ()
    source_kind: facts.SourceKind | None = None
    source_id: str | None = None
    plan: UUID | None = None
    tag: str | None = None
    leader_post: str | None = None
    parent: UUID | None = None
    due_from: date | None = None
    due_to: date | None = None
    light: LightName | None = None
    q: str | None = None
    sort: Sort = "newest"
    rule: LightRule = field(default=LightRule(date.min, None))

    @property
    def plain(self) -> bool:
        """Return whether only what the plain list takes is asked for: the hot path has the shorter statement."""
        only = TaskSearch(self.states, self.unit, self.role, source_id=self.source_id, rule=self.rule)
        return self == only and len(self.states) <= 1

    @property
    def drafts(self) -> bool:
        """Return whether drafts are asked for, which only the office sees."""
        return State.DRAFT in self.states


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of the tasks that were found have a value."""

    facet: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """After which task a page begins: its due date (if sorted by that) and id."""

    id: UUID | None = None
    due_on: date | None = None


def due_of(task: Task, unit: str | None) -> date:
    """Return the day by which a task is sorted: that of the unit's part, if a unit is asked for."""
    part = None if unit is None else task.of_unit(unit)
    return task.due_on if part is None else part.due_on
