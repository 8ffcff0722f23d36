"""What the benchmarks share: they take no senseless option, and leave nothing behind."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import StackError
from deploy.local.layout import REPOSITORY
from tests.benchmarks.machine import median_and_99th, positive
from tests.benchmarks.stream import Result, _arms, _check


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "x", "１"])
def test_option_that_is_no_positive_number_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no whole number above 0"):
        positive(text)


@pytest.mark.parametrize("text", ["workers-0", "workers-5", "worker-1", "ceiling,", ""])
def test_arm_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no such arm"):
        _arms(text)


def test_99th_percentile_is_the_nearest_rank() -> None:
    hundred = [number / 1000 for number in range(100, 0, -1)]
    assert median_and_99th(hundred) == (50.5, 99.0)
    assert median_and_99th([0.007]) == (7.0, 7.0)


@pytest.mark.parametrize(
    ("lines", "points"),
    [(2, {"a": 2, "b": 0}), (2, {"a": 1}), (3, {"a": 1, "b": 1})],
    ids=["other points", "a tally is missing", "another line"],
)
def test_arm_that_makes_something_else_ends_the_benchmark(lines: int, points: Mapping[str, int]) -> None:
    with pytest.raises(StackError, match="workers-2 made"):
        _check("workers-2", _result(lines, points), _result(2, {"a": 1, "b": 1}))


def _result(lines: int, points: Mapping[str, int]) -> Result:
    return Result(lines, {(unit, "x"): (Decimal(1), Decimal(1), Decimal(told)) for unit, told in points.items()})


@pytest.mark.servers
@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_benchmark_leaves_no_process_and_no_folder(tmp_path: Path, told: signal.Signals) -> None:
    argv = [sys.executable, "-m", "tests.benchmarks.latency", "--seconds", "600"]
    tmp_path.chmod(0o755)
    with subprocess.Popen(
        argv, cwd=REPOSITORY, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        next(line for line in running.stdout if line.startswith("machine:"))
        started = psutil.Process(running.pid).children(recursive=True)
        running.send_signal(told)
        said, _ = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "interrupted" in said
    assert started
    assert not [each for each in started if each.is_running()]
    assert list(tmp_path.iterdir()) == []
