"""A request for a transition, and who may make one. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.tasks.domain import Task
from services.tasks.errors import AssignmentNotFoundError, IllegalTransitionError
from services.tasks.states import ASSIGNMENT_TRANSITIONS, TASK_TRANSITIONS
from shared.auth import Principal, Role
from shared.errors import FieldFault, ForbiddenError, invalid

RequestState = Literal["asked", "granted", "refused", "withdrawn"]

_ALL = {**ASSIGNMENT_TRANSITIONS.transitions, **TASK_TRANSITIONS.transitions}
REQUESTABLE = tuple(name for name, transition in _ALL.items() if transition.requestable)
"""Names of the transitions that may be asked for, in the order of the state machine."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a transition of one unit's part, or of the whole task if no unit is named."""

    transition: str
    unit: str | None
    to_unit: str | None
    reason: str
    attachments: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TransitionRequest:
    """A request, and what the office decided."""

    id: UUID
    task_id: UUID
    unit: str | None
    transition: str
    to_unit: str | None
    reason: str
    attachments: tuple[UUID, ...]
    state: RequestState
    asked_by: str
    asked_role: str
    asked_unit: str | None
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None


def require_may_ask(principal: Principal, task: Task, wanted: Wanted) -> None:
    """Refuse a unit that asks for another's part, or for a whole task that it does not lead; a leader asks for any."""
    if principal.role is Role.LEADER:
        return
    concerned = task.lead.unit if wanted.unit is None else wanted.unit
    if principal.unit != concerned:
        what = "its lead unit" if wanted.unit is None else f"unit {concerned} itself"
        raise ForbiddenError(f"only {what} or a leader may ask for this; the office makes the transition itself")


def require_possible(task: Task, wanted: Wanted) -> None:
    """Refuse what the present state does not allow, naming what could be asked for."""
    if wanted.unit is None:
        what, state, possible = "the task", task.state, task.requestable()
    else:
        part = task.of_unit(wanted.unit)
        if part is None:
            raise AssignmentNotFoundError(task.id, wanted.unit, [each.unit for each in task.assignments])
        what, state = f"the assignment of {part.unit}", part.state
        possible = ASSIGNMENT_TRANSITIONS.requestable(part.state)
    if wanted.transition not in possible:
        raise IllegalTransitionError(what, f"a request to {wanted.transition}", state, possible)


def to_unit_faults(wanted: Wanted) -> list[FieldFault]:
    """Return a fault if a unit that is to take over is named where none takes over."""
    if wanted.to_unit is None or wanted.transition == "reassign":
        return []
    return invalid("to_unit", f"{wanted.transition} gives the part to nobody", "only with reassign").faults
