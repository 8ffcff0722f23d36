"""Refusals at the meeting."""

from shared.errors import ConflictError


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
