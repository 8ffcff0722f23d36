"""`xietiao registry`: the office's technician brings files into the registry and out of it, and looks at its state.

The commands ask the registry's own API as the office; in production the same routes are asked with an office token.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from deploy.local import tokens
from deploy.local.errors import StackError, StartError, UsageError
from deploy.local.layout import Layout
from deploy.local.options import DEFAULT_DATA, DataFolder
from deploy.local.stack import Stack
from shared.auth import Role
from shared.workbook import shown_width

app = typer.Typer(help="Import, export and compare the registry; show its gaps.", no_args_is_help=True)

_TIMEOUT_SECONDS = 300.0
_POLL_SECONDS = 0.5
_SHOWN_LINES = 200
_ACTIONS = ("new", "changed", "ended", "unchanged", "bad")
_FORMATS = {".xlsx": "xlsx", ".csv": "csv", ".json": "json"}

OneList = Annotated[str | None, typer.Option("--list", help="One list, e.g. units; needed for csv.")]
Day = Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="Today if left out.")]
KnownAt = Annotated[
    str | None, typer.Option(metavar="INSTANT", help="As it was known then, e.g. 2026-01-15T10:00:00+08:00.")
]


class BadRowsError(StackError):
    """The file has rows that cannot be taken; nothing was applied."""

    exit_code = 4


class NotConfirmedError(StackError):
    """The plan was shown and not applied."""

    exit_code = 5


class _Api:
    """The registry's routes, asked as the office."""

    def __init__(self, data: DataFolder) -> None:
        layout = Layout.of(data)
        layout.require()
        bearer = tokens.issue(layout, Role.OFFICE, subject="xietiao registry")
        self._http = httpx.Client(
            base_url=Stack.of(layout).services.url("registry"),
            headers={"authorization": f"Bearer {bearer}"},
            timeout=_TIMEOUT_SECONDS,
        )

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
        try:
            answer = self._http.request(method, f"/v1{path}", **options)
        except httpx.TransportError as error:
            raise StartError(f"registry does not answer: {error}; is the stack up? `xietiao status` tells") from error
        if answer.is_error:
            raise StackError(_refusal(answer))
        return answer

    def lines(self, plan: str, action: str) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            query = {"action": action, "limit": 200, **({"cursor": cursor} if cursor else {})}
            page = self.ask("GET", f"/imports/{plan}/lines", params=query).json()
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return


@app.command("import")
def import_file(  # noqa: PLR0913 - each option is a parameter
    file: Annotated[Path, typer.Argument(help="xlsx, csv, yaml or json; see docs/registry-import.md.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    only: OneList = None,
    effective_on: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="Day from which changes hold; today if left out.")
    ] = None,
    document: Annotated[str | None, typer.Option(help="发文字号 by which the changes are made.")] = None,
    complete: Annotated[
        bool, typer.Option("--complete", help="What is missing from the file's lists ends on that day.")
    ] = False,
    plan_only: Annotated[bool, typer.Option("--plan", help="Show the plan and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")] = False,
) -> None:
    """Show what a file would change, ask, and apply it. Exit code 4: bad rows, 5: not confirmed; nothing applied."""
    content = _content(file)
    api = _Api(data)
    query = {"list": only, "effective_on": effective_on, "document": document, "complete": str(complete).lower()}
    stated = {name: value for name, value in query.items() if value is not None}
    plan = _planned(api, api.ask("POST", "/imports", params=stated, files={"file": (file.name, content)}).json())
    _show_plan(api, plan)
    if not plan["can_be_applied"]:
        raise BadRowsError(f"{file.name}: {_count(plan, 'bad')} bad rows; nothing was applied")
    if not _count(plan, "new", "changed", "ended"):
        typer.echo("nothing to do: the registry says the same")
        return
    if plan_only:
        typer.echo(f"planned, not applied: import {plan['id']}")
        return
    if not yes and not typer.confirm("apply this?"):
        raise NotConfirmedError("not applied")
    api.ask("POST", f"/imports/{plan['id']}/apply", json={}, headers={"idempotency-key": f"apply-{plan['id']}"})
    typer.echo(f"applied: {', '.join(f'{_count(plan, each)} {each}' for each in _ACTIONS[:3])}")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write; its ending says the format: .xlsx, .csv or .json.")],
    data: DataFolder = DEFAULT_DATA,
    *,
    only: OneList = None,
    as_of: Day = None,
    known_at: KnownAt = None,
) -> None:
    """Write the registry of a day into a file."""
    form = _FORMATS.get(file.suffix.lower())
    if form is None:
        raise UsageError(f"{file.name}: the ending says the format, one of {', '.join(_FORMATS)}")
    query = {"format": form, "list": only, "as_of": as_of, "known_at": known_at}
    answer = _Api(data).ask("GET", "/export", params={name: value for name, value in query.items() if value})
    try:
        file.write_bytes(answer.content)
    except OSError as error:
        raise StackError(f"{file} cannot be written: {error}") from error
    typer.echo(f"{file}: {len(answer.content)} bytes")


@app.command()
def diff(
    first: Annotated[str, typer.Argument(metavar="FROM", help="The earlier day, YYYY-MM-DD.")],
    second: Annotated[str | None, typer.Argument(metavar="TO", help="The later day; today if left out.")] = None,
    data: DataFolder = DEFAULT_DATA,
    *,
    only: OneList = None,
    known_at: KnownAt = None,
) -> None:
    """Show what is otherwise on a later day, field by field."""
    query = {"from": first, "to": second, "list": only, "known_at": known_at, "limit": "200"}
    api, stated = _Api(data), {name: value for name, value in query.items() if value}
    found = api.ask("GET", "/diff", params=stated).json()
    total = sum(number for counts in found["counts"].values() for number in counts.values())
    typer.echo(f"{found['from']} → {found['to']}: {total} differences")
    _show_differences(found["items"])
    while found["next"]:
        found = api.ask("GET", "/diff", params={**stated, "cursor": found["next"]}).json()
        _show_differences(found["items"])


def _show_differences(items: Sequence[dict[str, Any]]) -> None:
    for item in items:
        typer.echo(f"{item['what']:<8}{item['list']:<14}{item['key']}  {item['name']}")
        if item["what"] == "changed":
            for change in item["changes"]:
                typer.echo(f"          {change['field']}: {_shown(change['before'])} → {_shown(change['after'])}")


@app.command()
def coverage(data: DataFolder = DEFAULT_DATA, *, as_of: Day = None, known_at: KnownAt = None) -> None:
    """Show gaps and overlaps of the duties, the gravest first."""
    query = {"as_of": as_of, "known_at": known_at}
    found = _Api(data).ask("GET", "/coverage", params={name: value for name, value in query.items() if value}).json()
    typer.echo(f"as of {found['as_of']}, members of {found['body']}")
    grave = {"high": 0, "medium": 1, "low": 2}
    findings = [
        (each["severity"], name, each)
        for name, several in found.items()
        if isinstance(several, list)
        for each in several
    ]
    for severity, name, finding in sorted(findings, key=lambda each: grave.get(each[0], 3)):
        typer.echo(f"{severity:<8}{name:<36}{finding['name']} ({finding['code']})  {finding['remark']}")
    typer.echo(f"{len(findings)} findings")


def _planned(api: _Api, plan: dict[str, Any]) -> dict[str, Any]:
    while plan["state"] == "planning":
        typer.echo(f"compared {plan['rows_done']} of {plan['rows_total']} rows", err=True)
        time.sleep(_POLL_SECONDS)
        plan = api.ask("GET", f"/imports/{plan['id']}").json()
    if plan["state"] == "failed":
        raise StackError(f"the plan could not be made: {plan['failure']}")
    return plan


def _show_plan(api: _Api, plan: dict[str, Any]) -> None:
    rows = [[each["sheet"], *(str(each[action]) for action in _ACTIONS)] for each in plan["lists"]]
    _table([["list", *_ACTIONS], *rows])
    for remark in plan["remarks"]:
        typer.echo(f"note: {remark}")
    for action in ("changed", "ended"):
        for line in _some(api.lines(plan["id"], action)):
            changes = "; ".join(f"{c['field']}: {_shown(c['before'])} → {_shown(c['after'])}" for c in line["changes"])
            typer.echo(f"{action}: {_place(line)} {line['key']}  {changes}")
    faults = [
        [line["sheet"], fault["place"], fault["heading"], fault["value"], _reason(fault)]
        for line in _some(api.lines(plan["id"], "bad"))
        for fault in line["faults"]
    ]
    if faults:
        _table([["sheet", "cell", "column", "value", "reason"], *faults])


def _some(lines: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for shown, line in enumerate(lines):
        if shown == _SHOWN_LINES:
            typer.echo("… and more; GET /v1/imports/{id}/lines lists all")
            return
        yield line


def _place(line: dict[str, Any]) -> str:
    return f"{line['sheet']} row {line['row']}" if line["row"] is not None else f"{line['sheet']} (missing)"


def _reason(fault: dict[str, Any]) -> str:
    meant = f"; did you mean {' or '.join(fault['suggestions'])}?" if fault["suggestions"] else ""
    right = f"; right would be {fault['expected']}" if fault["expected"] and not meant else ""
    return f"{fault['reason']}{right}{meant}"


def _table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns; Chinese signs take two places."""
    widths = [max(shown_width(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = (text + " " * (min(width, 40) - shown_width(text)) for text, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _count(plan: dict[str, Any], *actions: str) -> int:
    return sum(each[action] for each in plan["lists"] for action in actions)


def _shown(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return "—"
    return "、".join(str(each) for each in value) if isinstance(value, list) else str(value)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error}") from error


def _refusal(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return f"the registry answered {answer.status_code}: {answer.text[:300]}"
    expected = "; ".join(
        f"{each['field']}: {each['expected']}" for each in problem.get("errors", []) if each.get("expected")
    )
    allowed = "; ".join(problem.get("allowed", []))
    right = expected or allowed
    return f"{problem.get('detail', answer.text[:300])}{f' (right would be: {right})' if right else ''}"
