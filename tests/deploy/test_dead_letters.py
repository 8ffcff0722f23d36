"""`xietiao dead-letters`: positions as they are printed and read, and what is refused before anything is asked."""

import contextlib
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deploy.local import dead_letters
from deploy.local.cli import app
from deploy.local.errors import StackError, UsageError

LETTER = {"consumer": "tasks", "topic": "xietiao.meetings", "partition": 2, "record_offset": 17}


def test_a_position_reads_as_it_is_printed() -> None:
    assert dead_letters._parsed(dead_letters._position(LETTER)) == LETTER


def test_the_position_tells_whose_it_is() -> None:
    assert dead_letters._service_of("tasks/xietiao.meetings/2/17") == "tasks"
    assert dead_letters._service_of("scoring-stream/xietiao.tasks/0/1") == "scoring"
    with pytest.raises(UsageError, match="no service has a consumer tea"):
        dead_letters._service_of("tea/xietiao.tasks/0/1")


def test_what_could_steer_a_terminal_is_written_out() -> None:
    assert dead_letters._printable("\x1b[2J县\n\0") == "\\x1b[2J县\n\\x00"


@pytest.mark.parametrize(
    "position",
    [
        "17",
        "tasks/xietiao.meetings/2/x",
        "tasks/xietiao.meetings/2/1/7",
        "a/b/-1/0",
        "tasks//2/17",
        "tasks/xietiao.meetings/2/" + "9" * 5000,
        "tasks/xietiao.\udcff/2/17",
        "tasks/xietiao.meetings/2/17\n",
        "tasks/xietiao.meetings/\u0662/17",
    ],
)
def test_what_is_no_position_is_refused_with_the_form(position: str) -> None:
    with pytest.raises(UsageError, match="consumer/topic/partition/offset"):
        dead_letters._parsed(position)


@pytest.mark.parametrize(
    ("closed", "state"),
    [
        ({}, "open"),
        ({"parked": True}, "parked"),
        ({"replayed_at": "x"}, "replayed"),
        ({"dismissed_at": "x"}, "dismissed"),
    ],
)
def test_the_state_is_told(closed: dict[str, object], state: str) -> None:
    letter = {"parked": False, "replayed_at": None, "dismissed_at": None, **closed}
    assert dead_letters._state(letter) == state


def test_an_unknown_service_is_refused() -> None:
    result = CliRunner().invoke(app, ["dead-letters", "list", "--service", "tea"])
    assert isinstance(result.exception, UsageError)


def test_a_position_and_a_service_are_not_asked_for_at_once() -> None:
    """A position says whose it is: another service beside it is a mistake, not to be passed over."""
    result = CliRunner().invoke(
        app, ["dead-letters", "dismiss", "tasks/xietiao.meetings/2/17", "--service", "meetings"]
    )
    assert isinstance(result.exception, UsageError)
    assert "--service goes with --all" in str(result.exception)


@pytest.mark.parametrize(("every", "fails"), [(True, False), (False, True)])
def test_of_every_open_one_what_another_operator_has_closed_meanwhile_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, every: bool, fails: bool
) -> None:
    closed = httpx.Response(409, json={"code": "dead-letter-closed", "detail": "it was dismissed before"})
    monkeypatch.setattr(dead_letters._Api, "__init__", lambda *_: None)
    monkeypatch.setattr(dead_letters._Api, "ask", lambda *_, **__: closed)
    with pytest.raises(StackError, match="1 of 1 stay") if fails else contextlib.nullcontext():
        dead_letters._close("replay", "replayed", ["tasks/xietiao.meetings/2/17"], tmp_path, every=every)


def test_where_no_stack_is_nothing_is_asked(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["dead-letters", "replay", "--all", "--service", "tasks", "--data", str(tmp_path)])
    assert isinstance(result.exception, StackError)
    assert "holds no stack" in str(result.exception)
