"""Any walk through the state machine agrees with a model of it that was written from the document's words alone."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.tasks.changes import TaskChange
from services.tasks.domain import Task, Words, derive
from services.tasks.errors import AssignmentNotFoundError, IllegalTransitionError
from shared.auth import Principal, Role
from shared.clock import county_date
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from tests.tasks.builders import CO, LEAD, OTHER, task_row

JMJ = "330324-jmj"
UNITS = [LEAD, CO, OTHER, JMJ]
WORDS = Words(reason="因故", percent=50)
BEGIN = datetime(2026, 1, 5, 2, tzinfo=UTC)

STEPS: dict[str, dict[str, str]] = {
    "acknowledge": {"assigned": "acknowledged"},
    "progress": {"acknowledged": "in_progress", "in_progress": "in_progress"},
    "request-completion": {"acknowledged": "completion_requested", "in_progress": "completion_requested"},
    "complete": {"completion_requested": "completed"},
    "send-back": {"completion_requested": "in_progress"},
    "bounce": {"assigned": "bounced", "acknowledged": "bounced"},
    "reopen": {"completed": "in_progress", "closed_out": "in_progress"},
    "suspend": dict.fromkeys(["assigned", "acknowledged", "in_progress", "completion_requested"], "suspended"),
}
"""What domain.md says of one unit's part, by hand."""

FOLD: dict[type[facts.TaskFact], str] = {
    facts.AssignmentCompleted: "done",
    facts.AssignmentBounced: "void",
    facts.TaskCancelled: "void",
    facts.TaskAssigned: "open",
    facts.TaskReopened: "open",
}
"""What another service makes of a unit's share, from the events alone."""


class TaskWalk(RuleBasedStateMachine):
    """One task, walked by office and units, beside a model: state by unit, who leads, what it was before a rest."""

    def __init__(self) -> None:
        """Assign it."""
        super().__init__()
        self.now = BEGIN
        parts = [(LEAD, "lead", "assigned"), (CO, "cooperating", "assigned"), (OTHER, "cooperating", "assigned")]
        self.task: Task = task_row(*parts, due_on=date(2026, 1, 20))
        self.states = {unit: state for unit, _, state in parts}
        self.before: dict[str, str] = {}
        self.lead = LEAD
        self.events: list[Event] = []
        self.shares: dict[str, str] = dict.fromkeys(self.states, "open")

    def _ask(self, step: Callable[[TaskChange], None], role: Role = Role.OFFICE) -> bool:
        """Ask for a step; return whether it was taken."""
        change = TaskChange(self.task, Act(Principal("someone", role), self.now, "c"))
        try:
            step(change)
        except (IllegalTransitionError, AssignmentNotFoundError):
            assert (change.task, change.events) == (self.task, [])
            return False
        self.task = change.task
        self._fold(change.events)
        changed = {part.unit for part in change.touched}
        assert {line.unit for line in change.entries if line.unit is not None} == changed
        return True

    def _fold(self, events: list[Event]) -> None:
        self.events += events
        for event in events:
            data = event.data
            if isinstance(data, facts.AssignmentReassigned):
                if data.previous_unit != data.unit:
                    self.shares[data.previous_unit] = "void"
                if not data.absorbed:
                    self.shares[data.unit] = "open"
            elif type(data) in FOLD:
                named = data.assignments if isinstance(data, facts.TaskWithAssignments) else [data]
                self.shares |= {part.unit: FOLD[type(data)] for part in named}

    @rule(days=st.integers(0, 6))
    def pass_time(self, days: int) -> None:
        """Let days go by; the watch looks."""
        self.now += timedelta(days=days)
        self._ask(TaskChange.note_lapses)

    @rule(name=st.sampled_from(list(STEPS)), unit=st.sampled_from(UNITS))
    def step(self, name: str, unit: str) -> None:
        """Take one unit's part a step."""
        role = Role.UNIT if name == "bounce" else Role.OFFICE
        taken = self._ask(lambda change: change.move(unit, name, WORDS), role)
        state = self.states.get(unit, "")
        assert taken == (state in STEPS[name])
        if taken:
            if name == "suspend":
                self.before[unit] = state
            self.states[unit] = STEPS[name][state]

    @rule(unit=st.sampled_from(UNITS))
    def resume(self, unit: str) -> None:
        """Let one unit go on."""
        taken = self._ask(lambda change: change.move(unit, "resume", WORDS))
        assert taken == (self.states.get(unit) == "suspended")
        if taken:
            self.states[unit] = self.before.pop(unit)

    @rule(name=st.sampled_from(["suspend", "resume", "reopen", "close-out", "cancel"]))
    def whole(self, name: str) -> None:
        """Take all parts that a step of the whole task touches."""
        expected = self._expected_of_whole(name)
        assert self._ask(lambda change: change.move_all(name, WORDS)) == bool(expected)
        for unit, target in expected.items():
            if name == "suspend":
                self.before[unit] = self.states[unit]
            elif self.states[unit] == "suspended":
                self.before.pop(unit)
            self.states[unit] = target

    def _expected_of_whole(self, name: str) -> dict[str, str]:
        here = self.states
        if name == "close-out":
            needed = [s for unit, s in here.items() if unit == self.lead or s not in {"bounced", "reassigned"}]
            fits = set(needed) <= {"completed", "closed_out"} and "completed" in needed
            return {unit: "closed_out" for unit, s in here.items() if s == "completed" and fits}
        if name == "cancel":
            ended = self.task.state in {"completed", "closed_out", "cancelled"}
            return {} if ended else {unit: "cancelled" for unit, s in here.items() if s != "reassigned"}
        if name == "resume":
            return {unit: self.before[unit] for unit, s in here.items() if s == "suspended"}
        if name == "suspend" and self.task.state == "suspended":
            return {}
        return {unit: STEPS[name][state] for unit, state in here.items() if state in STEPS[name]}

    @rule(unit=st.sampled_from(UNITS), to_unit=st.sampled_from(UNITS))
    def reassign(self, unit: str, to_unit: str) -> None:
        """Give a part to another unit."""
        state = self.states.get(unit, "")
        if unit == to_unit and state != "bounced":
            return  # refused by the operation, as a fault of the field
        taken = self._ask(lambda change: change.reassign(unit, to_unit, None, WORDS))
        assert taken == (state in {"assigned", "acknowledged", "in_progress", "bounced"})
        if not taken:
            return
        present = self.states.get(to_unit, "reassigned")
        concerned = to_unit == self.lead or present not in {"bounced", "reassigned"}
        absorbed = unit not in {to_unit, self.lead} and concerned
        self.states[unit] = "reassigned"
        if not absorbed:
            self.states[to_unit] = "assigned"
            self.before.pop(to_unit, None)
        if unit == self.lead:
            self.lead = to_unit

    @rule(unit=st.sampled_from(UNITS), to_unit=st.sampled_from(UNITS))
    def succeed(self, unit: str, to_unit: str) -> None:
        """Let a unit follow another by law: it goes on where that one stood."""
        state = self.states.get(unit, "")
        if unit == to_unit or state not in {
            "assigned",
            "acknowledged",
            "in_progress",
            "completion_requested",
            "suspended",
        }:
            return  # nothing passes on
        assert self._ask(lambda change: change.pass_on(unit, to_unit, WORDS))
        concerned = to_unit == self.lead or self.states.get(to_unit, "reassigned") not in {"bounced", "reassigned"}
        self.states[unit] = "reassigned"
        if unit == self.lead or not concerned:
            self.states[to_unit] = state
            self.before.pop(to_unit, None)
            if state == "suspended":
                self.before[to_unit] = self.before[unit]
        self.before.pop(unit, None)
        if unit == self.lead:
            self.lead = to_unit

    @invariant()
    def the_parts_are_those_of_the_model(self) -> None:
        """Every part is in the state that the model has it in; one unit leads."""
        assert {part.unit: part.state for part in self.task.assignments} == self.states
        assert self.task.lead.unit == self.lead
        assert self.task.state == derive(self.task.assignments).state

    @invariant()
    def the_events_tell_it_all(self) -> None:
        """Versions have no gap, and who folds the events knows which shares are open, done or void."""
        assert [event.aggregateversion for event in self.events] == list(range(1, self.task.version + 1))
        expected = {"completed": "done", "closed_out": "done", "bounced": "void", "reassigned": "void"}
        for unit, state in self.states.items():
            assert self.shares[unit] == ("void" if state == "cancelled" else expected.get(state, "open"))

    @invariant()
    def each_lapse_is_said_once_and_in_time(self) -> None:
        """A due date goes overdue once, at its end, and never while the work rests."""
        lapses = [(e.data.unit, e.time) for e in self.events if isinstance(e.data, facts.AssignmentWentOverdue)]
        assert len(set(lapses)) == len(lapses)
        for part in self.task.assignments:
            assert (part.suspended_at is not None) == (part.state == "suspended")
            if part.overdue_at is not None:
                assert county_date(part.overdue_at) > part.due_on


TaskWalk.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
test_any_walk_agrees_with_the_model = TaskWalk.TestCase
