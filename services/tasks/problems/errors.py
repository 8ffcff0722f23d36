"""Refusals of problems."""

from uuid import UUID

from shared.errors import ConflictError, NotFoundError


class ProblemNotFoundError(NotFoundError):
    """No problem has this id."""

    code = "problem-not-found"

    def __init__(self, problem_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no problem {problem_id}")


class ProblemHasTaskError(ConflictError):
    """A problem makes one task, and has made it."""

    code = "problem-has-task"

    def __init__(self, title: str, task_id: UUID) -> None:
        """Name the task."""
        super().__init__(f"the problem “{title}” has its task already: /v1/tasks/{task_id}", ())
