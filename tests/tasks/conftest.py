"""The tasks service under test, with some units known from the registry's events."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.tasks.app import SERVICE
from services.tasks.settings import TasksSettings
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.tasks.builders import UNITS, a_unit


@pytest.fixture
async def tasks(database: DatabaseFactory, tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    url, files = await database("tasks"), tmp_path / "files"
    async with service_under_test(SERVICE, url, tmp_path, TasksSettings, files_folder=files) as service:
        for unit in UNITS:
            await service.deliver(a_unit(unit), subject=unit, version=1)
        yield service


@pytest.fixture
async def office(tasks: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with tasks.client("office") as client:
        yield client


@pytest.fixture
async def lead(tasks: ServiceUnderTest) -> AsyncIterator[httpx.AsyncClient]:
    async with tasks.client("unit", "330324-fgj") as client:
        yield client
