"""What things are called on a day, so that effects can be read by people."""

from collections.abc import Mapping

from services.registry import store
from services.registry.domain import Viewpoint
from services.registry.organisation.domain import OpenKind
from services.registry.registers import store as registers
from shared.postgres import Connection


async def what_is_called(
    conn: Connection, at: Viewpoint, units: Mapping[str, str]
) -> dict[OpenKind, Mapping[str, str]]:
    """Return, by kind, what is called how: posts by title, bodies by name, duties by article, entries by title."""
    posts = {post.code: post.title for post in await store.list_posts(conn, at)}
    bodies = {body.code: body.name for body in await store.list_bodies(conn, at)}
    duties = {duty.code: duty.source for duty in await store.list_duties(conn, at)}
    entries = {entry.id: entry.title for entry in await registers.list_entries(conn, at)}
    return {
        "post": posts,
        "portfolio": posts,
        "incumbency": posts,
        "membership": bodies,
        "office": bodies,
        "duty": duties,
        "partner": duties,
        "child": units,
        "register": entries,
    }
