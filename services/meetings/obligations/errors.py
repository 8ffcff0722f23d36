"""Refusals about obligations."""

from uuid import UUID

from shared.errors import ConflictError, NotFoundError


class RuleNotFoundError(NotFoundError):
    """No obligation rule has this code."""

    code = "obligation-rule-not-found"

    def __init__(self, rule: str) -> None:
        """Name the code."""
        super().__init__(f"there is no obligation rule {rule}")


class ObligationNotFoundError(NotFoundError):
    """No obligation has this id."""

    code = "obligation-not-found"

    def __init__(self, obligation_id: UUID) -> None:
        """Name the id."""
        super().__init__(f"there is no obligation {obligation_id}")


class ObligationStateError(ConflictError):
    """The obligation's state does not allow this."""

    code = "obligation-state"


class RuleRetiredError(ConflictError):
    """The rule obliges nobody any longer."""

    code = "obligation-rule-retired"
