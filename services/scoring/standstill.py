"""Partitions that have records in the log which never come: a consumer can hang without crashing, and looks idle then.

The end of a partition alone does not tell: behind the last event may stand a transaction's mark, which no consumer is
given. So whoever finds a partition standing still looks for a record there before it says so.
"""

from collections.abc import Collection, Mapping

from services.scoring.ledger import Partition

LOOKS = 120
"""So many looks on end, one a second, must find a position unmoved; sharing partitions anew may take a minute."""


class Standstill:
    """Counts the looks that find a partition where the last one found it."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._seen: dict[Partition, tuple[int, int]] = {}

    def note(
        self, held: Mapping[Partition, int], ends: Mapping[Partition, int], busy: Collection[Partition]
    ) -> list[Partition]:
        """Take in positions and ends, but for what is in hand; return what has stood still before its end too long."""
        seen: dict[Partition, tuple[int, int]] = {}
        for partition, end in ends.items():
            position = held[partition]
            if position < end and partition not in busy:
                before, looks = self._seen.get(partition, (position, 0))
                seen[partition] = position, looks + 1 if before == position else 1
        self._seen = seen
        return [partition for partition, (_, looks) in seen.items() if looks >= LOOKS]

    def forget(self) -> None:
        """Count anew: the bus or the database was away, or what stood there was no record."""
        self._seen = {}
