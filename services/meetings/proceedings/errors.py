"""Refusals at the meeting."""

from shared.errors import ConflictError


class PlanNotTabledError(ConflictError):
    """What would be adopted is not what lay on the table."""

    code = "plan-not-tabled"

    def __init__(self, number: int, fault: str) -> None:
        """Say what became of the plan since it was put on the agenda."""
        super().__init__(
            f"item {number}: {fault}; submit it again in tasks if need be, and put the item (PUT) with the words that "
            "the meeting had before it",
            ("deferred", "rejected"),
        )


class NoQuorumError(ConflictError):
    """Too few member units attended for anything to be decided."""

    code = "no-quorum"

    def __init__(self, attending: int, required: int, members: int) -> None:
        """Say how many came and how many are needed."""
        super().__init__(
            f"{attending} of {members} member units attended, {required} are needed to decide; correct the attendance "
            "or convene again",
            ("attendance",),
        )
