"""Problems: rows and the state machine. Pure.

Source: 永政办发〔2009〕106号 二.2: special meetings coordinate and settle the prominent problems of the industry.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.tasks.transitions import Transition, TransitionTable
from shared.auth import Role


class ProblemState(StrEnum):
    """States of a problem."""

    RAISED = "raised"
    ESCALATED = "escalated"
    RETURNED = "returned"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"


_OFFICE = frozenset({Role.OFFICE})
_UNIT_OR_OFFICE = frozenset({Role.UNIT, Role.OFFICE})
_WITH_OFFICE = frozenset({ProblemState.RAISED, ProblemState.RETURNED})
_UNSETTLED = _WITH_OFFICE | {ProblemState.ESCALATED}

PROBLEM_TRANSITIONS = TransitionTable(
    Transition("escalate", _WITH_OFFICE, ProblemState.ESCALATED, _OFFICE, "提请专题会议"),
    Transition("resolve", _UNSETTLED, ProblemState.RESOLVED, _OFFICE, "办结"),
    Transition("withdraw", _UNSETTLED, ProblemState.WITHDRAWN, _UNIT_OR_OFFICE, "撤回"),
    Transition("return", frozenset({ProblemState.ESCALATED}), ProblemState.RETURNED, frozenset(), "退回办公室"),
)
"""The state machine of a problem; only a meeting's decision returns one to the office."""


@dataclass(frozen=True, slots=True)
class ProblemDraft:
    """A problem as it is raised."""

    title: str
    text: str
    unit: str
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem; `resolution` is kept here or, where a meeting decided, read under `resolution_link`."""

    id: UUID
    title: str
    text: str
    unit: str
    sectors: tuple[str, ...]
    state: str
    version: int
    raised_at: datetime
    escalated_at: datetime | None
    closed_at: datetime | None
    resolution: str | None
    resolution_link: str | None
    meeting_id: UUID | None
    last_decision: str | None
    task_id: UUID | None
    correlation_id: str

    def escalated(self, at: datetime) -> "Problem":
        """Return the problem before a special meeting."""
        return replace(self, state=ProblemState.ESCALATED, escalated_at=at)

    def resolved(self, at: datetime, resolution: str | None, meeting: UUID | None, link: str | None) -> "Problem":
        """Return the problem settled."""
        return replace(
            self,
            state=ProblemState.RESOLVED,
            closed_at=at,
            resolution=resolution,
            meeting_id=meeting,
            resolution_link=link,
        )

    def returned(self) -> "Problem":
        """Return the problem with the office again."""
        return replace(self, state=ProblemState.RETURNED)

    def withdrawn(self, at: datetime) -> "Problem":
        """Return the problem taken back."""
        return replace(self, state=ProblemState.WITHDRAWN, closed_at=at)

    def with_task(self, task_id: UUID) -> "Problem":
        """Return the problem with the task that was made of it."""
        return replace(self, task_id=task_id)


@dataclass(frozen=True, slots=True)
class ProblemEntry:
    """One line of a problem's history."""

    problem_id: UUID
    version: int
    transition: str
    from_state: str | None
    to_state: str
    occurred_at: datetime
    subject: str
    role: str
    acting_unit: str | None
    note: str | None = None
    id: int = 0
