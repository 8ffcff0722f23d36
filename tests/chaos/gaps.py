"""Numbered gaps between two steps of outbox, relay, inbox and stream, at which a process under test ends itself.

Only tests import this: the product has no failpoints. `arm` wraps the real functions of the process it runs in.
"""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.scoring import ledger, projector
from services.scoring.ledger import Partition
from services.scoring.projector import Projector
from shared import inbox
from shared.commands import CommandEdge
from shared.consumer import EventConsumer, Handler, Subscription
from shared.contracts.envelope import Event
from shared.postgres import Connection
from shared.process import Service
from shared.relay import Relay

KILLED = 137
"""Exit code of a process that ended itself at a gap."""

GAPS: dict[str, tuple[str, ...]] = {
    "api": ("1 append, commit", "2 commit, answer"),
    "relay": ("3 commit, send", "4 send, acknowledgement", "5 acknowledgement, mark", "6 mark, next"),
    "consumer": ("7 claim, effect", "8 effect, commit", "9 commit, offset", "10 offset, next"),
    "stream": (
        "11 lock, fold",
        "12 lines, announce",
        "13 announce, move",
        "14 move, commit",
        "15 commit, next",
    ),
}

_EFFECT = "insert into chaos_effect (event_id) values ($1)"


def end_here(*_: object) -> None:
    """End as `kill -9` does: nothing is closed, nothing is flushed."""
    os._exit(KILLED)


@dataclass
class Countdown:
    """Passes so often, then ends the process."""

    left: int

    def __call__(self, *_: object) -> None:
        self.left -= 1
        if self.left <= 0:
            end_here()


def counting_effects(service: Service) -> Service:
    """Return the service with an effect beside each handler's own that, unlike most, is not idempotent by itself."""

    def counted(handler: Handler) -> Handler:
        async def handle(conn: Connection, event: Event) -> None:
            await handler(conn, event)
            await conn.execute(_EFFECT, event.id)

        return handle

    handlers = {kind: counted(handler) for kind, handler in service.subscription.handlers.items()}
    return replace(service, subscription=Subscription(service.subscription.topics, handlers))


def arm(service: Service, gap: str, passes: int) -> Service:
    """Make this process end at a gap that it comes to for the `passes`-th time."""
    number = int(gap.split(maxsplit=1)[0])
    return _ARMS[number](service, Countdown(passes))


def _after(owner: Any, name: str, reached: Callable[[Any], None]) -> None:  # noqa: ANN401 - a module or a class
    """Call `reached` with the result each time that the coroutine function has ended."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def wrapped(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the original
        result = await original(*args, **options)
        reached(result)
        return result

    setattr(owner, name, wrapped)


def _append(service: Service, countdown: Countdown) -> Service:
    """What is done, its events among it, goes on record as the last before the commit."""
    _after(CommandEdge, "_note_done", countdown)
    return service


def _committed(service: Service, countdown: Countdown) -> Service:
    """A command that has committed wakes the relay before it answers."""

    original = CommandEdge.run

    async def run(self: CommandEdge, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as the original
        self._runtime.wake_relay = countdown
        return await original(self, *args, **options)

    CommandEdge.run = run  # type: ignore[method-assign] # in this process only
    return service


class _Marking:
    """The relay's connection: ends the process before or after a batch is marked as sent."""

    def __init__(self, conn: Connection, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._conn, self._before, self._after = conn, before, after

    async def execute(self, *args: Any) -> str:  # noqa: ANN401 - as asyncpg's
        self._before()
        done = await self._conn.execute(*args)
        self._after()
        return done


class _Sending:
    """The relay's producer: ends the process when a batch is on its way and nothing is known of it."""

    def __init__(self, producer: Any, rows: int, countdown: Countdown) -> None:  # noqa: ANN401 - aiokafka is untyped
        self._producer, self._rows, self._countdown = producer, rows, countdown

    async def send(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - aiokafka is untyped
        future = await self._producer.send(*args, **options)
        self._rows -= 1
        if self._rows == 0:
            self._countdown()
        return future


def _relay(number: int) -> Callable[[Service, Countdown], Service]:
    def arm_relay(service: Service, countdown: Countdown) -> Service:
        original = Relay._publish

        async def publish(self: Relay, conn: Any, producer: Any, rows: Any) -> None:  # noqa: ANN401 - as the original
            if number == 3:
                countdown()
            if number == 4:
                producer = _Sending(producer, len(rows), countdown)
            if number in {5, 6}:
                conn = _Marking(conn, *(countdown if number == each else _pass for each in (5, 6)))
            await original(self, conn, producer, rows)

        Relay._publish = publish  # type: ignore[method-assign] # in this process only
        return service

    return arm_relay


def _pass() -> None:
    """Go on."""


def _claimed(service: Service, countdown: Countdown) -> Service:
    _after(inbox, "claim", lambda first: countdown() if first else None)
    return service


def _effected(service: Service, countdown: Countdown) -> Service:
    def ending(handler: Handler) -> Handler:
        async def handle(conn: Connection, event: Event) -> None:
            await handler(conn, event)
            countdown()

        return handle

    handlers = {kind: ending(handler) for kind, handler in service.subscription.handlers.items()}
    return replace(service, subscription=Subscription(service.subscription.topics, handlers))


def _handled(service: Service, countdown: Countdown) -> Service:
    _after(EventConsumer, "_handle", lambda result: countdown() if result == "handled" else None)
    return service


def _after_offset(service: Service, countdown: Countdown) -> Service:
    _after(EventConsumer, "_take_partition", countdown)
    return service


def _locked(service: Service, countdown: Countdown) -> Service:
    _after(ledger, "lock_positions", countdown)
    return service


def _lines(service: Service, countdown: Countdown) -> Service:
    _after(ledger, "apply_lines", lambda moved: countdown() if moved else None)
    return service


def _announced(service: Service, countdown: Countdown) -> Service:
    _after(ledger, "announce", countdown)
    return service


def _moved(service: Service, countdown: Countdown) -> Service:
    _after(ledger, "move_positions", countdown)
    return service


def _written(service: Service, countdown: Countdown) -> Service:
    _after(Projector, "_write_patiently", countdown)
    return service


_ARMS: dict[int, Callable[[Service, Countdown], Service]] = {
    1: _append,
    2: _committed,
    **{number: _relay(number) for number in (3, 4, 5, 6)},
    7: _claimed,
    8: _effected,
    9: _handled,
    10: _after_offset,
    11: _locked,
    12: _lines,
    13: _announced,
    14: _moved,
    15: _written,
}


def switch_inbox_off() -> None:
    """Let every event take effect as often as it arrives: a control, which must be noticed."""

    async def claim(_conn: Connection, _consumer: str, _event: Event) -> bool:
        return True

    inbox.claim = claim  # type: ignore[assignment] # in this process only


VERSION_CHECK = """    where (line.version, excluded.recorded_at, excluded.event_id collate "C")
        < (excluded.version, line.recorded_at, line.event_id collate "C")
"""


def switch_version_check_off() -> None:
    """Let an older event replace what a newer one left: a control, which must be noticed."""
    statement = ledger.QUERIES["apply_lines"]
    assert VERSION_CHECK in statement
    ledger.QUERIES = {**ledger.QUERIES, "apply_lines": statement.replace(VERSION_CHECK, "")}


def switch_position_check_off() -> None:
    """Let every batch be folded, wherever it begins: a control, which must be noticed."""

    def believe(
        batches: Sequence[Sequence[Any]],
        held: dict[Partition, int],
        passed: Mapping[tuple[Partition, int], int],
    ) -> tuple[list[Sequence[Any]], dict[Partition, int]]:
        del held, passed
        return list(batches), {Partition(each[0].topic, each[0].partition): each[-1].offset + 1 for each in batches}

    projector._fresh_records = believe


SWITCH_OFF = {
    "inbox": switch_inbox_off,
    "version": switch_version_check_off,
    "position": switch_position_check_off,
}


def lose_records(first: int, last: int) -> None:
    """Let the stream pass over the records at these offsets, as a consumer does whose commit ran ahead."""
    original = Projector.offer

    async def offer(self: Projector, records: Sequence[Any]) -> None:
        kept = [record for record in records if not first <= record.offset <= last]
        if kept:
            await original(self, kept)

    Projector.offer = offer  # type: ignore[method-assign] # in this process only
