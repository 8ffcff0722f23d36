"""A method tried on facts or on a log of events, without any server: the same fold, tallies and standings. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from services.scoring.fold import Fold, Line, newest
from services.scoring.method import Method
from services.scoring.rules.base import Input
from services.scoring.rules.numbers import plain
from services.scoring.scores import BlockScore, CriterionScore, rounding_text
from services.scoring.standings import Standing, standings, total_rounding
from services.scoring.tallying import tallies_of
from shared.clock import county_date
from shared.contracts.envelope import Event
from shared.errors import FieldFault, InvalidError

_NOT_SAID: Mapping[str, datetime] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Trial:
    """What a method made of facts."""

    method: Method
    names: Mapping[str, str]
    standings: Sequence[Standing]
    lines: Sequence[Line]
    unused: Sequence[Event]
    """Events of which nothing came: no criterion matches them, or they lie outside the assessed days."""

    def evidence(self, unit: str, criterion: str) -> list[Line]:
        """Return the lines behind a score: of the criterion, and what adjusted it."""
        codes = {criterion, f"adjustment.{criterion}"}
        return [line for line in self.lines if line.unit == unit and line.criterion in codes]


def try_method(
    method: Method, units: Mapping[str, str], events: Iterable[Event], recorded: Mapping[str, datetime] = _NOT_SAID
) -> Trial:
    """Score units (name by code) by a method; refuses units that the method's own list does not have.

    `recorded` says by event id since when the log has had it; else that is when it happened.
    """
    left_out = set(method.subjects.left_out)
    strangers = [unit for unit in units if method.subjects.units and unit not in method.subjects.units]
    if strangers:
        known = ", ".join(method.subjects.units)
        raise InvalidError(FieldFault(field="units", reason=f"{strangers[0]} is not assessed by it", expected=known))
    fold = Fold.of(0, method)
    lines: list[Line] = []
    unused: list[Event] = []
    for event in events:
        found = list(fold.lines(event, recorded.get(event.id, event.time)))
        lines += found
        if not found:
            unused.append(event)
    assessed = [unit for unit in units if unit not in left_out]
    return Trial(method, units, standings(method, assessed, tallies_of(lines)), newest(lines), unused)


class Unused(NamedTuple):
    """Events of one type of which nothing came."""

    event_type: str
    first: date
    last: date
    events: int

    @property
    def when(self) -> str:
        """Return on which days, and how many, Chinese."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} 至 {self.last}"
        return days if self.events == 1 else f"{days}，{self.events}件"


def unused_by_type(trial: Trial) -> list[Unused]:
    """Return the events of which nothing came, by type: a log has thousands."""
    days: dict[str, list[date]] = {}
    for event in trial.unused:
        days.setdefault(event.type, []).append(county_date(event.time))
    return [Unused(event_type, min(found), max(found), len(found)) for event_type, found in days.items()]


def differences(trial: Trial, expected: Mapping[str, Decimal | None]) -> list[str]:
    """Return where totals are not those that the facts expect, Chinese."""
    found = {standing.unit: standing.total for standing in trial.standings}
    return [
        f"{trial.names.get(unit) or unit}：应为 {_text(total) or '无总分'}，算得 {_text(found.get(unit)) or '无总分'}"
        for unit, total in expected.items()
        if found.get(unit) != total
    ]


def as_json(trial: Trial) -> dict[str, Any]:
    """Return the trial for machines; numbers are decimals written as texts."""
    method = trial.method
    return {
        "method": method.method,
        "version": method.version,
        "title": method.title,
        "standings": [_standing(trial, standing) for standing in trial.standings],
        "rounding": {"total": total_rounding(method)},
        "unused": [{"event": event.type, "subject": event.subject, "time": event.time.isoformat()}
                   for event in trial.unused],
    }  # fmt: skip


def block_rounding(method: Method) -> str:
    """Return how blocks are rounded."""
    return rounding_text(method.rounds.block, method.rounds)


def _standing(trial: Trial, standing: Standing) -> dict[str, Any]:
    return {
        "unit": standing.unit,
        "name": trial.names.get(standing.unit) or standing.unit,
        "class": standing.unit_class,
        "rank": standing.rank,
        "total": _text(standing.total),
        "grade": standing.grade,
        "formula": standing.formula,
        "notes": list(standing.notes),
        "rolled_up": _text(standing.rolled_up),
        "blocks": [_block(trial, block) for block in standing.blocks],
        "criteria": [_criterion(trial, standing.unit, score) for score in (*standing.criteria, *standing.bonuses)],
    }


def _block(trial: Trial, score: BlockScore) -> dict[str, Any]:
    return {"block": score.block, "title": score.title, "max": plain(score.max), "points": _text(score.points),
            "formula": score.formula, "rounding": block_rounding(trial.method)}  # fmt: skip


def _criterion(trial: Trial, unit: str, score: CriterionScore) -> dict[str, Any]:
    return {
        "criterion": score.criterion,
        "title": score.title,
        "kind": score.kind,
        "block": score.block,
        "max": plain(score.max),
        "points": _text(score.points),
        "exact": None if score.exact is None else plain(score.exact),
        "formula": score.formula,
        "rounding": score.rounding,
        "inputs": [_input(entry) for entry in score.inputs],
        "wanted": score.wanted,
        "evidence": [_line(line) for line in trial.evidence(unit, score.criterion)],
    }


def _input(entry: Input) -> dict[str, str]:
    return {"name": entry.name, "value": plain(entry.value)}


def _line(line: Line) -> dict[str, Any]:
    return {"text": line.text, "rule": line.rule, "weight": plain(line.weight), "points": plain(line.points),
            "counts": line.counts, "on": line.occurred_at.isoformat()}  # fmt: skip


def _text(value: Any) -> str | None:  # noqa: ANN401 - a decimal or nothing
    return None if value is None else f"{value:f}"
