"""Several parts of the service may take the same event: each has a table of its handlers, merged here."""

from collections.abc import Mapping, Sequence

from shared.consumer import Handler
from shared.contracts.envelope import Event
from shared.postgres import Connection


def merged(*tables: Mapping[str, Handler]) -> dict[str, Handler]:
    """Return one table; where several have a handler for a type, each takes the event, in the tables' order."""
    types = dict.fromkeys(event_type for table in tables for event_type in table)
    return {each: _all_of([table[each] for table in tables if each in table]) for each in types}


def _all_of(handlers: Sequence[Handler]) -> Handler:
    if len(handlers) == 1:
        return handlers[0]

    async def take(conn: Connection, event: Event) -> None:
        for handler in handlers:
            await handler(conn, event)

    return take
