"""Timeliness: the share of due reports that came in time. What is still missing after its due moment counts as not."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from services.tasks.reports.domain import Report, ReportState

_TWO_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Grouping:
    """By what the counts are divided."""

    unit: bool = False
    definition: bool = False
    period: bool = False


@dataclass(frozen=True, slots=True)
class TimelinessCount:
    """How the reports of one group stand; None where the grouping does not divide."""

    unit: str | None
    definition: str | None
    period: str | None
    expected: int
    on_time: int
    late: int
    missing: int
    not_due: int

    @property
    def rate(self) -> Decimal | None:
        """Return the per cent of due reports that came in time; None if none is due yet.

        Due are those that came, in time or late, and those that are missing after their due moment.
        """
        due = self.on_time + self.late + self.missing
        if due == 0:
            return None
        return (Decimal(100 * self.on_time) / due).quantize(_TWO_PLACES, ROUND_HALF_UP)


def counted(reports: Iterable[Report], now: datetime) -> TimelinessCount:
    """Return the count of some reports, report by report: what the database's must equal."""
    kept = [report for report in reports if report.state != ReportState.WITHDRAWN]
    waiting = [report for report in kept if report.on_time is None]
    missing = sum(1 for report in waiting if report.due_at < now)
    return TimelinessCount(
        unit=None,
        definition=None,
        period=None,
        expected=len(kept),
        on_time=sum(1 for report in kept if report.on_time is True),
        late=sum(1 for report in kept if report.on_time is False),
        missing=missing,
        not_due=len(waiting) - missing,
    )
