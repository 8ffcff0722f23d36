"""A process whose database or key set is not what its settings say ends at once and names the variable."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.conftest import DatabaseFactory
from tests.support.api import SigningKey


@pytest.fixture
async def settings(database: DatabaseFactory, tmp_path: Path) -> dict[str, str]:
    """Settings that can be taken, but for the broker."""
    SigningKey(tmp_path / "jwks.json").publish()
    (tmp_path / "broken.json").write_text("{")
    return {
        "XIETIAO_DATABASE_URL": (await database("tasks")).url,
        "XIETIAO_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "XIETIAO_JWKS_FILE": str(tmp_path / "jwks.json"),
        "XIETIAO_PORT": "0",
    }


@pytest.mark.parametrize(
    ("variable", "old", "new", "fault"),
    [
        ("XIETIAO_JWKS_FILE", "[^/]+$", "missing.json", "No such file"),
        ("XIETIAO_JWKS_FILE", "[^/]+$", "broken.json", "cannot be read"),
        ("XIETIAO_DATABASE_URL", "[^/]+$", "missing", "does not exist"),
        ("XIETIAO_DATABASE_URL", "//xietiao_tasks:", "//nobody:", "nobody"),
    ],
)
async def test_what_the_settings_promise_and_is_not_there_ends_the_process(
    settings: dict[str, str], variable: str, old: str, new: str, fault: str
) -> None:
    wrong = re.sub(old, new, settings[variable])
    assert wrong != settings[variable]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.tasks",
        env={**os.environ, **settings, variable: wrong}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            _, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 2
    assert f"{variable}: " in told.decode()
    assert fault in told.decode()
    assert "Traceback" not in told.decode()
