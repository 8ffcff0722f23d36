"""`three_way`: a report came on time, only after it was chased, or is still missing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from services.scoring.rules.base import EMPTY, ZERO, Evidence, Points, Rule, Score, Strict, Tally, plain
from shared.contracts.envelope import Event
from shared.contracts.tasks import ReportFact, ReportOpened, ReportSubmitted, ReportWentOverdue


class ThreeWayPoints(Strict):
    """What one report gives or takes."""

    on_time: Points
    chased: Points
    missing: Points


class ThreeWay(Rule):
    """Punctuality of reports."""

    event_types: ClassVar[tuple[str, ...]] = tuple(
        payload.event_type for payload in (ReportOpened, ReportSubmitted, ReportWentOverdue)
    )

    kind: Literal["three_way"]
    points: ThreeWayPoints
    definitions: tuple[str, ...] = Field((), description="Only these report definitions; empty means all.")
    base: Points | None = Field(None, description="Where it begins; full marks if absent.")
    floor: Points = ZERO

    def evidence(self, event: Event) -> Iterable[Evidence]:
        """Return the report's line as the event leaves it: expected, on time, chased or missing."""
        report = event.data
        if not isinstance(report, ReportFact) or (self.definitions and report.definition not in self.definitions):
            return
        rule, points, words = self._verdict(report)
        yield Evidence(
            report.unit,
            f"report:{report.report_id}",
            Decimal(1),
            points,
            rule,
            f"报表“{report.definition}”{report.period}：{words}",
        )

    def _verdict(self, report: ReportFact) -> tuple[str, Decimal, str]:
        match report:
            case ReportSubmitted(on_time=True):
                return "on-time", self.points.on_time, "按时报送"
            case ReportSubmitted():
                return "chased", self.points.chased, f"催报后报送，迟{report.days_late}天"
            case ReportWentOverdue():
                return "missing", self.points.missing, "到期未报"
            case _:
                return "expected", ZERO, "待报"

    def score(self, unit: str, tallies: Mapping[str, Tally]) -> Score:
        """Return base plus all reports' points, between floor and full marks; not applicable without any report."""
        tally = tallies.get(unit, EMPTY)
        if tally.lines == 0:
            return Score(None, "没有应报送的报表")
        base = self.max if self.base is None else self.base
        points = max(self.floor, min(self.max, base + tally.points))
        formula = f"{plain(base)} + ({plain(tally.points)})，限 {plain(self.floor)}～{plain(self.max)}"
        return Score(points, formula)
