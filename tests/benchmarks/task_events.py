"""Task events in the demo's shape, as the tasks service writes them, put on the topic as its relay does.

A task has one lead and one or two cooperating units of the document's 22; each acknowledges, reports progress once or
twice, asks for completion (one in twelve is sent back and asks again) and is completed, one in eight late after it went
overdue; then the task is completed. About 13 events per task, keyed by the task.
"""

import asyncio
import random
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from shared.contracts.envelope import STRUCTURED, Event
from shared.contracts.payload import Payload
from shared.contracts.tasks import (
    AssignmentAcknowledged,
    AssignmentCompleted,
    AssignmentCompletionRequested,
    AssignmentPart,
    AssignmentProgressed,
    AssignmentSentBack,
    AssignmentWentOverdue,
    Role,
    TaskAssigned,
    TaskCompleted,
)
from shared.kafka import make_producer

UNITS = tuple(
    f"330324-{initials}"
    for initials in (
        "fgj jmj jyj kjj mzj czj rsj gtj ghj jtj xxb wgj wsj lyj tyj tjj gsj zjj nxj jrb xzb rhz".split()  # noqa: SIM905 - reads best as one line
    )
)
TITLES = ("推进楠溪江旅游综合开发", "编制现代物流业发展规划", "做好服务业统计月报", "引进区外金融机构设立分支机构")
DUE = date(2026, 6, 30)
SHAPES = 400
"""Different courses of tasks; each task repeats one under an id of its own."""
_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_PLACEHOLDER = uuid.UUID(int=0)
_PLACEHOLDER_BYTES = str(_PLACEHOLDER).encode()


class Written(NamedTuple):
    """A record: the task's id, which is the key, and the event as structured JSON."""

    key: bytes
    value: bytes


def tasks(seed: int = 20090706) -> Iterator[list[Written]]:
    """Return one task's events after another, for ever; the same on every run."""
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    shapes = [[event.to_bytes() for event in _course(chance)] for _ in range(SHAPES)]
    number = 0
    while True:
        number += 1
        key = str(uuid.UUID(int=(0x019B_0000_0000 + number) << 80 | 0x7 << 76 | 0x8 << 60 | chance.getrandbits(60)))
        shape = shapes[number % SHAPES]
        yield [Written(key.encode(), value.replace(_PLACEHOLDER_BYTES, key.encode())) for value in shape]


def interleaved(count: int) -> Iterator[Written]:
    """Return `count` events of tasks that run side by side, 200 at a time, each in its own order."""
    source = tasks()
    running = [next(source) for _ in range(200)]
    given = 0
    while True:
        for slot, events in enumerate(running):
            if given == count:
                return
            yield events.pop(0)
            given += 1
            if not events:
                running[slot] = next(source)


def _course(chance: random.Random) -> list[Event]:
    """Return the events of one task, with a placeholder for its id."""
    units = chance.sample(UNITS, chance.choice((2, 3)))
    begun = datetime(2026, 1, 5, 1, tzinfo=UTC) + timedelta(days=chance.randrange(120))
    parts = tuple(
        AssignmentPart(unit=unit, role="cooperating" if place else "lead", due_on=DUE)
        for place, unit in enumerate(units)
    )
    fact: dict[str, object] = {
        "task_id": _PLACEHOLDER,
        "title": chance.choice(TITLES),
        "source_kind": "resolution",
        "source_id": str(uuid.UUID(int=chance.getrandbits(128))),
        "weight": Decimal(chance.choice((1, 1, 2))),
        "due_on": DUE,
        "tags": ("key-task",),
    }
    facts: list[Payload] = [
        TaskAssigned.model_validate(
            {**fact, "assignments": parts, "text_digest": _DIGEST, "text_link": f"/v1/tasks/{_PLACEHOLDER}"}
        )
    ]
    for part in parts:
        facts += _part(chance, fact, part.unit, part.role)
    facts.append(TaskCompleted.model_validate({**fact, "done_at": begun + timedelta(days=30), "days_late": 0}))
    return [
        Event.of(
            told,
            subject=str(_PLACEHOLDER),
            version=number,
            time=begun + timedelta(hours=number),
            correlation_id=str(uuid.UUID(int=chance.getrandbits(128))),
            causation_id=str(uuid.UUID(int=chance.getrandbits(128))),
        )
        for number, told in enumerate(facts, 1)
    ]


def _part(chance: random.Random, fact: dict[str, object], unit: str, role: Role) -> Iterator[Payload]:
    mine = {**fact, "unit": unit, "role": role, "assignment_due_on": DUE}
    note = {"note_digest": _DIGEST, "note_link": f"/v1/tasks/{_PLACEHOLDER}/history"}
    asked = AssignmentCompletionRequested.model_validate({**mine, **note})
    late = chance.randrange(8) == 0
    yield AssignmentAcknowledged.model_validate(mine)
    for percent in (40, 80)[: chance.choice((1, 2))]:
        yield AssignmentProgressed.model_validate({**mine, **note, "percent": percent})
    if late:
        yield AssignmentWentOverdue.model_validate(mine)
    yield asked
    if chance.randrange(12) == 0:
        yield AssignmentSentBack.model_validate({**mine, "reason_digest": _DIGEST})
        yield asked
    yield AssignmentCompleted.model_validate(
        {**mine, "done_at": datetime(2026, 6, 1, 8, tzinfo=UTC), "days_late": 9 if late else 0}
    )


async def publish(bootstrap: str, topic: str, events: Iterable[Written]) -> int:
    """Put events on a topic as the relay does; return how many."""
    producer = make_producer(bootstrap, "bench", linger_ms=20, max_batch_size=512 * 1024)
    await producer.start()
    try:
        pending: list[asyncio.Future[object]] = []
        count = 0
        for event in events:
            headers = [("content-type", STRUCTURED)]
            pending.append(await producer.send(topic, key=event.key, value=event.value, headers=headers))
            count += 1
            if len(pending) == 10_000:
                await asyncio.gather(*pending)
                pending.clear()
        await asyncio.gather(*pending)
        return count
    finally:
        await producer.stop()


def mean_size(events: Sequence[Written]) -> float:
    """Return the mean size of the events, in bytes."""
    return sum(len(event.value) for event in events) / len(events)
