"""What the log holds at an offset: whoever misses records asks, for a transaction leaves marks that are none."""

from aiokafka import TopicPartition

from services.scoring.ledger import Partition
from shared.kafka import PROBE_SECONDS, in_time, make_consumer

_WAIT_SECONDS = PROBE_SECONDS / 2


async def first_record(bootstrap: str, client_id: str, partition: Partition, offset: int) -> int | None:
    """Return the offset of the first record at or behind `offset`, None if there is none; one of `KAFKA_FAILURES`."""
    asked = TopicPartition(*partition)
    consumer = make_consumer(bootstrap, client_id, None)
    try:
        await in_time(consumer.start(), PROBE_SECONDS)
        consumer.assign([asked])
        consumer.seek(asked, offset)
        found = await in_time(consumer.getmany(timeout_ms=int(_WAIT_SECONDS * 1000), max_records=1), PROBE_SECONDS)
    finally:
        await consumer.stop()
    return next((records[0].offset for records in found.values() if records), None)
