"""Publications and appeals in the database, 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from services.scoring.domain import LedgerRow
from services.scoring.publications.domain import Appeal, AppealState, Publication
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


class Closing(NamedTuple):
    """A publication as it is closed."""

    method: str
    method_version: int
    edition: int
    closed_by: str
    closed_at: datetime
    appeal_until: date
    reason: str | None
    positions: dict[str, int]
    facts: dict[str, Any]
    preliminary: list[dict[str, Any]]


class Filing(NamedTuple):
    """An appeal as it is filed."""

    publication: UUID
    method: str
    method_version: int
    unit: str
    criterion: str | None
    reason: str
    filed_by: str
    filed_at: datetime


class Publishing(NamedTuple):
    """What publication adds."""

    id: UUID
    result: list[dict[str, Any]]
    result_digest: str
    document: str | None
    published_by: str
    published_at: datetime
    version: int


async def lock_method(conn: Connection, method: str) -> None:
    """Let nothing be closed or entered under a method until this transaction ends."""
    await conn.execute(Q["lock_method"], method)


async def share_method(conn: Connection, method: str) -> None:
    """Let nothing be closed under a method until this transaction ends; others may enter too."""
    await conn.execute(Q["share_method"], method)


async def newest_publication(conn: Connection, method: str, method_version: int) -> Publication | None:
    """Return the newest edition of a method version that was not abandoned."""
    row = await conn.fetchrow(Q["newest_publication"], method, method_version)
    return None if row is None else Publication(**row)


async def results_before(conn: Connection, publication: Publication) -> list[list[dict[str, Any]]]:
    """Return what earlier editions of a publication's method version published."""
    values = publication.method, publication.method_version, publication.edition
    return [row["result"] for row in await conn.fetch(Q["results_before"], *values)]


async def next_edition(conn: Connection, method: str, method_version: int) -> int:
    """Return the number of the next edition."""
    return int(await conn.fetchval(Q["next_edition"], method, method_version))


async def entered_but_not_counted(conn: Connection, method: str, method_version: int, generation: int) -> int:
    """Return how many entered facts the ledger does not have yet."""
    return int(await conn.fetchval(Q["entered_but_not_counted"], method, method_version, generation))


async def proposed_adjustments(conn: Connection, method: str, method_version: int) -> int:
    """Return how many adjustments are proposed and not decided."""
    return int(await conn.fetchval(Q["proposed_adjustments"], method, method_version))


async def insert_publication(conn: Connection, closing: Closing) -> Publication:
    """Keep a closing."""
    (row,) = await conn.fetch(Q["insert_publication"], *closing)
    return Publication(**row)


async def lock_publication(conn: Connection, publication: UUID) -> Publication | None:
    """Return a publication, locked."""
    row = await conn.fetchrow(Q["lock_publication"], publication)
    return None if row is None else Publication(**row)


async def find_publication(conn: Connection, publication: UUID) -> Publication | None:
    """Return a publication."""
    row = await conn.fetchrow(Q["find_publication"], publication)
    return None if row is None else Publication(**row)


async def publish(conn: Connection, publishing: Publishing) -> Publication:
    """Keep what is published; from then on it is frozen."""
    (row,) = await conn.fetch(Q["publish"], *publishing)
    return Publication(**row)


async def abandon(conn: Connection, publication: UUID, reason: str, version: int) -> Publication:
    """Give a closing up, so that the assessment goes on."""
    (row,) = await conn.fetch(Q["abandon"], publication, reason, version)
    return Publication(**row)


async def page_of_publications(
    conn: Connection, after: UUID | None, method: str | None, limit: int
) -> list[Publication]:
    """Return publications, oldest first."""
    return [Publication(**row) for row in await conn.fetch(Q["page_of_publications"], after, method, limit)]


async def insert_appeal(conn: Connection, filing: Filing) -> Appeal | None:
    """Keep an appeal; None if the unit has one open on the same matter."""
    row = await conn.fetchrow(Q["insert_appeal"], *filing)
    return None if row is None else Appeal(**row)


async def lock_appeal(conn: Connection, appeal: UUID) -> Appeal | None:
    """Return an appeal, locked."""
    row = await conn.fetchrow(Q["lock_appeal"], appeal)
    return None if row is None else Appeal(**row)


async def find_appeal(conn: Connection, appeal: UUID) -> Appeal | None:
    """Return an appeal."""
    row = await conn.fetchrow(Q["find_appeal"], appeal)
    return None if row is None else Appeal(**row)


async def end_appeal(conn: Connection, decided: Appeal) -> Appeal:
    """Keep what was decided, or that the appeal was withdrawn."""
    (row,) = await conn.fetch(
        Q["end_appeal"],
        decided.id,
        decided.state,
        decided.points,
        decided.decided_criterion,
        decided.effective_on,
        decided.decided_by,
        decided.decided_at,
        decided.decision_reason,
        decided.version,
    )
    return Appeal(**row)


async def appeals_of(conn: Connection, publication: UUID) -> list[Appeal]:
    """Return a publication's appeals, oldest first."""
    return [Appeal(**row) for row in await conn.fetch(Q["appeals_of"], publication)]


async def page_of_appeals(
    conn: Connection,
    after: UUID | None,
    publication: UUID | None,
    unit: str | None,
    state: AppealState | None,
    limit: int,
) -> list[Appeal]:
    """Return appeals, oldest first."""
    rows = await conn.fetch(Q["page_of_appeals"], after, publication, unit, state, limit)
    return [Appeal(**row) for row in rows]


async def last_recorded(conn: Connection, generation: int) -> datetime | None:
    """Return when the log took the newest line of a ledger."""
    found: datetime | None = await conn.fetchval(Q["last_recorded"], generation)
    return found


async def lines_recorded_since(
    conn: Connection, generation: int, since: datetime, units: Sequence[str], limit: int
) -> list[LedgerRow]:
    """Return ledger lines of these units that the log took after an instant."""
    return [LedgerRow(**row) for row in await conn.fetch(Q["lines_recorded_since"], generation, since, units, limit)]
