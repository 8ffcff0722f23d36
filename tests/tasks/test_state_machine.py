"""The state machine as declared, the derived state, lateness: pure, no server."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.tasks.changes import TaskChange
from services.tasks.domain import Words, derive
from services.tasks.handover import handed_over
from services.tasks.payloads import OF_TASK, OF_TRANSITION
from services.tasks.states import ASSIGNMENT_TRANSITIONS, TASK_TRANSITIONS, State
from services.tasks.states_page import PAGE, page
from services.tasks.transitions import Transition
from shared.auth import Principal, Role
from shared.commands import Act
from shared.contracts import tasks as facts
from tests.tasks.builders import CO, LEAD, OTHER, PATHS, task_row

WORDS = Words(reason="因故", percent=50)


def act(at: datetime = datetime(2026, 1, 15, 2, tzinfo=UTC), role: Role = Role.OFFICE) -> Act:
    return Act(Principal("office", role), at, "c")


def test_every_transition_has_an_event_and_every_state_a_path() -> None:
    assert OF_TRANSITION.keys() | {"reassign"} == ASSIGNMENT_TRANSITIONS.transitions.keys()
    assert OF_TASK.keys() | {"assign"} == TASK_TRANSITIONS.transitions.keys()
    assert set(PATHS) == set(State)


def test_the_page_with_the_diagram_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


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
        ("closed_out", "closed_out", "bounced", "closed_out"),
        ("closed_out", "in_progress", "closed_out", "in_progress"),
        ("closed_out", "completed", "closed_out", "completed"),
        ("suspended", "in_progress", "assigned", "suspended"),
        ("in_progress", "suspended", "assigned", "in_progress"),
        ("completed", "suspended", "completed", "suspended"),
        ("completion_requested", "suspended", "completed", "completion_requested"),
        ("acknowledged", "reassigned", "assigned", "acknowledged"),
        ("draft", "draft", "draft", "draft"),
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


@pytest.mark.parametrize("as_it_is", [False, True])
@pytest.mark.parametrize(("days", "again"), [(0, False), (1, True)])
def test_a_lead_that_a_late_partner_takes_over_lapses_again_for_another_day_alone(
    *, as_it_is: bool, days: int, again: bool
) -> None:
    """The lead gave its part back in time; its partner's lapsed on the same day, and that was said."""
    lead, own = task_row((LEAD, "lead", "bounced"), (CO, "cooperating", "in_progress")).assignments
    lead = replace(lead, due_on=lead.due_on + timedelta(days=days))
    taken = handed_over(lead, own.noted_overdue(), CO, None, as_it_is=as_it_is).taken
    owed = replace(taken, state="assigned")
    assert (taken.unit, taken.role) == (CO, "lead")
    assert owed.lapsed(lead.due_moment + timedelta(days=1)) is again
