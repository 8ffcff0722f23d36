"""What a benchmark stands on: a real Kafka, a PostgreSQL as durable as in `up`, and processes of the services."""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import httpx
import psutil
import yaml

from deploy.local import kafka, postgres, processes
from deploy.local.errors import StackError
from deploy.local.kafka import Kafka
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import any_free_port
from deploy.local.postgres import Postgres
from deploy.local.seed import METHODS as SHIPPED
from services.scoring import store
from services.scoring.method import Method, read_method
from shared.postgres import prepare_connection
from tests.benchmarks.machine import say
from tests.scoring.builders import adoption_of
from tests.support.api import SigningKey
from tests.support.stack import Servers, ServiceDatabase, remove

READY_SECONDS = 60.0


@contextlib.asynccontextmanager
async def running_servers() -> AsyncIterator[tuple[Servers, Layout]]:
    """Start Kafka and PostgreSQL in a temporary folder, with the settings of `xietiao up`, and remove them."""
    layout = Layout.of(Path(tempfile.mkdtemp(prefix="xietiao-bench-")))
    layout.create()
    broker, database = Kafka(layout, any_free_port(), any_free_port()), Postgres(layout, any_free_port())
    try:
        for server in (broker, database):
            processes.start(layout, server.prepare(say))  # no thread: it must have ended before the folder is removed
        await asyncio.gather(broker.wait_ready(), database.wait_ready())
        servers = Servers(broker.bootstrap, database.url(postgres.SUPERUSER, "postgres"), layout.secret)
        await servers.databases.make_roles()
        yield servers, layout
    finally:
        remove(layout)


@dataclass
class Process:
    """One process of a service."""

    handle: psutil.Popen
    port: int

    @property
    def url(self) -> str:
        """Where its HTTP listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far, user and system."""
        times = self.handle.cpu_times()
        return float(times.user + times.system)

    @property
    def resident_mb(self) -> float:
        """Memory that is its own and in RAM, in MB."""
        return float(self.handle.memory_full_info().uss) / 1e6

    async def ready(self) -> None:
        """Wait until `/readyz` says yes.

        Raises:
            StackError: it ended.
            TimeoutError: it does not in a minute.
        """
        deadline = time.monotonic() + READY_SECONDS
        async with httpx.AsyncClient() as client:
            while time.monotonic() < deadline:
                self.check()
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{self.url}/readyz")).is_success:
                        return
                await asyncio.sleep(0.05)
        raise TimeoutError(f"{self.url} is not ready after {READY_SECONDS} s")

    def check(self) -> None:
        """Raise a StackError if it has ended; nothing that is waited for would come."""
        if self.handle.poll() is not None:
            raise StackError(f"`{' '.join(self.handle.args)}` ended with {self.handle.returncode}")

    def stop(self) -> None:
        """End it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.handle.terminate()
        self.handle.wait(30)


@dataclass
class Ground:
    """Addresses of everything, under a topic prefix of its own."""

    servers: Servers
    layout: Layout
    prefix: str = field(default_factory=lambda: f"b-{uuid.uuid4().hex[:8]}")
    databases: dict[str, ServiceDatabase] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    keys: SigningKey = field(init=False)

    def __post_init__(self) -> None:
        """Keep the keys in the folder that goes away."""
        self.keys = SigningKey(self.layout.root / "jwks.json")

    async def prepare(self, *services: str) -> None:
        """Make the topics and the services' databases."""
        self.keys.publish()
        await self.servers.create_topics(self.prefix)
        for service in services:
            self.databases[service] = await self.servers.fresh_database(service)

    async def renew(self, service: str) -> None:
        """Give a service an empty database instead of the one it has."""
        await self.servers.drop_database(self.databases[service].name)
        self.databases[service] = await self.servers.fresh_database(service)

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return f"{self.prefix}.{name}"

    def start(self, service: str, *parts: str, instance: str = "bench", **settings: str) -> Process:
        """Run parts of a service in one process."""
        port = any_free_port()
        environment = {
            **os.environ,
            "XIETIAO_DATABASE_URL": self.databases[service].url,
            "XIETIAO_KAFKA_BOOTSTRAP": self.servers.kafka_bootstrap,
            "XIETIAO_TOPIC_PREFIX": self.prefix,
            "XIETIAO_JWKS_FILE": str(self.keys.path),
            "XIETIAO_INSTANCE": instance,
            "XIETIAO_PORT": str(port),
            "XIETIAO_LOG_LEVEL": "error",
            **settings,
        }
        argv = [sys.executable, "-m", f"services.{service}", *(f"--{part}" for part in parts)]
        self.processes.append(Process(psutil.Popen(argv, cwd=REPOSITORY, env=environment), port))
        return self.processes[-1]

    async def adopt(self, chosen: Method) -> None:
        """Put a method in force in scoring's database, as if it had been folded long ago."""
        conn = await self.connect("scoring")
        async with conn.transaction():
            await store.open_adopted_generation(conn, adoption_of(chosen))
            generation = await store.next_building_generation(conn)
            assert generation is not None
            await store.swap_in(conn, generation)
        await conn.close()

    async def connect(self, service: str) -> "asyncpg.Connection[asyncpg.Record]":
        """Open a connection as the service's role."""
        conn: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.databases[service].url)
        await prepare_connection(conn)
        return conn

    def stop(self) -> None:
        """End every process that was started."""
        while self.processes:
            self.processes.pop().stop()


@contextlib.asynccontextmanager
async def benchmark_ground(*services: str) -> AsyncIterator[Ground]:
    """Make topics and databases on fresh servers; end every process afterwards."""
    async with running_servers() as (servers, layout):
        ground = Ground(servers, layout)
        await ground.prepare(*services)
        try:
            yield ground
        finally:
            ground.stop()


def illustrative_method() -> Method:
    """Return the method that the stack ships."""
    return read_method((SHIPPED / "departments-illustrative.yaml").read_text(encoding="utf-8"))


def full_method() -> Method:
    """Return the complete method, widened so that an event of the benchmarks matches two of its criteria on average."""
    content = yaml.safe_load((SHIPPED / "departments-complete.yaml").read_text(encoding="utf-8"))
    criteria = {criterion["code"]: criterion for criterion in content["criteria"]}
    criteria["other-tasks"]["match"]["source_kinds"].append("resolution")
    criteria["response"]["measure"]["events"].append({"event": "tasks.assignment-progressed"})
    criteria["finished"]["measure"]["events"].append({"event": "tasks.assignment-completion-requested"})
    return read_method(json.dumps(content, default=str))


METHODS = {"illustrative": illustrative_method, "full": full_method}


def cpu_of_servers(layout: Layout) -> dict[str, float]:
    """Return the processor seconds that each server and its children have used so far."""
    found: dict[str, float] = {}
    for name in (kafka.NAME, postgres.NAME):
        parent = processes.find(layout, name)
        assert parent is not None
        server = psutil.Process(parent.pid)
        ended = server.cpu_times()
        found[name] = ended.children_user + ended.children_system
        for each in (server, *server.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # a child that has ended since is counted as such next time
                used = each.cpu_times()
                found[name] += used.user + used.system
    return found
