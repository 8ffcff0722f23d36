"""The broker's disk is full: commands are accepted and kept, `/readyz` says so, and with space again all catches up."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from deploy.local import kafka
from deploy.local.ports import Ports
from deploy.local.progress import Journal
from deploy.local.stack import Stack as EmbeddedStack
from deploy.local.supervisor import Supervisor
from tests.chaos.comparison import compare, quiet, value
from tests.chaos.conftest import KILLS
from tests.chaos.disk import Disk, LimitedFiles, SmallFileSystem, can_mount, small_file_system
from tests.chaos.load import Load
from tests.chaos.servers import OwnServers, own_servers
from tests.chaos.stack import Stack, more_commands, resumed, running_stack, told, visible
from tests.support.eventually import eventually

FULL_SECONDS = float(os.environ.get("XIETIAO_CHAOS_AWAY", "2"))


@pytest.fixture
async def limited(tmp_path: Path) -> AsyncIterator[tuple[Stack, Disk]]:
    """A stack whose broker may be forbidden to let its files grow; in the short form where nothing can be mounted."""
    if not KILLS and can_mount(tmp_path / "probe"):
        pytest.skip("a small file system is filled up instead; the long form, `make test-chaos`, does both")
    async with own_servers() as servers, running_stack(servers, tmp_path) as stack:
        yield stack, LimitedFiles(servers.layout)


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[tuple[Stack, Disk]]:
    """A stack whose broker has a small file system."""
    async with own_servers(_small_ground) as servers, running_stack(servers, tmp_path) as stack:
        yield stack, SmallFileSystem(servers.kafka.log_folder)


@contextlib.contextmanager
def _small_ground(servers: OwnServers) -> Iterator[None]:
    with contextlib.ExitStack() as mounted:
        try:
            mounted.enter_context(small_file_system(servers.kafka.log_folder))
        except PermissionError as error:
            pytest.skip(f"no file system can be mounted here ({error}); the limit on files is tested instead")
        yield


async def test_a_full_disk_of_the_broker_stops_no_command_and_with_space_again_all_catches_up(
    small: tuple[Stack, Disk],
) -> None:
    stack, disk = small
    async with supervised(stack):  # which starts the broker again and again, in vain while there is no space
        await full_and_empty_again(stack, disk)


async def test_files_that_may_not_grow_stop_no_command_and_without_the_limit_all_catches_up(
    limited: tuple[Stack, Disk],
) -> None:
    stack, disk = limited
    async with contextlib.AsyncExitStack() as supervision:
        await full_and_empty_again(stack, disk, lambda: supervision.enter_async_context(supervised(stack)))


@contextlib.asynccontextmanager
async def supervised(stack: Stack) -> AsyncIterator[None]:
    """Watch over the broker as `xietiao up` does."""
    servers = stack.servers
    ports = Ports(0, 0, 0, 0, 0, servers.kafka.port, servers.kafka.controller_port, servers.postgres.port)
    watching = Supervisor(EmbeddedStack(servers.layout, ports, Journal()), (kafka.NAME,), print)
    task = asyncio.create_task(watching.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _nothing_to_do() -> None:
    """Let things take their course."""


async def full_and_empty_again(
    stack: Stack, disk: Disk, when_there_is_space: Callable[[], Awaitable[None]] = _nothing_to_do
) -> None:
    """Fill the disk under load, look at what is promised meanwhile, give space, and compare everything."""
    load = Load(stack.ground)
    async with asyncio.TaskGroup() as group:
        group.create_task(load.run(0.05))
        group.create_task(load.register())
        group.create_task(load.meet())
        await visible(stack.ground, 2)
        disk.fill()
        await eventually(lambda: told(stack, "relay"))
        before = load.model.commanded
        await asyncio.sleep(FULL_SECONDS)
        await eventually(lambda: more_commands(load, before + 5))
        assert await value(stack.ground.tasks.url, "select count(*) from outbox where sent_at is null") > 0
        assert load.answered_503 == 0
        disk.clear()
        await when_there_is_space()
        await resumed(stack, load)
        load.stopping.set()
    await quiet(stack.ground, load.model, 300)
    await compare(stack.ground, load.model)
