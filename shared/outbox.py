"""Events leave a service only by its outbox: written in the command's transaction, published by the relay."""

from collections.abc import Sequence

from shared.contracts.envelope import Event
from shared.postgres import Connection

_APPEND = """
insert into outbox (topic, aggregate, version, event)
select * from unnest($1::text[], $2::text[], $3::integer[], $4::bytea[])
"""


async def append(conn: Connection, *events: Event, topic: str | None = None) -> None:
    """Append events, in order, to the transaction; `topic` overrides the producer's own (name without prefix)."""
    await append_all(conn, events, topic)


async def append_all(conn: Connection, events: Sequence[Event], topic: str | None = None) -> None:
    """Append many events in one statement."""
    await conn.execute(
        _APPEND,
        [topic or event.producer for event in events],
        [event.subject for event in events],
        [event.aggregateversion for event in events],
        [event.to_bytes() for event in events],
    )
