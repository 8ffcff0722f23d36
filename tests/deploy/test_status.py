"""What `xietiao status` says of a stack that nobody watches."""

import os
from pathlib import Path

import pytest

from deploy.local import processes, status
from deploy.local.layout import Layout
from deploy.local.stack import SUPERVISOR
from deploy.local.status import ComponentStatus

UP = ComponentStatus("tasks", "up", pid=os.getpid())
DOWN = ComponentStatus("tasks", "down")


@pytest.mark.parametrize(("component", "watched", "said"), [(UP, False, True), (UP, True, False), (DOWN, False, False)])
def test_processes_that_nobody_would_start_again_are_told_of(
    capsys: pytest.CaptureFixture[str], component: ComponentStatus, *, watched: bool, said: bool
) -> None:
    status.show([component], watched=watched)
    assert (status.UNWATCHED in capsys.readouterr().out) is said
    assert status.as_json([component], watched=watched)["watched"] is watched


def test_a_stack_is_watched_while_its_supervisor_lives(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.create()
    assert not status.is_watched(layout)
    processes.register_self(layout, SUPERVISOR)
    assert status.is_watched(layout)
