"""A service that knows no rule: what shared code does, it does for this one too. It stands on meetings' database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter, Depends, Response

from shared import outbox
from shared.auth import Role
from shared.commands import Act, CommandBody, CommandEdge, Versioned, edge_for
from shared.consumer import Subscription
from shared.contracts.meetings import MeetingHeld
from shared.errors import ConflictError, NotFoundError
from shared.postgres import Connection
from shared.process import Service
from shared.runtime import ReadConnection
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.support.stack import ServiceDatabase

Edge = Annotated[CommandEdge, Depends(edge_for(*Role))]
"""Commands of any role: what is tested here is the edge itself."""


class Note(CommandBody):
    """A command that does as it is told."""

    word: str = ""
    seconds: float = 0
    fail: bool = False


class Noted(Versioned):
    """What it answers."""

    id: UUID
    word: str


def held(meeting_id: UUID | None = None) -> MeetingHeld:
    """Return a payload."""
    return MeetingHeld(
        meeting_id=meeting_id or uuid4(), body="coordination-meeting", kind="special", held_on=date(2026, 1, 15)
    )


async def _note(conn: Connection, act: Act, body: Note) -> Noted:
    act.principal.require(Role.OFFICE, Role.INTEGRATION, Role.UNIT)
    act.expect(1)
    meeting_id = uuid4()
    await outbox.append(conn, act.event(held(meeting_id), subject=str(meeting_id), version=1))
    await asyncio.sleep(body.seconds)
    if body.fail:
        raise ConflictError("it was told to fail", allowed=["succeed"])
    return Noted(version=1, id=meeting_id, word=body.word)


router = APIRouter()


@router.post("/v1/notes", status_code=201)
async def note(body: Note, edge: Edge) -> Response:
    """Note a word."""
    return await edge.run(
        "note", "notes", lambda conn, act: _note(conn, act, body), view=lambda noted: noted, body=body, status=201
    )


@router.post("/v1/other-notes", status_code=201)
async def other_note(body: Note, edge: Edge) -> Response:
    """Note a word elsewhere."""
    return await edge.run("note", "others", lambda conn, act: _note(conn, act, body), view=lambda noted: noted)


@router.get("/v1/notes/{word}")
async def read_note(word: str, conn: ReadConnection) -> str:
    """Read a word, or fail with a connection in hand."""
    if word == "refused":
        raise NotFoundError("there is no such word")
    if word == "broken":
        await conn.execute("no SQL")
    return str(await conn.fetchval("select $1::text", word))


@router.post("/v1/accident")
async def accident() -> None:
    """Fail as a bug does."""
    raise ZeroDivisionError("secret of the house")


@dataclass
class Heard:
    """What a handler was given, and what it is to raise, by turns."""

    ids: list[str] = field(default_factory=list)
    tries: int = 0
    failures: list[Exception] = field(default_factory=list)


PLAIN = Service("meetings", "A service without rules.", (router,), Subscription(()))


@pytest.fixture
async def plain_database(database: DatabaseFactory) -> ServiceDatabase:
    return await database("meetings")


@pytest.fixture
async def plain(plain_database: ServiceDatabase, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with service_under_test(PLAIN, plain_database, tmp_path) as service:
        yield service
