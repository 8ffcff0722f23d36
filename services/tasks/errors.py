"""Refusals of the tasks service."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from shared.errors import ConflictError, NotFoundError, RefusalError


class TaskNotFoundError(NotFoundError):
    """No task has this id."""

    code = "task-not-found"

    def __init__(self, task_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no task {task_id}")


class AssignmentNotFoundError(NotFoundError):
    """The task has no assignment of this unit."""

    code = "assignment-not-found"

    def __init__(self, task_id: UUID, unit: str, units: Sequence[str]) -> None:
        """Name the unit and those that have one."""
        super().__init__(f"task {task_id} has no assignment of {unit}; it has those of {', '.join(units)}")


class IllegalTransitionError(ConflictError):
    """The present state does not allow this transition; `allowed` lists what this caller's role could do now."""

    code = "illegal-transition"

    def __init__(self, what: str, transition: str, state: str, allowed: Sequence[str]) -> None:
        """Name the thing, what was asked, the state it is in and what is possible."""
        possible = ", ".join(allowed) or "nothing, for this role"
        super().__init__(f"{what} is {state}: {transition} is not possible; possible now: {possible}", allowed)


class ReportNotFoundError(NotFoundError):
    """No expected report has this id."""

    code = "report-not-found"

    def __init__(self, report_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no report {report_id}")


class DefinitionNotFoundError(NotFoundError):
    """No report definition has this code."""

    code = "report-definition-not-found"

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__(f"there is no report definition {code}")


class DefinitionExistsError(ConflictError):
    """A report definition has this code already."""

    code = "report-definition-exists"

    def __init__(self, code: str) -> None:
        """Name the code."""
        super().__init__(f"report definition {code} exists already; choose another code", ("open",))


class AttachmentNotFoundError(NotFoundError):
    """No file has this id."""

    code = "attachment-not-found"

    def __init__(self, attachment_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no attachment {attachment_id}")


class AttachmentTooLargeError(RefusalError):
    """A file is larger than is taken."""

    status = 413
    code = "attachment-too-large"
    title = "The file is too large"

    def __init__(self, largest: int) -> None:
        """Name the limit."""
        super().__init__(f"a file may have at most {largest} bytes")


class AttachmentDamagedError(RefusalError):
    """A file's content is gone or changed in the file store; it is not given out."""

    status = 500
    code = "attachment-damaged"
    title = "The file store no longer has what was uploaded"

    def __init__(self, attachment_id: UUID, reason: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"attachment {attachment_id}: {reason}")


class ExtensionNotFoundError(NotFoundError):
    """No extension has this id."""

    code = "extension-not-found"

    def __init__(self, extension_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no extension {extension_id}")


class ExtensionTooLateError(ConflictError):
    """A later due date is asked for after the present one has ended."""

    code = "extension-too-late"

    def __init__(self, unit: str, due_on: date, allowed: Sequence[str]) -> None:
        """Name the day up to which it could have been asked."""
        possible = ", ".join(allowed)
        super().__init__(
            f"the assignment of {unit} was due on {due_on}; an extension is asked for up to that day; "
            f"possible now: {possible}",
            allowed,
        )


class RequestNotFoundError(NotFoundError):
    """No request has this id."""

    code = "request-not-found"

    def __init__(self, request_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no request {request_id}")


class AlreadyAskedError(ConflictError):
    """The same is asked for already and waits for its answer."""

    code = "already-asked"

    def __init__(self, detail: str) -> None:
        """Say what waits."""
        super().__init__(f"{detail}; withdraw it to ask anew", ("withdraw",))


class DecidedError(ConflictError):
    """What is to be decided needs no decision any more."""

    code = "already-decided"


class PlanNotFoundError(NotFoundError):
    """No plan has this id."""

    code = "plan-not-found"

    def __init__(self, plan_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no plan {plan_id}")


class CommentNotFoundError(NotFoundError):
    """The plan has no comment of this id."""

    code = "comment-not-found"

    def __init__(self, comment_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"the plan has no comment {comment_id}")


class AmendmentImpossibleError(ConflictError):
    """An item's task is in a state in which the amendment cannot take effect."""

    code = "amendment-impossible"


class MilestoneNotFoundError(NotFoundError):
    """The task has no node of this number."""

    code = "milestone-not-found"

    def __init__(self, number: int, numbers: Sequence[int]) -> None:
        """Name the number and those there are."""
        there = ", ".join(map(str, numbers)) or "none"
        super().__init__(f"the task has no milestone {number}; it has {there}")


class MilestoneReachedError(ConflictError):
    """A node that was reached is to be reached again, or left out."""

    code = "milestone-reached"

    def __init__(self, titles: Sequence[str]) -> None:
        """Name the nodes."""
        super().__init__(f"{'、'.join(titles)}: reached already, and stays so", ("keep it among the milestones",))
