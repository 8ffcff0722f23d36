"""A service that learns to hear more reads its topics again, and takes what it has handled for duplicates."""

from collections.abc import Mapping

from shared.consumer import EventConsumer, Handler, Subscription
from shared.contracts.envelope import Event
from shared.contracts.meetings import MeetingHeld
from shared.contracts.registry import BodyChanged
from shared.observability import Progress
from shared.postgres import Connection
from tests.meetings.conftest import SETUP
from tests.shared.conftest import held
from tests.support.api import NOW, ServiceUnderTest, make_settings
from tests.support.bus import put, running
from tests.support.eventually import eventually
from tests.support.stack import Servers


async def test_a_new_generation_hears_what_was_skipped_and_repeats_nothing(
    plain: ServiceUnderTest, stack: Servers, topics: str
) -> None:
    heard: list[str] = []

    async def hear(_conn: Connection, event: Event) -> None:
        heard.append(event.type)

    settings = make_settings(jwks_file=plain.keys.path, kafka_bootstrap=stack.kafka_bootstrap, topic_prefix=topics)

    def consumer(handlers: Mapping[str, Handler], generation: int) -> EventConsumer:
        subscription = Subscription(("tasks",), handlers, generation)
        return EventConsumer("meetings", subscription, plain.pool, settings, Progress(), after_commit=lambda: None)

    async def committed(count: int) -> bool:
        return bool(await plain.pool.fetchval("select count(*) from inbox") == count)

    body = BodyChanged(body="b", name="会议", valid_from=SETUP)
    skipped = Event.of(body, subject="b", version=1, time=NOW)
    handled = Event.of(held(), subject="m", version=1, time=NOW)
    await put(stack.kafka_bootstrap, f"{topics}.tasks", skipped.to_bytes(), handled.to_bytes())
    async with running(consumer({MeetingHeld.event_type: hear}, 1).run()):
        await eventually(lambda: committed(1))
    both = {MeetingHeld.event_type: hear, BodyChanged.event_type: hear}
    async with running(consumer(both, 2).run()):
        await eventually(lambda: committed(2))
    assert heard == [MeetingHeld.event_type, BodyChanged.event_type]
