"""Records that could not be taken: noted with reason and position, told to others on the dead-letter topic.

The record itself stays where it is: domain topics keep everything, so a replay reads it again from its position.
"""

from dataclasses import dataclass
from datetime import datetime

from aiokafka import AIOKafkaProducer, ConsumerRecord

from shared.postgres import Connection, Pool

_NOTE = """
insert into dead_letter (consumer, topic, partition, record_offset, reason, parked)
values ($1, $2, $3, $4, $5, $6)
on conflict (consumer, topic, partition, record_offset) do update set reason = excluded.reason, replayed_at = null
"""
_OPEN = "select count(*) from dead_letter where replayed_at is null"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that a consumer could not take."""

    consumer: str
    topic: str
    partition: int
    record_offset: int
    reason: str
    parked: bool
    noticed_at: datetime
    replayed_at: datetime | None


class DeadLetterBox:
    """Where one consumer puts what it could not take."""

    def __init__(self, consumer: str, topic: str, producer: AIOKafkaProducer) -> None:
        """Name the consumer and its dead-letter topic (full name)."""
        self._consumer = consumer
        self._topic = topic
        self._producer = producer

    async def put(self, conn: Connection, record: ConsumerRecord, reason: str, *, parked: bool = False) -> None:
        """Publish the record with its reason, then note it; doing so twice leaves one note."""
        origin = f"{record.topic}/{record.partition}/{record.offset}"
        await self._producer.send_and_wait(
            self._topic,
            key=record.key,
            value=record.value,
            headers=[
                ("xietiao-reason", reason.encode()),
                ("xietiao-origin", origin.encode()),
                ("xietiao-consumer", self._consumer.encode()),
                *record.headers,
            ],
        )
        await conn.execute(_NOTE, self._consumer, record.topic, record.partition, record.offset, reason, parked)


async def count_open(pool: Pool) -> int:
    """Return how many dead letters of this service have not been replayed."""
    return int(await pool.fetchval(_OPEN))
