"""Records that could not be taken: noted with reason and position, told to others on the dead-letter topic.

The record itself stays where it is: domain topics keep everything, so a replay reads it again from its position. A note
is open until the record was replayed or dismissed. A run of open notes of unreadable records directly before a
consumer's position, as long as the limit, stops it, also after a restart: someone must look first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from aiokafka import ConsumerRecord
from aiokafka.errors import MessageSizeTooLargeError

from shared.postgres import Connection, Pool
from shared.text import storable

_NOTE = """
insert into dead_letter (consumer, topic, partition, record_offset, reason, parked, readable)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (consumer, topic, partition, record_offset) do update set reason = excluded.reason
"""
_OPEN = "select count(*) from dead_letter where replayed_at is null and dismissed_at is null"
_RUN = """
select count(*)
from (
    select record_offset, row_number() over (order by record_offset desc) as number
    from dead_letter
    where consumer = $1 and topic = $2 and partition = $3 and record_offset >= $4::bigint - $5::integer
        and record_offset < $4 and not parked and not readable and replayed_at is null and dismissed_at is null
) as unreadable
where record_offset = $4 - number
"""
_PAGE = """
select consumer, topic, partition, record_offset, reason, parked, readable, noticed_at, replayed_at, dismissed_at
from dead_letter
where (consumer, topic, partition, record_offset) > ($1, $2, $3, $4)
    and ($5 or (replayed_at is null and dismissed_at is null))
order by consumer, topic, partition, record_offset
limit $6
"""
_HOLD = """
select consumer, topic, partition, record_offset, reason, parked, readable, noticed_at, replayed_at, dismissed_at
from dead_letter
where consumer = $1 and topic = $2 and partition = $3 and record_offset = $4
for update
"""
_NOTED = """
select exists (select from dead_letter where topic = $1 and partition = $2 and record_offset = $3)
"""
_REPLAYED = """
update dead_letter set replayed_at = now()
where consumer = $1 and topic = $2 and partition = $3 and record_offset = $4
returning
    consumer, topic, partition, record_offset, reason, parked, readable, noticed_at, replayed_at, dismissed_at
"""
_DISMISSED = """
update dead_letter set dismissed_at = now()
where consumer = $1 and topic = $2 and partition = $3 and record_offset = $4
returning
    consumer, topic, partition, record_offset, reason, parked, readable, noticed_at, replayed_at, dismissed_at
"""


_REASON_MAX = 1000
"""Characters of a reason that are kept; it may quote what a stranger wrote."""


class TooManyDeadLettersError(Exception):
    """A run of unreadable records reached the limit; someone must look before more of the topic is passed over."""

    def __init__(self, run: int, topic: str, partition: int, offset: int) -> None:
        """Say where the run is and what ends it; `offset` is the next record's."""
        super().__init__(
            f"{run} unreadable records in a row on {topic}/{partition} before offset {offset}: nothing more is taken "
            "until they are replayed or dismissed, see `xietiao dead-letters list`"
        )


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record that a consumer could not take."""

    consumer: str
    topic: str
    partition: int
    record_offset: int
    reason: str
    parked: bool
    readable: bool
    noticed_at: datetime
    replayed_at: datetime | None
    dismissed_at: datetime | None

    @property
    def key(self) -> tuple[str, str, int, int]:
        """Return what identifies it."""
        return self.consumer, self.topic, self.partition, self.record_offset

    @property
    def is_open(self) -> bool:
        """Return whether nobody has replayed or dismissed it."""
        return self.replayed_at is None and self.dismissed_at is None


class Sender(Protocol):
    """What sends a record to the bus and waits until it is taken."""

    async def send_and_wait(self, topic: str, **record: Any) -> object:  # noqa: ANN401 - aiokafka is untyped
        """Send a record."""


class DeadLetterBox:
    """Where one consumer puts what it could not take."""

    def __init__(self, consumer: str, topic: str, producer: Sender) -> None:
        """Name the consumer and its dead-letter topic (full name)."""
        self._consumer = consumer
        self._topic = topic
        self._producer = producer

    async def put(
        self, conn: Connection, record: ConsumerRecord, reason: str, *, parked: bool = False, readable: bool = False
    ) -> None:
        """Publish the record with its reason, then note it; doing so twice leaves one note, and a closed one closed."""
        kept = storable(reason, _REASON_MAX)
        await self._publish(record, kept)
        await conn.execute(_NOTE, self._consumer, record.topic, record.partition, record.offset, kept, parked, readable)

    async def _publish(self, record: ConsumerRecord, reason: str) -> None:
        """Publish the record, or, where with our headers it is too large for the topic, only where it stands."""
        headers = [
            ("xietiao-reason", reason.encode()),
            ("xietiao-origin", f"{record.topic}/{record.partition}/{record.offset}".encode()),
            ("xietiao-consumer", self._consumer.encode()),
        ]
        value = (
            b"" if record.key is None and record.value is None else record.value
        )  # aiokafka sends no record of nothing
        try:
            await self._producer.send_and_wait(
                self._topic, key=record.key, value=value, headers=[*headers, *record.headers]
            )
        except MessageSizeTooLargeError:
            left_out = ("xietiao-left-out-bytes", str(len(record.value or b"")).encode())
            await self._producer.send_and_wait(self._topic, value=b"", headers=[*headers, left_out])


async def run_before(conn: Connection, consumer: str, topic: str, partition: int, offset: int, limit: int) -> int:
    """Return how many open notes of unreadable records stand directly before an offset, `limit` at most."""
    return int(await conn.fetchval(_RUN, consumer, topic, partition, offset, limit))


async def count_open(pool: Pool) -> int:
    """Return how many dead letters of this service are open."""
    return int(await pool.fetchval(_OPEN))


async def page_of_letters(
    conn: Connection, after: Sequence[Any], *, closed_too: bool, fetch: int
) -> Sequence[DeadLetter]:
    """Return dead letters in the order of consumer, topic, partition and offset."""
    return [DeadLetter(*row) for row in await conn.fetch(_PAGE, *after, closed_too, fetch)]


async def hold(conn: Connection, consumer: str, topic: str, partition: int, offset: int) -> DeadLetter | None:
    """Return a dead letter and hold it until the transaction ends."""
    row = await conn.fetchrow(_HOLD, consumer, topic, partition, offset)
    return None if row is None else DeadLetter(*row)


async def is_noted(conn: Connection, topic: str, partition: int, offset: int) -> bool:
    """Return whether any consumer of this service has put the record aside."""
    return bool(await conn.fetchval(_NOTED, topic, partition, offset))


async def note_replayed(conn: Connection, letter: DeadLetter) -> DeadLetter:
    """Note that the record has been taken after all; in the transaction of its effect."""
    return await _changed(conn, _REPLAYED, letter)


async def note_dismissed(conn: Connection, letter: DeadLetter) -> DeadLetter:
    """Note that the record need not be taken."""
    return await _changed(conn, _DISMISSED, letter)


async def _changed(conn: Connection, statement: str, letter: DeadLetter) -> DeadLetter:
    row = await conn.fetchrow(statement, *letter.key)
    assert row is not None  # noqa: S101 - the caller holds the row
    return DeadLetter(*row)
