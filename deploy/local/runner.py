"""`up` and `down` as an operator uses them: in the foreground until Ctrl-C, or handed over to a supervisor."""

import asyncio
import contextlib
import shlex
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer

from deploy.local import processes, services, stack, tokens
from deploy.local.errors import StackError, StartError
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.lock import StackLock
from deploy.local.options import DEFAULT_FOLDER
from deploy.local.ports import Ports, PortWishes
from deploy.local.processes import Command
from deploy.local.progress import Journal, Progress
from deploy.local.stack import SERVERS, SUPERVISOR, Stack
from deploy.local.supervisor import Supervisor
from shared.auth import Role

SUPERVISOR_STOP_SECONDS = 60.0


class InterruptedStartError(StackError):
    """The operator stopped the start."""

    exit_code = 130


def up(layout: Layout, wishes: PortWishes, *, detach: bool, servers_only: bool) -> None:
    """Start the stack; returns at once when it runs already, else when it is stopped, or, detached, when it is ready.

    Raises:
        StackError: it cannot be started; what was started is stopped again.
    """
    layout.create()
    lock = StackLock.take(layout)
    if lock is None:
        _tell_running(layout)
        return
    processes.register_self(layout, SUPERVISOR)
    try:
        running = stack.prepare(layout, wishes)
        asyncio.run(_run(running, lock, detach=detach, servers_only=servers_only))
    finally:
        processes.forget_self(layout, SUPERVISOR)
        lock.release()  # a supervisor that we handed over to goes on holding it


def _tell_running(layout: Layout) -> None:
    xietiao, data = invocation(layout)
    typer.echo(
        f"The stack in {layout.root} runs already; `{xietiao} status{data}` shows it, `{xietiao} down{data}` stops it."
    )
    typer.echo(addresses(Stack.of(layout)))


async def _run(running: Stack, lock: StackLock, *, detach: bool, servers_only: bool) -> None:
    stopped = _on_signals()
    try:
        await _start(running, stopped, servers_only=servers_only)
        typer.echo(_welcome(running, servers_only=servers_only))
        if detach:
            _hand_over(running, lock, servers_only=servers_only)
            return
        typer.echo("\nCtrl-C stops everything; the data stay.")
        await _unless_stopped(_supervise(running, servers_only=servers_only), stopped)
        typer.echo("")
    except BaseException:
        await asyncio.to_thread(running.down)
        raise
    await asyncio.to_thread(running.down)


async def _start(running: Stack, stopped: asyncio.Event, *, servers_only: bool) -> None:
    if not await _unless_stopped(running.up(servers_only=servers_only), stopped):
        raise InterruptedStartError("stopped before everything was up")


def supervise(layout: Layout, *, servers_only: bool) -> None:
    """Watch over a stack that another process started, until SIGTERM; then stop it. Inherits the lock."""
    watched = Stack(layout, Ports.load(layout), Journal())
    watched.progress.step(SUPERVISOR, "takes over")
    asyncio.run(_supervise_until_stopped(watched, servers_only=servers_only))


async def _supervise_until_stopped(running: Stack, *, servers_only: bool) -> None:
    await _unless_stopped(_supervise(running, servers_only=servers_only), _on_signals())
    await asyncio.to_thread(running.down)


async def _supervise(running: Stack, *, servers_only: bool) -> None:
    await Supervisor(running, _watched(servers_only=servers_only), running.progress.step).run()


def _watched(*, servers_only: bool) -> tuple[str, ...]:
    return SERVERS if servers_only else stack.COMPONENTS


def _on_signals() -> asyncio.Event:
    """Return an event that SIGINT, SIGTERM or the end of the terminal sets."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    return stopped


async def _unless_stopped(work: Coroutine[Any, Any, None], stopped: asyncio.Event) -> bool:
    """Run to the end, or until told to stop; say whether it came to its end."""
    task = asyncio.create_task(work)
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if task.done():
        task.result()
        return True
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return False


def _hand_over(running: Stack, lock: StackLock, *, servers_only: bool) -> None:
    argv = [sys.executable, "-u", "-m", "deploy.local", "supervise", "--data", str(running.layout.root)]
    if servers_only:
        argv.append("--servers-only")
    supervisor = Command(SUPERVISOR, argv, working_folder=REPOSITORY, keep_open=(lock.descriptor,))
    processes.start(running.layout, supervisor)


def down(layout: Layout) -> None:
    """Stop whatever runs in this folder and wait for its end; says what it stopped.

    Raises:
        StartError: something did not end.
    """
    progress = Progress()
    before = stack.running_components(layout)
    if processes.ask_to_stop(layout, SUPERVISOR):
        _watch_stopping(layout, before, progress)
        processes.kill(layout, SUPERVISOR)
    stack.stop_in_order(layout, lambda name: progress.step(name, "stopped"))
    left = stack.running_components(layout)
    if left:
        raise StartError(f"still running: {', '.join(left)}")
    end = f"Stopped in {progress.seconds:.1f} s; the data stay in {layout.root}."
    typer.echo(end if before else f"Nothing runs in {layout.root}.")


def _watch_stopping(layout: Layout, names: list[str], progress: Progress) -> None:
    """Tell each end while the supervisor stops everything, until it has ended itself or takes too long."""
    running = set(names)
    supervised = True
    while supervised and progress.seconds < SUPERVISOR_STOP_SECONDS:
        supervised = not processes.gone_within(layout, SUPERVISOR, seconds=0.1)
        for name in sorted(running - set(stack.running_components(layout))):
            running.discard(name)
            progress.step(name, "stopped")


def addresses(running: Stack) -> str:
    """Return where each part is reached."""
    lines = [
        f"  {name:<15} {running.services.url(name)}{'/docs' if name != services.STREAM else '/readyz'}"
        for name in services.NAMES
    ]
    lines += [f"  {'kafka':<15} {running.kafka.bootstrap}", f"  {'postgres':<15} 127.0.0.1:{running.ports.postgres}"]
    return "\n".join(lines)


def invocation(layout: Layout) -> tuple[str, str]:
    """Return how the command was called, and the option that names this folder unless it is the usual one."""
    program = Path(sys.argv[0])
    here = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    called = "xietiao" if program.name == "__main__.py" else str(here)
    usual = layout.root == Path(DEFAULT_FOLDER).absolute()
    return called, "" if usual else f" --data {shlex.quote(str(layout.root))}"


def _welcome(running: Stack, *, servers_only: bool) -> str:
    xietiao, data = invocation(running.layout)
    if servers_only:
        return f"""
Kafka and PostgreSQL are up after {running.progress.seconds:.1f} s. Run a service by hand with its settings:
  env $({xietiao} env tasks{data}) {sys.executable} -m services.tasks"""
    token = tokens.issue(running.layout, Role.OFFICE)
    return f"""
xietiao is up after {running.progress.seconds:.1f} s.
{addresses(running)}

A token for the office, valid for 12 hours (more: {xietiao} token --role unit --unit 330324-fgj{data}):
  {token}

Try:
  curl -H "Authorization: Bearer $({xietiao} token --role office{data})" \\
    "{running.services.url("registry")}/v1/coverage?as_of=2009-07-06"
  {xietiao} demo{data}      # a year of work, in minutes
  {xietiao} events{data}    # what happened, as other platforms see it
  {xietiao} status{data}"""
