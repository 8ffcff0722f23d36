"""`xietiao dead-letters`: what the services could not take, and what becomes of it.

A dead letter is named by its position, `consumer/topic/partition/offset`, as `list` prints it; the consumer says whose
it is. The commands ask the service's own API as an operator; in production the same routes are asked with an
operator's token.
"""

import re
from collections.abc import Iterator
from datetime import datetime
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
from shared.clock import COUNTY_ZONE

app = typer.Typer(help="List, show, replay or dismiss records that a service could not take.", no_args_is_help=True)

_TIMEOUT_SECONDS = 30.0
_POSITION = re.compile(r"([\w.-]{1,100})/([\w.-]{1,249})/(\d{1,10})/(\d{1,19})", re.ASCII)
"""A topic has no other characters, a partition and an offset no more digits."""
_SHOWN = 4000
"""Characters of a record that are shown at first."""
_QUOTED = 300
"""Characters of what is no position that are repeated."""

Service = Annotated[
    str | None, typer.Option(show_default=False, help=f"Only this one of {', '.join(SERVICES)}; all if absent.")
]
Which = Annotated[list[str] | None, typer.Argument(metavar="[POSITION]…", help="As `list` prints them.")]
All = Annotated[bool, typer.Option("--all", help="Every open one.")]


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
    data: DataFolder = DEFAULT_DATA,
    service: Service = None,
    *,
    closed: Annotated[bool, typer.Option("--closed", help="Replayed and dismissed ones too.")] = False,
) -> None:
    """List what could not be taken: position, time, state and reason."""
    letters = list(_letters(data, service, closed=closed))
    for letter in letters:
        noticed = datetime.fromisoformat(letter["noticed_at"]).astimezone(COUNTY_ZONE)
        typer.echo(f"{_position(letter)}  {noticed:%m-%d %H:%M:%S}  {_state(letter)}  {letter['reason']}")
    typer.secho(_counted(len(letters)), err=True)


@app.command()
def show(
    position: Annotated[str, typer.Argument(metavar="POSITION", help="As `list` prints it.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    whole: Annotated[bool, typer.Option("--whole", help="However long it is.")] = False,
) -> None:
    """Show the record itself, read from its topic; control characters are written out, so that they do no harm."""
    place = _parsed(position)
    query = {name: place[name] for name in ("topic", "partition", "record_offset")}
    record = _Api(data, _service_of(position)).read("/record", query)
    for name, content in (("key", record["key"]), *record["headers"].items()):
        typer.echo(f"{name}: {_printable(content or '')}")
    text = _printable(record["value"] or "")
    shown = text if whole else text[:_SHOWN]
    typer.echo(f"{record['value_bytes']} bytes:\n{shown}{'' if shown == text else ' … (--whole shows the rest)'}")


@app.command()
def replay(
    positions: Which = None, data: DataFolder = DEFAULT_DATA, service: Service = None, *, every: All = False
) -> None:
    """Take records again, each once and in full; what still fails stays and says why (exit code 1)."""
    _close("replay", "replayed", _chosen(data, service, positions, every=every), data, every=every)


@app.command()
def dismiss(
    positions: Which = None, data: DataFolder = DEFAULT_DATA, service: Service = None, *, every: All = False
) -> None:
    """Decide that records need not be taken; a consumer that stopped behind a run of them goes on."""
    _close("dismiss", "dismissed", _chosen(data, service, positions, every=every), data, every=every)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() or char in "\n\t" else f"\\x{ord(char):02x}" for char in text)


def _letters(data: DataFolder, service: str | None, *, closed: bool) -> Iterator[dict[str, Any]]:
    for name in SERVICES if service is None else (service,):
        yield from _Api(data, name).letters(closed=closed)


def _chosen(data: DataFolder, service: str | None, positions: list[str] | None, *, every: bool) -> list[str]:
    if every == bool(positions):
        raise UsageError("name the positions, as `list` prints them, or say --all")
    if positions and service is not None:
        raise UsageError("a position says whose it is; --service goes with --all")
    return [_position(letter) for letter in _letters(data, service, closed=False)] if every else positions or []


def _close(action: str, done: str, chosen: list[str], data: DataFolder, *, every: bool) -> None:
    """Do it to each; of every open one, what somebody else has closed meanwhile is no failure."""
    apis = {service: _Api(data, service) for service in {_service_of(position) for position in chosen}}
    failed = 0
    for position in chosen:
        answer = apis[_service_of(position)].ask("POST", f"/{action}", json=_parsed(position))
        problem = answer.json() if answer.is_error else None
        typer.echo(f"{position}  {done if problem is None else problem['detail']}")
        failed += problem is not None and not (every and problem.get("code") == "dead-letter-closed")
    if failed:
        raise StillOpenError(f"{failed} of {len(chosen)} stay as they are")
    if not chosen:
        typer.secho(_counted(0), err=True)


def _counted(letters: int) -> str:
    return {0: "no dead letters", 1: "1 dead letter"}.get(letters, f"{letters} dead letters")


def _service_of(position: str) -> str:
    """Return whose dead letter it is: `scoring-stream/…` is scoring's."""
    consumer = _parsed(position)["consumer"]
    service = next((name for name in SERVICES if consumer == name or consumer.startswith(f"{name}-")), None)
    if service is None:
        raise UsageError(f"{position} is no position: no service has a consumer {consumer}")
    return service


def _position(letter: dict[str, Any]) -> str:
    return "{consumer}/{topic}/{partition}/{record_offset}".format_map(letter)


def _parsed(position: str) -> dict[str, Any]:
    found = _POSITION.fullmatch(position)
    if found is None:
        told = _printable(position[:_QUOTED])
        raise UsageError(f"{told} is no position; write consumer/topic/partition/offset, as `list` prints it")
    consumer, topic, partition, offset = found.groups()
    return {"consumer": consumer, "topic": topic, "partition": int(partition), "record_offset": int(offset)}


def _state(letter: dict[str, Any]) -> str:
    if letter["replayed_at"]:
        return "replayed"
    if letter["dismissed_at"]:
        return "dismissed"
    return "parked" if letter["parked"] else "open"
