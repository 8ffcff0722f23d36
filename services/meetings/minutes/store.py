"""What is stored of minutes: one function per query of queries.sql."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from services.meetings.minutes.domain import (
    Content,
    Edition,
    Minutes,
    MinutesState,
    Passage,
    passages,
    plain,
    query_terms,
    terms,
)
from services.meetings.minutes.errors import MinutesNotFoundError
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Listed:
    """Minutes with the title of their meeting."""

    minutes: Minutes
    title: str


async def insert_minutes(conn: Connection, meeting_id: UUID, body: str) -> Minutes:
    """Return the new minutes of a meeting."""
    return _minutes(await conn.fetchrow(QUERIES["insert_minutes"], meeting_id, body))


async def find_minutes(conn: Connection, meeting_id: UUID) -> Minutes:
    """Return the minutes of a meeting or refuse."""
    row = await conn.fetchrow(QUERIES["find_minutes"], meeting_id)
    if row is None:
        raise MinutesNotFoundError
    return _minutes(row)


async def lock_minutes(conn: Connection, meeting_id: UUID) -> Minutes | None:
    """Return the minutes of a meeting, locked; None if there are none yet."""
    row = await conn.fetchrow(QUERIES["lock_minutes"], meeting_id)
    return None if row is None else _minutes(row)


async def mark_minutes(conn: Connection, minutes: Minutes) -> Minutes:
    """Return the minutes as they stand now; the meeting says so too."""
    row = await conn.fetchrow(
        QUERIES["mark_minutes"],
        minutes.meeting_id,
        minutes.state,
        minutes.edition,
        minutes.year,
        minutes.number,
        minutes.reviewed_by,
        minutes.signed_on,
        minutes.published_at,
    )
    return _minutes(row)


async def note_state(conn: Connection, meeting_id: UUID, state: MinutesState) -> None:
    """Let the meeting say where its minutes stand."""
    await conn.execute(QUERIES["note_state"], meeting_id, state)


async def next_number(conn: Connection, body: str, year: int) -> int:
    """Return the next number of a body's series; nobody else gets one until this transaction ends."""
    number: int = await conn.fetchval(QUERIES["next_number"], body, year)
    return number


async def save_edition(conn: Connection, edition: Edition) -> None:
    """Keep what an edition says."""
    await conn.execute(
        QUERIES["save_edition"],
        edition.meeting_id,
        edition.edition,
        edition.content.model_dump(mode="json"),
        edition.digest,
        edition.signed_on,
        edition.signer,
        edition.signer_post,
        edition.change_note,
        edition.made_at,
        edition.made_by,
    )


async def list_editions(conn: Connection, meeting_id: UUID) -> list[Edition]:
    """Return the editions of a meeting's minutes, the first first."""
    rows = await conn.fetch(QUERIES["list_editions"], meeting_id)
    return [Edition(**{**row, "content": Content.model_validate(row["content"])}) for row in rows]


async def insert_recipients(conn: Connection, meeting_id: UUID, units: Sequence[str]) -> None:
    """Note to whom the minutes go."""
    await conn.execute(QUERIES["insert_recipients"], meeting_id, units)


async def list_recipients(conn: Connection, meeting_id: UUID) -> list[str]:
    """Return to whom the minutes were published."""
    return [row["unit"] for row in await conn.fetch(QUERIES["list_recipients"], meeting_id)]


async def delete_passages(conn: Connection, meeting_id: UUID) -> None:
    """Let nothing of a meeting's minutes be found any longer."""
    await conn.execute(QUERIES["delete_passages"], meeting_id)


async def insert_passages(conn: Connection, meeting_id: UUID, content: Content) -> None:
    """Let everything that this content says be found."""
    found = list(passages(content))
    texts = [plain(passage.text) for passage in found]
    await conn.execute(
        QUERIES["insert_passages"],
        meeting_id,
        [passage.item_number for passage in found],
        [passage.text for passage in found],
        texts,
        ["\n".join(terms(text)) for text in texts],
    )


async def hidden_items(conn: Connection, meeting_id: UUID, reader: str) -> frozenset[int]:
    """Return the numbers of the items that this reader may not see."""
    return frozenset(row["number"] for row in await conn.fetch(QUERIES["hidden_items"], meeting_id, reader))


async def list_minutes(
    conn: Connection,
    reader: str,
    *,
    body: str | None,
    year: int | None,
    words: Sequence[str],
    after: tuple[str | None, str | None],
    limit: int,
) -> list[Listed]:
    """Return the minutes of which a reader has a copy and that hold all the words, the newest first."""
    narrowest = query_terms(max(words, key=len)) if words else None
    rows = await conn.fetch(QUERIES["list_minutes"], reader, body, year, words, narrowest, *after, limit)
    return [_listed(row) for row in rows]


async def list_hits(
    conn: Connection, meetings: Sequence[UUID], words: Sequence[str], reader: str
) -> dict[UUID, list[Passage]]:
    """Return the passages that hold one of the words, by meeting."""
    found: dict[UUID, list[Passage]] = {}
    for row in await conn.fetch(QUERIES["list_hits"], meetings, words, reader):
        found.setdefault(row["meeting_id"], []).append(Passage(row["item_number"], row["text"]))
    return found


def _listed(row: Record) -> Listed:
    fields = dict(row)
    title = fields.pop("title")
    return Listed(Minutes(**{**fields, "state": MinutesState(fields["state"])}), title)


def _minutes(row: Record | None) -> Minutes:
    assert row is not None  # noqa: S101 - `returning` of a row that is locked, or checked by the caller
    return Minutes(**{**row, "state": MinutesState(row["state"])})
