"""One expected report under change: steps of its state machine, each with its event. No I/O."""

from datetime import datetime
from typing import Any

from services.tasks.reports.domain import REPORT_TRANSITIONS, Report, ReportState
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.text import digest


class ReportChange:
    """What an act makes of a report: the report as it becomes, and the events that say so."""

    def __init__(self, report: Report, act: Act) -> None:
        """Begin with the report as it is."""
        self.report = report
        self.act = act
        self.events: list[Event] = []

    def open(self) -> None:
        """State that the (new) report is expected."""
        self._emit(facts.ReportOpened(**self._fact()))

    def submit(self, observations: tuple[facts.Observation, ...]) -> None:
        """Take a submission."""
        self.check("submit")
        self.act.require_not_before(self.report.opened_at, "the report was opened")
        self.note_lapse()
        timeliness = self.report.timeliness(self.act.occurred_at)
        self.report = self.report.submitted(timeliness)
        self._emit(
            facts.ReportSubmitted(
                **self._fact(),
                submission=self.report.submissions,
                submitted_at=self.act.occurred_at,
                days_late=timeliness.days_late,
                on_time=timeliness.on_time,
                observations=observations,
            )
        )

    def accept(self) -> None:
        """Accept the submission."""
        self._move("accept")
        self._emit(facts.ReportAccepted(**self._fact(), submission=self.report.submissions))

    def send_back(self, reason: str) -> None:
        """Refuse the submission."""
        self._move("send-back")
        self._emit(
            facts.ReportSentBack(
                **self._fact(),
                submission=self.report.submissions,
                reason_digest=digest(reason),
                reason_link=f"/v1/reports/{self.report.id}",
            )
        )

    def note_lapse(self) -> None:
        """Say that the report was still missing when it fell due, if that is so and was not said before."""
        if self.report.lapsed(self.act.occurred_at):
            self.report = self.report.in_state(ReportState.OVERDUE)
            self._emit(facts.ReportWentOverdue(**self._fact()), at=self.report.due_at)

    def check(self, name: str) -> None:
        """Refuse a transition that the report's state does not allow."""
        REPORT_TRANSITIONS.check("the report", name, self.report.state, self.act.principal.role)

    def _move(self, name: str) -> None:
        self.check(name)
        self.act.require_not_before(self.report.opened_at, "the report was opened")
        self.report = self.report.in_state(REPORT_TRANSITIONS.named(name).target)

    def _fact(self) -> dict[str, Any]:
        return {
            "report_id": self.report.id,
            "definition": self.report.definition,
            "definition_version": self.report.definition_version,
            "unit": self.report.unit,
            "period": self.report.period,
            "due_at": self.report.due_at,
        }

    def _emit(self, payload: Payload, at: datetime | None = None) -> None:
        self.report = self.report.at_version(self.report.version + 1)
        self.events.append(self.act.event(payload, subject=str(self.report.id), version=self.report.version, time=at))
