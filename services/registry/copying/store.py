"""The whole registry as it is known now: functions 1:1 with `queries.sql`."""

from pathlib import Path

from services.registry import rows
from services.registry.domain import Document, Membership
from shared.contracts.registry import RegisterEntryChanged
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def aggregate_versions(conn: Connection) -> dict[str, int]:
    """Return the version of every aggregate."""
    return {row["id"]: row["version"] for row in await conn.fetch(_SQL["aggregate_versions"])}


async def known_codes(conn: Connection) -> dict[str, list[str]]:
    """Return the codes of units, posts, bodies, sectors and duties."""
    return {row["kind"]: row["codes"] for row in await conn.fetch(_SQL["known_codes"])}


async def all_documents(conn: Connection) -> list[Document]:
    """Return every document."""
    return [rows.document_of(row) for row in await conn.fetch(_SQL["all_documents"])]


async def all_memberships(conn: Connection) -> list[Membership]:
    """Return every membership, on all days."""
    return [rows.membership_of(row) for row in await conn.fetch(_SQL["all_memberships"])]


async def all_entries(conn: Connection) -> list[RegisterEntryChanged]:
    """Return every register entry, on all days."""
    return [
        RegisterEntryChanged(
            entry_id=str(row["id"]),
            register_name=row["register"],
            key=row["key"],
            title=row["title"],
            unit=row["unit"],
            sectors=tuple(row["sectors"]),
            status=row["status"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            document=row["document"],
        )
        for row in await conn.fetch(_SQL["all_entries"])
    ]
