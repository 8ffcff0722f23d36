"""`three_way`: a report came on time, only after it was chased, or is still missing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from services.scoring.rules.base import (
    ONE,
    ZERO,
    Evidence,
    Facts,
    Input,
    Part,
    Score,
    ScoredRule,
    Strict,
    clamped,
    limits_text,
    not_applicable,
    signed,
)  # fmt: skip
from services.scoring.rules.numbers import Factor, Points, plain
from shared.contracts.envelope import Event
from shared.contracts.tasks import (
    ReportFact,
    ReportOpened,
    ReportRescheduled,
    ReportSubmitted,
    ReportWentOverdue,
    ReportWithdrawn,
)


class ThreeWayPoints(Strict):
    """What one report gives or takes."""

    on_time: Points
    chased: Points
    missing: Points


class ThreeWay(ScoredRule):
    """Punctuality of reports."""

    event_types: ClassVar[tuple[str, ...]] = tuple(
        payload.event_type
        for payload in (ReportOpened, ReportSubmitted, ReportWentOverdue, ReportRescheduled, ReportWithdrawn)
    )

    kind: Literal["three_way"]
    points: ThreeWayPoints
    definitions: tuple[str, ...] = Field((), description="Only these report definitions; empty means all.")
    base: Points | None = Field(None, description="Where it begins; full marks if absent.")
    floor: Points = ZERO
    single_item: Factor = Field(
        ONE, description="What a report's points count in a period in which it is the only one, e.g. 0.5 (减半)."
    )

    @property
    def compares(self) -> bool:
        """Return whether others' tallies matter: never."""
        return False

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the report's line as the event leaves it: expected, on time, chased or missing."""
        report = event.data
        if not isinstance(report, ReportFact) or (self.definitions and report.definition not in self.definitions):
            return
        rule, points, words = self._verdict(report)
        yield Evidence(
            report.unit,
            f"report:{report.report_id}",
            ONE,
            points,
            rule,
            f"报表“{report.definition}”{report.period}：{words}",
            counts=not isinstance(report, ReportWithdrawn),
            part="" if self.single_item == ONE else report.period,
        )

    def _verdict(self, report: ReportFact) -> tuple[str, Decimal, str]:
        match report:
            case ReportSubmitted(on_time=True):
                return "on-time", self.points.on_time, "按时报送"
            case ReportSubmitted():
                return "chased", self.points.chased, f"催报后报送，迟{report.days_late}天"
            case ReportWentOverdue():
                return "missing", self.points.missing, "到期未报"
            case ReportWithdrawn():
                return "withdrawn", ZERO, "免报，不计"
            case _:
                return "expected", ZERO, "待报"

    def score(self, unit: str, facts: Facts) -> Score:
        """Return base plus all reports' points, between floor and full marks; not applicable without any report."""
        tally = facts.tally(unit)
        if tally.lines == 0:
            return not_applicable("没有应报送的报表")
        base = self.max if self.base is None else self.base
        change = self._change(tally.parts)
        points = clamped(base + change, self.floor, self.max)
        formula = f"{plain(base)} {signed(change)}{limits_text(self.floor, self.max)}"
        inputs = (Input("应报份数", Decimal(tally.lines)), Input("加减分合计", change))
        return Score(points, formula, inputs, "各期报表均按时报送" if points < self.max else None)

    def _change(self, parts: Mapping[str, Part]) -> Decimal:
        factors = ((part.points, self.single_item if part.lines == 1 else ONE) for part in parts.values())
        return sum((points * factor for points, factor in factors), ZERO)
