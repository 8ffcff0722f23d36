import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer

from deploy.local import events
from deploy.local.errors import StackError
from deploy.local.events import Choice
from tests.support.stack import Servers


def event(kind: str, subject: str, **data: object) -> bytes:
    envelope = {
        "specversion": "1.0",
        "id": f"{subject}@1",
        "source": "/xietiao/tasks",
        "type": f"cn.xietiao.{kind}.v1",
        "subject": subject,
        "time": "2009-07-06T01:00:00Z",
        "aggregateversion": 1,
        "data": data,
    }
    return json.dumps(envelope, ensure_ascii=False).encode()


@pytest.fixture
async def producer(stack: Servers) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap, acks="all") as producer:
        yield producer


async def shown(stack: Servers, prefix: str, choice: Choice = Choice(), *, in_json: bool = False) -> list[str]:  # noqa: B008 - frozen
    lines: list[str] = []
    await events.print_all(stack.kafka_bootstrap, prefix, choice, lines.append, follow=False, in_json=in_json)
    return lines


async def test_events_of_all_topics_are_shown_in_the_order_of_the_log(
    stack: Servers, topics: str, producer: AIOKafkaProducer
) -> None:
    for number in range(30):
        topic = f"{topics}.{('tasks', 'registry', 'meetings')[number % 3]}"
        await producer.send_and_wait(topic, event("tasks.task-assigned", f"s{number}"), key=b"%d" % number)
        await asyncio.sleep(0.002)  # record time has milliseconds

    assert [line.split()[3] for line in await shown(stack, topics)] == [f"s{number}" for number in range(30)]


async def test_a_line_says_when_what_whom_and_the_gist(stack: Servers, topics: str, producer: AIOKafkaProducer) -> None:
    body = event("tasks.task-assigned", "019", unit="330324-fgj", title="现代物流", units=["a", "b"], steps=[{}, {}])
    await producer.send_and_wait(f"{topics}.tasks", body)

    (line,) = await shown(stack, topics)

    assert line.startswith("2009-07-06 09:00:00  tasks.task-assigned.v1 ")
    assert line.endswith("019 #1  unit=330324-fgj title=现代物流 units=a,b steps=[2]")


async def test_what_cannot_be_read_is_shown_as_such(stack: Servers, topics: str, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(f"{topics}.tasks", b"\xff{not json")
    await producer.send_and_wait(f"{topics}.tasks", b"[]")
    await producer.send_and_wait(
        f"{topics}.tasks.dead-letters", b"poison", headers=[("xietiao-reason", b"no CloudEvent")]
    )

    lines = await shown(stack, topics)

    assert len(lines) == 3
    assert all("unreadable" in line for line in lines)
    assert lines[-1].endswith("poison  ← no CloudEvent")


async def test_binary_mode_is_read_too(stack: Servers, topics: str, producer: AIOKafkaProducer) -> None:
    headers = [
        ("ce_type", b"cn.xietiao.tasks.plan-issued.v1"),
        ("ce_subject", b"p1"),
        ("ce_time", b"2009-07-06T01:00:00Z"),
    ]
    await producer.send_and_wait(f"{topics}.tasks", b'{"year": 2009}', headers=headers)

    (line,) = await shown(stack, topics)

    assert "tasks.plan-issued.v1" in line
    assert line.endswith("year=2009")


@pytest.mark.parametrize("glob", ["task-*", "tasks.task-*", "cn.xietiao.tasks.task-assigned.v1", "tasks.task-assigned"])
async def test_types_are_chosen_by_glob(stack: Servers, topics: str, producer: AIOKafkaProducer, glob: str) -> None:
    await producer.send_and_wait(f"{topics}.tasks", event("tasks.task-assigned", "wanted"))
    await producer.send_and_wait(f"{topics}.tasks", event("tasks.plan-issued", "other"))
    await producer.send_and_wait(f"{topics}.tasks", b"poison")

    (line,) = await shown(stack, topics, Choice(types=glob))

    assert "wanted" in line


async def test_topics_are_chosen_by_name(stack: Servers, topics: str, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(f"{topics}.tasks", event("tasks.task-assigned", "t"))
    await producer.send_and_wait(f"{topics}.meetings", event("meetings.meeting-held", "m"))

    (line,) = await shown(stack, topics, Choice(topics=frozenset({"meetings"})))

    assert "meeting-held" in line
    with pytest.raises(StackError, match=r"there is no .*payroll; there are .*tasks"):
        await shown(stack, topics, Choice(topics=frozenset({"payroll"})))


async def test_json_gives_programs_the_whole_event_and_its_position(
    stack: Servers, topics: str, producer: AIOKafkaProducer
) -> None:
    await producer.send_and_wait(f"{topics}.tasks", event("tasks.task-assigned", "t", title="字"))

    (line,) = await shown(stack, topics, in_json=True)

    content = json.loads(line)
    assert content["event"]["data"] == {"title": "字"}
    assert (content["topic"], content["offset"]) == (f"{topics}.tasks", 0)


async def test_more_than_is_buffered_still_comes_in_order(
    stack: Servers, topics: str, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "BUFFERED_PER_PARTITION", 50)
    for number in range(2000):
        await producer.send(f"{topics}.{('tasks', 'registry')[number % 2]}", event("tasks.task-assigned", f"s{number}"))
    await producer.flush()

    records = [json.loads(line) for line in await shown(stack, topics, in_json=True)]

    assert len(records) == 2000
    assert [each["recorded_at"] for each in records] == sorted(each["recorded_at"] for each in records)


async def test_following_goes_on_with_what_comes(stack: Servers, topics: str, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(f"{topics}.tasks", event("tasks.task-assigned", "before"))
    lines: asyncio.Queue[str] = asyncio.Queue()
    following = asyncio.create_task(
        events.print_all(stack.kafka_bootstrap, topics, Choice(), lines.put_nowait, follow=True, in_json=False)
    )
    async with asyncio.timeout(60):
        assert "before" in await lines.get()
        await producer.send_and_wait(f"{topics}.meetings", event("meetings.meeting-held", "after"))
        assert "after" in await lines.get()
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following


def test_a_long_summary_is_cut() -> None:
    assert len(events.summary({"text": "字" * 500})) == events.SUMMARY_CHARACTERS
