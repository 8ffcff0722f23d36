"""The whole stack: what belongs to it, how it comes up, how it goes down.

Up: the servers side by side, roles and databases, migrations, topics, then seed and services side by side.
Every step may be repeated: coming up again after a crash is the same as coming up.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any

from deploy.local import kafka, ports, postgres, processes, seed, services, tokens
from deploy.local.databases import SERVICES, Databases
from deploy.local.errors import StackError, StartError
from deploy.local.kafka import Kafka
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.ports import Ports, PortWishes
from deploy.local.postgres import Postgres
from deploy.local.processes import Command
from deploy.local.progress import Progress
from deploy.local.services import Services

SUPERVISOR = "supervisor"
SERVERS = (kafka.NAME, postgres.NAME)
COMPONENTS = (*SERVERS, *services.NAMES)
SERVICE_READY_SECONDS = 90.0


@dataclass(frozen=True)
class Stack:
    """The components of one stack, on their ports."""

    layout: Layout
    ports: Ports
    progress: Progress = field(default_factory=Progress)

    @classmethod
    def of(cls, layout: Layout) -> "Stack":
        """Return the stack that was started in a folder.

        Raises:
            StackError: none ever was.
        """
        return cls(layout, Ports.load(layout))

    @property
    def kafka(self) -> Kafka:
        """The broker."""
        return Kafka(self.layout, self.ports.kafka, self.ports.kafka_controller)

    @property
    def postgres(self) -> Postgres:
        """The database server."""
        return Postgres(self.layout, self.ports.postgres)

    @property
    def services(self) -> Services:
        """The service processes."""
        return Services(self.layout, self.ports)

    def command(self, name: str) -> Command:
        """Return how a component is started, having prepared what it needs."""
        if name == kafka.NAME:
            return self.kafka.prepare(lambda text: self.progress.step(name, text))
        if name == postgres.NAME:
            return self.postgres.prepare(lambda text: self.progress.step(name, text))
        return self.services.command(name)

    def start(self, name: str) -> None:
        """Start a component unless it runs already."""
        if processes.find(self.layout, name) is None:
            processes.start(self.layout, self.command(name))

    async def up(self, *, servers_only: bool = False) -> None:
        """Bring everything up and return when all of it is ready.

        Raises:
            StackError: a step failed; what was started stays for the caller to stop.
        """
        await _together(
            self._server(kafka.NAME, self.kafka.wait_ready), self._server(postgres.NAME, self.postgres.wait_ready)
        )
        await self._provision()
        if servers_only:
            return
        for name in services.NAMES:
            self.start(name)
        await _together(
            self._seed_registry(), self._seed_obligations(), *(self._service(name) for name in services.NAMES)
        )
        self.progress.step(
            "scoring", f"illustrative method: {await asyncio.to_thread(seed.adopt_method, self.services)}"
        )

    async def _server(self, name: str, wait_ready: Callable[[], Awaitable[None]]) -> None:
        await asyncio.to_thread(self.start, name)
        await wait_ready()
        self.progress.step(name, f"listening on 127.0.0.1:{getattr(self.ports, name)}")

    async def _provision(self) -> None:
        await Databases(lambda name: self.postgres.url(postgres.SUPERUSER, name), self.layout.secret).provision()
        self.progress.step("postgres", "roles and databases are there")
        await _together(
            *(
                self._once("migrate", "shared.migrate", service, environment=self.services.owner_settings(service))
                for service in SERVICES
            )
        )
        self.progress.step("postgres", "migrations are applied")
        await self._once("topics", "shared.topics", environment=self.services.settings("registry"))
        self.progress.step("kafka", "topics are there")

    async def _once(self, name: str, module: str, *arguments: str, environment: dict[str, str]) -> str:
        """Run a module to its end and return what it printed; it ends with us if we are interrupted."""
        argv = (sys.executable, "-m", module, *arguments)
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=Command(name, argv, environment).full_environment(),
            cwd=REPOSITORY,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            await process.wait()
            raise
        text = output.decode(errors="replace").strip()
        if process.returncode:
            raise StartError(f"`python -m {' '.join((module, *arguments))}` failed: {text}")
        return text

    async def _seed_registry(self) -> None:
        said = await self._once(
            "seed", "services.registry.seed", str(seed.REGISTRY_FILE), environment=self.services.settings("registry")
        )
        self.progress.step("registry", f"seed: {said.splitlines()[-1] if said else 'loaded'}")

    async def _seed_obligations(self) -> None:
        arguments = ("services.meetings.obligations", str(seed.OBLIGATIONS_FILE))
        said = await self._once("obligations", *arguments, environment=self.services.settings("meetings"))
        self.progress.step("meetings", f"seed: {said}")

    async def _service(self, name: str) -> None:
        try:
            async with asyncio.timeout(SERVICE_READY_SECONDS):
                await self._wait_ready(name)
        except TimeoutError as error:
            raise self._failure(name, f"was not ready within {SERVICE_READY_SECONDS:.0f} s") from error
        self.progress.step(name, f"ready on {self.services.url(name)}")

    async def _wait_ready(self, name: str) -> None:
        ready = await self._is_ready(name)
        while not ready:
            await asyncio.sleep(0.2)
            ready = await self._is_ready(name)

    async def _is_ready(self, name: str) -> bool:
        processes.reap()
        if processes.find(self.layout, name) is None:
            raise self._failure(name, "ended while it started")
        health = await asyncio.to_thread(self.services.health, name)
        processes.reap()
        alive = processes.find(self.layout, name) is not None  # else whoever holds the port has answered
        return alive and bool(health and health.get("ready"))

    def _failure(self, name: str, what: str) -> StartError:
        log = processes.log_path(self.layout, name)
        health = self.services.health(name) or {}
        waiting = "".join(
            f"\n    {check}: {said['detail']}" for check, said in health.get("checks", {}).items() if not said["ok"]
        )
        return StartError(
            f"{name} {what}{waiting}; its log {log} ends with:\n{processes.last_lines(self.layout, name)}"
        )

    def down(self) -> list[str]:
        """Stop all that runs, services before servers; return the names of what was stopped."""
        stopped = stop_in_order(self.layout, lambda name: self.progress.step(name, "stopped"))
        processes.reap()
        return stopped


def stop_in_order(layout: Layout, tell: Callable[[str], None]) -> list[str]:
    """Stop services, then Kafka, then PostgreSQL, each group at once; `tell` takes each name."""
    stopped: list[str] = []
    for group in (tuple(reversed(services.NAMES)), (kafka.NAME,), (postgres.NAME,)):
        for name in processes.stop(layout, group):
            tell(name)
            stopped.append(name)
    return stopped


def choose_ports(layout: Layout, wishes: PortWishes) -> Ports:
    """Choose and remember the ports; servers that still run, left by a supervisor that was killed, keep theirs.

    Raises:
        StackError: a port is in use by another program, or given twice.
    """
    running = {name for name in SERVERS if processes.find(layout, name) is not None}
    if kafka.NAME in running:
        running.add("kafka_controller")
    chosen = ports.choose(layout, wishes)
    if running:
        chosen = ports.keep_running(chosen, Ports.load(layout), running)
    ports.check_free(chosen, running)
    chosen.save(layout)
    return chosen


def prepare(layout: Layout, wishes: PortWishes) -> Stack:
    """Make a folder ready to run a stack, and return it; services left by a killed supervisor are ended.

    Raises:
        StackError: a port cannot be had.
    """
    processes.stop(layout, services.NAMES)
    stack = Stack(layout, choose_ports(layout, wishes))
    tokens.make_keys(layout)
    return stack


def running_components(layout: Layout, names: Iterable[str] = COMPONENTS) -> list[str]:
    """Return the names of the components that are alive."""
    return [name for name in names if processes.find(layout, name) is not None]


async def _together(*work: Coroutine[Any, Any, object]) -> None:
    """Do things side by side; when one fails, the others are cancelled before its error goes on."""
    try:
        async with asyncio.TaskGroup() as group:
            for each in work:
                group.create_task(each)
    except* StackError as failed:
        first = failed.exceptions[0]
        raise first from None
