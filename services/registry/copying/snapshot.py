"""Everything that is known now, told as the newest events would tell it.

A consumer hands each item to the handler of its type, then follows the topic from the offsets that were read *before*
the snapshot was taken: what was published up to them was committed before, so it is in the snapshot; what comes after
may be in it as well, and has then no newer version than the item had. So there is no gap, and what is told twice
changes nothing.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from services.registry import telling
from services.registry.calendar import store as calendars
from services.registry.changes import store as changes
from services.registry.copying import store
from services.registry.domain import Post
from shared.contracts.payload import Payload
from shared.postgres import Connection


@dataclass(frozen=True, slots=True)
class Told:
    """One thing as its newest event would tell it, with its aggregate's version; 0 if no event has told of it yet."""

    subject: str
    version: int
    payload: Payload


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All things, as they were known after the newest change (None: the registry is empty)."""

    change: int | None
    recorded_at: datetime | None
    items: list[Told]


async def take(conn: Connection) -> Snapshot:
    """Read everything in one consistent view of the database."""
    async with conn.transaction(isolation="repeatable_read", readonly=True):
        versions = await store.aggregate_versions(conn)
        items = [Told(subject, versions.get(subject, 0), payload) async for subject, payload in _all(conn)]
        change, recorded_at = await changes.last_change(conn) or (None, None)
    return Snapshot(change, recorded_at, items)


async def _all(conn: Connection) -> AsyncIterator[tuple[str, Payload]]:
    codes = await store.known_codes(conn)
    for document in await store.all_documents(conn):
        yield document.number, telling.document_recorded(document)
    for code, units in groupby(await changes.unit_timeline(conn, *codes["unit"]), key=lambda unit: unit.code):
        timeline = list(units)
        yield code, telling.unit_changed(timeline, "corrected", timeline[-1].document)
    for code, sectors in groupby(await changes.sector_timeline(conn, *codes["sector"]), key=lambda each: each.code):
        yield telling.sector_aggregate(code), telling.sector_changed(code, list(sectors))
    async for told in _posts(conn, codes["post"]):
        yield told
    for code, bodies in groupby(await changes.body_timeline(conn, *codes["body"]), key=lambda body: body.code):
        yield code, telling.body_changed(list(bodies))
    for membership in await store.all_memberships(conn):
        yield membership.body, telling.membership_changed(membership)
    for duty in await changes.duty_timeline(conn, *codes["duty"]):
        yield duty.aggregate, telling.duty_assigned(duty)
    for entry in await store.all_entries(conn):
        yield entry.entry_id, entry
    for calendar in await calendars.list_calendars(conn):
        yield telling.calendar_aggregate(calendar.year), telling.calendar_changed(calendar)


async def _posts(conn: Connection, codes: list[str]) -> AsyncIterator[tuple[str, Payload]]:
    posts: dict[str, list[Post]] = {}
    for code, timeline in groupby(await changes.post_timeline(conn, *codes), key=lambda post: post.code):
        posts[code] = list(timeline)
        yield telling.post_aggregate(code), telling.post_changed(code, posts[code], None)
    for incumbency in await changes.incumbency_timeline(conn, *codes):
        post = _holding(posts[incumbency.post], incumbency.valid_from)
        yield telling.post_aggregate(post.code), telling.incumbency_changed(incumbency, post)
    for portfolio in await changes.portfolio_timeline(conn, *codes):
        post = _holding(posts[portfolio.post], portfolio.valid_from)
        yield telling.post_aggregate(post.code), telling.portfolio_changed(portfolio, post.unit.code)


def _holding(timeline: list[Post], day: date) -> Post:
    return next(post for post in timeline if post.holds_on(day))
