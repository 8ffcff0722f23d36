"""The relay publishes the outbox: unsent rows in order, marked when the bus has acknowledged them.

One relay is active per database, held by an advisory lock; others stand by. It is woken in process after a commit and
polls for rows that came from elsewhere. It never asks for `position > last`, so a late commit is not skipped; a crash
between publishing and marking publishes again, which consumers tolerate by event id and aggregate version.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from shared.contracts.envelope import STRUCTURED
from shared.kafka import KAFKA_FAILURES, PROBE_SECONDS, Producer, in_time, make_producer
from shared.observability import EVENTS_PUBLISHED, OUTBOX_AGE, Progress
from shared.postgres import TRANSIENT, Connection, Pool, Record, end_session
from shared.pruning import Pruning

if TYPE_CHECKING:
    from shared.settings import ServiceSettings

log = structlog.get_logger(__name__)

_LOCK = "select pg_try_advisory_lock(hashtext('xietiao-relay'))"
_UNSENT = """
select position, topic, aggregate, event, extract(epoch from now() - appended_at)::float8 as age
from outbox where sent_at is null order by position limit $1
"""
_FORGIVING = "set synchronous_commit = off"
"""Of this session alone: a mark that is lost with the server means sending again, as after any crash of the relay."""
_MARK = "update outbox set sent_at = now() where position = any($1::bigint[])"
_AGE = """
select coalesce(extract(epoch from now() - min(appended_at)), 0)::float8 from outbox where sent_at is null
"""

AWAY: tuple[type[Exception], ...] = (*TRANSIENT, *KAFKA_FAILURES)
"""A bus or database that does not answer at the moment."""

_BATCH = 1000
_STANDBY_SECONDS = 1.0
_RETRY_SECONDS = 0.5
_PATIENCE_SECONDS = 2.0
_GATHERING_SECONDS = 0.005
"""Pause after each round: under load the next one takes several commands' events at once; the first after a rest waits
for nothing."""
_ASK_SECONDS = 5.0
"""How often the bus is asked whether it is there."""


class Relay:
    """Publishes one service's outbox until cancelled."""

    name = "relay"

    def __init__(self, pool: Pool, settings: "ServiceSettings", progress: Progress) -> None:
        """Take the service's pool and the settings that name the bus."""
        self._pool = pool
        self._settings = settings
        self._progress = progress
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look for new rows now: a command has committed in this process."""
        self._woken.set()

    async def run(self) -> None:
        """Publish for ever; a bus or database that is away is waited for."""
        while True:
            try:
                await self._take_turn()
            except AWAY as error:
                self._progress.wait(self.name, error)
                log.warning("relay waits", error=repr(error))
                await self._measure_age_if_possible()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _take_turn(self) -> None:
        async with self._pool.acquire() as conn:
            if await conn.fetchval(_LOCK):
                try:
                    await conn.execute(_FORGIVING)
                    await self._publish_until_failure(conn)
                finally:
                    end_session(conn)  # lock and setting end with their session
        self._progress.beat(self.name, detail="standing by: another relay is active")
        await asyncio.sleep(_STANDBY_SECONDS)

    async def _publish_until_failure(self, conn: Connection) -> None:
        producer = make_producer(self._settings.kafka_bootstrap, f"{self._settings.instance}-relay")
        try:
            await in_time(producer.start(), PROBE_SECONDS)
            pruning = Pruning()
            asked_at = time.monotonic()
            while True:
                await self._publish_all(conn, producer)
                await pruning.prune_if_due(conn)
                await asyncio.sleep(_GATHERING_SECONDS)
                await self._rest()
                if time.monotonic() - asked_at > _ASK_SECONDS:
                    await producer.ask_bus()
                    asked_at = time.monotonic()
        finally:
            await producer.stop()

    async def _publish_all(self, conn: Connection, producer: Producer) -> None:
        full = True
        while full and (rows := await conn.fetch(_UNSENT, _BATCH)):
            self._note_age(rows[0]["age"])
            await self._publish(conn, producer, rows)
            full = len(rows) == _BATCH
        self._note_age(0.0)
        self._progress.beat(self.name)

    async def _publish(self, conn: Connection, producer: Producer, rows: Sequence[Record]) -> None:
        pending: list[asyncio.Future[object]] = []
        failure: BaseException | None = None
        try:
            for row in rows:
                pending.append(await self._send(producer, row))  # noqa: PERF401 - a comprehension would lose them
        except KAFKA_FAILURES as error:  # what was sent before is waited for, and marked
            failure = error
        results = await self._acknowledgements(pending)
        sent = [row for row, result in zip(rows, results, strict=False) if not isinstance(result, BaseException)]
        await conn.execute(_MARK, [row["position"] for row in sent])
        for row in sent:
            EVENTS_PUBLISHED.labels(row["topic"]).inc()
        failure = next((result for result in results if isinstance(result, BaseException)), failure)
        if failure is not None:
            raise failure

    async def _send(self, producer: Producer, row: Record) -> "asyncio.Future[object]":
        """Hand one row to the producer; its answer is the bus's acknowledgement, to be waited for."""
        acknowledged: asyncio.Future[object] = await producer.send(
            self._settings.topic(row["topic"]),
            key=row["aggregate"].encode(),
            value=row["event"],
            headers=[("content-type", STRUCTURED)],
        )
        return acknowledged

    async def _acknowledgements(self, pending: "Sequence[asyncio.Future[object]]") -> list[object]:
        """Wait for the bus as long as it takes (an idempotent producer never gives up), and say so meanwhile."""
        waiting = asyncio.gather(*pending, return_exceptions=True)
        while not (await asyncio.wait({waiting}, timeout=_PATIENCE_SECONDS))[0]:
            self._progress.beat(self.name, ok=False, detail="waiting: the bus does not acknowledge")
            log.warning("relay waits", error="the bus does not acknowledge", records=len(pending))
            await self._measure_age_if_possible()
        return waiting.result()

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._woken.wait(), self._settings.relay_poll_seconds)
        except TimeoutError:
            return
        self._woken.clear()

    def _note_age(self, seconds: float) -> None:
        self._progress.outbox_age_seconds = round(seconds, 3)
        OUTBOX_AGE.set(seconds)

    async def _measure_age_if_possible(self) -> None:
        try:
            self._note_age(await self._pool.fetchval(_AGE, timeout=2))
        except TRANSIENT:
            self._progress.outbox_age_seconds = None
