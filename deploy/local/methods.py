"""`xietiao method`: explain and check an assessment method, and try it on facts, without any server."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.local.status import PIPE_WIDTH
from services.scoring.facts import events_of, read_facts
from services.scoring.fault_words import words_for
from services.scoring.heading import heading
from services.scoring.inspection import Finding, findings
from services.scoring.logged import Logged, assessed_in, read_log
from services.scoring.method import Method, method_schema, parse_method, read_method
from services.scoring.method_faults import faults_of
from services.scoring.rules.base import Rule, ScoredRule
from services.scoring.rules.numbers import plain
from services.scoring.scores import BlockScore, CriterionScore
from services.scoring.standings import Standing, total_rounding
from services.scoring.trial import Trial, as_json, block_rounding, differences, try_method, unused_by_type
from services.scoring.wording import KIND_NAMES, policy_of, scoring_of, source_of
from shared.contracts.envelope import Event
from shared.errors import FieldFault, InvalidError

app = typer.Typer(no_args_is_help=True, help="Explain, check and try assessment methods, without any server.")

FaultyFile = tuple[Path, Sequence[FieldFault]]
MethodFile = Annotated[Path, typer.Argument(help="The method, YAML.", dir_okay=False, exists=True, readable=True)]
FactsFile = Annotated[
    Path | None, typer.Option("--facts", help="Facts, YAML; see docs/methods.md.", dir_okay=False, exists=True)
]
EventsFile = Annotated[
    Path | None,
    typer.Option(
        "--events", help="Events, one JSON per line, as `xietiao events --json` prints.", dir_okay=False, exists=True
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]

_LEVEL_COLOURS = {"错误": "red", "问题": "yellow", "提示": "cyan"}


@app.command()
def check(file: MethodFile, facts: FactsFile = None, events: EventsFile = None, *, as_json_: AsJson = False) -> None:
    """Explain a method in Chinese and find what is wrong with it; exit code 1 if anything is."""
    method = _parsed(file)
    is_tried = (facts or events) and not any(faults_of(method))
    trial = _trial(method, facts, events) if is_tried else None
    found = findings(method, trial)
    if as_json_:
        typer.echo(json.dumps(_explained(method, found), ensure_ascii=False, indent=2))
    else:
        _show_method(method)
        _show_findings(found, with_facts=trial is not None)
    if any(finding.level != "提示" for finding in found):
        raise typer.Exit(1)


@app.command("try")
def try_(file: MethodFile, facts: FactsFile = None, events: EventsFile = None, *, as_json_: AsJson = False) -> None:
    """Score facts by a method and show each number with its formula, inputs and rounding."""
    if facts is None and events is None:
        raise typer.BadParameter("state --facts or --events, or both")
    try:
        method = read_method(_text(file))
    except InvalidError as error:
        _refuse(file, error.faults)
    trial = _trial(method, facts, events)
    if as_json_:
        typer.echo(json.dumps(as_json(trial), ensure_ascii=False, indent=2))
    else:
        _show_trial(trial)
    unexpected = differences(trial, read_facts(_text(facts)).expected) if facts else []
    for line in unexpected:
        typer.echo(f"{facts}: expected: {line}", err=True)
    if unexpected:
        raise typer.Exit(1)


@app.command("schema")
def schema() -> None:
    """Print the JSON schema of methods."""
    typer.echo(json.dumps(method_schema(), ensure_ascii=False, indent=2))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        _refuse(file, [FieldFault(field="body", reason=f"no UTF-8: {error.reason}")])


def _refuse(file: Path, faults: Iterable[FieldFault]) -> NoReturn:
    for fault in faults:
        expected = f"（应为：{fault.expected}）" if fault.expected else ""
        words = words_for(fault.reason)
        typer.echo(f"{file}: {fault.field}: {fault.reason}{expected}{f'——{words}' if words else ''}", err=True)
    raise typer.Exit(1)


def _parsed(file: Path) -> Method:
    try:
        return parse_method(_text(file))
    except InvalidError as error:
        _refuse(file, error.faults)


def _trial(method: Method, facts_file: Path | None, events_file: Path | None) -> Trial:
    units: dict[str, str] = dict.fromkeys(method.subjects.units, "")
    told: list[Event] = []
    logged: list[Logged] = []
    file = facts_file or events_file
    assert file is not None  # noqa: S101 - the callers ask
    try:
        if facts_file is not None:
            facts = read_facts(_text(facts_file))
            units |= {unit.code: unit.name for unit in facts.units}
            told += events_of(facts, method.method)
        if events_file is not None:
            file = events_file
            logged = read_log(_text(events_file))
            told += [each.event for each in logged]
        if facts_file is None:
            units = assessed_in(method, told)
        return try_method(method, units, told, {each.event.id: each.recorded_at for each in logged})
    except InvalidError as error:
        _refuse(file, error.faults)


def _console() -> Console:
    width = shutil.get_terminal_size((PIPE_WIDTH, 0)).columns if sys.stdout.isatty() else PIPE_WIDTH
    return Console(width=width, highlight=False)


def _show_method(method: Method) -> None:
    console = _console()
    head = Table.grid(padding=(0, 2))
    for name, text in heading(method):
        head.add_row(Text(name, style="bold"), Text(text))
    console.print(head)
    table = Table(show_lines=True)
    columns = ("板块", "项目", "分值", "规则", "数据来源", "怎样计分", "不适用时")
    first = 0 if method.blocks else 1
    for column in columns[first:]:
        table.add_column(column, overflow="fold")
    titles = {block.code: block.title for block in method.blocks}
    for criterion in method.criteria:
        table.add_row(*map(Text, _row(method, criterion, titles)[first:]))
    console.print(table)


def _row(method: Method, criterion: Rule, titles: dict[str, str]) -> Sequence[str]:
    policy = policy_of(criterion) if isinstance(criterion, ScoredRule) else ""
    kind = KIND_NAMES[getattr(criterion, "kind", "")]
    how = scoring_of(method, criterion)
    return (
        titles.get(criterion.block or "", ""), criterion.title, _max_text(method, criterion), kind,
        source_of(method, criterion), how, policy,
    )  # fmt: skip


def _max_text(method: Method, criterion: Rule) -> str:
    if not isinstance(criterion, ScoredRule):
        return "—"
    weight = "" if criterion.weight == 1 else f" × {plain(criterion.weight)}"
    if not criterion.by_class:
        return plain(criterion.max) + weight
    of_classes = ((each.title, criterion.for_class(each.code)) for each in method.subjects.classes)
    return "；".join(f"{title} {plain(rule.max)}" for title, rule in of_classes) + weight


def _show_findings(found: Sequence[Finding], *, with_facts: bool) -> None:
    console = _console()
    for finding in found:
        line = Text(f"{finding.level} ", style=_LEVEL_COLOURS[finding.level])
        console.print(line.append(f"{finding.path}：{finding.text}", style="default"))
    if not with_facts:
        console.print("未给出事实（--facts 或 --events），没有核对各项目、各单位有无数据。")
    if not found:
        console.print("没有发现问题。")


def _explained(method: Method, found: Sequence[Finding]) -> dict[str, object]:
    return {
        "method": method.method,
        "version": method.version,
        "heading": dict(heading(method)),
        "criteria": [
            {
                "code": criterion.code,
                "title": criterion.title,
                "block": criterion.block,
                "kind": getattr(criterion, "kind", ""),
                "max": _max_text(method, criterion),
                "source": source_of(method, criterion),
                "scoring": scoring_of(method, criterion),
                "not_applicable": policy_of(criterion) if isinstance(criterion, ScoredRule) else None,
            }
            for criterion in method.criteria
        ],
        "findings": [finding._asdict() for finding in found],
    }


def _show_trial(trial: Trial) -> None:
    console = _console()
    for standing in trial.standings:
        console.print(Text(_summary(trial, standing), style="bold"))
        console.print(Text(f"  总分 = {standing.formula}，{total_rounding(trial.method)}"))
        if trial.method.roll_up is not None and standing.rolled_up is not None:
            weight = plain(trial.method.roll_up.weight)
            console.print(
                Text(f"  计入{trial.method.roll_up.to}：{standing.total:f} × {weight} = {standing.rolled_up:f}")
            )
        for note in standing.notes:
            console.print(Text(f"  {note}", style="yellow"))
        table = Table()
        for column in ("项目", "满分", "得分", "算式", "取数", "取舍"):
            table.add_column(column, overflow="fold")
        for score in (*standing.criteria, *standing.bonuses):
            table.add_row(*map(Text, _score_row(score)))
        for block in standing.blocks:
            table.add_row(*map(Text, _block_row(trial, block)))
        console.print(table)
    for unused in unused_by_type(trial):
        console.print(f"未计入：{unused.event_type}（{unused.when}）", style="dim")


def _summary(trial: Trial, standing: Standing) -> str:
    name = trial.names.get(standing.unit) or standing.unit
    rank = "不排名" if standing.rank is None else f"第{standing.rank}名"
    in_class = f"（{standing.unit_class}类）" if standing.unit_class else ""
    total = "—" if standing.total is None else f"{standing.total:f}"
    return f"{name}{in_class} {rank} 总分 {total}{f' {standing.grade}' if standing.grade else ''}"


def _block_row(trial: Trial, block: BlockScore) -> Sequence[str]:
    points = "不适用" if block.points is None else plain(block.points)
    return f"板块“{block.title}”", plain(block.max), points, block.formula, "", block_rounding(trial.method)


def _score_row(score: CriterionScore) -> Sequence[str]:
    inputs = "；".join(f"{entry.name} {plain(entry.value)}" for entry in score.inputs)
    exact = "" if score.exact is None or score.exact == score.points else f"{plain(score.exact)} → "
    points = "不适用" if score.points is None else f"{exact}{score.points:f}"
    return (
        score.title,
        "加分" if score.kind == "bonus" else plain(score.max),
        points,
        score.formula,
        inputs,
        score.rounding,
    )
