"""Scoring's refusals."""

from shared.errors import ConflictError, NotFoundError


class MethodNotFoundError(NotFoundError):
    """No such method, or none of the group is in force yet."""

    code = "method-not-found"


class RebuildNotFoundError(NotFoundError):
    """No such rebuild."""

    code = "rebuild-not-found"


class MethodVersionConflictError(ConflictError):
    """A version of a method never changes, and versions have no gaps."""

    code = "method-version-conflict"
