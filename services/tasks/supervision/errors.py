"""Refusals of supervision."""

from uuid import UUID

from services.tasks.supervision.domain import Slip
from shared.errors import ConflictError, NotFoundError


class SlipNotFoundError(NotFoundError):
    """No slip has this id."""

    code = "slip-not-found"

    def __init__(self, slip_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no slip {slip_id}")


class SlipOpenError(ConflictError):
    """One matter has one open slip, and it has one."""

    code = "slip-open"

    def __init__(self, slip: Slip) -> None:
        """Name the open slip."""
        super().__init__(
            f"the {slip.colour} slip {slip.id} to {slip.unit} is open and to be answered by {slip.answer_due_on}",
            ("answer",),
        )


class SlipClosedError(ConflictError):
    """The slip takes no answer any more."""

    code = "slip-closed"

    def __init__(self, slip: Slip, newer: Slip | None) -> None:
        """Say how it ended, and which slip is to be answered instead."""
        instead = "" if newer is None else f"; the {newer.colour} slip {newer.id} followed it"
        super().__init__(f"the slip is {slip.state}{instead}", ())


class NothingOwedError(ConflictError):
    """The part is not the unit's to do now, so there is nothing to press for."""

    code = "nothing-owed"

    def __init__(self, unit: str, state: str) -> None:
        """Name the unit and the state of its part."""
        super().__init__(f"the part of {unit} is {state}: there is nothing to press for", ())


class CalendarUnknownError(ConflictError):
    """The working days that a deadline counts are not known."""

    code = "calendar-unknown"

    def __init__(self, why: str) -> None:
        """Say which year is not known and what would help."""
        super().__init__(f"{why}; or state answer_due_on", ("state answer_due_on",))
