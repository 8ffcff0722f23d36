"""One task under change: steps of the state machine, each with its event and its line of history. No I/O.

An operation makes one of these from the locked row, takes its steps and hands it to `store.save_changes`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from services.tasks import payloads
from services.tasks.domain import Assignment, HistoryEntry, Task, Words
from services.tasks.errors import AssignmentNotFoundError, IllegalTransitionError
from services.tasks.handover import Cause, Handover, handed_over
from services.tasks.states import ASSIGNMENT_TRANSITIONS, OPEN, TASK_TRANSITIONS, State
from services.tasks.transitions import Transition
from shared.auth import Role
from shared.commands import Act
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload

SILENT = Words()


class TaskChange:
    """What an act makes of a task: the task as it becomes, the events that say so, the history."""

    def __init__(self, task: Task, act: Act) -> None:
        """Begin with the task as it is."""
        self.task = task
        self.act = act
        self.events: list[Event] = []
        self.entries: list[HistoryEntry] = []
        self._touched: set[str] = set()

    @property
    def touched(self) -> list[Assignment]:
        """Return the assignments that changed or are new, as they are now."""
        return [each for each in self.task.assignments if each.unit in self._touched]

    def assign(self, words: Words = SILENT) -> None:
        """State that the (new or drafted) task was given to its units."""
        drafted = [each for each in self.task.assignments if each.state == State.DRAFT]
        transition = TASK_TRANSITIONS.named("assign")
        for part in drafted:
            self._put(part.after(transition, self.act.occurred_at))
        self.task = replace(self.task, assigned_at=self.act.occurred_at)
        version = self._emit(payloads.assigned(self.task, self.task.assignments))
        self._record(version, "assign", None, (State.DRAFT if drafted else None, self.task.state), words)

    def move(self, unit: str, name: str, words: Words = SILENT) -> None:
        """Take one assignment through a transition; the task is completed when this was the last part needed."""
        part, transition = self._legal(unit, name)
        self._require_order(part)
        self._note_lapse(part)
        before = self.task.state
        moved = self._put(self._part(unit).after(transition, self.act.occurred_at, words.percent))
        version = self._emit(payloads.OF_TRANSITION[name](self.task, moved, words))
        self._record(version, name, unit, (part.state, moved.state), self._for_unit(transition, unit, words))
        self._complete_if(before)

    def _for_unit(self, transition: Transition, unit: str, words: Words) -> Words:
        """Say on whose behalf, where the office enters what is the unit's to do."""
        by_office = self.act.principal.role is Role.OFFICE and Role.UNIT in transition.roles
        return replace(words, on_behalf_of=unit) if by_office and words.on_behalf_of is None else words

    def move_all(self, name: str, words: Words, units: Sequence[str] = ()) -> None:
        """Take several assignments through a transition of the task in one event: those named, or all it touches."""
        transition = TASK_TRANSITIONS.named(name)
        chosen = [self._legal(unit, name)[0] for unit in units] or self._touched_by(transition)
        for part in chosen:
            self._require_order(part)
        if name == "suspend":
            for part in chosen:
                self._note_lapse(part)
        moved = [self._put(self._part(part.unit).after(transition, self.act.occurred_at)) for part in chosen]
        version = self._emit(payloads.OF_TASK[name](self.task, moved, words))
        for part, after in zip(chosen, moved, strict=True):
            self._record(version, name, part.unit, (part.state, after.state), words)

    def _touched_by(self, transition: Transition) -> list[Assignment]:
        touched = self.task.touched_by(transition.name)
        if self.task.state not in transition.sources or not touched:
            raise self._impossible(transition.name)
        return touched

    def reassign(self, unit: str, to_unit: str, due_on: date | None, words: Words, cause: Cause = "decided") -> None:
        """Give a unit's part to another (改派), or a bounced one back to the same unit."""
        part, _ = self._legal(unit, "reassign")
        self._hand_over(part, to_unit, due_on, words, "bounced" if part.state == State.BOUNCED else cause)

    def pass_on(self, unit: str, to_unit: str, words: Words) -> None:
        """Let the unit that follows take over a part, in whatever state it is: the registry says so."""
        self._hand_over(self._part(unit), to_unit, None, words, "reorganised")

    def _hand_over(self, part: Assignment, to_unit: str, due_on: date | None, words: Words, cause: Cause) -> None:
        self._require_order(part)
        self._note_lapse(part)
        before = self.task.state
        as_it_is = cause == "reorganised"
        present = self.task.of_unit(to_unit)
        done: Handover = handed_over(self._part(part.unit), present, to_unit, due_on, as_it_is=as_it_is)
        self._touched.update({part.unit, to_unit})
        self.task = self.task.with_assignments(done.parts)
        version = self._emit(payloads.reassigned(self.task, done.taken, part.unit, cause, absorbed=done.absorbed))
        left = self._part(part.unit)
        self._record(version, "reassign", part.unit, (part.state, left.state), words)
        if to_unit != part.unit:
            self._record(version, "take-over", to_unit, (part.state, done.taken.state), words)
        self._complete_if(before)

    def give_back(self, unit: str, words: Words) -> None:
        """Return the part of a unit that is no more to the office, which decides who has it."""
        part = self._part(unit)
        self._note_lapse(part)
        before = self.task.state
        moved = self._put(replace(self._part(unit), state=State.BOUNCED, state_before=None, suspended_at=None))
        version = self._emit(payloads.OF_TRANSITION["bounce"](self.task, moved, words))
        self._record(version, "bounce", unit, (part.state, moved.state), words)
        self._complete_if(before)

    def extend(self, unit: str, due_on: date, words: Words) -> None:
        """Move the due date of a part that is owed still."""
        part = self._part(unit)
        self._note_lapse(part)
        moved = self._put(self._part(unit).extended(due_on))
        version = self._emit(payloads.extended(self.task, moved, part.due_on, words))
        self._record(version, "extend", unit, (part.state, moved.state), words)

    def restate(self, task: Task, words: Words) -> None:
        """State anew what the task is, to the units that still owe a part: an amendment changed its words or weight."""
        self.task = replace(self.task, title=task.title, text=task.text, text_digest=task.text_digest)
        self.task = replace(self.task, weight=task.weight, tags=task.tags, leader_post=task.leader_post)
        owing = [each for each in self.task.assignments if each.state in OPEN]
        if owing:
            version = self._emit(payloads.assigned(self.task, owing))
            self._record(version, "amend", None, (self.task.state, self.task.state), words)

    def add(self, units: Sequence[str], due_on: date, words: Words) -> None:
        """Give the task to further cooperating units."""
        new = [self._put(Assignment(self.task.id, unit, "cooperating", due_on)) for unit in units]
        version = self._emit(payloads.assigned(self.task, new))
        for part in new:
            self._record(version, "assign", part.unit, (None, part.state), words)

    def tell(
        self,
        unit: str,
        name: str,
        of: Callable[[Task, Assignment], Payload],
        words: Words = SILENT,
        at: datetime | None = None,
    ) -> None:
        """State what supervision did about a unit's part, which stays as it is; `at` if it was at another moment."""
        part = self._part(unit)
        version = self._emit(of(self.task, part), at=at)
        self._record(version, name, unit, (part.state, part.state), words, at=at)

    def note_lapses(self) -> None:
        """Say of each part still owed after the end of its due date that it went overdue."""
        for part in self.task.assignments:
            self._note_lapse(part)

    def _note_lapse(self, part: Assignment) -> None:
        """Say it at once if the due date ended before this act, so that the log's order does not hang on the watch."""
        if not part.lapsed(self.act.occurred_at):
            return
        noted = self._put(part.noted_overdue())
        version = self._emit(payloads.went_overdue(self.task, noted), at=part.due_moment)
        self._record(version, "go-overdue", part.unit, (part.state, part.state), at=part.due_moment)

    def _require_order(self, part: Assignment) -> None:
        """Refuse a stated time before the assignment, or before what is answered or undone."""
        self.act.require_not_before(self.task.assigned_at, "the task was assigned")
        if part.requested_at is not None:
            self.act.require_not_before(part.requested_at, "the unit's request for completion")
        if part.suspended_at is not None:
            self.act.require_not_before(part.suspended_at, "the task was suspended")

    def _complete_if(self, before: str) -> None:
        if before == State.COMPLETED or self.task.state != State.COMPLETED:
            return
        version = self._emit(payloads.completed(self.task))
        self._record(version, "complete-task", None, (None, State.COMPLETED))

    def _part(self, unit: str) -> Assignment:
        part = self.task.of_unit(unit)
        if part is None:
            raise AssignmentNotFoundError(self.task.id, unit, [each.unit for each in self.task.assignments])
        return part

    def _legal(self, unit: str, name: str) -> tuple[Assignment, Transition]:
        part = self._part(unit)
        what = f"the assignment of {unit}"
        return part, ASSIGNMENT_TRANSITIONS.check(what, name, part.state, self.act.principal.role)

    def _impossible(self, name: str) -> IllegalTransitionError:
        return IllegalTransitionError("the task", name, self.task.state, self.task.allowed(self.act.principal.role))

    def _put(self, part: Assignment) -> Assignment:
        self.task = self.task.with_assignments((part,))
        self._touched.add(part.unit)
        return part

    def _emit(self, payload: Payload, at: datetime | None = None) -> int:
        self.task = self.task.at_version(self.task.version + 1)
        version = self.task.version
        self.events.append(self.act.event(payload, subject=str(self.task.id), version=version, time=at))
        return version

    def _record(
        self,
        version: int,
        name: str,
        unit: str | None,
        states: tuple[str | None, str],
        words: Words = SILENT,
        *,
        at: datetime | None = None,
    ) -> None:
        who = self.act.principal
        self.entries.append(
            HistoryEntry(
                task_id=self.task.id,
                version=version,
                unit=unit,
                transition=name,
                from_state=states[0],
                to_state=states[1],
                occurred_at=at or self.act.occurred_at,
                subject=who.subject,
                role=who.role,
                acting_unit=who.unit,
                reason=words.reason,
                note=words.note,
                percent=words.percent,
                on_behalf_of=words.on_behalf_of,
                basis_kind=None if words.basis is None else words.basis.kind,
                basis=None if words.basis is None else words.basis.reference,
                attachments=words.attachments,
            )
        )
