"""One task under change: steps of the state machine, each with its event and its line of history. No I/O.

An operation makes one of these from the locked row, takes its steps and hands it to `store.save_changes`.
"""

from collections.abc import Sequence
from datetime import datetime

from services.tasks import payloads
from services.tasks.domain import (
    ASSIGNMENT_TRANSITIONS,
    TASK_TRANSITIONS,
    Assignment,
    HistoryEntry,
    State,
    Task,
    Words,
)
from services.tasks.errors import AssignmentNotFoundError, IllegalTransitionError
from services.tasks.transitions import Transition
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
        """Return the assignments that changed, as they are now."""
        return [each for each in self.task.assignments if each.unit in self._touched]

    def assign(self) -> None:
        """State that the (new) task was given to its units."""
        version = self._emit(payloads.assigned(self.task))
        self._record(version, "assign", None, (None, self.task.state))

    def move(self, unit: str, name: str, words: Words = SILENT) -> None:
        """Take one assignment through a transition; the task is completed when this was the last part needed."""
        part, transition = self._legal(unit, name)
        self._require_order(part)
        self._note_lapse(part)
        before = self.task.state
        moved = self._put(self._part(unit).after(transition, self.act.occurred_at, words.percent))
        version = self._emit(payloads.OF_TRANSITION[name](self.task, moved, words))
        self._record(version, name, unit, (part.state, moved.state), words)
        if before != State.COMPLETED and self.task.state == State.COMPLETED:
            self._complete()

    def reopen(self, units: Sequence[str], words: Words) -> None:
        """Open completed assignments again, all in one event; none named means every completed one."""
        chosen = units or [each.unit for each in self.task.assignments if each.state == State.COMPLETED]
        if not chosen:
            raise self._impossible("reopen")
        legal = [self._legal(unit, "reopen") for unit in chosen]
        for part, _ in legal:
            self._require_order(part)
        moved = [self._put(part.after(transition, self.act.occurred_at)) for part, transition in legal]
        version = self._emit(payloads.reopened(self.task, moved, words.reason))
        for (part, _), after in zip(legal, moved, strict=True):
            self._record(version, "reopen", part.unit, (part.state, after.state), words)

    def cancel(self, words: Words) -> None:
        """Make the task void, with all its assignments."""
        transition = TASK_TRANSITIONS.named("cancel")
        if self.task.state not in transition.sources:
            raise self._impossible("cancel")
        before = self.task
        for part in before.assignments:
            self._require_order(part)
        for part in before.assignments:
            self._put(part.after(transition, self.act.occurred_at))
        version = self._emit(payloads.cancelled(self.task, words.reason))
        for part in before.assignments:
            self._record(version, "cancel", part.unit, (part.state, transition.target), words)

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
        """Refuse a stated time before the assignment, or before the request that is answered or undone."""
        self.act.require_not_before(self.task.assigned_at, "the task was assigned")
        if part.requested_at is not None:
            self.act.require_not_before(part.requested_at, "the unit's request for completion")

    def _complete(self) -> None:
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
            )
        )
