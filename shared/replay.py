"""Dead letters over HTTP, in every service: list them, read the record, replay it once, or dismiss it.

A replay reads the record again from its position in its topic and hands it to the service's own handler; the effect,
the inbox row (or the ledger's versions) and the note that it was replayed are one transaction. So a replay that is
asked twice, or crosses a crash, takes effect once; what still cannot be taken stays open and says why.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from shared import dead_letters, inbox
from shared.auth import Role
from shared.commands import Act, CommandBody, CommandEdge
from shared.contracts.envelope import UnknownTypeError, UnreadableEventError, UnsupportedVersionError, read_event
from shared.dead_letters import DeadLetter
from shared.errors import ConflictError, NotFoundError, RefusalError
from shared.kafka import KAFKA_FAILURES, in_time, make_consumer
from shared.pages import Page, PageQuery
from shared.postgres import TRANSIENT, Connection
from shared.runtime import Caller, ReadConnection, runtime_of
from shared.web import refusals

if TYPE_CHECKING:
    from shared.consumer import Subscription
    from shared.settings import ServiceSettings

Replay = Callable[[Connection, ConsumerRecord], Awaitable[None]]
"""Takes a record with all its effects in the given transaction; raises what says why it cannot be taken."""

_READ_SECONDS = 15


class LetterNotFoundError(NotFoundError):
    """Nothing was put aside at this position."""

    code = "dead-letter-not-found"


class LetterClosedError(ConflictError):
    """Somebody has replayed or dismissed it already."""

    code = "dead-letter-closed"
    title = "Replayed or dismissed already"


class StillFailsError(ConflictError):
    """The record cannot be taken this time either; it stays open."""

    code = "dead-letter-still-fails"
    title = "The record still cannot be taken"


class RecordAwayError(RefusalError):
    """The record cannot be read from its topic."""

    status = 503
    code = "record-away"
    title = "The record cannot be read from its topic"


class Position(CommandBody):
    """Which dead letter: whose it is, and where its record stands."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"consumer": "tasks", "topic": "xietiao.meetings", "partition": 0, "record_offset": 17}]
        }
    )

    consumer: str = Field(max_length=100)
    topic: str = Field(max_length=249)
    partition: int = Field(ge=0, le=2**31 - 1)
    record_offset: int = Field(ge=0, le=2**63 - 1)

    @property
    def path(self) -> str:
        """Return it as the audit log names it."""
        return f"dead-letters/{self.consumer}/{self.topic}/{self.partition}/{self.record_offset}"


class LetterView(BaseModel):
    """One record that could not be taken."""

    consumer: str = Field(description="Who could not take it.")
    topic: str
    partition: int
    record_offset: int
    reason: str
    parked: bool = Field(description="An event in a major version that is not read yet; counts for no limit.")
    readable: bool = Field(description="It is an event; its handler failed.")
    noticed_at: datetime
    replayed_at: datetime | None
    dismissed_at: datetime | None

    @classmethod
    def of(cls, letter: DeadLetter) -> "LetterView":
        """Show a dead letter."""
        return cls.model_validate(letter, from_attributes=True)


class RecordView(BaseModel):
    """The record itself, as it stands in its topic."""

    key: str | None
    value: str | None = Field(description="As text; what is no UTF-8 is written as \\x….")
    value_bytes: int
    headers: dict[str, str]
    appended_at_ms: int = Field(description="The broker's time, milliseconds since 1970.")


def replay_of(consumer: str, subscription: "Subscription") -> Replay:
    """Return how a service's consumer takes a record: by its handler, once per event."""

    async def replay(conn: Connection, record: ConsumerRecord) -> None:
        event = read_event(record.value, record.headers)
        handler = subscription.handlers.get(event.type)
        if handler is not None and await inbox.claim(conn, consumer, event):
            await handler(conn, event)

    return replay


async def _edge(request: Request, caller: Caller) -> CommandEdge:
    return CommandEdge(request, caller)


_Edge = Annotated[CommandEdge, Depends(_edge)]


def router_of(replays: Mapping[str, Replay]) -> APIRouter:
    """Return the routes of a service whose consumers take records as `replays` says."""
    router = APIRouter(tags=["dead letters"])
    router.add_api_route("/v1/dead-letters", list_letters, methods=["GET"], responses=refusals(403))
    router.add_api_route("/v1/dead-letters/record", show_record, methods=["GET"], responses=refusals(403))

    @router.post("/v1/dead-letters/replay", response_model=LetterView, responses=refusals(403, 404, 409))
    async def replay_letter(body: Position, edge: _Edge, request: Request) -> Response:
        """Take the record again (operator): in full, once, or not at all."""
        return await edge.run(
            "replay-dead-letter",
            body.path,
            lambda conn, act: _replay(conn, act, body, runtime_of(request).settings, replays),
            view=LetterView.of,
            body=body,
        )

    @router.post("/v1/dead-letters/dismiss", response_model=LetterView, responses=refusals(403, 404, 409))
    async def dismiss_letter(body: Position, edge: _Edge) -> Response:
        """Decide that the record need not be taken (operator)."""
        return await edge.run(
            "dismiss-dead-letter", body.path, lambda conn, act: _dismiss(conn, act, body), view=LetterView.of, body=body
        )

    return router


async def list_letters(
    page: PageQuery,
    conn: ReadConnection,
    caller: Caller,
    closed: Annotated[bool, Query(description="Replayed and dismissed ones too.")] = False,  # noqa: FBT002 - a query parameter
) -> Page[LetterView]:
    """List what could not be taken, with reason and position (operator)."""
    caller.require(Role.OPERATOR)
    found = await dead_letters.page_of_letters(conn, page.after_or("", "", -1, -1), closed_too=closed, fetch=page.fetch)
    return page.cut(found, LetterView.of, lambda letter: letter.key)


async def show_record(
    request: Request,
    caller: Caller,
    topic: Annotated[str, Query(max_length=249)],
    partition: Annotated[int, Query(ge=0, le=2**31 - 1)],
    record_offset: Annotated[int, Query(ge=0, le=2**63 - 1)],
    conn: ReadConnection,
) -> RecordView:
    """Show the record of a dead letter, read from its position (operator)."""
    caller.require(Role.OPERATOR)
    if not await dead_letters.is_noted(conn, topic, partition, record_offset):
        raise LetterNotFoundError(f"nothing was put aside at {topic}/{partition}/{record_offset}")
    record = await read_record(runtime_of(request).settings, topic, partition, record_offset)
    return RecordView(
        key=_as_text(record.key),
        value=_as_text(record.value),
        value_bytes=len(record.value or b""),
        headers={name: content.decode("utf-8", "backslashreplace") for name, content in record.headers},
        appended_at_ms=record.timestamp,
    )


async def read_record(settings: "ServiceSettings", topic: str, partition: int, offset: int) -> ConsumerRecord:
    """Return one record of the log.

    Raises:
        RecordAwayError: the bus does not answer, or has no record at this position.
    """
    consumer = make_consumer(
        settings.kafka_bootstrap, f"{settings.instance}-replay", None, auto_offset_reset="none", max_poll_records=1
    )
    try:
        record = await in_time(_first_of(consumer, TopicPartition(topic, partition), offset), _READ_SECONDS)
    except KAFKA_FAILURES as error:
        raise RecordAwayError(f"{topic}/{partition}/{offset}: {type(error).__name__}: {error}") from error
    finally:
        await consumer.stop()
    if record.offset != offset:
        raise RecordAwayError(f"{topic}/{partition} has no record at {offset}; the next is {record.offset}")
    return record


async def _first_of(consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> ConsumerRecord:
    await consumer.start()
    consumer.assign([partition])
    consumer.seek(partition, offset)
    return await consumer.getone(partition)


async def _replay(
    conn: Connection, act: Act, body: Position, settings: "ServiceSettings", replays: Mapping[str, Replay]
) -> DeadLetter:
    letter = await _held(conn, act, body)
    replay = replays.get(letter.consumer)
    if replay is None:
        raise StillFailsError(f"this service has no consumer {letter.consumer}; it has {', '.join(replays)}")
    record = await read_record(settings, letter.topic, letter.partition, letter.record_offset)
    try:
        await replay(conn, record)
    except RefusalError:
        raise
    except TRANSIENT:
        raise
    except (UnreadableEventError, UnsupportedVersionError) as error:
        raise StillFailsError(str(error)) from error
    except UnknownTypeError as error:
        raise StillFailsError(f"{error}: not in the catalogue; dismiss it, or replay it when it is") from error
    except Exception as error:
        raise StillFailsError(f"its handler fails: {type(error).__name__}: {error}") from error
    return await dead_letters.note_replayed(conn, letter)


async def _dismiss(conn: Connection, act: Act, body: Position) -> DeadLetter:
    return await dead_letters.note_dismissed(conn, await _held(conn, act, body))


async def _held(conn: Connection, act: Act, body: Position) -> DeadLetter:
    act.principal.require(Role.OPERATOR)
    letter = await dead_letters.hold(conn, body.consumer, body.topic, body.partition, body.record_offset)
    if letter is None:
        raise LetterNotFoundError(
            f"{body.consumer} has put nothing aside at {body.topic}/{body.partition}/{body.record_offset}"
        )
    if not letter.is_open:
        done = "dismissed" if letter.replayed_at is None else "replayed"
        raise LetterClosedError(f"it was {done} before; nothing is left to do")
    return letter


def _as_text(content: bytes | None) -> str | None:
    return None if content is None else content.decode("utf-8", "backslashreplace")
