"""A folder for a stack of the test's own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.layout import Layout
from deploy.local.stack import COMPONENTS, SUPERVISOR


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """Make an empty stack folder; whatever still runs there at the end is ended."""
    folder = Layout.of(tmp_path / "stack")
    folder.create()
    yield folder
    for name in (SUPERVISOR, *COMPONENTS):
        processes.kill(folder, name)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide settings of the machine that runs the tests."""
    for name in os.environ:
        if name.startswith("XIETIAO_") and not name.startswith("XIETIAO_TEST_") and name != "XIETIAO_KAFKA_LIBS":
            monkeypatch.delenv(name)
