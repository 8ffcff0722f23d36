"""`xietiao dead-letters`: what the services could not take, and what becomes of it.

A dead letter is named by its position, `consumer/topic/partition/offset`, as `list` prints it. The commands ask the
service's own API as an operator; in production the same routes are asked with an operator's token.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import typer

from deploy.local import tokens
from deploy.local.databases import SERVICES
from deploy.local.errors import StackError, StartError, UsageError
from deploy.local.layout import Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.stack import Stack
from shared.auth import Role

app = typer.Typer(help="List, show, replay or dismiss records that a service could not take.", no_args_is_help=True)

_TIMEOUT_SECONDS = 30.0
_PARTS = 4

Service = Annotated[str, typer.Option(help=f"One of {', '.join(SERVICES)}.")]
Which = Annotated[list[str] | None, typer.Argument(metavar="[POSITION]…", help="As `list` prints them.")]
All = Annotated[bool, typer.Option("--all", help="Every open one of the service.")]


class StillOpenError(StackError):
    """Some dead letters could not be closed."""


class _Api:
    """One service's routes, asked as an operator."""

    def __init__(self, data: DataFolder, service: str) -> None:
        if service not in SERVICES:
            raise UsageError(f"there is no service {service}; there are {', '.join(SERVICES)}")
        layout = Layout.of(data)
        layout.require()
        bearer = tokens.issue(layout, Role.OPERATOR, subject="xietiao dead-letters")
        self._service = service
        self._http = httpx.Client(
            base_url=Stack.of(layout).services.url(service),
            headers={"authorization": f"Bearer {bearer}"},
            timeout=_TIMEOUT_SECONDS,
        )

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        try:
            return self._http.request(method, f"/v1/dead-letters{path}", **options)
        except httpx.TransportError as error:
            raise StartError(
                f"{self._service} does not answer: {error}; is the stack up? `xietiao status` tells"
            ) from error

    def read(self, path: str, query: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        answer = self.ask("GET", path, params=query)
        if answer.is_error:
            raise StackError(f"{self._service} refuses: {answer.status_code} {answer.json().get('detail', '')}")
        return answer.json()

    def letters(self, *, closed: bool) -> Iterator[dict[str, Any]]:
        query: dict[str, Any] = {"closed": closed, "limit": 200}
        while True:
            page = self.read("", query)
            yield from page["items"]
            if page["next"] is None:
                return
            query["cursor"] = page["next"]


@app.command("list")
def list_letters(
    service: Service,
    data: DataFolder = DEFAULT_DATA,
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Replayed and dismissed ones too.")] = False,
) -> None:
    """List what could not be taken: position, state and reason."""
    count = 0
    for letter in _Api(data, service).letters(closed=closed):
        count += 1
        typer.echo(f"{_position(letter)}  {_state(letter)}  {letter['reason']}")
    typer.secho(f"{count} dead letters", err=True)


@app.command()
def show(
    position: Annotated[str, typer.Argument(metavar="POSITION", help="As `list` prints it.")],
    service: Service,
    data: DataFolder = DEFAULT_DATA,
) -> None:
    """Show the record itself, read from its topic."""
    place = _parsed(position)
    query = {name: place[name] for name in ("topic", "partition", "record_offset")}
    record = _Api(data, service).read("/record", query)
    for name, content in (("key", record["key"]), *record["headers"].items()):
        typer.echo(f"{name}: {content}")
    typer.echo(f"{record['value_bytes']} bytes:\n{record['value']}")


@app.command()
def replay(service: Service, positions: Which = None, data: DataFolder = DEFAULT_DATA, *, every: All = False) -> None:
    """Take records again, each once and in full; what still fails stays and says why (exit code 1)."""
    _close("replay", "replayed", _Api(data, service), positions, every=every)


@app.command()
def dismiss(service: Service, positions: Which = None, data: DataFolder = DEFAULT_DATA, *, every: All = False) -> None:
    """Decide that records need not be taken; a consumer that stopped behind a run of them goes on."""
    _close("dismiss", "dismissed", _Api(data, service), positions, every=every)


def _close(action: str, done: str, api: _Api, positions: list[str] | None, *, every: bool) -> None:
    if every == bool(positions):
        raise UsageError("name the positions, as `list` prints them, or say --all")
    chosen = [_position(letter) for letter in api.letters(closed=False)] if every else positions or []
    failed = 0
    for position in chosen:
        answer = api.ask("POST", f"/{action}", json=_parsed(position))
        typer.echo(f"{position}  {done if answer.is_success else answer.json()['detail']}")
        failed += answer.is_error
    if failed:
        raise StillOpenError(f"{failed} of {len(chosen)} stay as they are")


def _position(letter: dict[str, Any]) -> str:
    return "{consumer}/{topic}/{partition}/{record_offset}".format_map(letter)


def _parsed(position: str) -> dict[str, Any]:
    parts = position.split("/")
    if len(parts) != _PARTS or not all(part.isascii() and part.isdigit() for part in parts[2:]):
        raise UsageError(f"{position} is no position; write consumer/topic/partition/offset, as `list` prints it")
    return {"consumer": parts[0], "topic": parts[1], "partition": int(parts[2]), "record_offset": int(parts[3])}


def _state(letter: dict[str, Any]) -> str:
    if letter["replayed_at"]:
        return "replayed"
    if letter["dismissed_at"]:
        return "dismissed"
    return "parked" if letter["parked"] else "open"
