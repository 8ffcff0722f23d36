"""What every benchmark shares: how it is called and ended, what it prints first and last."""

import argparse
import asyncio
import math
import os
import platform
import signal
import statistics
import sys
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import uvloop

from deploy.local.errors import StackError
from deploy.local.kafka_jars import JarList

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 130


def say(text: str = "") -> None:
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def options_of(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser that shows a module's documentation, and the default of each option."""
    return argparse.ArgumentParser(description=doc, formatter_class=_AsWritten)


class _AsWritten(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    pass


def positive(text: str) -> int:
    """Read an option that is a whole number above zero."""
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above 0")
    return int(text)


def run(measuring: Coroutine[None, None, int | None]) -> None:
    """Run a benchmark to its end; a signal, or what a server lacks, ends it in one line and with all it started.

    On the loop that the services run on: ceiling and relay run in this process.
    """
    try:
        sys.exit(uvloop.run(_until_told(measuring)))
    except asyncio.CancelledError:
        say("interrupted: servers and processes have ended, their folder is removed")
        sys.exit(_BY_SIGNAL)
    except StackError as error:
        sys.exit(f"error: {error}")


async def _until_told(measuring: Coroutine[None, None, int | None]) -> int | None:
    task = asyncio.ensure_future(measuring)
    for each in _ENDING:
        asyncio.get_running_loop().add_signal_handler(each, task.cancel)
    return await task


async def introduce(module: str, superuser_url: str) -> None:
    """Print the command and the machine; the load says whether others were at work."""
    say(f"command: python -m {module} {' '.join(sys.argv[1:])}".rstrip())
    say(f"date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC; load {os.getloadavg()[0]:.1f}")
    servers = await _servers(superuser_url)
    say(f"machine: {os.cpu_count()} cores, {_processor()}, Python {platform.python_version()}, {servers}")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


async def _servers(superuser_url: str) -> str:
    conn = await asyncpg.connect(superuser_url)
    try:
        version = await conn.fetchval("show server_version")
        durable = await conn.fetchval("show fsync") == "on" and await conn.fetchval("show synchronous_commit") == "on"
    finally:
        await conn.close()
    kept = "durable, settings as in `up`" if durable else "without durability"
    return f"Kafka {JarList.shipped().version}, PostgreSQL {version} ({kept})"


def median_and_99th(seconds: Sequence[float]) -> tuple[float, float]:
    """Return median and 99th percentile (the nearest rank) of latencies, in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[math.ceil(len(ordered) * 0.99) - 1] * 1000


def say_medians(title: str, runs: Mapping[str, Sequence[float]], unit: str, digits: int = 0) -> None:
    """Print each arm's median and all its runs."""
    say(title)
    for arm, values in runs.items():
        shown = ", ".join(f"{value:,.{digits}f}" for value in values)
        say(f"  {arm:<42} {statistics.median(values):>10,.{digits}f} {unit}   (runs: {shown})")
