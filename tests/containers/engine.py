"""The container engine and compose, by their own commands."""

import functools
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.layout import REPOSITORY

DOCKER = shutil.which("docker") or "docker"
MISCOUNTED = "has active endpoints"


@functools.cache
def missing_engine() -> str | None:
    """Return why no engine can be used; None if one answers."""
    if not Path(DOCKER).is_file():
        return "there is no `docker` command"
    done = subprocess.run((DOCKER, "info"), capture_output=True, text=True, check=False, timeout=30)
    return f"`docker info` fails: {done.stderr.strip()}" if done.returncode else None


@functools.cache
def compose_command() -> tuple[str, ...] | None:
    """Return how compose is called: version 2 if there is one, else docker-compose; None if neither is there."""
    plugin = subprocess.run((DOCKER, "compose", "version"), capture_output=True, check=False)
    if plugin.returncode == 0:
        return (DOCKER, "compose")
    return ("docker-compose",) if shutil.which("docker-compose") else None


def docker(*arguments: str) -> str:
    """Run docker and return what it prints."""
    done = subprocess.run((DOCKER, *arguments), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass(frozen=True)
class Compose:
    """docker-compose.yml as a project of its own, with settings that collide with nothing."""

    command: tuple[str, ...]
    project: str
    environment: Mapping[str, str]

    def run(self, *arguments: str, seconds: float = 600) -> str:
        """Run compose; fail with everything it printed."""
        done = subprocess.run(
            (*self.command, "--project-name", self.project, *arguments),
            cwd=REPOSITORY, env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def down(self) -> bool:
        """Remove everything of the project; return whether the engine let its network go.

        An engine that starts and stops many containers at once can lose count of what is connected to a network
        (moby issue 42119). It then keeps the empty network until its own next start, and compose gives up before it
        removes the volumes. Any other refusal fails.
        """
        try:
            self.run("down", "--volumes", "--remove-orphans", "--timeout", "5")
        except AssertionError as failure:
            if MISCOUNTED not in str(failure):
                raise
        else:
            return True
        networks = self.left("network")
        assert networks
        for network in networks:
            assert docker("network", "inspect", "--format", "{{len .Containers}}", network) == "0"
        if volumes := self.left("volume"):
            docker("volume", "rm", *volumes)
        return False

    def left(self, kind: str) -> list[str]:
        """Return the names of the project's volumes or networks."""
        mine = ("--filter", f"label=com.docker.compose.project={self.project}")
        return docker(kind, "ls", "--format", "{{.Name}}", *mine).split()

    def containers(self, service: str | None = None) -> list[str]:
        """Return the ids of the project's containers, stopped ones too."""
        only = () if service is None else ("--filter", f"label=com.docker.compose.service={service}")
        mine = ("--filter", f"label=com.docker.compose.project={self.project}")
        return docker("ps", "--all", "--quiet", *mine, *only).split()

    def healthy(self, service: str, count: int = 1) -> bool:
        """Say whether so many containers of a service are healthy."""
        states = [docker("inspect", "--format", "{{.State.Health.Status}}", each) for each in self.containers(service)]
        return states == ["healthy"] * count
