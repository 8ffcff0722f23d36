"""One expected report under change: steps of its state machine, each with its event. No I/O."""

from datetime import datetime
from typing import Any, Literal

from services.tasks.reports.domain import REPORT_TRANSITIONS, Report, ReportState
from services.tasks.reports.errors import ReportLockedError
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.text import digest

Occasion = Literal["before_due", "lapsed", "office"]
Units = tuple[str, ...]


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

    def submit(self, observations: tuple[facts.Observation, ...], told: Units, content_digest: str) -> None:
        """Take a submission; `told`: the units of which earlier versions told values."""
        self.check("submit")
        self.act.require_not_before(self.report.opened_at, "the report was opened")
        self.note_lapse()
        timeliness = self.report.timeliness(self.act.occurred_at)
        self.report = self.report.submitted(timeliness)
        self._emit(
            facts.ReportSubmitted(
                **self._content(observations, told, content_digest),
                days_late=timeliness.days_late,
                on_time=timeliness.on_time,
            )
        )

    def correct(
        self, observations: tuple[facts.Observation, ...], told: Units, content_digest: str, reason: str
    ) -> None:
        """Take a correction: the next version of what was submitted; its timeliness stays that of the first."""
        self._move("correct")
        self.report = self.report.submitted(self.report.timeliness(self.act.occurred_at))
        self._emit(facts.ReportCorrected(**self._content(observations, told, content_digest), **self._why(reason)))

    def accept(self) -> None:
        """Accept the submission."""
        self._move("accept")
        self._emit(facts.ReportAccepted(**self._fact(), submission=self.report.submissions))

    def send_back(self, told: Units, reason: str) -> None:
        """Refuse the submission; `told`: the units of which it or an earlier version told values."""
        self._move("send-back")
        self._emit(
            facts.ReportSentBack(
                **self._fact(), submission=self.report.submissions, observed_units=told, **self._why(reason)
            )
        )

    def lock(self) -> None:
        """Make the accepted report final."""
        self._move("lock")
        self.report = self.report.locked(self.act.occurred_at, self.act.principal.subject)
        self._emit(facts.ReportLocked(**self._fact(), submission=self.report.submissions))

    def reopen(self, reason: str) -> None:
        """Open an accepted or locked report for a correction."""
        was_locked = self.report.state == ReportState.LOCKED
        self._move("reopen")
        self.report = self.report.reopened()
        self._emit(
            facts.ReportReopened(
                **self._fact(), submission=self.report.submissions, was_locked=was_locked, **self._why(reason)
            )
        )

    def reschedule(self, due_at: datetime, reason: str | None) -> None:
        """Let the report fall due at another moment."""
        self.note_lapse()
        previous = self.report.due_at
        self._move("reschedule")
        self.report = self.report.due_anew(due_at)
        self._emit(facts.ReportRescheduled(**self._fact(), previous_due_at=previous, **self._why(reason)))

    def withdraw(self, reason: str | None) -> None:
        """Expect the report no longer."""
        self._move("withdraw")
        self._emit(facts.ReportWithdrawn(**self._fact(), **self._why(reason)))

    def remind(self, occasion: Occasion, at: datetime | None = None) -> None:
        """Remind the unit, once per due moment unless the office does it again."""
        self.report = self.report.reminded()
        self._emit(facts.ReportReminded(**self._fact(), occasion=occasion), at=at)

    def note_lapse(self) -> None:
        """Say that the report was still missing when it fell due, if that is so and was not said before."""
        if self.report.lapsed(self.act.occurred_at):
            self.report = self.report.in_state(ReportState.OVERDUE)
            self._emit(facts.ReportWentOverdue(**self._fact()), at=self.report.due_at)

    def check(self, name: str) -> None:
        """Refuse a transition that the report's state does not allow; a locked one says who locked it, and when."""
        report, role = self.report, self.act.principal.role
        if report.state == ReportState.LOCKED and report.state not in REPORT_TRANSITIONS.named(name).sources:
            raise ReportLockedError(name, report, REPORT_TRANSITIONS.allowed(report.state, role))
        REPORT_TRANSITIONS.check("the report", name, report.state, role)

    def _move(self, name: str) -> None:
        self.check(name)
        self.act.require_not_before(self.report.opened_at, "the report was opened")
        self.report = self.report.in_state(REPORT_TRANSITIONS.named(name).target)

    def _content(self, observations: tuple[facts.Observation, ...], told: Units, content_digest: str) -> dict[str, Any]:
        now = {each.unit for each in observations if each.unit is not None}
        return {
            **self._fact(),
            "submission": self.report.submissions,
            "submitted_at": self.act.occurred_at,
            "observations": observations,
            "observed_units": tuple(sorted(now.union(told))),
            "content_digest": content_digest,
            "content_link": self._link,
        }

    def _why(self, reason: str | None) -> dict[str, Any]:
        return {} if reason is None else {"reason_digest": digest(reason), "reason_link": self._link}

    @property
    def _link(self) -> str:
        return f"/v1/reports/{self.report.id}"

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
