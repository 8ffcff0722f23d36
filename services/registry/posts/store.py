"""Incumbencies and portfolios: functions 1:1 with `queries.sql`."""

from collections.abc import Sequence
from pathlib import Path

from services.registry import rows
from services.registry.domain import Incumbency, Portfolio, Viewpoint
from shared.postgres import Connection, load_queries

_SQL = load_queries(Path(__file__).with_name("queries.sql"))


async def list_portfolios(conn: Connection, at: Viewpoint, *, posts: Sequence[str] | None = None) -> list[Portfolio]:
    """Return the portfolios of some posts, or of all."""
    found = await conn.fetch(_SQL["list_portfolios"], at.day, posts, at.known_at)
    return [rows.portfolio_of(row) for row in found]


async def add_portfolio(conn: Connection, portfolio: Portfolio) -> str:
    """Enter a portfolio and return its id."""
    portfolio_id: str = await conn.fetchval(
        _SQL["add_portfolio"],
        portfolio.position or None,
        portfolio.post,
        portfolio.scope,
        portfolio.source,
        portfolio.document,
        portfolio.valid_from,
        portfolio.valid_to,
        [sector.code for sector in portfolio.sectors],
        [unit.code for unit in portfolio.units],
    )
    return portfolio_id


async def add_incumbency(conn: Connection, incumbency: Incumbency) -> str:
    """Enter who is in a post and return the id."""
    incumbency_id: str = await conn.fetchval(
        _SQL["add_incumbency"],
        incumbency.position or None,
        incumbency.post,
        incumbency.person,
        incumbency.document,
        incumbency.valid_from,
        incumbency.valid_to,
    )
    return incumbency_id


async def list_incumbents(
    conn: Connection, at: Viewpoint, *, posts: Sequence[str] | None = None, person: str | None = None
) -> list[Incumbency]:
    """Return who is in some posts, or in all."""
    found = await conn.fetch(_SQL["list_incumbents"], at.day, posts, at.known_at, person)
    return [rows.incumbency_of(row) for row in found]
