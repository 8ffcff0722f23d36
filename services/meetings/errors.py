"""Refusals of the meetings service, each with a code of its own."""

from uuid import UUID

from shared.errors import ConflictError, NotFoundError


class MeetingNotFoundError(NotFoundError):
    """No meeting has this id."""

    code = "meeting-not-found"

    def __init__(self, meeting_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no meeting {meeting_id}")


class ResolutionNotFoundError(NotFoundError):
    """No resolution has this id."""

    code = "resolution-not-found"

    def __init__(self, resolution_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no resolution {resolution_id}")


class ResolutionHasNoTextError(NotFoundError):
    """The resolution was adopted by its title alone."""

    code = "resolution-has-no-text"

    def __init__(self, resolution_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"resolution {resolution_id} was adopted without a text; its title says all")


class MeetingStateError(ConflictError):
    """The meeting's state does not allow this; `allowed` names what it does allow."""

    code = "meeting-state"
