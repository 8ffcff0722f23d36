"""The tasks service under test, with some units known from the registry's events."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import yaml

from services.tasks.app import SERVICE
from services.tasks.settings import TasksSettings
from shared.contracts.registry import MembershipChanged
from tests.conftest import DatabaseFactory
from tests.support.api import ServiceUnderTest, service_under_test
from tests.tasks.builders import UNITS, a_unit

SEED = yaml.safe_load(Path("deploy/seed/yongjia-2009.yaml").read_text(encoding="utf-8"))
"""The county's registry as it ships."""


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


@pytest.fixture
async def county(tasks: ServiceUnderTest) -> ServiceUnderTest:
    """Tell the service of every unit and member of the seed, and of two townships."""
    seed = SEED
    for unit in seed["units"]:
        named = {key: unit[key] for key in ("name", "short_name", "aliases", "kind")}
        await tasks.deliver(a_unit(unit["code"], **named), subject=unit["code"], version=2)
    for code, name in (("330324-sbz", "上塘镇"), ("330324-obz", "瓯北镇")):
        await tasks.deliver(a_unit(code, name=name, short_name=name, kind="township"), subject=code, version=1)
    for version, member in enumerate(seed["memberships"], start=1):
        if "unit" in member["holder"] and member["role"] == "member":
            payload = MembershipChanged(
                membership_id=f"m{version}",
                body="coordination-meeting",
                role="member",
                holder_unit=member["holder"]["unit"],
                valid_from=date(2009, 7, 6),
                document="永政办发〔2009〕106号",
            )
            await tasks.deliver(payload, subject="coordination-meeting", version=version)
    return tasks
