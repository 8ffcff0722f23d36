"""Entered scores and adjustments in the database, 1:1 with `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from services.scoring.entered.domain import Adjustment, AdjustmentState, EnteredScore, Proposal
from shared.postgres import Connection, load_queries

Q = load_queries(Path(__file__).with_name("queries.sql"))


class Sheet(NamedTuple):
    """What all lines of a score sheet share."""

    method: str
    method_version: int
    criterion: str
    rater_group: str
    scored_on: date
    entered_by: str
    entered_at: datetime


class ScoreLine(NamedTuple):
    """One line of a score sheet."""

    unit: str
    rater: str
    score: Decimal


class StandingScore(NamedTuple):
    """A score that stands, and who entered it."""

    unit: str
    rater: str
    entered_by: str


async def enter_scores(conn: Connection, sheet: Sheet, lines: Sequence[ScoreLine]) -> list[EnteredScore]:
    """Enter or correct lines; return those that changed."""
    units, raters, scores = zip(*lines, strict=True)
    return [EnteredScore(**row) for row in await conn.fetch(Q["enter_scores"], *sheet, units, raters, scores)]


async def lock_raters(conn: Connection, method: str, criterion: str, rater_group: str) -> None:
    """Let nobody else enter scores of a rater group until this transaction ends."""
    await conn.execute(Q["lock_raters"], method, criterion, rater_group)


async def standing_scores(conn: Connection, sheet: Sheet, units: Sequence[str]) -> list[StandingScore]:
    """Return the scores of the sheet's group that stand for these units."""
    named = sheet.method, sheet.method_version, sheet.criterion, sheet.rater_group, units
    return [StandingScore(**row) for row in await conn.fetch(Q["standing_scores"], *named)]


async def lock_score(conn: Connection, score: UUID) -> EnteredScore | None:
    """Return a score, locked."""
    row = await conn.fetchrow(Q["lock_score"], score)
    return None if row is None else EnteredScore(**row)


async def find_score(conn: Connection, score: UUID) -> EnteredScore | None:
    """Return a score."""
    row = await conn.fetchrow(Q["find_score"], score)
    return None if row is None else EnteredScore(**row)


async def withdraw_score(conn: Connection, score: UUID, by: str, at: datetime) -> EnteredScore:
    """Take a score back."""
    (row,) = await conn.fetch(Q["withdraw_score"], score, by, at)
    return EnteredScore(**row)


async def page_of_scores(
    conn: Connection, after: UUID | None, method: str | None, criterion: str | None, unit: str | None, limit: int
) -> list[EnteredScore]:
    """Return entered scores, oldest first."""
    rows = await conn.fetch(Q["page_of_scores"], after, method, criterion, unit, limit)
    return [EnteredScore(**row) for row in rows]


async def insert_adjustment(conn: Connection, proposal: Proposal) -> Adjustment:
    """Keep a proposed adjustment."""
    (row,) = await conn.fetch(Q["insert_adjustment"], *proposal)
    return Adjustment(**row)


async def lock_adjustment(conn: Connection, adjustment: UUID) -> Adjustment | None:
    """Return an adjustment, locked."""
    row = await conn.fetchrow(Q["lock_adjustment"], adjustment)
    return None if row is None else Adjustment(**row)


async def find_adjustment(conn: Connection, adjustment: UUID) -> Adjustment | None:
    """Return an adjustment."""
    row = await conn.fetchrow(Q["find_adjustment"], adjustment)
    return None if row is None else Adjustment(**row)


async def decide_adjustment(conn: Connection, decided: Adjustment) -> Adjustment:
    """Keep what was decided on an adjustment."""
    (row,) = await conn.fetch(
        Q["decide_adjustment"],
        decided.id,
        decided.state,
        decided.decided_by,
        decided.decided_at,
        decided.decision_reason,
        decided.version,
    )
    return Adjustment(**row)


async def page_of_adjustments(
    conn: Connection,
    after: UUID | None,
    method: str | None,
    unit: str | None,
    state: AdjustmentState | None,
    limit: int,
) -> list[Adjustment]:
    """Return adjustments, oldest first."""
    return [Adjustment(**row) for row in await conn.fetch(Q["page_of_adjustments"], after, method, unit, state, limit)]
