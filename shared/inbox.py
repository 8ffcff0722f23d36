"""The inbox makes a consumer idempotent: an event's effect and the note that it was taken are one transaction."""

from shared.contracts.envelope import Event
from shared.postgres import Connection

_CLAIM = """
insert into inbox (consumer, source, event_id) values ($1, $2, $3)
on conflict do nothing
returning true
"""


async def claim(conn: Connection, consumer: str, event: Event) -> bool:
    """Return whether this consumer sees the event for the first time, and note it."""
    return bool(await conn.fetchval(_CLAIM, consumer, event.source, event.id))
