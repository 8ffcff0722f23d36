"""What every benchmark prints first and last: its command, the machine, the medians."""

import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from deploy.local.kafka_jars import JarList


def say(text: str = "") -> None:
    """Print one line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


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
    """Return median and 99th percentile of latencies, in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000


def say_medians(title: str, runs: Mapping[str, Sequence[float]], unit: str) -> None:
    """Print each arm's median and all its runs."""
    say(title)
    for arm, values in runs.items():
        shown = ", ".join(f"{value:,.0f}" for value in values)
        say(f"  {arm:<42} {statistics.median(values):>10,.0f} {unit}   (runs: {shown})")
