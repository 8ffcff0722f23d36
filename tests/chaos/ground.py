"""What a run stands on: the bus, the services' databases, a live method, and the processes of the services."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import asyncpg

from deploy.local.layout import REPOSITORY
from deploy.local.ports import any_free_port
from services.scoring import store
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.contracts.registry import BodyChanged, UnitRegistered
from shared.postgres import prepare_connection
from tests.scoring.builders import adoption_of, method
from tests.support.api import NOW, SigningKey
from tests.support.bus import producer_on
from tests.support.stack import ServiceDatabase

SERVICES = ("registry", "tasks", "meetings", "scoring")
COUNTED = ("tasks", "meetings")
"""Services whose consumers' effects are counted."""

LEAD, CO = "330324-jmj", "330324-tjj"
BODY = "coordination-meeting"
YEARS = {"from": "2020-01-01", "to": "2099-12-31"}
"""The method counts whatever the machine's clock says."""

_EFFECTS = "create table chaos_effect (event_id text not null)"


@dataclass
class Part:
    """One process of a service; what it prints is kept."""

    process: asyncio.subprocess.Process
    port: int
    lines: list[str] = field(default_factory=list)
    reader: "asyncio.Task[None] | None" = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and whatever it has forked."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    async def kill(self) -> None:
        """End it as `kill -9` does, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        await self.process.wait()
        if self.reader is not None:
            await self.reader

    async def read(self) -> None:
        """Keep what it prints."""
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.lines.append(line.decode(errors="replace").rstrip())


@dataclass
class Ground:
    """Addresses of everything, and the processes that run."""

    bootstrap: str
    prefix: str
    databases: Mapping[str, ServiceDatabase]
    keys: SigningKey
    log: Path
    ports: Mapping[str, int] = field(default_factory=lambda: {service: any_free_port() for service in SERVICES})
    parts: list[Part] = field(default_factory=list)

    @classmethod
    async def prepared(
        cls, bootstrap: str, prefix: str, database: Callable[[str], Awaitable[ServiceDatabase]], folder: Path
    ) -> "Ground":
        """Return one with a database per service, topics that exist, and all that the load takes for granted."""
        keys = SigningKey(folder / "jwks.json")
        keys.publish()
        databases = {service: await database(service) for service in SERVICES}
        made = cls(bootstrap, prefix, databases, keys, folder / "log")
        await made.prepare()
        return made

    @property
    def tasks(self) -> ServiceDatabase:
        """The tasks service's database."""
        return self.databases["tasks"]

    @property
    def scoring(self) -> ServiceDatabase:
        """Scoring's database."""
        return self.databases["scoring"]

    def url(self, service: str = "tasks") -> str:
        """Return where a service's API listens."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def topic(self, name: str) -> str:
        """Return the full name of a topic."""
        return f"{self.prefix}.{name}"

    def environment(self, service: str, instance: str, port: int) -> Mapping[str, str]:
        """Return the settings of one process."""
        return {
            **os.environ,
            "XIETIAO_DATABASE_URL": self.databases[service].url,
            "XIETIAO_KAFKA_BOOTSTRAP": self.bootstrap,
            "XIETIAO_TOPIC_PREFIX": self.prefix,
            "XIETIAO_JWKS_FILE": str(self.keys.path),
            "XIETIAO_INSTANCE": instance,
            "XIETIAO_PORT": str(port),
            "XIETIAO_LOG_LEVEL": "warning",
            "XIETIAO_DATABASE_POOL_SIZE": "4",
        }

    async def start(self, service: str, *parts: str, **settings: str) -> Part:
        """Run some parts of a service in one process."""
        flags = [f"--{part}" for part in parts]
        return await self._start(("-m", f"services.{service}", *flags), service, parts, settings)

    async def start_crashing(self, service: str, part: str, gaps: str = "", *, off: str = "", lose: str = "") -> Part:
        """Run a part that ends itself at each of some gaps, and then runs on; `off` and `lose` as the worker says."""
        chaos = {"CHAOS_GAPS": gaps, "CHAOS_OFF": off, "CHAOS_LOSE": lose}
        return await self._start(("-m", "tests.chaos.worker", service, part), service, (part,), chaos)

    async def _start(
        self, argv: tuple[str, ...], service: str, parts: tuple[str, ...], settings: Mapping[str, str]
    ) -> Part:
        port = self.ports[service] if "api" in parts else any_free_port()
        usual = self.environment(service, f"{service}-{parts[0]}", port)
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *argv,
                cwd=REPOSITORY,
                env={**usual, **settings},
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        part = Part(process, port)
        part.reader = asyncio.create_task(part.read())
        self.parts.append(part)
        return part

    async def clear(self) -> None:
        """End whatever still runs."""
        for part in self.parts:
            await part.kill()

    async def prepare(self) -> None:
        """Put the tests' method in force, tell of units and body, and make the tables of counted effects."""
        await self._adopt()
        for service in COUNTED:
            owner = await asyncpg.connect(self.databases[service].owner_url)
            await owner.execute(_EFFECTS)
            await owner.close()
        async with producer_on(self.bootstrap) as producer:
            for event in known_beforehand():
                await producer.send_and_wait(self.topic("registry"), event.to_bytes(), key=event.subject.encode())

    async def _adopt(self) -> None:
        conn = await asyncpg.connect(self.scoring.url)
        await prepare_connection(conn)
        async with conn.transaction():
            await store.open_adopted_generation(conn, adoption_of(method(assessed=YEARS)))
            generation = await store.next_building_generation(conn)
            assert generation is not None
            await store.swap_in(conn, generation)
        await conn.close()


def known_beforehand() -> list[Event]:
    """Return what is on the bus before the load begins."""
    since = date(2009, 7, 6)
    facts: dict[str, Payload] = {
        unit: UnitRegistered(unit=unit, name=unit, short_name=unit, kind="department", valid_from=since)
        for unit in (LEAD, CO)
    }
    facts[BODY] = BodyChanged(body=BODY, name="服务业发展协调会议", valid_from=since)
    return [Event.of(fact, subject=subject, version=1, time=NOW) for subject, fact in facts.items()]


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        """Return how long it has run."""
        return time.monotonic() - self._begun
