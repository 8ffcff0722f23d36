"""Indicators: what units report, period by period, and what is derived from it.

An observation becomes a line of the ledger under `indicator.<code>`, one per report and unit that it is of, so a later
version of the report replaces it and a report that is sent back takes it out. Its part of the tally is
`<period>@<report definition>`. Its source key names the reporter where that is another unit than the observed one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from services.scoring.rules.base import ONE, ZERO, Evidence, Part, Strict
from services.scoring.rules.formula import parse
from services.scoring.rules.numbers import plain
from shared.contracts.envelope import Event
from shared.contracts.tasks import (
    Observation,
    ReportCorrected,
    ReportFact,
    ReportSentBack,
    ReportSubmitted,
    ReportWithdrawn,
)

PREFIX = "indicator."
_TELLING = (ReportSubmitted, ReportCorrected)
_VOIDING = (ReportSentBack, ReportWithdrawn)
IndicatorCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$", max_length=64)]


class Indicator(Strict):
    """One indicator of a method; one that is only reported need not be declared."""

    code: IndicatorCode
    title: str = Field(min_length=1, max_length=100)
    unit_of_measure: str | None = None
    formula: str | None = Field(None, description="How it is derived from others; left out for one that is reported.")
    definitions: tuple[str, ...] = Field(
        (), description="Report definitions it may come from; of several the first that has it counts. Empty: any one."
    )

    @model_validator(mode="after")
    def _check_formula(self) -> Self:
        if self.formula is not None:
            parse(self.formula)
            if self.definitions:
                raise ValueError("definitions: a derived indicator comes from no report")
        return self


class Reported(NamedTuple):
    """Where the values of a reported indicator come from."""

    code: str
    title: str
    definitions: tuple[str, ...]

    def takes(self, report: ReportFact) -> bool:
        """Return whether the report may hold it."""
        return not self.definitions or report.definition in self.definitions


class Observing:
    """Makes ledger lines of one indicator's observations, as a criterion does of events."""

    is_bounded = False
    event_types = tuple(payload.event_type for payload in (*_TELLING, *_VOIDING))

    def __init__(self, reported: Reported) -> None:
        """Watch one indicator."""
        self._reported = reported
        self.code = PREFIX + reported.code

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the observed values, and take back what a later version of the report holds no longer."""
        report = event.data
        if not self._reported.takes(report):
            return
        told = report.observed_units or (report.unit,)
        if isinstance(report, _VOIDING):
            for unit in told:
                yield self._void(report, unit, "报表已退回或不再要求")
            return
        found: dict[str, Observation] = {}
        for each in report.observations:
            if each.indicator == self._reported.code:
                found.setdefault(each.unit or report.unit, each)
        for unit, observation in found.items():
            yield self._value(report, unit, observation)
        if report.submission > 1:
            for unit in told:
                if unit not in found:
                    yield self._void(report, unit, "新版本未报该指标")

    def _value(self, report: ReportFact, unit: str, observation: Observation) -> Evidence:
        said = f"{plain(observation.value)}{observation.unit_of_measure or ''}"
        return Evidence(
            unit, source_key(report, unit), ONE, observation.value, "observed", self._text(report, unit, said),
            part=part_of(report),
        )  # fmt: skip

    def _void(self, report: ReportFact, unit: str, why: str) -> Evidence:
        return Evidence(
            unit, source_key(report, unit), ONE, ZERO, "void", self._text(report, unit, why), counts=False,
            part=part_of(report),
        )  # fmt: skip

    def _text(self, report: ReportFact, unit: str, said: str) -> str:
        reporter = "" if unit == report.unit else f"（{report.unit} 报）"
        return f"{self._reported.title}{report.period}：{said}{reporter}"


def source_key(report: ReportFact, unit: str) -> str:
    """Return the key of a unit's value in a report: of a report on others it names who reports."""
    own = f"report:{report.report_id}"
    return own if unit == report.unit else f"{own}@{report.unit}"


def reporter_of(key: str, unit: str) -> str:
    """Return who reported the value under a source key."""
    return key.partition("@")[2] or unit


def part_of(report: ReportFact) -> str:
    """Return the part of a tally that holds a report's value."""
    return _part(report.period, report.definition)


def _part(period: str, definition: str) -> str:
    return f"{period}@{definition}"


def observed_in(parts: Mapping[str, Part], period: str, definitions: Sequence[str]) -> list[Part]:
    """Return the values of a period in the parts of an indicator's tally: by the given definitions, or by any."""
    if definitions:
        named = (parts.get(_part(period, definition)) for definition in definitions)
        return [part for part in named if part is not None and part.lines]
    beginning = _part(period, "")
    return [part for key, part in parts.items() if part.lines and key.startswith(beginning)]
