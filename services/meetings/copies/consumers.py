"""What the service hears: each handler keeps only what is newer than what it has, whatever the order of arrival."""

from datetime import date

from services.meetings.copies import store
from services.meetings.copies.store import AssignmentNews, TaskNews
from shared.consumer import Handler
from shared.contracts.envelope import Event
from shared.contracts.registry import (
    BodyChanged,
    CalendarChanged,
    IncumbencyChanged,
    MembershipChanged,
    PostChanged,
    UnitChanged,
    UnitRegistered,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
)
from shared.contracts.tasks import (
    AssignmentAcknowledged,
    AssignmentBounced,
    AssignmentCompleted,
    AssignmentCompletionRequested,
    AssignmentExtended,
    AssignmentFact,
    AssignmentProgressed,
    AssignmentReassigned,
    AssignmentSentBack,
    AssignmentTargetsSet,
    AssignmentWentOverdue,
    PlanAdopted,
    PlanAmended,
    PlanFact,
    PlanIssued,
    PlanSubmitted,
    PlanWithdrawn,
    ProblemEscalated,
    ProblemFact,
    ProblemRaised,
    ProblemResolved,
    ProblemReturned,
    ProblemWithdrawn,
    SlipAnswered,
    SlipIssued,
    SlipLapsed,
    TaskAssigned,
    TaskCancelled,
    TaskClosedOut,
    TaskCompleted,
    TaskFact,
    TaskReopened,
    TaskResumed,
    TaskSuspended,
    TaskWithAssignments,
)
from shared.postgres import Connection


async def on_unit(conn: Connection, event: Event) -> None:
    """A unit may be named, by the name it has now."""
    unit: UnitRegistered | UnitChanged = event.data
    await store.learn_unit(conn, unit, event.aggregateversion)
    if isinstance(unit, UnitChanged) and unit.states:
        await store.learn_unit_states(conn, unit.unit, unit.states, event.aggregateversion)


async def on_unit_ended(conn: Connection, event: Event) -> None:
    """A unit ceased: from that day on it is invited and charged no more."""
    ended_on = _ended_on(event.data)
    if ended_on is not None:
        await store.end_unit(conn, event.data.unit, ended_on, event.aggregateversion)
    if event.data.states:
        await store.learn_unit_states(conn, event.data.unit, event.data.states, event.aggregateversion)


def _ended_on(change: UnitRetired | UnitsMerged | UnitSplit) -> date | None:
    if isinstance(change, UnitRetired):
        return change.retired_on
    continues = isinstance(change, UnitSplit) and change.continues
    return None if continues else change.effective_on


async def on_body_changed(conn: Connection, event: Event) -> None:
    """A body may meet."""
    await store.learn_body(conn, event.data, event.aggregateversion)


async def on_membership_changed(conn: Connection, event: Event) -> None:
    """Who is a member on which days."""
    await store.learn_membership(conn, event.data, event.aggregateversion)


async def on_incumbency_changed(conn: Connection, event: Event) -> None:
    """What a post is called, and of which unit it is; who holds it is not told."""
    post: IncumbencyChanged = event.data
    await store.learn_post(conn, post.post, post.title, post.unit, event.aggregateversion)


async def on_post_changed(conn: Connection, event: Event) -> None:
    """What a post is called on which days."""
    post: PostChanged = event.data
    await store.learn_post_states(conn, post.post, post.states, event.aggregateversion)


async def on_calendar_changed(conn: Connection, event: Event) -> None:
    """The office's own table of a year's working days."""
    await store.learn_calendar(conn, event.data, event.aggregateversion)


_PROBLEM_STATES: dict[type[ProblemFact], str] = {
    ProblemRaised: "raised",
    ProblemEscalated: "escalated",
    ProblemReturned: "raised",
    ProblemWithdrawn: "resolved",
    ProblemResolved: "resolved",
}


async def on_problem(conn: Connection, event: Event) -> None:
    """A problem is raised, brought to a meeting, or settled."""
    await store.learn_problem(conn, event.data, _PROBLEM_STATES[type(event.data)], event.aggregateversion)


_PLAN_STATES: dict[type[PlanFact], str] = {
    PlanSubmitted: "submitted",
    PlanWithdrawn: "withdrawn",
    PlanAdopted: "adopted",
    PlanIssued: "issued",
    PlanAmended: "amended",
}


async def on_plan(conn: Connection, event: Event) -> None:
    """A plan waits for adoption, or does no longer."""
    submitted_at = event.time if isinstance(event.data, PlanSubmitted) else None
    await store.learn_plan(conn, event.data, _PLAN_STATES[type(event.data)], event.aggregateversion, submitted_at)


_TASK_STATES: dict[type[TaskFact], str] = {
    TaskAssigned: "in_progress",
    TaskReopened: "in_progress",
    TaskResumed: "in_progress",
    TaskSuspended: "suspended",
    TaskCancelled: "cancelled",
    TaskCompleted: "completed",
    TaskClosedOut: "closed_out",
}
_PARTS_WITH_TASK: dict[type[TaskFact], str] = {
    TaskAssigned: "open",
    TaskReopened: "open",
    TaskResumed: "open",
    TaskSuspended: "suspended",
    TaskCancelled: "cancelled",
}


async def on_task(conn: Connection, event: Event) -> None:
    """A task's own state changed, and with it that of the assignments it names."""
    task: TaskFact = event.data
    await store.learn_task(conn, TaskNews(task, event.aggregateversion, _TASK_STATES[type(task)]))
    if isinstance(task, TaskWithAssignments):
        state = _PARTS_WITH_TASK[type(task)]
        for part in task.assignments:
            news = AssignmentNews(task.task_id, part.unit, part.role, part.due_on, event.aggregateversion, state)
            await store.learn_assignment(conn, news)


_PART_STATES: dict[type[AssignmentFact], str | None] = {
    AssignmentAcknowledged: "open",
    AssignmentProgressed: "open",
    AssignmentSentBack: "open",
    AssignmentReassigned: "open",
    AssignmentCompletionRequested: "requested",
    AssignmentCompleted: "completed",
    AssignmentBounced: "bounced",
    AssignmentExtended: None,
    AssignmentWentOverdue: None,
    SlipIssued: None,
    SlipAnswered: None,
    SlipLapsed: None,
    AssignmentTargetsSet: None,
}
"""What an event says of the part's state; None: nothing, it stays as it is."""


async def on_assignment(conn: Connection, event: Event) -> None:
    """A unit's part of a task went on."""
    part: AssignmentFact = event.data
    version = event.aggregateversion
    await store.learn_task(conn, TaskNews(part, version, None))
    if isinstance(part, AssignmentReassigned):
        gone = AssignmentNews(
            part.task_id, part.previous_unit, part.role, part.assignment_due_on, version, "reassigned"
        )
        await store.learn_assignment(conn, gone)
    await store.learn_assignment(conn, _news(event, part))
    if isinstance(part, AssignmentTargetsSet):
        await store.learn_targets(conn, part, version)


def _news(event: Event, part: AssignmentFact) -> AssignmentNews:
    return AssignmentNews(
        part.task_id,
        part.unit,
        part.role,
        part.assignment_due_on,
        event.aggregateversion,
        state=_PART_STATES[type(part)],
        done_at=getattr(part, "done_at", None),
        days_late=getattr(part, "days_late", None),
        percent=getattr(part, "percent", None),
        note_link=getattr(part, "note_link", None),
        slip_colour=getattr(part, "colour", None),
        slip_answered=isinstance(part, SlipAnswered) or getattr(part, "outcome", None) == "settled",
    )


HANDLERS: dict[str, Handler] = {
    UnitRegistered.event_type: on_unit,
    UnitChanged.event_type: on_unit,
    **{kind.event_type: on_unit_ended for kind in (UnitRetired, UnitsMerged, UnitSplit)},
    BodyChanged.event_type: on_body_changed,
    MembershipChanged.event_type: on_membership_changed,
    IncumbencyChanged.event_type: on_incumbency_changed,
    PostChanged.event_type: on_post_changed,
    CalendarChanged.event_type: on_calendar_changed,
    **{kind.event_type: on_problem for kind in _PROBLEM_STATES},
    **{kind.event_type: on_plan for kind in _PLAN_STATES},
    **{kind.event_type: on_task for kind in _TASK_STATES},
    **{kind.event_type: on_assignment for kind in _PART_STATES},
}
