"""Tasks and their assignments: rows, and the rules that follow from them and the state machine (`states.py`).

A task is the aggregate: it has one lead assignment and any number of cooperating ones, each with a state of its own.
The task's state is derived from theirs and never set (永政办发〔2009〕106号 二.2, 二.4: each unit answers for its
part of the key tasks; the coordination meeting checks the completion of the whole).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from services.tasks.states import DONE, GONE, OPEN, TASK_TRANSITIONS, TOUCHED, State
from services.tasks.transitions import BEFORE, Transition
from shared.auth import Role
from shared.clock import county_date, days_late, end_of_county_day
from shared.contracts import tasks as facts


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
    state_before: str | None = None
    suspended_at: datetime | None = None
    extensions: int = 0
    reassigned_to: str | None = None

    @property
    def due_moment(self) -> datetime:
        """Return the instant at which the due date ends: 24:00 in the county."""
        return end_of_county_day(self.due_on)

    @property
    def days_late(self) -> int | None:
        """Return by how many calendar days the accepted request missed the due date; None while not completed."""
        return None if self.done_at is None else days_late(self.done_at, self.due_on)

    @property
    def overdue(self) -> bool:
        """Return whether the due date once ended with the part still owed."""
        return self.overdue_at is not None

    def lapsed(self, now: datetime) -> bool:
        """Return whether the due date has ended with the part still owed, and nobody has noted that yet."""
        return self.state in OPEN and self.overdue_at is None and self.due_on < county_date(now)

    def noted_overdue(self) -> "Assignment":
        """Return the assignment with the lapse noted; that happens once per due date, whatever follows."""
        return replace(self, overdue_at=self.due_moment)

    def after(self, transition: Transition, at: datetime, percent: int | None = None) -> "Assignment":
        """Return the assignment after a transition at `at`.

        It is done when the unit asked for completion, not when the office accepted: the unit does not answer for the
        office's days.
        """
        moved = replace(
            self,
            state=self._target(transition),
            percent=self.percent if percent is None else percent,
            state_before=None,
            suspended_at=None,
        )
        match transition.name:
            case "request-completion":
                return replace(moved, requested_at=at)
            case "complete":
                return replace(moved, done_at=self.requested_at)
            case "send-back" | "reopen":
                return replace(moved, requested_at=None, done_at=None)
            case "suspend":
                return replace(moved, state_before=self.state, suspended_at=at)
            case "resume":
                return replace(moved, due_on=self.due_after_rest(at))
            case _:
                return moved

    def _target(self, transition: Transition) -> str:
        if transition.target != BEFORE:
            return transition.target
        return self.state_before or State.IN_PROGRESS

    def due_after_rest(self, at: datetime) -> date:
        """Return the due date moved by the days of the suspension; one that had lapsed before stays."""
        if self.suspended_at is None or self.overdue_at is not None:
            return self.due_on
        return self.due_on + timedelta(days=(county_date(at) - county_date(self.suspended_at)).days)

    def due_at_last(self, due_on: date) -> "Assignment":
        """Return the assignment with another due date; whether it lapses is open again."""
        return replace(self, due_on=due_on, overdue_at=None)

    def extended(self, due_on: date) -> "Assignment":
        """Return the assignment with a later due date that was asked for and approved."""
        return replace(self.due_at_last(due_on), extensions=self.extensions + 1)


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
    plan_id: UUID | None = None
    meeting_id: UUID | None = None
    parent_id: UUID | None = None
    kind: str | None = None
    origin: str | None = None
    assignments: tuple[Assignment, ...] = ()

    @property
    def lead(self) -> Assignment:
        """Return the lead's part: of those who had the lead, the one who has it now."""
        return lead_of(self.assignments)

    @property
    def current(self) -> tuple[Assignment, ...]:
        """Return the parts that are some unit's now."""
        return tuple(each for each in self.assignments if each.state != State.REASSIGNED)

    @property
    def state_reason(self) -> str:
        """Return why the state is what it is."""
        return reason_of(self.assignments)

    @property
    def owed_from(self) -> date | None:
        """Return the earliest due date of the parts that are owed; None if none is."""
        return min((part.due_on for part in self.assignments if part.state in OPEN), default=None)

    def of_unit(self, unit: str) -> Assignment | None:
        """Return the unit's assignment, if it has one."""
        return next((each for each in self.assignments if each.unit == unit), None)

    def with_assignments(self, changed: Sequence[Assignment]) -> "Task":
        """Return the task with these assignments changed or new, and the state and due date that follow."""
        newer = {each.unit: each for each in changed}
        kept = [newer.pop(each.unit, each) for each in self.assignments]
        assignments = tuple(sorted([*kept, *newer.values()], key=lambda each: (each.role != "lead", each.unit)))
        lead = lead_of(assignments)
        return replace(self, assignments=assignments, state=derive(assignments).state, due_on=lead.due_on)

    def at_version(self, version: int) -> "Task":
        """Return the task at another version of its event line."""
        return replace(self, version=version)

    def touched_by(self, name: str) -> list[Assignment]:
        """Return the assignments that a transition of the whole task would move."""
        return [each for each in self.assignments if each.state in TOUCHED[name]]

    def allowed(self, role: Role) -> list[str]:
        """Return what `role` may do with the whole task now."""
        return [name for name in TASK_TRANSITIONS.allowed(self.state, role) if self.touched_by(name)]

    def requestable(self) -> list[str]:
        """Return what may be asked for, for the whole task, now."""
        return [name for name in TASK_TRANSITIONS.requestable(self.state) if self.touched_by(name)]


@dataclass(frozen=True, slots=True)
class Derived:
    """A task's state and why it is that."""

    state: State
    reason: str


def lead_of(assignments: Sequence[Assignment]) -> Assignment:
    """Return the lead's part; a part that was reassigned is nobody's lead any more."""
    return next(each for each in assignments if each.role == "lead" and each.state != State.REASSIGNED)


def needed(assignments: Sequence[Assignment]) -> list[Assignment]:
    """Return what must be completed for the task to be: the lead's part and each cooperating part not given away."""
    lead = lead_of(assignments)
    return [each for each in assignments if each is lead or each.state not in GONE]


def derive(assignments: Sequence[Assignment]) -> Derived:
    """Return the task's state from its assignments; the first rule that fits decides."""
    states = {State(each.state) for each in needed(assignments)}
    lead = State(lead_of(assignments).state)
    state = lead if lead == State.BOUNCED else _common_state(states, lead)
    return Derived(state, reason_of(assignments))


def reason_of(assignments: Sequence[Assignment]) -> str:
    """Return why a task has the state that follows from its assignments."""
    lead = lead_of(assignments)
    if lead.state == State.BOUNCED:
        return f"the lead {lead.unit} gave it back as not its own: the office decides"
    if lead.state == State.CANCELLED and all(each.state == State.CANCELLED for each in needed(assignments)):
        return "the task is void"
    return _spelled_out(assignments)


def _common_state(states: set[State], lead: State) -> State:
    if len(states) == 1:
        return next(iter(states))
    if states <= DONE:
        return State.COMPLETED
    if lead == State.SUSPENDED or states <= DONE | {State.SUSPENDED}:
        return State.SUSPENDED
    moving = states - {State.SUSPENDED}
    if moving <= DONE | {State.COMPLETION_REQUESTED}:
        return State.COMPLETION_REQUESTED
    if moving & {State.IN_PROGRESS, State.COMPLETION_REQUESTED, *DONE}:
        return State.IN_PROGRESS
    return State.ACKNOWLEDGED if State.ACKNOWLEDGED in moving else State.ASSIGNED


def _spelled_out(assignments: Sequence[Assignment]) -> str:
    return "; ".join(
        f"{each.role} {each.unit} {each.state}{' (does not count)' if each.state in GONE else ''}"
        for each in assignments
    )


def done_at(assignments: Sequence[Assignment]) -> datetime:
    """Return when the last of these completed parts was done."""
    return max(each.done_at for each in assignments if each.done_at is not None)


BasisKind = Literal["document", "leader_instruction", "plan_amendment", "reorganisation"]


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision rests on: a document, a leader's instruction, a plan's amendment, a change of organisation."""

    kind: BasisKind
    reference: str


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
    on_behalf_of: str | None = None
    basis_kind: str | None = None
    basis: str | None = None
    attachments: tuple[UUID, ...] = ()
    id: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """What the caller says with a transition: why, a note, how far along (per cent), on what it rests, with what."""

    reason: str | None = None
    note: str | None = None
    percent: int | None = None
    on_behalf_of: str | None = None
    basis: Basis | None = None
    attachments: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit that a command names: whether it is known here, since when it is no more, who has its open work."""

    code: str
    known: bool
    ended_on: date | None
    open_work_to: str | None


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
    plan_id: UUID | None = None
    meeting_id: UUID | None = None
    parent_id: UUID | None = None
    kind: str | None = None
    origin: str | None = None

    def at(self, task_id: UUID, state: State, correlation_id: str, at: datetime) -> Task:
        """Return the task that it makes, with no event yet; the lead's part first, the others in the order given."""
        return Task(
            id=task_id,
            state=state,
            version=0,
            correlation_id=correlation_id,
            assigned_at=at,
            assignments=self.parts(task_id, state),
            **{name: getattr(self, name) for name in _SAME},
        )

    def parts(self, task_id: UUID, state: State) -> tuple[Assignment, ...]:
        """Return the parts of its units."""
        lead = Assignment(task_id, self.lead_unit, "lead", self.due_on, state)
        others = (Assignment(task_id, unit, "cooperating", self.due_on, state) for unit in self.cooperating_units)
        return (lead, *others)


_SAME = tuple(name for name in Task.__match_args__ if name in TaskDraft.__match_args__)
