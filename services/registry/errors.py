"""What the registry refuses."""

from shared.errors import ConflictError, NotFoundError


class UnitNotFoundError(NotFoundError):
    """No unit has this code, or not on that day."""

    code = "unit-not-found"


class BodyNotFoundError(NotFoundError):
    """No body has this code, or not on that day."""

    code = "body-not-found"


class OverlapError(ConflictError):
    """Another row already says this, or the contrary, of the same days."""

    code = "overlap"
