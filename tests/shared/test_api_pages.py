"""The API's own pages work where no other host is reached: a county's network is closed."""

import re
from pathlib import Path

import pytest

from services.meetings.app import SERVICE
from tests.conftest import DatabaseFactory
from tests.support.api import service_under_test


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
async def test_the_page_refers_to_no_other_host(database: DatabaseFactory, tmp_path: Path, path: str) -> None:
    async with (
        service_under_test(SERVICE, await database("meetings"), tmp_path) as service,
        service.client(None) as client,
    ):
        page = await client.get(path)
        assert page.status_code == 200
        assert re.findall(r"(?:src|href)=[\"'](?:https?:)?//[^\"']+", page.text) == []
        for asset in re.findall(r"(?:src|href)=[\"'](/[^\"']+)", page.text):
            assert (await client.get(asset)).status_code == 200
