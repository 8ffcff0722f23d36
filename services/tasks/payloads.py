"""What the events of a task say, from its rows: one builder per transition."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from services.tasks.domain import Assignment, Task, Words, done_at, needed
from services.tasks.handover import Cause
from shared.clock import days_late
from shared.contracts import tasks as facts
from shared.contracts.payload import Payload
from shared.text import digest


def _digest(text: str | None) -> str | None:
    return None if text is None else digest(text)


def _history(task: Task, text: str | None) -> str | None:
    """Return where a note or reason can be read, if there is one."""
    return None if text is None else f"/v1/tasks/{task.id}/history"


def _of_task(task: Task) -> dict[str, Any]:
    return {
        "task_id": task.id,
        "title": task.title,
        "source_kind": task.source_kind,
        "source_id": task.source_id,
        "weight": task.weight,
        "due_on": task.due_on,
        "tags": task.tags,
    }


def _of_assignment(task: Task, part: Assignment) -> dict[str, Any]:
    return _of_task(task) | {"unit": part.unit, "role": part.role, "assignment_due_on": part.due_on}


def of_assignment(task: Task, part: Assignment) -> dict[str, Any]:
    """Return what every event of one unit's assignment says of it."""
    return _of_assignment(task, part)


def _parts(assignments: Sequence[Assignment]) -> tuple[facts.AssignmentPart, ...]:
    return tuple(facts.AssignmentPart(unit=each.unit, role=each.role, due_on=each.due_on) for each in assignments)


def assigned(task: Task, parts: Sequence[Assignment]) -> facts.TaskAssigned:
    """Say that the task, as it now is, was given to these units."""
    return facts.TaskAssigned(
        **_of_task(task),
        assignments=_parts(parts),
        leader_post=task.leader_post,
        text_digest=task.text_digest,
        text_link=task.text_link if task.text is None else f"/v1/tasks/{task.id}",
        plan_id=task.plan_id,
        meeting_id=task.meeting_id,
    )


def completed(task: Task) -> facts.TaskCompleted:
    """Say that all that was needed is completed."""
    at = done_at(needed(task.assignments))
    return facts.TaskCompleted(**_of_task(task), done_at=at, days_late=days_late(at, task.due_on))


def reopened(task: Task, parts: Sequence[Assignment], reason: str | None) -> facts.TaskReopened:
    """Say that completed assignments are open again."""
    return facts.TaskReopened(**_of_task(task), assignments=_parts(parts), reason_digest=_digest(reason))


def cancelled(task: Task, parts: Sequence[Assignment], reason: str | None) -> facts.TaskCancelled:
    """Say that the task is void, with all its assignments."""
    return facts.TaskCancelled(**_of_task(task), assignments=_parts(parts), reason_digest=_digest(reason))


def suspended(task: Task, parts: Sequence[Assignment], reason: str | None) -> facts.TaskSuspended:
    """Say that work on these assignments rests."""
    return facts.TaskSuspended(**_of_task(task), assignments=_parts(parts), reason_digest=_digest(reason))


def resumed(task: Task, parts: Sequence[Assignment]) -> facts.TaskResumed:
    """Say that work on these assignments goes on, and until when."""
    return facts.TaskResumed(**_of_task(task), assignments=_parts(parts))


def closed_out(task: Task) -> facts.TaskClosedOut:
    """Say that the completed task was taken off the list."""
    return facts.TaskClosedOut(**_of_task(task))


def reassigned(
    task: Task, taken: Assignment, previous_unit: str, cause: Cause, *, absorbed: bool
) -> facts.AssignmentReassigned:
    """Say which unit has the part now."""
    return facts.AssignmentReassigned(
        **_of_assignment(task, taken), previous_unit=previous_unit, cause=cause, absorbed=absorbed
    )


def extended(task: Task, part: Assignment, previous_due_on: date, words: Words) -> facts.AssignmentExtended:
    """Say that a part's due date was moved; of what it rests on only a document is named, the rest may name persons."""
    basis = words.basis
    return facts.AssignmentExtended(
        **_of_assignment(task, part),
        previous_due_on=previous_due_on,
        extension=part.extensions,
        basis_document=basis.reference if basis is not None and basis.kind == "document" else None,
    )


def went_overdue(task: Task, part: Assignment) -> facts.AssignmentWentOverdue:
    """Say that the due date ended with the part still owed."""
    return facts.AssignmentWentOverdue(**_of_assignment(task, part))


def _acknowledged(task: Task, part: Assignment, _words: Words) -> Payload:
    return facts.AssignmentAcknowledged(**_of_assignment(task, part))


def _progressed(task: Task, part: Assignment, words: Words) -> Payload:
    return facts.AssignmentProgressed(
        **_of_assignment(task, part),
        percent=part.percent,
        note_digest=_digest(words.note),
        note_link=_history(task, words.note),
    )


def _requested(task: Task, part: Assignment, words: Words) -> Payload:
    return facts.AssignmentCompletionRequested(
        **_of_assignment(task, part), note_digest=_digest(words.note), note_link=_history(task, words.note)
    )


def _assignment_completed(task: Task, part: Assignment, _words: Words) -> Payload:
    at = done_at((part,))
    return facts.AssignmentCompleted(**_of_assignment(task, part), done_at=at, days_late=days_late(at, part.due_on))


def _sent_back(task: Task, part: Assignment, words: Words) -> Payload:
    return facts.AssignmentSentBack(
        **_of_assignment(task, part), reason_digest=_digest(words.reason), reason_link=_history(task, words.reason)
    )


def _bounced(task: Task, part: Assignment, words: Words) -> Payload:
    return facts.AssignmentBounced(**_of_assignment(task, part), reason_digest=_digest(words.reason))


OF_TRANSITION: Mapping[str, Callable[[Task, Assignment, Words], Payload]] = MappingProxyType(
    {
        "acknowledge": _acknowledged,
        "progress": _progressed,
        "request-completion": _requested,
        "complete": _assignment_completed,
        "send-back": _sent_back,
        "bounce": _bounced,
        "reopen": lambda task, part, words: reopened(task, (part,), words.reason),
        "suspend": lambda task, part, words: suspended(task, (part,), words.reason),
        "resume": lambda task, part, _words: resumed(task, (part,)),
    }
)
"""The event that a transition of one assignment states; the assignment is the one after it. A handover has its own."""

OF_TASK: Mapping[str, Callable[[Task, Sequence[Assignment], Words], Payload]] = MappingProxyType(
    {
        "reopen": lambda task, parts, words: reopened(task, parts, words.reason),
        "suspend": lambda task, parts, words: suspended(task, parts, words.reason),
        "resume": lambda task, parts, _words: resumed(task, parts),
        "close-out": lambda task, _parts, _words: closed_out(task),
        "cancel": lambda task, parts, words: cancelled(task, parts, words.reason),
    }
)
"""The event that a transition of the whole task states; the assignments are those it touched, after it."""
