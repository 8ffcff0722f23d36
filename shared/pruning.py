"""What a service forgets, a few rows at a time: sent events of the outbox, and answers kept for an Idempotency-Key.

The log keeps every event for ever, so the outbox need not. The audit log is never pruned, and neither is the inbox: a
consumer whose group the broker has forgotten (after seven days away) reads its topics from the beginning, so that any
event, however old, can come again. An inbox row takes about 150 bytes.
"""

import time

from shared.postgres import Connection

SENT_DAYS = 7
"""How long an event stays in the outbox after it was sent, for those who look for a fault."""
ANSWER_DAYS = 30
"""How long an Idempotency-Key is remembered; after that it is a new one."""

_EVERY_SECONDS = 600.0
_ROWS = 1000

_SENT = """
delete from outbox where position in (
    select position from outbox where sent_at < now() - make_interval(days => $1) order by sent_at limit $2
)
"""
_ANSWERS = """
delete from idempotency where (subject, key) in (
    select subject, key from idempotency where created_at < now() - make_interval(days => $1)
    order by created_at limit $2
)
"""


class Pruning:
    """Prunes every ten minutes, and as long as there is more, a little at each call in between."""

    def __init__(self) -> None:
        """Begin with the first call."""
        self._not_before = 0.0

    async def prune_if_due(self, conn: Connection) -> None:
        """Delete at most some rows of each table, if it is time to."""
        if time.monotonic() < self._not_before:
            return
        found = [await _delete(conn, _SENT, SENT_DAYS), await _delete(conn, _ANSWERS, ANSWER_DAYS)]
        if max(found) < _ROWS:
            self._not_before = time.monotonic() + _EVERY_SECONDS


async def _delete(conn: Connection, statement: str, days: int) -> int:
    done = await conn.execute(statement, days, _ROWS)
    return int(done.rpartition(" ")[2])
