"""How a unit's part of a task becomes another's: after a bounce, by decision, or because units merged. Pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from services.tasks.domain import Assignment
from services.tasks.states import GONE, State

Cause = Literal["bounced", "reorganised", "decided"]


@dataclass(frozen=True, slots=True)
class Handover:
    """The parts as they become; `taken` is the one of the unit that has the work now."""

    parts: tuple[Assignment, ...]
    taken: Assignment
    absorbed: bool = False
    """The unit had a part already, which goes on as it was."""


def handed_over(
    part: Assignment, present: Assignment | None, to_unit: str, due_on: date | None, *, as_it_is: bool = False
) -> Handover:
    """Return what becomes of a part that `to_unit` takes; `present` is the part which that unit has, if any.

    A lead's part makes its taker the lead. A cooperating part adds nothing to a unit that takes part already. What is
    taken begins as assigned: its taker acknowledges it. `as_it_is`: a unit that follows another by law goes on where
    that one stood. A lapse already noted, of what is taken or of what its taker had, is not noted again for the
    same day.
    """
    due = part.due_on if due_on is None else due_on
    if to_unit == part.unit:
        taken = _anew(part, due, _lapse(due, part))
        return Handover((taken,), taken)
    left = replace(part, state=State.REASSIGNED, reassigned_to=to_unit, state_before=None, suspended_at=None)
    if present is not None and part.role == "cooperating" and takes_part(present):
        return Handover((left,), present, absorbed=True)
    if as_it_is:
        taken = replace(part, unit=to_unit, overdue_at=_lapse(part.due_on, part, present))
    else:
        taken = _anew(replace(part, unit=to_unit, extensions=0), due, _lapse(due, part, present))
    return Handover((left, taken), taken)


def takes_part(present: Assignment) -> bool:
    """Return whether a unit is concerned by its part: a lead that gave it back still is, until another leads."""
    leads = present.role == "lead" and present.state != State.REASSIGNED
    return leads or present.state not in GONE


def _lapse(due_on: date, *parts: Assignment | None) -> datetime | None:
    """Return when that day was noted as lapsed for one of these parts; None if it was not."""
    return next((part.overdue_at for part in parts if part and part.overdue_at and part.due_on == due_on), None)


def _anew(taken: Assignment, due_on: date, overdue_at: datetime | None) -> Assignment:
    return replace(
        taken,
        state=State.ASSIGNED,
        due_on=due_on,
        overdue_at=overdue_at,
        requested_at=None,
        done_at=None,
        state_before=None,
        suspended_at=None,
    )
