"""Fixtures of the failure tests: everything here kills or breaks something, and is marked so."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.ground import Ground
from tests.conftest import DatabaseFactory
from tests.support.stack import Servers

KILLS = int(os.environ.get("XIETIAO_CHAOS_KILLS", "0"))
"""Random kills of the long form (`make test-chaos`); 0 is the short form, one of each kind."""

long_form = pytest.mark.skipif(not KILLS, reason="the long form, `make test-chaos`, has it")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.chaos)


@pytest.fixture
async def ground(stack: Servers, topics: str, database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[Ground]:
    """The session's servers with databases and topics of the test's own."""
    made = await Ground.prepared(stack.kafka_bootstrap, topics, database, tmp_path)
    yield made
    await made.clear()
