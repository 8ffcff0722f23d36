"""Events leave a service only by its outbox: written in the command's transaction, published by the relay."""

from collections.abc import Sequence

from shared.contracts.envelope import Event
from shared.errors import RefusalError
from shared.postgres import Connection

MAX_EVENT_BYTES = 1024 * 1024
"""Largest event: half of what topics and producers take, so that headers and dead letters fit too."""

_APPEND = """
insert into outbox (topic, aggregate, version, event)
select * from unnest($1::text[], $2::text[], $3::integer[], $4::bytea[])
"""

Columns = tuple[list[str], list[str], list[int], list[bytes]]
"""Rows of the outbox as a statement takes them: topics, aggregates, versions, events."""


class EventTooLargeError(RefusalError):
    """What was asked would have to be told in an event that is larger than any may be."""

    status = 413
    code = "event-too-large"
    title = "More than one event can hold"


async def append(conn: Connection, *events: Event, topic: str | None = None) -> None:
    """Append events, in order, to the transaction; `topic` overrides the producer's own (name without prefix)."""
    await append_all(conn, events, topic)


async def append_all(conn: Connection, events: Sequence[Event], topic: str | None = None) -> None:
    """Append many events in one statement; refuse one that the bus would never take."""
    if events:
        await conn.execute(_APPEND, *columns(events, topic))


def columns(events: Sequence[Event], topic: str | None = None) -> Columns:
    """Return events for a statement that also writes what they tell of; refuse one that the bus would never take."""
    written = [event.to_bytes() for event in events]
    for event, content in zip(events, written, strict=True):
        if len(content) > MAX_EVENT_BYTES:
            raise EventTooLargeError(f"{event.type} would have {len(content)} bytes; at most {MAX_EVENT_BYTES}")
    return (
        [topic or event.producer for event in events],
        [event.subject for event in events],
        [event.aggregateversion for event in events],
        written,
    )
