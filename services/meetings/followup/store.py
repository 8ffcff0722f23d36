"""What is stored of resolutions' fulfilment: one function per query of queries.sql."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.meetings.domain import Resolution
from services.meetings.store import resolution_of
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class OfMeeting:
    """A resolution with title and day of its meeting."""

    resolution: Resolution
    meeting_title: str
    held_on: date


async def list_followed(
    conn: Connection, body: str, first: date | None, last: date | None, reader: str
) -> list[OfMeeting]:
    """Return the resolutions of a body that a reader may see."""
    return [_of_meeting(row) for row in await conn.fetch(QUERIES["list_followed"], body, first, last, reader)]


def _of_meeting(row: Record) -> OfMeeting:
    fields = dict(row)
    title, held_on = fields.pop("meeting_title"), fields.pop("held_on")
    return OfMeeting(resolution_of(fields), title, held_on)
