"""The registry's rows: functions 1:1 with `queries.sql`, returning the frozen rows of `domain`.

`at` is the county's day as of which is asked, and the instant as of which the answer was known; `after` and `limit` cut
a page (`limit` None: all).
"""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

from services.registry import rows
from services.registry.domain import (
    Body,
    Clause,
    Document,
    Duty,
    DutyFilter,
    Membership,
    Obligation,
    Post,
    Sector,
    Unit,
    Viewpoint,
)
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))

_ANY_DUTY = DutyFilter()

AggregateKind = Literal["unit", "post", "body", "document", "sector", "calendar", "register_entry"]


async def next_version(conn: Connection, aggregate: str, kind: AggregateKind) -> int:
    """Take the aggregate's next version; its row stays locked until the transaction ends."""
    version: int = await conn.fetchval(_SQL["next_version"], aggregate, kind)
    return version


async def lock_aggregate(conn: Connection, aggregate: str) -> int | None:
    """Lock the aggregate and return its version; None if there is none."""
    version: int | None = await conn.fetchval(_SQL["lock_aggregate"], aggregate)
    return version


async def audit_seed(
    conn: Connection, occurred_at: datetime, subject: str, role: str, file: str, result: str, correlation_id: str
) -> None:
    """Record in the audit log that a seed was loaded."""
    await conn.execute(_SQL["audit_seed"], occurred_at, subject, role, file, result, correlation_id)


async def list_documents(
    conn: Connection, at: Viewpoint, *, number: str | None = None, after: int = 0, limit: int | None = None
) -> list[Document]:
    """Return documents written by that day."""
    found = await conn.fetch(_SQL["list_documents"], at.day, number, after, limit, at.known_at)
    return [rows.document_of(row) for row in found]


async def document_numbers(conn: Connection, numbers: Sequence[str] | None) -> list[str]:
    """Return those of the numbers that are recorded, or all that are."""
    return [row["number"] for row in await conn.fetch(_SQL["document_numbers"], numbers)]


async def add_document(conn: Connection, document: Document) -> None:
    """Enter a document."""
    await conn.execute(
        _SQL["add_document"],
        document.number,
        document.title,
        document.issuer,
        document.written_on,
        document.printed_on,
        document.addressees,
        document.copies,
        document.subject_words,
    )


async def list_units(
    conn: Connection,
    at: Viewpoint,
    *,
    code: str | None = None,
    kind: str | None = None,
    called: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Unit]:
    """Return units; `called` is part of a name, an alias or the code."""
    found = await conn.fetch(_SQL["list_units"], at.day, code, kind, called, after, limit, at.known_at)
    return [rows.unit_of(row) for row in found]


async def unit_codes(conn: Connection) -> list[str]:
    """Return every code that was ever registered."""
    return [row["code"] for row in await conn.fetch(_SQL["unit_codes"])]


async def unit_names(conn: Connection) -> dict[str, str]:
    """Return the newest name of every unit that was ever known, by code."""
    return {row["code"]: row["name"] for row in await conn.fetch(_SQL["unit_names"])}


async def unit_first_day(conn: Connection, code: str) -> date | None:
    """Return the unit's first day; None if it was never registered."""
    day: date | None = await conn.fetchval(_SQL["unit_first_day"], code)
    return day


async def add_unit(conn: Connection, unit: Unit) -> None:
    """Enter a unit with all its names."""
    await conn.execute(
        _SQL["add_unit"],
        unit.position or None,
        unit.code,
        unit.name,
        unit.short_name,
        unit.aliases,
        unit.kind,
        unit.parent,
        unit.note,
        unit.document,
        unit.compared_names,
        unit.valid_from,
        unit.valid_to,
        unit.social_credit_code,
    )


async def units_overlapping(conn: Connection, unit: Unit) -> list[Unit]:
    """Return units with the same code, credit code or a name on some of the same days; those of the same code first."""
    days = (unit.valid_from, unit.valid_to)
    found = await conn.fetch(_SQL["units_overlapping"], unit.code, unit.compared_names, *days, unit.social_credit_code)
    return [rows.unit_of(row) for row in found]


async def unit_covers(conn: Connection, code: str, valid_from: date, valid_to: date | None) -> bool:
    """Say whether the unit is valid on each of these days."""
    covers: bool = await conn.fetchval(_SQL["unit_covers"], code, valid_from, valid_to)
    return covers


async def list_posts(
    conn: Connection,
    at: Viewpoint,
    *,
    code: str | None = None,
    unit: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Post]:
    """Return posts."""
    found = await conn.fetch(_SQL["list_posts"], at.day, code, unit, after, limit, at.known_at)
    return [rows.post_of(row) for row in found]


async def add_post(conn: Connection, post: Post) -> None:
    """Enter a post."""
    await conn.execute(
        _SQL["add_post"],
        post.position or None,
        post.code,
        post.title,
        post.unit.code,
        post.valid_from,
        post.valid_to,
    )


async def post_covers(conn: Connection, code: str, valid_from: date, valid_to: date | None) -> bool:
    """Say whether the post exists on each of these days."""
    covers: bool = await conn.fetchval(_SQL["post_covers"], code, valid_from, valid_to)
    return covers


async def post_codes(conn: Connection) -> list[str]:
    """Return every post code that was ever entered."""
    return [row["code"] for row in await conn.fetch(_SQL["post_codes"])]


async def list_bodies(
    conn: Connection, at: Viewpoint, *, code: str | None = None, after: int = 0, limit: int | None = None
) -> list[Body]:
    """Return bodies."""
    found = await conn.fetch(_SQL["list_bodies"], at.day, code, after, limit, at.known_at)
    return [rows.body_of(row) for row in found]


async def body_first_day(conn: Connection, code: str) -> date | None:
    """Return the body's first day; None if there was never one of this code."""
    day: date | None = await conn.fetchval(_SQL["body_first_day"], code)
    return day


async def add_body(conn: Connection, body: Body) -> None:
    """Enter a body."""
    office = None if body.office_unit is None else body.office_unit.code
    await conn.execute(
        _SQL["add_body"],
        body.position or None,
        body.code,
        body.name,
        office,
        body.note,
        body.source,
        body.valid_from,
        body.valid_to,
    )


async def body_covers(conn: Connection, code: str, valid_from: date, valid_to: date | None) -> bool:
    """Say whether the body exists on each of these days."""
    covers: bool = await conn.fetchval(_SQL["body_covers"], code, valid_from, valid_to)
    return covers


async def list_obligations(conn: Connection, at: Viewpoint, *, body: str | None = None) -> list[Obligation]:
    """Return what a body, or each, owes in a year."""
    found = await conn.fetch(_SQL["list_obligations"], at.day, body, at.known_at)
    return [rows.obligation_of(row) for row in found]


async def add_obligation(conn: Connection, obligation: Obligation) -> None:
    """Enter an obligation."""
    await conn.execute(
        _SQL["add_obligation"],
        obligation.position or None,
        obligation.body,
        obligation.kind,
        obligation.times_per_year,
        obligation.windows,
        obligation.hears,
        obligation.decides,
        obligation.source,
        obligation.valid_from,
        obligation.valid_to,
    )


async def list_memberships(
    conn: Connection,
    at: Viewpoint,
    *,
    body: str | None = None,
    role: str | None = None,
    unit: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Membership]:
    """Return memberships; `unit` is the holder, or the unit of the holding post."""
    found = await conn.fetch(_SQL["list_memberships"], at.day, body, role, unit, after, limit, at.known_at)
    return [rows.membership_of(row) for row in found]


async def membership_overlapping(conn: Connection, membership: Membership) -> Membership | None:
    """Return a membership of the same body, role and holder on some of the same days."""
    row = await conn.fetchrow(
        _SQL["membership_overlapping"],
        membership.body,
        membership.role,
        membership.holder.unit,
        membership.holder.post,
        membership.valid_from,
        membership.valid_to,
    )
    return None if row is None else rows.membership_of(row)


async def add_membership(conn: Connection, membership: Membership) -> str:
    """Enter a membership and return its id."""
    membership_id: str = await conn.fetchval(
        _SQL["add_membership"],
        membership.position or None,
        membership.body,
        membership.role,
        membership.holder.unit,
        membership.holder.post,
        membership.document,
        membership.source,
        membership.valid_from,
        membership.valid_to,
    )
    return membership_id


async def list_sectors(
    conn: Connection,
    at: Viewpoint,
    *,
    code: str | None = None,
    kind: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Sector]:
    """Return sectors and themes."""
    found = await conn.fetch(_SQL["list_sectors"], at.day, code, kind, after, limit, at.known_at)
    return [Sector(**row) for row in found]


async def sector_codes(conn: Connection) -> list[str]:
    """Return every code of a sector or theme."""
    return [row["code"] for row in await conn.fetch(_SQL["sector_codes"])]


async def add_sector(conn: Connection, sector: Sector) -> None:
    """Enter a sector or theme."""
    await conn.execute(
        _SQL["add_sector"],
        sector.position or None,
        sector.code,
        sector.name,
        sector.kind,
        sector.within,
        sector.gbt4754_class,
        sector.gbt4754_edition,
        sector.valid_from,
        sector.valid_to,
    )


async def list_duties(
    conn: Connection,
    at: Viewpoint,
    wanted: DutyFilter = _ANY_DUTY,
    *,
    after: int = 0,
    limit: int | None = None,
) -> list[Duty]:
    """Return duties with their clauses."""
    found = await conn.fetch(
        _SQL["list_duties"],
        at.day,
        wanted.code,
        wanted.unit,
        wanted.sector,
        wanted.kind,
        after,
        limit,
        at.known_at,
        wanted.text,
    )
    return [rows.duty_of(row) for row in found]


async def add_duty(conn: Connection, duty: Duty) -> UUID:
    """Enter a duty item and return its id; its clauses are entered by `add_clause`."""
    duty_id: UUID = await conn.fetchval(
        _SQL["add_duty"],
        duty.position or None,
        duty.code,
        duty.article,
        duty.number,
        duty.holder.unit,
        duty.holder.post,
        duty.text,
        duty.source,
        duty.document,
        duty.aggregate,
        duty.valid_from,
        duty.valid_to,
    )
    return duty_id


async def add_clause(conn: Connection, duty_id: UUID, number: int, clause: Clause) -> None:
    """Enter a clause with its objects and partners."""
    await conn.execute(
        _SQL["add_clause"],
        duty_id,
        number,
        clause.kind,
        clause.text,
        [sector.code for sector in clause.objects],
        [partner.code for partner in clause.partners],
    )
