"""Refusals about minutes."""

from collections.abc import Sequence

from shared.errors import ConflictError, ForbiddenError, NotFoundError


class MinutesNotFoundError(NotFoundError):
    """There are no minutes of the meeting, or none that the caller may know of yet."""

    code = "minutes-not-found"

    def __init__(self) -> None:
        """Say so."""
        super().__init__("there are no minutes of this meeting yet")


class EditionNotFoundError(NotFoundError):
    """The minutes have no such edition."""

    code = "edition-not-found"

    def __init__(self, edition: int, newest: int) -> None:
        """Name the newest."""
        super().__init__(f"the minutes have no edition {edition}; the newest is {newest}")


class MinutesNotForYouError(ForbiddenError):
    """The minutes were published to others."""

    code = "minutes-not-for-you"

    def __init__(self) -> None:
        """Say so."""
        super().__init__("these minutes were published to other units; ask the office for a copy")


class MinutesStateError(ConflictError):
    """The state of the minutes does not allow this; `allowed` names what it does allow."""

    code = "minutes-state"


class MinutesIncompleteError(ConflictError):
    """Something that belongs in the minutes is missing."""

    code = "minutes-incomplete"

    def __init__(self, gaps: Sequence[str]) -> None:
        """Name what is missing."""
        super().__init__("；".join(gaps), ("decision", "attendance", "sign with despite_gaps"))
