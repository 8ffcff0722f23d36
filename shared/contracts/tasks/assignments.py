"""Events of a task with all its assignments; the key is the task's id.

An event that changes several assignments names each of them, so that no consumer needs an earlier event.
"""

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.payload import Digest, Link, Payload, UnitCode

Role = Literal["lead", "cooperating"]
SourceKind = Literal["resolution", "plan_item", "document", "instruction", "problem"]


class AssignmentPart(Payload):
    """A unit's share of a task."""

    unit: UnitCode
    role: Role
    due_on: date


class TaskFact(Payload):
    """What every event of a task says of it."""

    task_id: UUID
    title: str = Field(min_length=1, max_length=200, description="Short official subject, no names of persons.")
    source_kind: SourceKind
    source_id: str
    weight: Decimal = Field(gt=0)
    due_on: date
    tags: tuple[str, ...] = ()


class TaskWithAssignments(TaskFact):
    """A fact about the task and the assignments that it touches."""

    assignments: tuple[AssignmentPart, ...]


class TaskAssigned(TaskWithAssignments):
    """A task was given to its lead and cooperating units."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-assigned.v1"

    leader_post: str | None = None
    text_digest: Digest | None = None
    text_link: Link | None = None
    plan_id: UUID | None = None
    meeting_id: UUID | None = None


class TaskCompleted(TaskFact):
    """All that was needed is completed."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-completed.v1"

    done_at: AwareDatetime = Field(description="When the last needed assignment was done.")
    days_late: int = Field(ge=0)


class TaskReopened(TaskWithAssignments):
    """Completed assignments are open again; what they earned no longer stands."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-reopened.v1"

    reason_digest: Digest | None = None


class TaskCancelled(TaskWithAssignments):
    """The task is void: its assignments count neither as done nor as open."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-cancelled.v1"

    reason_digest: Digest | None = None


class AssignmentFact(TaskFact):
    """What every event of one unit's assignment says of it."""

    unit: UnitCode
    role: Role
    assignment_due_on: date


class AssignmentAcknowledged(AssignmentFact):
    """The unit took note of its assignment (签收)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-acknowledged.v1"


class AssignmentBounced(AssignmentFact):
    """The unit gave the assignment back as not its own (退回); it does not count for it."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-bounced.v1"

    reason_digest: Digest | None = None


class AssignmentProgressed(AssignmentFact):
    """The unit reported progress."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-progressed.v1"

    percent: int = Field(ge=0, le=100)
    note_digest: Digest | None = None
    note_link: Link | None = None


class AssignmentCompletionRequested(AssignmentFact):
    """The unit says that it is done (申请办结)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-completion-requested.v1"

    note_digest: Digest | None = None
    note_link: Link | None = None


class AssignmentSentBack(AssignmentFact):
    """The office did not accept the completion (驳回重办)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-sent-back.v1"

    reason_digest: Digest | None = None
    reason_link: Link | None = None


class AssignmentCompleted(AssignmentFact):
    """The office accepted the completion; lateness ends with the unit's request, not with this."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-completed.v1"

    done_at: AwareDatetime = Field(description="When the accepted request was made.")
    days_late: int = Field(ge=0, description="Calendar days in the county after the due date.")


class AssignmentWentOverdue(AssignmentFact):
    """The due date ended without completion; `time` is that moment, whenever it was noticed."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-went-overdue.v1"


class TaskClosedOut(TaskFact):
    """A completed task was taken off the list (销号)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-closed-out.v1"


class TaskSuspended(TaskWithAssignments):
    """Work on the task rests: meanwhile nothing of it goes overdue."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-suspended.v1"

    reason_digest: Digest | None = None


class TaskResumed(TaskWithAssignments):
    """Work goes on; the assignments' due dates are those of this event."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.task-resumed.v1"


class AssignmentExtended(AssignmentFact):
    """The due date was moved; `assignment_due_on` is the new one."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-extended.v1"

    previous_due_on: date
    extension: int = Field(ge=1, description="1 is the assignment's first extension.")
    basis_document: str | None = None


class AssignmentReassigned(AssignmentFact):
    """The assignment passed from one unit to another (after a bounce, or a change of organisation)."""

    event_type: ClassVar[str] = "cn.xietiao.tasks.assignment-reassigned.v1"

    previous_unit: UnitCode
    cause: Literal["bounced", "reorganised", "decided"]
    absorbed: bool = Field(
        default=False, description="The unit took part already: its part goes on as it was, the previous unit's ends."
    )
