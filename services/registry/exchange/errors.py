"""What imports refuse."""

from shared.errors import ConflictError, NotFoundError


class PlanNotFoundError(NotFoundError):
    """There is no plan of this id, or it was removed since."""

    code = "plan-not-found"


class PlanStateError(ConflictError):
    """The plan is not in a state in which it can be applied."""

    code = "plan-state"


class RegistryMovedError(ConflictError):
    """The registry changed since the plan was made, so what it shows may no longer be what would happen."""

    code = "registry-moved"
