"""The servers that tests run on: one real Kafka and one real PostgreSQL per pytest session.

They are the embedded stack's own, in a temporary folder and without durability, unless
`XIETIAO_TEST_KAFKA_BOOTSTRAP` (host:port) or `XIETIAO_TEST_POSTGRES_URL` (a superuser's URL) name servers that exist.

Clean state is cheap: a database is a copy of a migrated template, a topic prefix is a fresh name.
"""

import asyncio
import contextlib
import os
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import psutil

from deploy.local import postgres, processes
from deploy.local.databases import OWNER, Databases, role
from deploy.local.kafka import Kafka
from deploy.local.layout import Layout
from deploy.local.ports import any_free_port
from deploy.local.postgres import WITHOUT_DURABILITY, Postgres
from deploy.local.stack import COMPONENTS
from shared.migrate import migrate
from shared.topics import provision

FOLDER_PREFIX = "xietiao-test-"
_COPY_DATABASE = "select format('create database %I template %I owner %I', $1::text, $2::text, $3::text)"
_DROP_DATABASE = "select format('drop database if exists %I with (force)', $1::text)"


@dataclass(frozen=True)
class ServiceDatabase:
    """A database for one test: `url` connects as the service's own role, `owner_url` as the one that migrates."""

    service: str
    name: str
    url: str
    owner_url: str


@dataclass(frozen=True)
class Servers:
    """Kafka and PostgreSQL of this pytest session."""

    kafka_bootstrap: str
    superuser_url: str
    secret: Callable[[str], str]
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    _templates: dict[str, str] = field(default_factory=dict)

    def url(self, user: str, database: str) -> str:
        """Return the URL with which a role reaches a database."""
        parts = urlsplit(self.superuser_url)
        address = parts.netloc.rpartition("@")[2]
        login = f"{quote(user)}:{quote(self.secret(user))}"
        return urlunsplit(parts._replace(netloc=f"{login}@{address}", path=f"/{database}"))

    def superuser_url_of(self, database: str) -> str:
        """Return the URL with which the superuser reaches a database."""
        return urlunsplit(urlsplit(self.superuser_url)._replace(path=f"/{database}"))

    @property
    def databases(self) -> Databases:
        """What makes roles and databases, as the embedded stack does."""
        return Databases(self.superuser_url_of, self.secret)

    async def fresh_database(self, service: str) -> ServiceDatabase:
        """Make a migrated, empty database for a service."""
        template = await self._template(service)
        name = f"t_{service}_{uuid.uuid4().hex[:12]}"
        await self._run(_COPY_DATABASE, name, template, OWNER)
        await self.databases.make_database(name, service)
        return ServiceDatabase(service, name, self.url(role(service), name), self.url(OWNER, name))

    async def drop_database(self, name: str) -> None:
        """Drop a database, whoever is still connected."""
        await self._run(_DROP_DATABASE, name)

    async def create_topics(self, prefix: str) -> None:
        """Create every topic that the contracts declare, under a prefix of the test's own."""
        await provision(self.kafka_bootstrap, prefix)

    async def _template(self, service: str) -> str:
        if service not in self._templates:
            name = f"template_{service}_{self.session}"
            await self.databases.make_database(name, service)
            await asyncio.to_thread(migrate, service, self.url(OWNER, name))
            self._templates[service] = name
        return self._templates[service]

    async def _run(self, statement: str, *names: str) -> None:
        connection = await asyncpg.connect(self.superuser_url)
        try:
            await connection.execute(await connection.fetchval(statement, *names))
        finally:
            await connection.close()

    async def close(self) -> None:
        """Drop the templates, which would stay behind on a server that outlives the session."""
        for name in self._templates.values():
            await self.drop_database(name)


@contextlib.asynccontextmanager
async def running_servers() -> AsyncIterator[Servers]:
    """Start what is not given by the environment, and stop it at the end."""
    _sweep()
    layout = Layout.of(Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX)))
    layout.create()
    _owner_file(layout.root).write_text(str(os.getpid()))
    try:
        servers = await _start(layout)
        await servers.databases.make_roles()
        yield servers
        await servers.close()
    finally:
        remove(layout)


async def _start(layout: Layout) -> Servers:
    given_bootstrap = os.environ.get("XIETIAO_TEST_KAFKA_BOOTSTRAP")
    given_url = os.environ.get("XIETIAO_TEST_POSTGRES_URL")
    bootstrap, url = await asyncio.gather(
        _given(given_bootstrap) if given_bootstrap else _start_kafka(layout),
        _given(given_url) if given_url else _start_postgres(layout),
    )
    return Servers(bootstrap, url, layout.secret if given_url is None else lambda _role: "test")


async def _given(address: str) -> str:
    return address


async def _start_kafka(layout: Layout) -> str:
    broker = Kafka(layout, any_free_port(), any_free_port())
    processes.start(layout, await asyncio.to_thread(broker.prepare, print))
    await broker.wait_ready()
    return broker.bootstrap


async def _start_postgres(layout: Layout) -> str:
    server = Postgres(layout, any_free_port(), WITHOUT_DURABILITY)
    processes.start(layout, await asyncio.to_thread(server.prepare, print))
    await server.wait_ready()
    return server.url(postgres.SUPERUSER, "postgres")


def remove(layout: Layout) -> None:
    """End whatever of a stack still runs and remove its folder.

    PostgreSQL is asked: killed, it would leave its shared memory behind, and children that write into the folder.
    """
    for name in COMPONENTS:
        if name != postgres.NAME:
            processes.kill(layout, name)
    processes.stop(layout, (postgres.NAME,))
    shutil.rmtree(layout.root, ignore_errors=True)


def _owner_file(root: Path) -> Path:
    return root / "owner.pid"


def _sweep() -> None:
    """End and remove what earlier sessions left that were killed."""
    for root in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError, PermissionError, ValueError):
            if not psutil.pid_exists(int(_owner_file(root).read_text())):
                remove(Layout.of(root))
