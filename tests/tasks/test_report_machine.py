"""A report under any sequence of commands and days, against a simple model."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.tasks.errors import IllegalTransitionError
from services.tasks.reports.changes import ReportChange
from services.tasks.reports.domain import REPORT_TRANSITIONS, Report, ReportState
from services.tasks.reports.errors import ReportLockedError
from shared.auth import Principal, Role
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from tests.tasks.builders import OTHER

OPENED = datetime(2026, 4, 1, tzinfo=UTC)
DUE = OPENED + timedelta(days=10)
UNIT = Principal("unit", Role.UNIT, OTHER)
OFFICE = Principal("office", Role.OFFICE)


def opened() -> Report:
    return Report(
        id=UUID(int=1),
        definition="quarterly",
        definition_version=1,
        unit=OTHER,
        period="2026-Q1",
        due_at=DUE,
        state=ReportState.OPEN,
        version=0,
        submissions=0,
        on_time=None,
        days_late=None,
        correlation_id="c",
        opened_at=OPENED,
    )


class ReportMachine(RuleBasedStateMachine):
    """Commands in any order; the model knows the state by name, the due moment and the first submission."""

    def __init__(self) -> None:
        super().__init__()
        self.report = opened()
        self.now = OPENED
        self.events: list[Event] = []
        self.first: bool | None = None
        self.versions_kept = 0

    def act(self, principal: Principal) -> Act:
        return Act(principal, self.now, "c")

    def attempt(self, name: str) -> None:
        """Try a command; it succeeds exactly if the table says so, after what lapsed is said."""
        principal = UNIT if Role.UNIT in REPORT_TRANSITIONS.named(name).roles else OFFICE
        change = ReportChange(self.report, self.act(principal))
        legal = self.report.state in REPORT_TRANSITIONS.named(name).sources
        if not legal:
            with pytest.raises((IllegalTransitionError, ReportLockedError)) as refused:
                self.call(change, name)
            assert refused.value.allowed == REPORT_TRANSITIONS.allowed(self.report.state, principal.role)
            return
        self.call(change, name)
        if name in {"submit", "correct"}:
            self.versions_kept += 1
            self.first = self.now <= self.report.due_at if self.first is None else self.first
        self.report = change.report
        self.events += change.events
        assert self.report.state == REPORT_TRANSITIONS.named(name).target

    def call(self, change: ReportChange, name: str) -> None:
        steps: dict[str, Callable[[], None]] = {
            "submit": lambda: change.submit((), (), "0" * 64),
            "correct": lambda: change.correct((), (), "0" * 64, "x"),
            "accept": change.accept,
            "send-back": lambda: change.send_back((), "x"),
            "lock": change.lock,
            "reopen": lambda: change.reopen("x"),
            "reschedule": lambda: change.reschedule(self.now + timedelta(days=5), "x"),
            "withdraw": lambda: change.withdraw("x"),
        }
        steps[name]()

    @rule(name=st.sampled_from(list(REPORT_TRANSITIONS.transitions)))
    def command(self, name: str) -> None:
        self.attempt(name)

    @rule(days=st.integers(0, 6), hours=st.integers(0, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.now += timedelta(days=days, hours=hours)

    @precondition(lambda self: self.report.lapsed(self.now))
    @rule()
    def watch_looks(self) -> None:
        change = ReportChange(self.report, self.act(OFFICE))
        change.note_lapse()
        self.report = change.report
        self.events += change.events
        assert self.report.state == ReportState.OVERDUE

    @invariant()
    def events_count_the_versions(self) -> None:
        assert [event.aggregateversion for event in self.events] == list(range(1, self.report.version + 1))

    @invariant()
    def the_first_submission_decides_for_good(self) -> None:
        assert (self.report.on_time, self.report.submissions) == (self.first, self.versions_kept)

    @invariant()
    def a_late_first_submission_follows_its_lapse(self) -> None:
        submitted = [event.data for event in self.events if isinstance(event.data, facts.ReportSubmitted)]
        lapses = [event for event in self.events if isinstance(event.data, facts.ReportWentOverdue)]
        if submitted and not submitted[0].on_time:
            assert lapses
        for lapse in lapses:
            assert lapse.time == lapse.data.due_at

    @invariant()
    def locked_says_who_and_when(self) -> None:
        assert (self.report.state == ReportState.LOCKED) == (self.report.locked_at is not None)


TestReportMachine = ReportMachine.TestCase
