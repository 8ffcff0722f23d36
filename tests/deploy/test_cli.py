"""What the operator sees; errors are one line, without a traceback."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.local import cli
from deploy.local.layout import Layout
from deploy.local.lock import StackLock, is_held
from deploy.local.ports import PortWishes, choose
from deploy.local.stack import COMPONENTS
from deploy.local.tokens import make_keys

Xietiao = Callable[..., tuple[int, str, str]]


@pytest.fixture
def xietiao(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Xietiao:
    """Run the command and return exit code, output and error output."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["xietiao", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def stopped(layout: Layout) -> Layout:
    """A stack that ran once."""
    choose(layout, PortWishes(base=9300)).save(layout)
    make_keys(layout)
    return layout


@pytest.mark.parametrize(
    "command",
    [("status",), ("events",), ("clock",), ("env", "tasks"), ("token", "--role", "office")],
    ids=lambda c: c[0],
)
def test_a_folder_without_a_stack_is_said_to_have_none(
    xietiao: Xietiao, tmp_path: Path, command: tuple[str, ...]
) -> None:
    code, _, complaint = xietiao(*command, "--data", str(tmp_path / "nothing"))

    assert code == 1
    assert "holds no stack" in complaint
    assert complaint.count("\n") == 1


def test_the_folder_may_come_from_the_environment(
    xietiao: Xietiao, stopped: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XIETIAO_DATA", str(stopped.root))

    code, printed, _ = xietiao("clock")

    assert (code, "the machine's time" in printed) == (0, True)


def test_a_token_stands_alone_on_the_output(xietiao: Xietiao, stopped: Layout) -> None:
    code, printed, complaint = xietiao("token", "--role", "office", "--data", str(stopped.root))

    assert code == 0
    assert len(printed.strip().split(".")) == 3
    assert complaint == ""


def test_a_units_token_needs_the_unit(xietiao: Xietiao, stopped: Layout) -> None:
    code, printed, complaint = xietiao("token", "--role", "unit", "--data", str(stopped.root))

    assert (code, printed) == (2, "")
    assert "--unit 330324-fgj" in complaint


def test_the_clock_is_set_shown_and_reset(xietiao: Xietiao, stopped: Layout) -> None:
    folder = ("--data", str(stopped.root))

    assert "2009-07-06T09:00" in xietiao("clock", "--set", "2009-07-06T09:00", *folder)[1]
    assert "settable clock" in xietiao("clock", *folder)[1]
    assert "the machine's time" in xietiao("clock", "--reset", *folder)[1]
    assert xietiao("clock", "--set", "2009-07-06", "--reset", *folder)[0] == 2


def test_settings_can_be_read_by_a_shell(xietiao: Xietiao, stopped: Layout) -> None:
    code, printed, _ = xietiao("env", "scoring-stream", "--data", str(stopped.root))
    settings = dict(line.split("=", 1) for line in printed.splitlines())

    assert code == 0
    assert settings["XIETIAO_PORT"] == "9314"
    assert settings["XIETIAO_DATABASE_URL"].startswith("postgresql://xietiao_scoring:")
    assert all(name.startswith("XIETIAO_") for name in settings)


def test_an_unknown_service_is_answered_with_those_there_are(xietiao: Xietiao, stopped: Layout) -> None:
    code, _, complaint = xietiao("env", "payroll", "--data", str(stopped.root))

    assert code == 2
    assert "registry, tasks, meetings, scoring, scoring-stream" in complaint


def test_a_stopped_stack_is_down_in_every_part(xietiao: Xietiao, stopped: Layout) -> None:
    code, printed, _ = xietiao("status", "--json", "--data", str(stopped.root))

    assert code == 3
    components = json.loads(printed)["components"]
    assert {each["name"]: each["state"] for each in components} == dict.fromkeys(COMPONENTS, "down")
    assert {"since", "pid", "lag", "outbox_age_seconds", "dead_letters"} <= components[0].keys()
    assert xietiao("status", "--data", str(stopped.root))[0] == 3


def test_events_of_a_stopped_stack_say_how_to_start_it(xietiao: Xietiao, stopped: Layout) -> None:
    code, _, complaint = xietiao("events", "--data", str(stopped.root))

    assert code == 1
    assert "xietiao up" in complaint


def test_stopping_what_does_not_run_is_no_error(xietiao: Xietiao, stopped: Layout) -> None:
    code, printed, _ = xietiao("down", "--data", str(stopped.root))

    assert code == 0
    assert "Nothing runs" in printed


def test_a_second_start_says_that_it_runs_already(xietiao: Xietiao, stopped: Layout) -> None:
    lock = StackLock.take(stopped)
    assert lock is not None

    code, printed, _ = xietiao("up", "--data", str(stopped.root))

    assert code == 0
    assert "runs already" in printed
    assert "http://127.0.0.1:9301" in printed
    lock.release()
    assert not is_held(stopped)


def test_an_impossible_port_stops_the_start(xietiao: Xietiao, layout: Layout) -> None:
    code, _, complaint = xietiao("up", "--kafka-port", "70000", "--data", str(layout.root))

    assert code == 1
    assert "--kafka-port" in complaint
    assert not is_held(layout)
