"""A broker and a database of a test's own, which it may kill, pause and start again."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local import kafka, postgres, processes
from deploy.local.kafka import Kafka
from deploy.local.layout import Layout
from deploy.local.ports import any_free_port
from deploy.local.postgres import Postgres
from tests.support.stack import FOLDER_PREFIX, Servers


@dataclass
class OwnServers:
    """Both servers, with full durability: what they acknowledged must be there after `kill -9`."""

    layout: Layout
    kafka: Kafka
    postgres: Postgres

    async def start(self, name: str) -> None:
        """Start one of them, and wait until it answers."""
        server = self.kafka if name == kafka.NAME else self.postgres
        processes.start(self.layout, await asyncio.to_thread(server.prepare, print))
        await server.wait_ready()

    def kill(self, name: str) -> None:
        """End one as `kill -9` does; of the database every process, as when the machine is switched off."""
        running = processes.find(self.layout, name)
        assert running is not None
        children = psutil.Process(running.pid).children(recursive=True)
        processes.kill(self.layout, name)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(children, timeout=10)

    def servers(self) -> Servers:
        """Return them as other tests know them."""
        return Servers(self.kafka.bootstrap, self.postgres.url(postgres.SUPERUSER, "postgres"), self.layout.secret)


@contextlib.asynccontextmanager
async def own_servers(
    around: Callable[["OwnServers"], contextlib.AbstractContextManager[None]] = lambda _: contextlib.nullcontext(),
) -> AsyncIterator[OwnServers]:
    """Start both, within `around` if their ground has to be laid first, and remove them at the end."""
    layout = Layout.of(Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)))
    layout.create()
    (layout.root / "owner.pid").write_text(str(os.getpid()))
    both = OwnServers(layout, Kafka(layout, any_free_port(), any_free_port()), Postgres(layout, any_free_port()))
    try:
        with around(both):
            try:
                await asyncio.gather(both.start(kafka.NAME), both.start(postgres.NAME))
                await both.servers().databases.make_roles()
                yield both
            finally:
                for name in (kafka.NAME, postgres.NAME):
                    if processes.find(layout, name):
                        both.kill(name)  # whole: who is left of it would write while its folder is removed
    finally:
        shutil.rmtree(layout.root)
