"""Refusals before the meeting."""

from uuid import UUID

from shared.errors import ConflictError, NotFoundError


class AgendaItemNotFoundError(NotFoundError):
    """The agenda has no item of this number, or none that the caller may know of."""

    code = "agenda-item-not-found"

    def __init__(self, number: int) -> None:
        """Name the number."""
        super().__init__(f"the agenda has no item {number}")


class AgendaItemInUseError(ConflictError):
    """Something rests on the item: a paper, a decision, a resolution."""

    code = "agenda-item-in-use"


class PaperNotFoundError(NotFoundError):
    """The meeting asked for no such paper."""

    code = "paper-not-found"

    def __init__(self, paper_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"the meeting asked for no paper {paper_id}")


class PaperStateError(ConflictError):
    """The paper is withdrawn already."""

    code = "paper-state"


class AlreadyInvitedError(ConflictError):
    """The unit is invited already."""

    code = "already-invited"

    def __init__(self, name: str) -> None:
        """Name the unit."""
        super().__init__(f"{name} is invited already")
