"""A unit's question for a later due date, and who may decide it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.tasks.domain import Assignment, Basis
from services.tasks.errors import ExtensionTooLateError, IllegalTransitionError
from services.tasks.states import ASSIGNMENT_TRANSITIONS, OPEN
from shared.auth import Role
from shared.clock import county_date
from shared.errors import FieldFault

Level = Literal["office", "leader"]
ExtensionState = Literal["asked", "approved", "refused", "withdrawn"]

APPROVERS: dict[Level, frozenset[Role]] = {
    "office": frozenset({Role.OFFICE, Role.LEADER}),
    "leader": frozenset({Role.LEADER}),
}
"""Who may approve at which level."""


@dataclass(frozen=True, slots=True)
class Extension:
    """One question: from which day to which, the how-many-th for this part, and what was decided."""

    id: UUID
    task_id: UUID
    unit: str
    number: int
    level: Level
    due_on: date
    asked_due_on: date
    granted_due_on: date | None
    reason: str
    attachments: tuple[UUID, ...]
    state: ExtensionState
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_role: str | None
    decided_at: datetime | None
    decision: str | None
    basis_kind: str | None
    basis: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a unit asks for."""

    due_on: date
    reason: str
    attachments: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Granted:
    """What an approver grants: the day that was asked for, or another, and on what that rests."""

    due_on: date | None
    note: str | None
    basis: Basis | None


def level_of(number: int) -> Level:
    """Return who decides: the office the first, a leader each further one."""
    return "office" if number == 1 else "leader"


def require_in_time(part: Assignment, now: datetime, role: Role) -> None:
    """Refuse a question about a part that is not owed, or whose due date has ended."""
    if part.state not in OPEN:
        allowed = ASSIGNMENT_TRANSITIONS.allowed(part.state, role)
        raise IllegalTransitionError(f"the assignment of {part.unit}", "extend", part.state, allowed)
    if part.due_on < county_date(now):
        raise ExtensionTooLateError(part.unit, part.due_on, ASSIGNMENT_TRANSITIONS.allowed(part.state, role))


def day_faults(part: Assignment, due_on: date, now: datetime) -> list[FieldFault]:
    """Return a fault if a new due date is none: not after the present one, or passed."""
    if due_on <= part.due_on:
        reason, expected = f"{due_on} is not after the present due date", f"after {part.due_on}"
    elif due_on < county_date(now):
        reason, expected = f"{due_on} has passed", f"{county_date(now)} or later"
    else:
        return []
    return [FieldFault(field="due_on", reason=reason, expected=expected)]
