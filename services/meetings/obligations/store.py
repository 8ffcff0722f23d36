"""What is stored of obligations: one function per query of queries.sql."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from services.meetings.domain import Meeting
from services.meetings.obligations.domain import (
    Obligation,
    ObligationRule,
    ObligationState,
    Requirement,
    Window,
)
from services.meetings.obligations.errors import ObligationNotFoundError, RuleNotFoundError
from services.meetings.store import meeting_of
from shared.postgres import Connection, Record, load_queries

QUERIES = load_queries(Path(__file__).with_name("queries.sql"))


@dataclass(frozen=True, slots=True)
class Opened:
    """The windows of a rule's year: those not to be opened again, and those withdrawn before the rule was changed."""

    settled: Collection[str] = ()
    withdrawn: Collection[str] = ()


async def list_rules(conn: Connection, body: str | None = None) -> list[ObligationRule]:
    """Return the rules, of a body or of all."""
    return [_rule(row) for row in await conn.fetch(QUERIES["list_rules"], body)]


async def find_rule(conn: Connection, code: str) -> ObligationRule:
    """Return the rule or refuse."""
    row = await conn.fetchrow(QUERIES["find_rule"], code)
    if row is None:
        raise RuleNotFoundError(code)
    return _rule(row)


async def lock_rule(conn: Connection, code: str) -> ObligationRule | None:
    """Return the rule, locked; None if there is none yet."""
    row = await conn.fetchrow(QUERIES["lock_rule"], code)
    return None if row is None else _rule(row)


async def save_rule(conn: Connection, rule: ObligationRule) -> ObligationRule:
    """Return the rule as it is kept."""
    row = await conn.fetchrow(
        QUERIES["save_rule"],
        rule.code,
        rule.body,
        rule.session,
        rule.title,
        rule.kinds,
        [window.model_dump() for window in rule.windows],
        [requirement.model_dump() for requirement in rule.requirements],
        rule.source,
        rule.since,
    )
    return _rule(row)


async def retire_rule(conn: Connection, code: str, retired_on: date) -> ObligationRule:
    """Return the rule, retired."""
    return _rule(await conn.fetchrow(QUERIES["retire_rule"], code, retired_on))


async def insert_obligation(
    conn: Connection, rule: ObligationRule, year: int, owed: tuple[Window, date, date], opened_at: datetime
) -> Obligation | None:
    """Return the obligation that is opened; None if it is open already."""
    window, first, last = owed
    row = await conn.fetchrow(
        QUERIES["insert_obligation"],
        rule.code,
        rule.version,
        rule.body,
        rule.session,
        year,
        window.code,
        first,
        last,
        rule.title,
        rule.kinds,
        [requirement.model_dump() for requirement in rule.requirements],
        rule.source,
        opened_at,
    )
    return None if row is None else _obligation(row)


async def list_opened(conn: Connection) -> dict[tuple[str, int], Opened]:
    """Return which windows were opened already, by rule and year."""
    rows = await conn.fetch(QUERIES["list_opened"])
    return {(row["rule"], row["year"]): Opened(row["settled"], row["withdrawn"]) for row in rows}


async def list_owed_of_rule(conn: Connection, rule: str) -> list[Obligation]:
    """Return what is still owed by a rule, what ends first, first."""
    return [_obligation(row) for row in await conn.fetch(QUERIES["list_owed_of_rule"], rule)]


async def find_standing(conn: Connection, rule: str, year: int, window: str) -> Obligation | None:
    """Return the obligation of a rule in a window of a year that is not withdrawn, if there is one."""
    row = await conn.fetchrow(QUERIES["find_standing"], rule, year, window)
    return None if row is None else _obligation(row)


async def list_uncounted(conn: Connection, obligation: Obligation) -> list[Meeting]:
    """Return, locked, the held meetings of a body in an obligation's window that are counted for nothing yet."""
    days = (obligation.window_from, obligation.window_to)
    return [meeting_of(row) for row in await conn.fetch(QUERIES["list_uncounted"], obligation.body, *days)]


async def lock_open_obligations(conn: Connection, body: str) -> list[Obligation]:
    """Return, locked, what a body still owes, what ends first, first."""
    return [_obligation(row) for row in await conn.fetch(QUERIES["lock_open_obligations"], body)]


async def lock_lapsing(conn: Connection, today: date, limit: int) -> list[Obligation]:
    """Return, locked, what lapsed before today and nobody has noted yet."""
    return [_obligation(row) for row in await conn.fetch(QUERIES["lock_lapsing"], today, limit)]


async def lock_obligation(conn: Connection, obligation_id: UUID) -> Obligation:
    """Return the obligation, locked, or refuse."""
    row = await conn.fetchrow(QUERIES["lock_obligation"], obligation_id)
    if row is None:
        raise ObligationNotFoundError(obligation_id)
    return _obligation(row)


async def find_obligation(conn: Connection, obligation_id: UUID) -> Obligation:
    """Return the obligation or refuse."""
    row = await conn.fetchrow(QUERIES["find_obligation"], obligation_id)
    if row is None:
        raise ObligationNotFoundError(obligation_id)
    return _obligation(row)


async def mark_lapsed(conn: Connection, obligation_id: UUID, lapsed_at: datetime) -> Obligation:
    """Return the obligation, overdue."""
    return _obligation(await conn.fetchrow(QUERIES["mark_lapsed"], obligation_id, lapsed_at))


async def mark_met(
    conn: Connection, obligation_id: UUID, meeting_id: UUID, held_on: date, *, on_time: bool
) -> Obligation:
    """Return the obligation, met by a meeting."""
    return _obligation(await conn.fetchrow(QUERIES["mark_met"], obligation_id, meeting_id, held_on, on_time))


async def mark_reopened(conn: Connection, obligation_id: UUID) -> Obligation:
    """Return the obligation, owed again."""
    return _obligation(await conn.fetchrow(QUERIES["mark_reopened"], obligation_id))


async def mark_withdrawn(conn: Connection, obligation_id: UUID, withdrawn_at: datetime, reason: str) -> Obligation:
    """Return the obligation, owed no longer."""
    return _obligation(await conn.fetchrow(QUERIES["mark_withdrawn"], obligation_id, withdrawn_at, reason))


async def list_obligations(
    conn: Connection,
    *,
    body: str | None = None,
    year: int | None = None,
    state: ObligationState | None = None,
    meeting_id: UUID | None = None,
    after: tuple[str | None, str | None] = (None, None),
    limit: int = 200,
) -> list[Obligation]:
    """Return obligations, what ends first, first."""
    rows = await conn.fetch(QUERIES["list_obligations"], body, year, state, meeting_id, *after, limit)
    return [_obligation(row) for row in rows]


def _rule(row: Record | None) -> ObligationRule:
    assert row is not None  # noqa: S101 - `returning` of an upsert, or checked by the caller
    windows = tuple(Window.model_validate(each) for each in row["windows"])
    return ObligationRule(**{**row, "windows": windows, "requirements": _requirements(row)})


def _obligation(row: Record | None) -> Obligation:
    assert row is not None  # noqa: S101 - `returning` of a row that is locked, or checked by the caller
    return Obligation(**{**row, "state": ObligationState(row["state"]), "requirements": _requirements(row)})


def _requirements(row: Record) -> tuple[Requirement, ...]:
    return tuple(Requirement.model_validate(each) for each in row["requirements"])
