"""Refusals of reports beyond those of every service."""

from collections.abc import Sequence

from services.tasks.reports.domain import Report
from services.tasks.reports.fields import place
from services.tasks.reports.rules import Finding
from shared.clock import COUNTY_ZONE
from shared.errors import ConflictError, FieldFault, InvalidError


class ReportLockedError(ConflictError):
    """The report is final; the refusal says who locked it, and when."""

    code = "report-locked"

    def __init__(self, transition: str, report: Report, allowed: Sequence[str]) -> None:
        """Name the report, who locked it when, and what is possible."""
        at = "" if report.locked_at is None else f"{report.locked_at.astimezone(COUNTY_ZONE):%Y-%m-%d %H:%M}"
        possible = ", ".join(allowed) or "nothing, for this role; the office can reopen it"
        super().__init__(
            f"the report {report.title or report.definition} of {report.unit} for {report.period} was locked by "
            f"{report.locked_by} at {at} (county time): {transition} is not possible; possible now: {possible}",
            allowed,
        )


class WarningsUnconfirmedError(InvalidError):
    """Rules that are only warnings do not hold, and the unit gave no reason why the values are right all the same."""

    code = "warnings-unconfirmed"
    title = "Correct the values, or confirm each warning with a reason"

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Name each rule with field, value and message, and how to confirm it."""
        super().__init__(*(self._fault(finding) for finding in findings))

    @staticmethod
    def _fault(finding: Finding) -> FieldFault:
        where = place(finding.unit, f"confirmations.{finding.rule}")
        return finding.fault().model_copy(update={"expected": f"{finding.expression}; or a reason under {where}"})


class EditionStaleError(ConflictError):
    """The definition has changed since; a new edition must be based on the current one."""

    code = "report-definition-changed"


class PeriodExemptError(ConflictError):
    """The office exempted the period: nothing is expected for it."""

    code = "period-exempt"

    def __init__(self, definition: str, period: str, reason: str | None) -> None:
        """Name the period, and why."""
        why = f" ({reason})" if reason else ""
        super().__init__(
            f"{definition} is not expected for {period}{why}; decide otherwise under periods/{period}", ("decide",)
        )


class DueUnknownError(ConflictError):
    """The due moment cannot be computed, because the working days it counts are not known."""

    code = "due-unknown"

    def __init__(self, definition: str, period: str, why: str) -> None:
        """Name the period, and what would help."""
        super().__init__(
            f"when {definition} for {period} falls due is not known: {why}; or state a due date under periods/{period}",
            ("decide",),
        )


def not_confirmable(name: str, known: Sequence[str]) -> FieldFault:
    """Return the fault of a confirmation that names no warning of the definition."""
    expected = f"one of the warnings {', '.join(known)}" if known else "nothing: the definition has no warnings"
    return FieldFault(field=f"confirmations.{name}", reason="is no warning of this report", expected=expected)
