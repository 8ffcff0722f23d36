import json
import os
import sys

import pytest

from deploy.local import processes
from deploy.local.layout import Layout
from deploy.local.processes import Command

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
)


def test_a_process_is_found_by_its_name_until_it_is_stopped(layout: Layout) -> None:
    started = processes.start(layout, Command("kafka", SLEEP))

    found = processes.find(layout, "kafka")
    assert found is not None
    assert found.pid == started.pid
    assert processes.stop(layout, ["kafka"]) == ["kafka"]
    assert processes.find(layout, "kafka") is None
    assert processes.stop(layout, ["kafka"]) == []


def test_a_stranger_with_the_same_process_id_is_not_taken_for_ours(layout: Layout) -> None:
    record = {"pid": os.getpid(), "argv": ["java", "kafka.Kafka"], "since": "2026-01-01T00:00:00+00:00"}
    (layout.run / "kafka.json").write_text(json.dumps(record))

    assert processes.find(layout, "kafka") is None
    assert not processes.ask_to_stop(layout, "kafka")


def test_a_damaged_record_is_no_process(layout: Layout) -> None:
    (layout.run / "kafka.json").write_text("{")

    assert processes.find(layout, "kafka") is None


def test_who_does_not_listen_is_ended_all_the_same(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    processes.start(layout, Command("tasks", STUBBORN))
    while "deaf" not in processes.last_lines(layout, "tasks"):
        assert processes.find(layout, "tasks")

    processes.stop(layout, ["tasks"])

    assert processes.find(layout, "tasks") is None


def test_a_process_gets_its_own_settings_and_nobody_elses(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIETIAO_PORT", "1")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = Command("tasks", (), {"XIETIAO_HOST": "127.0.0.1"}).full_environment()

    assert environment["XIETIAO_HOST"] == "127.0.0.1"
    assert environment["LANG"] == "C.UTF-8"
    assert "XIETIAO_PORT" not in environment
    assert layout.run.is_dir()
