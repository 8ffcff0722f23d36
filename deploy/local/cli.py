"""The `xietiao` command: the embedded stack, from starting it to reading what happened in it.

A module adds a command of its own with one line below: `app.command("name")(module.function)`.
"""

import asyncio
import json
import logging
import os
import shlex
import sys
from typing import Annotated

import typer

from deploy.local import clock, dead_letters, demo, events, methods, rebuild, registry, runner, services, status, tokens
from deploy.local.errors import StackError, StartError, UsageError
from deploy.local.layout import Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.ports import PortWishes
from deploy.local.stack import Stack
from shared.auth import Role

app = typer.Typer(
    name="xietiao",
    help="Run xietiao on this machine: Kafka, PostgreSQL and the four services, with nothing to set up.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Port = Annotated[int | None, typer.Option(show_default=False, help="Port of this part alone.")]
ServersOnly = Annotated[
    bool, typer.Option("--servers-only", help="Kafka and PostgreSQL only, to run services by hand.")
]


@app.command()
def up(  # noqa: PLR0913 - each option is a parameter
    data: DataFolder = DEFAULT_DATA,
    *,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when all is ready; it goes on in the background.")
    ] = False,
    servers_only: ServersOnly = False,
    port_base: Annotated[
        int | None, typer.Option(show_default=False, help="Services listen on base+1 … base+14 (8100 at first).")
    ] = None,
    registry_port: Port = None,
    tasks_port: Port = None,
    meetings_port: Port = None,
    scoring_port: Port = None,
    stream_port: Port = None,
    kafka_port: Port = None,
    postgres_port: Port = None,
) -> None:
    """Start everything, fill a fresh stack with the county's registry, and show where it is."""
    wishes = PortWishes(
        port_base, registry_port, tasks_port, meetings_port, scoring_port, stream_port, kafka_port, postgres_port
    )
    runner.up(Layout.of(data), wishes, detach=detach, servers_only=servers_only)


@app.command()
def down(data: DataFolder = DEFAULT_DATA) -> None:
    """Stop everything that runs in the folder; the data stay."""
    runner.down(Layout.of(data))


@app.command("status")
def show_status(
    data: DataFolder = DEFAULT_DATA,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show each component; the exit code is 0 when all are up, else 3."""
    stack = Stack.of(Layout.of(data))
    components, watched = asyncio.run(status.read(stack)), status.is_watched(stack.layout)
    if as_json:
        typer.echo(json.dumps(status.as_json(components, watched=watched), indent=2))
    else:
        status.show(components, watched=watched)
    if not status.all_up(components):
        raise typer.Exit(status.DOWN_EXIT_CODE)


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What the bearer may do.")],
    data: DataFolder = DEFAULT_DATA,
    unit: Annotated[
        str | None, typer.Option(help="Code of the unit that the bearer acts for, e.g. 330324-fgj; role unit only.")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="Who the bearer is, as the audit log names them.")] = None,
    hours: Annotated[float, typer.Option(help="How long it is valid.")] = 12,
) -> None:
    """Print a token for the API, and nothing else."""
    typer.echo(tokens.issue(Layout.of(data), role, unit=unit, subject=subject, hours=hours))


@app.command("events")
def show_events(
    data: DataFolder = DEFAULT_DATA,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    event_type: Annotated[
        str | None, typer.Option("--type", help="Glob, e.g. 'task-*', 'tasks.*' or 'cn.xietiao.tasks.*'.")
    ] = None,
    topic: Annotated[
        list[str] | None, typer.Option(help="With or without the prefix `xietiao.`; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> None:
    """Show every event since the beginning, in the order in which the log took them."""
    stack = Stack.of(Layout.of(data))
    if not asyncio.run(stack.kafka.answers()):
        raise StartError(f"Kafka does not answer on {stack.kafka.bootstrap}: start the stack with `xietiao up`")
    choice = events.Choice(event_type, frozenset(topic) if topic else None)
    events.run(stack.kafka.bootstrap, "xietiao", choice, typer.echo, follow=follow, in_json=as_json)


@app.command("clock")
def show_clock(
    data: DataFolder = DEFAULT_DATA,
    *,
    to: Annotated[
        str | None,
        typer.Option("--set", metavar="ISO", help="The instant it runs on from; county time if no zone is given."),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Back to the machine's time.")] = False,
) -> None:
    """Show the services' clock, or set it."""
    layout = Layout.of(data)
    layout.require()
    if to is not None and reset:
        raise UsageError("--set and --reset: only one of them")
    if to is not None:
        clock.set_to(layout, clock.parse(to))
    if reset:
        clock.reset(layout)
    typer.echo(clock.describe(layout))


@app.command("env")
def show_environment(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(services.NAMES)}.")],
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Print the settings of a service as KEY=VALUE, to run it by hand; they hold its database password."""
    if service not in services.NAMES:
        raise UsageError(f"there is no service {service}; there are {', '.join(services.NAMES)}")
    for name, value in Stack.of(Layout.of(data)).services.settings(service).items():
        typer.echo(f"{name}={shlex.quote(value)}")


app.command("demo")(demo.demo)
app.command("rebuild")(rebuild.rebuild)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(registry.app, name="registry")
app.add_typer(methods.app, name="method")


@app.command(hidden=True)
def supervise(data: DataFolder = DEFAULT_DATA, *, servers_only: ServersOnly = False) -> None:
    """Watch over a stack that `up --detach` started."""
    runner.supervise(Layout.of(data), servers_only=servers_only)


def main() -> None:
    """Run the command; what goes wrong is one clear line and an exit code."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a broker that is away is told in our own words
    try:
        app()
    except StackError as error:
        typer.secho(f"xietiao: {error}", err=True, fg=typer.colors.RED)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has seen enough, as in `xietiao events | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
