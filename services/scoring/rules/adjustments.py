"""What the office gives or takes under a criterion on a document, and what an appeal's decision gives.

Both are events of scoring's own and evidence like any other: lines under `adjustment.<criterion>`, added to the rule's
points. A bonus, veto or gate takes adjustments as evidence of its own instead.
"""

from collections.abc import Iterable

from services.scoring.rules.base import ONE, Evidence
from shared.contracts.envelope import Event
from shared.contracts.scoring import AdjustmentApproved, AppealDecided

PREFIX = "adjustment."


class Adjusting:
    """Makes ledger lines of the adjustments and decided appeals under one criterion."""

    is_bounded = False
    event_types = (AdjustmentApproved.event_type, AppealDecided.event_type)

    def __init__(self, criterion: str) -> None:
        """Watch one criterion."""
        self._criterion = criterion
        self.code = PREFIX + criterion

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the adjustment's line, or that of an appeal that was upheld."""
        told = event.data
        if told.criterion != self._criterion:
            return
        if isinstance(told, AdjustmentApproved):
            words = f"依据{told.document}{'（已撤回）' if told.withdrawn else ''}"
            source = f"adjustment:{told.adjustment_id}"
            yield Evidence(told.unit, source, ONE, told.points, "adjustment", words, counts=not told.withdrawn)
        else:
            words = f"申诉{'成立' if told.upheld else '不成立'}"
            source = f"appeal:{told.appeal_id}"
            yield Evidence(told.unit, source, ONE, told.points, "appeal", words, counts=told.upheld)
