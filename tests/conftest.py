"""Fixtures for every test: the real servers, started when the first test needs them, and clean state on them."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import HealthCheck, settings

from tests.support.stack import Servers, ServiceDatabase, running_servers

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
"""What an example may take (200 ms by default), and how fast they are drawn, says only how busy the machine is."""

DatabaseFactory = Callable[[str], Awaitable[ServiceDatabase]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the servers, so that `make test-fast` can leave it out."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Servers]:
    """Kafka and PostgreSQL, once per session."""
    async with running_servers() as servers:
        yield servers


@pytest.fixture
async def database(stack: Servers) -> AsyncIterator[DatabaseFactory]:
    """Make migrated, empty databases by service name; they are dropped after the test."""
    made: list[ServiceDatabase] = []

    async def make(service: str) -> ServiceDatabase:
        made.append(await stack.fresh_database(service))
        return made[-1]

    yield make
    for each in made:
        await stack.drop_database(each.name)


@pytest.fixture
def topic_prefix() -> str:
    """Name a prefix of the test's own; the topics do not exist yet."""
    return f"t-{uuid.uuid4().hex[:10]}"


@pytest.fixture
async def topics(stack: Servers, topic_prefix: str) -> str:
    """Create every declared topic under the test's own prefix, and return the prefix."""
    await stack.create_topics(topic_prefix)
    return topic_prefix
