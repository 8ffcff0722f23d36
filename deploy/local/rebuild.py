"""`xietiao rebuild`: fold the log into a new generation and prove it equal to the live one, byte for byte."""

import time

import typer

from deploy.local.client import Client
from deploy.local.errors import StackError
from deploy.local.layout import Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.progress import Progress
from deploy.local.stack import Stack
from shared.auth import Role

_POLL_SECONDS = 0.2


class DifferentError(StackError):
    """A rebuilt projection is not the live one."""


def rebuild(data: DataFolder = DEFAULT_DATA) -> None:
    """Rebuild scoring's projection from the log for every method; `equal` with both checksums, or exit code 1."""
    layout = Layout.of(data)
    layout.require()
    client = Client(Stack.of(layout).services)
    methods = sorted({method["method"] for method in client.get("scoring", "/v1/methods", limit=200)["items"]})
    if not methods:
        raise StackError("no method has been adopted yet, so there is nothing to rebuild")
    progress = Progress()
    different = [method for method in methods if not _rebuild_one(client, progress, method)]
    if different:
        raise DifferentError(f"the rebuild differs from the live projection: {', '.join(different)}")


def _rebuild_one(client: Client, progress: Progress, method: str) -> bool:
    started = client.post("scoring", "/v1/rebuilds", {"method": method}, role=Role.OPERATOR)
    path = f"/v1/rebuilds/{started['rebuild']}"
    shown = -1
    while (state := client.get("scoring", path))["state"] == "building":
        if state["folded"] != shown:
            shown = state["folded"]
            progress.step(method, f"folded {shown} of {state['to_fold']} records")
        time.sleep(_POLL_SECONDS)
    progress.step(method, f"folded {state['folded']} of {state['to_fold']} records")
    typer.echo(f"  live    {state['live_checksum']}\n  rebuilt {state['checksum']}")
    if state["equal"]:
        typer.echo("  equal: the rebuilt generation is now the live one")
        return True
    typer.echo(f"  different, the live generation stays; first difference:\n{state['difference']}")
    return False
