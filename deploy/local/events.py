"""Reading the bus as a person: every event of the stack, one line each, in the order in which the log took them."""

import asyncio
import fnmatch
import heapq
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.errors import StackError
from shared.clock import COUNTY_ZONE

BUFFERED_PER_PARTITION = 5000
SUMMARY_CHARACTERS = 150
LONGEST_LIST = 4
_TYPE_PREFIX = "cn.xietiao."
_BINARY_PREFIX = "ce_"

Record = Any
"""A record as aiokafka gives it; it publishes no type for it."""


@dataclass(frozen=True)
class Choice:
    """Which events are wanted: a glob over the type with or without `cn.xietiao.`, and topic names; None for all."""

    types: str | None = None
    topics: frozenset[str] | None = None

    def takes(self, event: Mapping[str, Any] | None) -> bool:
        """Say whether an event is wanted; an unreadable one (None) is, unless types were chosen."""
        if self.types is None:
            return True
        if event is None:
            return False
        full = str(event.get("type", ""))
        return any(fnmatch.fnmatchcase(name, self.types) for name in _names(full))


def _names(full: str) -> Iterator[str]:
    """Return the ways to write a type: in full, without prefix, without version, and its last word alone."""
    short = full.removeprefix(_TYPE_PREFIX)
    yield from (full, short, short.rpartition(".")[0])
    yield short.rpartition(".")[0].rpartition(".")[2]


async def read(bootstrap: str, prefix: str, choice: Choice, *, follow: bool) -> AsyncIterator[Record]:
    """Yield records from the beginning, ordered by record time across partitions; then, if asked, as they come.

    Raises:
        StackError: a topic that was asked for does not exist.
    """
    partitions = await _partitions(bootstrap, prefix, choice.topics)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        async for record in _merged(consumer, ends):
            yield record
        while follow:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()


async def _partitions(bootstrap: str, prefix: str, topics: frozenset[str] | None) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        existing = {name for name in await admin.list_topics() if name.startswith(f"{prefix}.")}
        wanted = existing if topics is None else {_full(prefix, name) for name in topics}
        unknown = wanted - existing
        if unknown:
            there = ", ".join(sorted(existing))
            raise StackError(f"--topic: there is no {', '.join(sorted(unknown))}; there are {there}")
        descriptions = await admin.describe_topics(sorted(wanted))
    finally:
        await admin.close()
    return [TopicPartition(each["topic"], part["partition"]) for each in descriptions for part in each["partitions"]]


def _full(prefix: str, name: str) -> str:
    return name if name.startswith(f"{prefix}.") else f"{prefix}.{name}"


class _Backlog:
    """What is waiting per partition while a slower partition's records are fetched."""

    def __init__(self, ends: Mapping[TopicPartition, int]) -> None:
        self._ends = ends
        self._waiting: dict[TopicPartition, deque[Record]] = {partition: deque() for partition in ends}
        self._read: set[TopicPartition] = set()

    def take(self, partition: TopicPartition, records: list[Record]) -> None:
        """Add what was fetched, up to the end as it was when we began."""
        self._waiting[partition].extend(record for record in records if record.offset < self._ends[partition])

    def note_position(self, partition: TopicPartition, position: int) -> None:
        """Note how far a partition has been fetched."""
        if position >= self._ends[partition]:
            self._read.add(partition)

    @property
    def unread(self) -> set[TopicPartition]:
        """Partitions of which more must be fetched."""
        return self._waiting.keys() - self._read

    @property
    def full(self) -> set[TopicPartition]:
        """Partitions that may rest while the others catch up."""
        return {partition for partition, records in self._waiting.items() if len(records) >= BUFFERED_PER_PARTITION}

    def ordered(self) -> Iterator[Record]:
        """Yield what is certain: nothing earlier can still come from any partition."""
        heads = [_keyed(partition, records[0]) for partition, records in self._waiting.items() if records]
        heapq.heapify(heads)
        while heads and all(self._waiting[partition] for partition in self.unread):
            *_, partition, record = heapq.heappop(heads)
            self._waiting[partition].popleft()
            yield record
            if self._waiting[partition]:
                heapq.heappush(heads, _keyed(partition, self._waiting[partition][0]))


def _keyed(partition: TopicPartition, record: Record) -> tuple[int, str, int, int, TopicPartition, Record]:
    return record.timestamp, partition.topic, partition.partition, record.offset, partition, record


async def _merged(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> AsyncIterator[Record]:
    backlog = _Backlog(ends)
    while True:
        for partition in backlog.unread:
            backlog.note_position(partition, await consumer.position(partition))
        for record in backlog.ordered():
            yield record
        if not backlog.unread:
            return
        _rest(consumer, backlog.full)
        for partition, records in (await consumer.getmany(timeout_ms=200)).items():
            backlog.take(partition, records)


def _rest(consumer: AIOKafkaConsumer, full: set[TopicPartition]) -> None:
    consumer.resume(*(consumer.paused() - full))
    consumer.pause(*(full - consumer.paused()))


def parse(record: Record) -> dict[str, Any] | None:
    """Return the CloudEvent in a record, structured or binary; None if there is none."""
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    try:
        content = json.loads(record.value)
    except (ValueError, TypeError):
        return None
    if f"{_BINARY_PREFIX}type" in headers:
        attributes = {
            name.removeprefix(_BINARY_PREFIX): text for name, text in headers.items() if name.startswith(_BINARY_PREFIX)
        }
        return {**attributes, "data": content}
    return content if isinstance(content, dict) and "type" in content else None


def line(record: Record, event: Mapping[str, Any] | None) -> str:
    """Return a record as one readable line."""
    if event is None:
        where = f"{record.topic}/{record.partition}@{record.offset}"
        return f"{_local(_record_time(record))}  unreadable {where}: {_excerpt(record.value)}{_reason(record)}"
    kind = str(event["type"]).removeprefix(_TYPE_PREFIX)
    subject = event.get("subject", "?")
    told = summary(event.get("data"), subject)
    version = event.get("aggregateversion", "?")
    return f"{_local(_event_time(event, record))}  {kind:<38} {subject} #{version}  {told}{_reason(record)}"


def as_json(record: Record, event: Mapping[str, Any] | None) -> str:
    """Return a record as one line of JSON: where it stands, and the event or the unreadable text."""
    position = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "recorded_at": _record_time(record).isoformat(),
    }
    content = {"event": event} if event is not None else {"unreadable": _excerpt(record.value, 10_000)}
    return json.dumps({**position, **content}, ensure_ascii=False)


_TOLD_FIRST = ("unit", "role", "title")


def summary(content: object, subject: object = None) -> str:
    """Return the data of an event in short: plain values as they are, short lists in full, the rest as its size.

    Who and what come first; what only repeats the subject is left out.
    """
    if not isinstance(content, dict):
        return _excerpt(json.dumps(content, ensure_ascii=False).encode())
    told = sorted(content.items(), key=lambda item: item[0] not in _TOLD_FIRST)
    text = " ".join(f"{name}={_short(value)}" for name, value in told if value not in (None, "", [], {}, subject))
    return text if len(text) <= SUMMARY_CHARACTERS else f"{text[: SUMMARY_CHARACTERS - 1]}…"


def _short(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{len(value)}}}"
    if isinstance(value, list):
        plain = len(value) <= LONGEST_LIST and not any(isinstance(item, dict | list) for item in value)
        return ",".join(map(str, value)) if plain else f"[{len(value)}]"
    return str(value)


def _reason(record: Record) -> str:
    """Return why a dead letter is one."""
    reason = dict(record.headers).get("xietiao-reason")
    return f"  ← {reason.decode(errors='replace')}" if reason else ""


def _excerpt(value: bytes | None, characters: int = 80) -> str:
    text = (value or b"").decode(errors="replace")
    text = "".join(character if character.isprintable() else "·" for character in text)
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def _event_time(event: Mapping[str, Any], record: Record) -> datetime:
    try:
        time = datetime.fromisoformat(str(event.get("time")))
    except ValueError:
        return _record_time(record)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _record_time(record: Record) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def _local(instant: datetime) -> str:
    return instant.astimezone(COUNTY_ZONE).strftime("%Y-%m-%d %H:%M:%S")


async def print_all(
    bootstrap: str, prefix: str, choice: Choice, write: Callable[[str], None], *, follow: bool, in_json: bool
) -> None:
    """Write the chosen events line by line."""
    render = as_json if in_json else line
    async for record in read(bootstrap, prefix, choice, follow=follow):
        event = parse(record)
        if choice.takes(event):
            write(render(record, event))


def run(
    bootstrap: str, prefix: str, choice: Choice, write: Callable[[str], None], *, follow: bool, in_json: bool
) -> None:
    """Write the chosen events until their end, or until Ctrl-C or the reader of our output is gone.

    Raises:
        StackError: the broker cannot be reached, or a topic does not exist.
    """
    try:
        asyncio.run(print_all(bootstrap, prefix, choice, write, follow=follow, in_json=in_json))
    except KeyboardInterrupt:
        return
