"""Tasks and their assignments: rows, the state machine, and the rules that follow from both.

A task is the aggregate: it has one lead assignment and any number of cooperating ones, each with a state of its own.
The task's state is derived from theirs and never set (永政办发〔2009〕106号 二.2, 二.4: each unit answers for its
part of the key tasks; the coordination meeting checks the completion of the whole).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from services.tasks.transitions import Transition, TransitionTable
from shared.auth import Role
from shared.clock import county_date, days_late, end_of_county_day
from shared.contracts import tasks as facts


class State(StrEnum):
    """States of an assignment; a task's derived state is one of them too."""

    ASSIGNED = "assigned"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    COMPLETION_REQUESTED = "completion_requested"
    COMPLETED = "completed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


OPEN = frozenset({State.ASSIGNED, State.ACKNOWLEDGED, State.IN_PROGRESS})
"""States in which the unit still owes its part; a requested completion waits for the office, not for the unit."""

_OFFICE = frozenset({Role.OFFICE})
_UNIT = frozenset({Role.UNIT})
_UNIT_OR_OFFICE = _UNIT | _OFFICE
"""The office may enter what a unit handed in on paper."""

ASSIGNMENT_TRANSITIONS = TransitionTable(
    Transition("acknowledge", frozenset({State.ASSIGNED}), State.ACKNOWLEDGED, _UNIT_OR_OFFICE),
    Transition("progress", frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS}), State.IN_PROGRESS, _UNIT_OR_OFFICE),
    Transition(
        "request-completion",
        frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS}),
        State.COMPLETION_REQUESTED,
        _UNIT_OR_OFFICE,
    ),
    Transition("complete", frozenset({State.COMPLETION_REQUESTED}), State.COMPLETED, _OFFICE),
    Transition("send-back", frozenset({State.COMPLETION_REQUESTED}), State.IN_PROGRESS, _OFFICE),
    Transition("bounce", frozenset({State.ASSIGNED, State.ACKNOWLEDGED}), State.BOUNCED, _UNIT),
    Transition("reopen", frozenset({State.COMPLETED}), State.IN_PROGRESS, _OFFICE),
)
"""The state machine of an assignment: code, refusals (409) and tests follow this table."""

TASK_TRANSITIONS = TransitionTable(
    Transition("cancel", frozenset(State) - {State.COMPLETED, State.CANCELLED}, State.CANCELLED, _OFFICE),
)
"""Transitions of a whole task; reopening a task is the reopening of completed assignments."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A unit's share of a task."""

    task_id: UUID
    unit: str
    role: facts.Role
    due_on: date
    state: str = State.ASSIGNED
    percent: int = 0
    requested_at: datetime | None = None
    done_at: datetime | None = None
    overdue_at: datetime | None = None

    @property
    def due_moment(self) -> datetime:
        """Return the instant at which the due date ends: 24:00 in the county."""
        return end_of_county_day(self.due_on)

    @property
    def days_late(self) -> int | None:
        """Return by how many calendar days the accepted request missed the due date; None while not completed."""
        return None if self.done_at is None else days_late(self.done_at, self.due_on)

    def lapsed(self, now: datetime) -> bool:
        """Return whether the due date has ended with the part still owed, and nobody has noted that yet."""
        return self.state in OPEN and self.overdue_at is None and self.due_on < county_date(now)

    def noted_overdue(self) -> "Assignment":
        """Return the assignment with the lapse noted; that happens once, whatever follows."""
        return replace(self, overdue_at=self.due_moment)

    def after(self, transition: Transition, at: datetime, percent: int | None = None) -> "Assignment":
        """Return the assignment after a transition at `at`.

        It is done when the unit asked for completion, not when the office accepted: the unit does not answer for the
        office's days.
        """
        moved = replace(self, state=transition.target, percent=self.percent if percent is None else percent)
        match transition.name:
            case "request-completion":
                return replace(moved, requested_at=at)
            case "complete":
                return replace(moved, done_at=self.requested_at)
            case "send-back" | "reopen":
                return replace(moved, requested_at=None, done_at=None)
            case _:
                return moved


@dataclass(frozen=True, slots=True)
class Task:
    """A task with its assignments, the lead first."""

    id: UUID
    source_kind: facts.SourceKind
    source_id: str
    title: str
    text: str | None
    text_digest: str | None
    text_link: str | None
    leader_post: str | None
    weight: Decimal
    tags: tuple[str, ...]
    due_on: date
    state: str
    version: int
    correlation_id: str
    assigned_at: datetime
    assignments: tuple[Assignment, ...] = ()

    def of_unit(self, unit: str) -> Assignment | None:
        """Return the unit's assignment, if it has one."""
        return next((each for each in self.assignments if each.unit == unit), None)

    def with_assignments(self, changed: Sequence[Assignment]) -> "Task":
        """Return the task with these assignments in place of their former selves, and the state that follows."""
        newer = {each.unit: each for each in changed}
        assignments = tuple(newer.get(each.unit, each) for each in self.assignments)
        return replace(self, assignments=assignments, state=derive(assignments).state)

    def at_version(self, version: int) -> "Task":
        """Return the task at another version of its event line."""
        return replace(self, version=version)

    def allowed(self, role: Role) -> list[str]:
        """Return what `role` may do with the whole task now."""
        completed = any(each.state == State.COMPLETED for each in self.assignments)
        reopen = ["reopen"] if completed and role in ASSIGNMENT_TRANSITIONS.named("reopen").roles else []
        return [*reopen, *TASK_TRANSITIONS.allowed(self.state, role)]


@dataclass(frozen=True, slots=True)
class Derived:
    """A task's state and why it is that."""

    state: State
    reason: str


def needed(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Return what must be completed for the task to be: the lead's part and each cooperating part not bounced."""
    return [each for each in assignments if each.role == "lead" or each.state != State.BOUNCED]


def derive(assignments: Sequence[Assignment]) -> Derived:
    """Return the task's state from its assignments; the first rule that fits decides."""
    parts = needed(assignments)
    states = {State(each.state) for each in parts}
    lead = next(each for each in assignments if each.role == "lead")
    if states == {State.CANCELLED}:
        return Derived(State.CANCELLED, "the task is void")
    if lead.state == State.BOUNCED:
        return Derived(State.BOUNCED, f"the lead {lead.unit} gave it back as not its own: the office decides")
    return Derived(_common_state(states), _spelled_out(assignments))


def _common_state(states: set[State]) -> State:
    if states == {State.COMPLETED}:
        return State.COMPLETED
    if states <= {State.COMPLETED, State.COMPLETION_REQUESTED}:
        return State.COMPLETION_REQUESTED
    if states & {State.IN_PROGRESS, State.COMPLETION_REQUESTED, State.COMPLETED}:
        return State.IN_PROGRESS
    return State.ACKNOWLEDGED if State.ACKNOWLEDGED in states else State.ASSIGNED


def _spelled_out(assignments: Sequence[Assignment]) -> str:
    return "; ".join(
        f"{each.role} {each.unit} {each.state}{' (does not count)' if each.state == State.BOUNCED else ''}"
        for each in assignments
    )


def done_at(assignments: Sequence[Assignment]) -> datetime:
    """Return when the last needed part of a completed task was done."""
    return max(each.done_at for each in needed(assignments) if each.done_at is not None)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of a task's history: what its event of this version did to one unit's part, or to the whole."""

    task_id: UUID
    version: int
    unit: str | None
    transition: str
    from_state: str | None
    to_state: str
    occurred_at: datetime
    subject: str
    role: str
    acting_unit: str | None
    reason: str | None = None
    note: str | None = None
    percent: int | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """What the caller says with a transition: why, a note, how far along (per cent)."""

    reason: str | None = None
    note: str | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task as it is to be assigned; text either kept here or by its owner (digest and link)."""

    source_kind: facts.SourceKind
    source_id: str
    title: str
    weight: Decimal
    tags: tuple[str, ...]
    due_on: date
    lead_unit: str
    cooperating_units: tuple[str, ...]
    leader_post: str | None = None
    text: str | None = None
    text_digest: str | None = None
    text_link: str | None = None
