"""Refusals of the tasks service."""

from collections.abc import Sequence
from uuid import UUID

from shared.errors import ConflictError, NotFoundError


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
