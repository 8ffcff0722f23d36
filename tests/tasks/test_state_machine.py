"""The state machine as declared, the derived state, lateness: pure, no server."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tasks.changes import TaskChange
from services.tasks.domain import ASSIGNMENT_TRANSITIONS, TASK_TRANSITIONS, State, Words, derive
from services.tasks.errors import IllegalTransitionError
from services.tasks.payloads import OF_TRANSITION
from services.tasks.transitions import Transition
from shared.auth import Principal, Role
from shared.commands import Act
from shared.contracts import tasks as facts
from shared.contracts.envelope import Event
from tests.tasks.builders import CO, LEAD, OTHER, PATHS, task_row

WORDS = Words(reason="因故", percent=50)


def act(at: datetime = datetime(2026, 1, 15, 2, tzinfo=UTC), role: Role = Role.OFFICE) -> Act:
    return Act(Principal("office", role), at, "c")


def test_every_transition_has_an_event_and_every_state_a_path() -> None:
    assert OF_TRANSITION.keys() == ASSIGNMENT_TRANSITIONS.transitions.keys()
    assert set(PATHS) == set(State)


def test_the_readme_shows_the_table_as_declared() -> None:
    lines = Path("services/tasks/README.md").read_text(encoding="utf-8").splitlines()
    rows = {cells[0]: cells[1:] for line in lines if len(cells := [c.strip() for c in line.strip("|").split("|")]) == 4}
    for name, transition in ASSIGNMENT_TRANSITIONS.transitions.items():
        sources, target, who = rows[name]
        assert set(sources.split(", ")) == transition.sources
        assert target == transition.target
        assert {"unit": Role.UNIT, "office": Role.OFFICE}[who.split(",")[0]] in transition.roles
        assert ("office" in who) == (Role.OFFICE in transition.roles)


@pytest.mark.parametrize(
    ("lead", "first", "second", "expected"),
    [
        ("assigned", "assigned", "assigned", "assigned"),
        ("assigned", "acknowledged", "assigned", "acknowledged"),
        ("assigned", "in_progress", "assigned", "in_progress"),
        ("assigned", "completed", "assigned", "in_progress"),
        ("completed", "completed", "acknowledged", "in_progress"),
        ("completion_requested", "completed", "completed", "completion_requested"),
        ("completed", "completed", "completed", "completed"),
        ("completed", "bounced", "completed", "completed"),
        ("completed", "bounced", "bounced", "completed"),
        ("assigned", "bounced", "bounced", "assigned"),
        ("bounced", "completed", "completed", "bounced"),
        ("cancelled", "cancelled", "bounced", "cancelled"),
    ],
)
def test_the_tasks_state_follows_from_its_assignments(lead: str, first: str, second: str, expected: str) -> None:
    task = task_row((LEAD, "lead", lead), (CO, "cooperating", first), (OTHER, "cooperating", second))
    assert derive(task.assignments).state == expected


def test_the_derived_state_is_explained() -> None:
    task = task_row((LEAD, "lead", "completed"), (CO, "cooperating", "bounced"))
    reason = derive(task.assignments).reason
    assert reason == f"lead {LEAD} completed; cooperating {CO} bounced (does not count)"


@pytest.mark.parametrize(
    ("requested_at", "days_late"),
    [
        (datetime(2026, 1, 31, 15, 59, tzinfo=UTC), 0),  # 23:59 of the due date in the county
        (datetime(2026, 1, 31, 16, 1, tzinfo=UTC), 1),  # 00:01 of the next day
        (datetime(2026, 2, 2, 15, 59, tzinfo=UTC), 2),
    ],
)
def test_lateness_counts_county_days_up_to_the_request_not_the_acceptance(
    requested_at: datetime, days_late: int
) -> None:
    change = TaskChange(task_row((LEAD, "lead", "in_progress")), act(requested_at))
    change.move(LEAD, "request-completion")
    accepted = TaskChange(change.task, act(datetime(2026, 3, 1, tzinfo=UTC)))
    accepted.move(LEAD, "complete")
    done, task_done = (event.data for event in accepted.events)
    assert (done.done_at, done.days_late) == (requested_at, days_late)
    assert (task_done.done_at, task_done.days_late) == (requested_at, days_late)


def test_after_a_send_back_the_last_request_counts() -> None:
    task = task_row((LEAD, "lead", "acknowledged"))
    moments = [datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 3, tzinfo=UTC)]
    story = ["request-completion", "send-back", "request-completion"]
    for name, at in zip(story, moments, strict=True):
        change = TaskChange(task, act(at))
        change.move(LEAD, name, WORDS)
        task = change.task
    last = TaskChange(task, act(datetime(2026, 2, 9, tzinfo=UTC)))
    last.move(LEAD, "complete")
    assert (last.events[0].data.done_at, last.events[0].data.days_late) == (moments[2], 3)


def test_a_late_command_says_first_that_the_part_went_overdue_even_if_the_watch_did_not_look() -> None:
    change = TaskChange(task_row((LEAD, "lead", "in_progress")), act(datetime(2026, 2, 3, tzinfo=UTC)))
    change.move(LEAD, "request-completion")
    overdue, requested = change.events
    assert isinstance(overdue.data, facts.AssignmentWentOverdue)
    assert overdue.time == datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
    assert isinstance(requested.data, facts.AssignmentCompletionRequested)


def test_a_bounce_completes_the_task_when_it_leaves_nothing_open() -> None:
    task = task_row((LEAD, "lead", "completion_requested"), (CO, "cooperating", "acknowledged"))
    task = task.with_assignments([part.after(_request(), act().occurred_at) for part in task.assignments[:1]])
    done = TaskChange(task, act())
    done.move(LEAD, "complete")
    bounced = TaskChange(done.task, act(role=Role.UNIT))
    bounced.move(CO, "bounce", WORDS)
    assert [type(event.data) for event in bounced.events] == [facts.AssignmentBounced, facts.TaskCompleted]


def _request() -> Transition:
    return ASSIGNMENT_TRANSITIONS.named("request-completion")


COMMANDS = st.tuples(
    st.sampled_from([*ASSIGNMENT_TRANSITIONS.transitions, *TASK_TRANSITIONS.transitions, "reopen-task"]),
    st.sampled_from([LEAD, CO, OTHER]),
    st.integers(min_value=0, max_value=40),
)


@given(st.lists(COMMANDS, max_size=40))
def test_any_sequence_of_commands_keeps_state_versions_and_completion_consistent(
    commands: list[tuple[str, str, int]],
) -> None:
    task = task_row(
        (LEAD, "lead", "assigned"),
        (CO, "cooperating", "assigned"),
        (OTHER, "cooperating", "assigned"),
        due_on=date(2026, 1, 20),
    )
    events: list[Event] = []
    for name, unit, day in commands:
        role = Role.UNIT if name == "bounce" else Role.OFFICE
        change = TaskChange(task, act(datetime(2026, 1, 1 + day % 28, 3, tzinfo=UTC), role))
        refusal = _play(change, name, unit)
        if refusal is not None:
            assert name not in refusal.allowed
            assert (change.task, change.events) == (task, [])
        changed = {each.unit for each in task.assignments if change.task.of_unit(each.unit) != each}
        assert changed <= {each.unit for each in change.touched}
        task = change.task
        events.extend(change.events)
    assert [event.aggregateversion for event in events] == list(range(1, len(events) + 1))
    assert task.version == len(events)
    assert task.state == derive(task.assignments).state
    for each in task.assignments:
        assert (each.done_at is not None) == (each.state == State.COMPLETED) or each.state == State.CANCELLED
        overdue = [e for e in events if isinstance(e.data, facts.AssignmentWentOverdue) and e.data.unit == each.unit]
        assert len(overdue) == (each.overdue_at is not None)
    assert _completed_according_to(events) == (task.state == State.COMPLETED)


def _play(change: TaskChange, name: str, unit: str) -> IllegalTransitionError | None:
    """Ask for one thing; return the refusal, if it is refused."""
    try:
        if name == "cancel":
            change.cancel(WORDS)
        elif name == "reopen-task":
            change.reopen((), WORDS)
        else:
            change.move(unit, name, WORDS)
    except IllegalTransitionError as refusal:
        return refusal
    return None


def _completed_according_to(events: list[Event]) -> bool:
    """Fold the events as another service would: completed, unless reopened or cancelled afterwards."""
    completed = False
    for event in events:
        if isinstance(event.data, facts.TaskCompleted):
            completed = True
        elif isinstance(event.data, facts.TaskReopened | facts.TaskCancelled):
            completed = False
    return completed
