"""Partitions that have records in the log which never come: a consumer can hang without crashing, and looks idle then.

The end of a partition alone does not tell: behind the last event may stand a transaction's mark, which no consumer is
given. So whoever finds a partition standing still reads one record there itself before it says so.
"""

from collections.abc import Collection, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.scoring.ledger import Partition
from shared.kafka import PROBE_SECONDS, in_time

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


async def has_record(consumer: AIOKafkaConsumer, partition: Partition, offset: int) -> bool:
    """Return whether a record stands at an offset or behind it; the consumer is of no group and reads nothing else."""
    asked = TopicPartition(*partition)
    consumer.assign([asked])
    try:
        consumer.seek(asked, offset)
        waiting_ms = int(PROBE_SECONDS * 500)
        return bool(await in_time(consumer.getmany(asked, timeout_ms=waiting_ms, max_records=1), PROBE_SECONDS))
    finally:
        consumer.unsubscribe()
